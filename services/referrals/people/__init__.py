"""People: who a client is, who may be whom, who is kept apart, and what the law lets each of them ask."""
