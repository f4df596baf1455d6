"""Concerns and who is on duty: pure, and without a clock."""
