"""Handing a message over: what one is, and whoever carries it."""
