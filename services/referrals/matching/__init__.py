"""Matching: pure functions over columns of clients and peers; nothing here reads, waits or writes."""
