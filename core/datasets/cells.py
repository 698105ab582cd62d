"""Cells of a CSV file as numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import shown

Floats = NDArray[np.float64]

LARGEST = 1e18  # its square, which is a feature of the plane, still fits into float32, in which training computes


class Numbers:
    """Reads the numbers of one file, which has either decimal points or decimal commas.

    Which of them is known from the first cell that has one: after "1,5" a "1.234" may well mean 1234, and is refused.
    """

    def __init__(self, delimiter: str) -> None:
        self.commas = delimiter != ","
        self.mark = ""

    def column(self, cells: Sequence[str]) -> Floats | None:
        """Return cells (n,) as numbers, None if one of them is none or lies beyond ±LARGEST."""
        text = "".join(cells)
        marks = [mark for mark in ".," if mark in text]
        if "_" in text or len(marks) > 1 or (self.mark and marks and marks != [self.mark]):
            return None  # Python reads 1_000, but no table means that.
        if "," in marks:
            if not self.commas:
                return None
            cells = [cell.replace(",", ".") for cell in cells]
        try:
            values = np.fromiter(map(float, cells), np.float64, len(cells))
        except ValueError:
            return None
        if not (np.abs(values) <= LARGEST).all():
            return None
        if marks:
            self.mark = marks[0]
        return values

    def one(self, cell: str) -> float | None:
        """Return a cell as a number, None if it is none."""
        values = self.column((cell,))
        return None if values is None else float(values[0])

    def complaint(self, cell: str) -> tuple[str, str]:
        """Say what is wrong with a cell that is no number, as *expected …, found …*, and how to mend it."""
        if not cell.strip():
            return "expected a number, found an empty cell", "fill it in or delete the row"
        if is_missing(cell):
            return f"expected a number, found {shown(one_line(cell))}", "write a number there or delete the row"
        alone = Numbers("" if self.commas else ",")
        if alone.one(cell) is not None:
            mark = {",": "comma", ".": "point"}[self.mark]
            return (
                f"expected a number with a decimal {mark} like those above, found {shown(one_line(cell))}",
                "write all numbers of the file alike",
            )
        if "_" not in cell and _is_float(cell):
            return (
                f"expected a number from {-LARGEST:g} to {LARGEST:g}, found {shown(one_line(cell))}",
                "write this column in a larger unit",
            )
        return f"expected a number, found {shown(one_line(cell))}", "write a number there or leave this column out"


def one_line(text: str) -> str:
    """Return text for a sentence: line breaks and what cannot be printed become spaces."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def is_missing(cell: str) -> bool:
    """Tell whether a cell holds nothing, or what programs write for a number that is missing."""
    return cell.strip().lstrip("+-").lower() in ("", "nan", "inf", "infinity")


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
