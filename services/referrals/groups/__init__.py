"""Groups over HTTP: their row, what is told of them, and to whom they may be offered."""
