"""The rules of a referral and of a caseload: pure, and without a clock."""
