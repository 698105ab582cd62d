"""How many samples train, validate and test."""

from math import floor

ROUNDING = 1e-9  # added before a share is rounded down: 30·(1 − 0.05 − 0.05) is a hair less than 27


def part_totals(samples: int, validation: float, test: float) -> tuple[int, int, int]:
    """Return how many of so many samples train, validate and test: the shares, less than 1 together, rounded.

    Training gets at least its own share rounded down, and at least one: what was rounded up most gives way.
    """
    least = max(1, floor(samples * (1 - validation - test) + ROUNDING))
    shares = validation * samples, test * samples
    parts = [round(share) for share in shares]
    while sum(parts) > max(0, samples - least):
        over = [part - share for part, share in zip(parts, shares, strict=True)]
        parts[over.index(max(over))] -= 1
    return samples - sum(parts), parts[0], parts[1]
