"""The landscape tab: the loss around the network on the screen, drawn while it learns, with the paths of the runs."""
