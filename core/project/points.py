"""points.csv: points that were drawn by hand, a line each."""

from core.choices.fields import Mistake, shown

_HEADER = "x1,x2,class"
Point = tuple[float, float, int]


def to_csv(points: tuple[Point, ...]) -> bytes:
    """Return the table of these points."""
    return "\n".join([_HEADER, *(f"{x1!r},{x2!r},{index}" for x1, x2, index in points), ""]).encode()


def from_csv(table: bytes) -> list[Point]:
    """Return the points of a table, their limits not yet checked; raises Mistake, which names the line."""
    lines = table.decode(errors="replace").splitlines()
    if not lines or lines[0] != _HEADER:
        raise Mistake(f"line 1: expected {_HEADER}, got {shown(lines[0] if lines else '')}")
    points = []
    for number, line in enumerate(lines[1:], 2):
        try:
            x1, x2, index = line.split(",")
            points.append((float(x1), float(x2), int(index)))
        except ValueError:
            raise Mistake(f"line {number}: expected x₁, x₂ and class, got {shown(line)}") from None
    return points
