"""Messages on their way to a client: the words, the way that is safe, and the loop that sends."""
