"""Notices to whoever is to look at a concern: the words, the claims, the loop that sends, and receipts."""
