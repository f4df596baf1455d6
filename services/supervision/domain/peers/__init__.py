"""Peers, providers and supervisors: pure, and without a clock."""
