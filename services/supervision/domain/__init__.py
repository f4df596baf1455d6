"""The rules of supervision: pure, and without a clock."""
