"""The loss around a row of weights: directions, planes, the grid of losses, the way of a path over it, curvature.

Everything long is a generator: it does some milliseconds of work at each ``next()``, and what it returns is a frozen
value of copied arrays. ``values.py`` holds these values and imports no torch; all else does.
"""
