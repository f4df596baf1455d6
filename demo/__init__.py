"""A day of invented referrals through the whole house, and the weeks after it: told as it happens, then reckoned up."""

from demo.run import main

__all__ = ["main"]
