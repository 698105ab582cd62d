"""The panels at the sides: the data and the training, generated from the tables and the fields of the experiment."""
