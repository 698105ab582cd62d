"""The code view: the network and its training as Python, beside the canvas on which they are built."""
