"""Arrays: the samples of every data set, split and prepared."""
