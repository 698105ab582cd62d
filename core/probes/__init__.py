"""What live views draw, computed from a row: the plane, neurons, digits, gradients, thinned networks, layers.

Most of this folder imports torch.

A probe is a function of a scene and a row. It does its work in slices of some milliseconds and yields None between
them, so that the thread that drives it can look at its orders and at the training; what it returns is a picture: a
frozen value of copied arrays, which the screen draws without torch.
"""
