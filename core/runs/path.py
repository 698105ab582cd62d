"""The path of a run: rows of its weights at some of its epochs, thinned as it grows longer."""

from core.training.events import Row
from core.training.keeping import stride


class Path:
    """Rows by epoch, at most ``capacity`` of them and the first, evenly spaced."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._rows: dict[int, Row] = {}
        self._stride = 1

    def add(self, epoch: int, row: Row) -> None:
        """Take the row of an epoch later than all before; it stays only if the stride divides its epoch."""
        step = stride(epoch, self.capacity)
        if step != self._stride:
            self._stride = step
            first = next(iter(self._rows), epoch)
            self._rows = {at: kept for at, kept in self._rows.items() if at == first or at % step == 0}
        if not self._rows or epoch % step == 0:
            self._rows[epoch] = row

    def rows(self) -> dict[int, Row]:
        """Return the rows kept so far by epoch, in order."""
        return dict(self._rows)
