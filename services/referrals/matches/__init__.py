"""Matches over HTTP: what is asked of them, what people do about them, and how they are looked back at."""
