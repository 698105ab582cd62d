"""Python code that is written for people to read: the model as a script."""
