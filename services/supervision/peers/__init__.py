"""Peers, their providers and supervisors: what is told of them, heard of them, and shown."""
