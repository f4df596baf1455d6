"""What the figures say and how they are reckoned, without a database or a clock."""
