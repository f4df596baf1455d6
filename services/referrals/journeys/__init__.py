"""One journey across organisations: its parts, what each may see of them, and hand-overs."""
