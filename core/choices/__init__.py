"""The open choices, one table each: a new choice is one row in one table."""
