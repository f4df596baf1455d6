"""Two small services on the real runtime; each test gives them names, and so databases and topics, of its own."""
