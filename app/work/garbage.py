"""Garbage, looked for in Qt's thread alone.

Python looks for garbage in whichever thread happens to make an object. Where that is another than Qt's, and what it
finds are objects of Qt, Qt's lock and Python's wait for each other for ever (seen once, in a test).
"""

import gc
from time import perf_counter

_WHOLE_SECONDS = 30.0  # between two looks at everything, which take some milliseconds


class Garbage:
    """Takes over from Python between ``start`` and ``stop``; ``look`` is to be called often, in Qt's thread."""

    def __init__(self) -> None:
        self._then = perf_counter()

    def start(self) -> None:
        """Keep Python from looking by itself."""
        gc.disable()

    def stop(self) -> None:
        """Let Python look by itself again."""
        gc.enable()

    def look(self) -> None:
        """Look for garbage as far as it is due by Python's own counts."""
        for generation in (2, 1, 0):
            if gc.get_count()[generation] > gc.get_threshold()[generation] > 0:
                if generation == 2:
                    if perf_counter() - self._then < _WHOLE_SECONDS:
                        continue
                    self._then = perf_counter()
                gc.collect(generation)
                return
