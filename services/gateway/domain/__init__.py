"""The rules of a submission, pure."""
