"""Names of runs where there is little room."""

from collections.abc import Sequence
from itertools import takewhile


def shared_letters(names: Sequence[str]) -> int:
    """Return how many letters the words have that all names begin with and go on after."""
    alike = takewhile(lambda letters: len(set(letters)) == 1, zip(*names, strict=False))
    return "".join(letters[0] for letters in alike).rfind(" ") + 1 if len(names) > 1 else 0
