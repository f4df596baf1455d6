"""Measures held against the same durable work done by hand, side by side in one run."""
