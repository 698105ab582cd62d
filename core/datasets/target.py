"""The target of a CSV file: a column that names a class or is a number."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import Mistake, shown
from core.datasets.cells import Floats, Numbers, is_missing, one_line
from core.datasets.csv_text import CsvText

MOST_CLASSES = 1000
_FEW = 10  # so many different whole numbers are taken for classes, unless told otherwise

Codes = NDArray[np.int32]


class Target:
    """The column to predict, taken in block by block.

    task: "classes", "regression" or "auto": classes if its cells are text or a few whole numbers. Different cells are
    numbered in the order in which they come, up to MOST_CLASSES of them: a column with more can only be numbers.
    """

    def __init__(self, text: CsvText, column: int, task: str, numbers: Numbers) -> None:
        self.text = text
        self.column = column
        self.task = task
        self.numbers = numbers
        self.cells: dict[str, int] = {}
        self.codes: list[Codes] = []
        self.values: list[Floats] = []  # takes the place of cells and codes once there are too many

    def add(self, place: int, cells: Sequence[str]) -> None:
        """Take in the next rows' cells; ``place``: of the first of these rows below the header."""
        if self.values:
            values = self.numbers.column(cells)
            if values is None:
                i = next(i for i, cell in enumerate(cells) if self.numbers.one(cell) is None)
                raise self._no_number(place + i, cells[i])
            self.values.append(values)
            return
        stripped = list(map(str.strip, cells))
        for cell in dict.fromkeys(stripped):
            self.cells.setdefault(cell, len(self.cells))
        self.codes.append(np.fromiter(map(self.cells.__getitem__, stripped), np.int32, len(stripped)))
        if len(self.cells) > MOST_CLASSES:
            values = self.numbers.column(list(self.cells))
            if values is None:
                self._check_text()
            if values is None or self.task == "classes":
                raise self._bad_classes(f"expected at most {MOST_CLASSES:,} classes, found more")
            self.values = [values[codes] for codes in self.codes]

    def result(self) -> tuple[tuple[str, ...], NDArray[np.int64] | Floats]:
        """Return the names of the classes, sorted, and the class of each row; or no names and the number of each row.

        Raises Mistake, which names the row, at a cell that is neither, and where there is but one class.
        """
        if self.values:
            return (), np.concatenate(self.values)
        codes = np.concatenate(self.codes)
        values = self.numbers.column(list(self.cells))
        if values is None:
            self._check_text()
            names, class_of = np.unique(np.array(list(self.cells), dtype=object), return_inverse=True)
            titles = tuple(names)
        else:
            different, class_of = np.unique(values, return_inverse=True)
            whole = bool((different == np.rint(different)).all())
            if self.task == "regression" or (self.task == "auto" and not (whole and len(different) <= _FEW)):
                return (), values[codes]
            titles = tuple(str(int(value)) if whole else repr(float(value)) for value in different)
        if len(titles) < 2:
            raise self._bad_classes(f"expected at least 2 classes, found only {shown(one_line(titles[0]))}")
        return titles, class_of.astype(np.int64)[codes]

    def _check_text(self) -> None:
        """Raise the fault of the first cell that is empty, or text where numbers are wanted or plainly meant."""
        text = [cell for cell in self.cells if self.numbers.one(cell) is None]
        # A few words among many different numbers are holes in a column of numbers.
        meant = len(self.cells) - len(text) > max(_FEW, len(text))
        if self.task == "regression" or (self.task == "auto" and meant):
            raise self._no_number(self._place(text[0]), text[0])
        missing = next((cell for cell in text if is_missing(cell)), None)
        if missing is not None:
            what = f"expected the name of a class, found {shown(missing) if missing else 'an empty cell'}"
            raise self.text.fault(self._place(missing), what, "fill it in or delete the row", self.column)

    def _place(self, cell: str) -> int:
        return int((np.concatenate(self.codes) == self.cells[cell]).argmax())

    def _no_number(self, place: int, cell: str) -> Mistake:
        return self.text.fault(place, *self.numbers.complaint(cell), self.column)

    def _bad_classes(self, what: str) -> Mistake:
        column = shown(self.text.names[self.column])
        return Mistake(
            f"data.source.target: {self.text.path.name}, column {column}: {what}; choose another target, or the task "
            "regression if its numbers are to be predicted"
        )
