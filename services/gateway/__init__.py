"""The gateway: what outsiders send, and what became of it."""
