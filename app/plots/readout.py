"""The card beside the crosshair: all runs' values at an epoch."""

import re
from collections.abc import Callable, Sequence
from html import escape
from math import isnan

from PySide6.QtCore import QCoreApplication, QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.plots.run_curves import RunCurves
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.numbers import written

_PLACES = re.compile(r"\[(\d+)\]")
_GAP = 12  # pixels beside the crosshair
_MOST = 8  # runs that are told


class Card(QFrame):
    """A card with a table. It takes no mouse events and stays within its parent."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        set_class(self, "card")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.RichText)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 5, 8, 5)
        column.addWidget(self.label)
        self.hide()

    def write_table(
        self,
        title: str,
        heads: Sequence[str],
        rows: Sequence[tuple[str, int | None, Sequence[str]]],
        notes: Sequence[str] = (),
    ) -> None:
        """Write a title, the heads of columns, rows (a name, the place of a run or None, texts) and notes below."""
        size = self.theme.sizes.axis
        grey = self.theme.hex("text2")
        columns = "".join(f"<td align=right style='color:{grey}'>&nbsp;&nbsp;{escape(head)}</td>" for head in heads)
        lines = [f"<tr><td><b>{escape(title)}</b>&nbsp;&nbsp;</td>{columns}</tr>"]
        for name, place, texts in rows[:_MOST]:
            numbers = "".join(f"<td align=right>&nbsp;&nbsp;{escape(text)}</td>" for text in texts)
            short = name if len(name) <= 24 else f"{name[:23]}…"
            line = "" if place is None else f"<b style='color:{self.theme.series(place).name()}'>━</b> "
            lines.append(f"<tr><td>{line}{escape(short)}</td>{numbers}</tr>")
        below = [self.tr("and {0} more").format(len(rows) - _MOST)] if len(rows) > _MOST else []
        lines += [f"<tr><td>{text}</td></tr>" for text in below]
        lines += [f"<tr><td colspan={len(heads) + 1} style='color:{grey}'>{escape(note)}</td></tr>" for note in notes]
        self.label.setText(f"<table cellspacing=0 cellpadding=1 style='font-size:{size}px'>{''.join(lines)}</table>")
        self.adjustSize()

    def put_beside(self, place: QPoint, room: QRect) -> None:
        """Show the card at the right of a place, or at its left where there is no room."""
        x = place.x() + _GAP
        if x + self.width() > room.right():
            x = place.x() - _GAP - self.width()
        y = min(max(place.y() - self.height() // 2, room.top()), room.bottom() - self.height())
        self.move(max(x, room.left()), max(y, 0))
        self.show()


class ReadOut(Card):
    """The card of curves over epochs."""

    def tell(
        self,
        heads: Sequence[str],
        epoch: float,
        rows: Sequence[tuple[RunCurves, float, Sequence[float]]],
        write: Callable[[float], str] = written,
    ) -> None:
        """Write the values of runs (run, its nearest epoch, its values) under these heads into the card."""
        at = rows[0][1] if rows else epoch
        changes = [
            f"{_changed(change.path)} {written(change.old)} → {written(change.new)}"
            for run, _, _ in rows
            for change in run.interventions
            if abs(run.epoch_at(change.step) - at) < 0.5
        ]
        for run, _, _ in rows:
            if run.diverged_at is not None and abs(run.epoch_at(run.diverged_at) - at) <= 1:
                changes.append(self.tr("{0}: diverged at step {1}").format(run.name, f"{run.diverged_at:,}"))
        table = [
            (run.name, run.place, ["–" if isnan(value) else write(value) for value in values])
            for run, _, values in rows
        ]
        self.write_table(self.tr("epoch {0}").format(f"{round(at):,}"), heads, table, list(dict.fromkeys(changes[-2:])))


def _changed(path: str) -> str:
    """Return in words what an intervention has changed."""
    kind, _, name = path.partition(".")
    if kind in ("weights", "biases"):
        word = (
            QCoreApplication.translate("ReadOut", "weight {0} by hand")
            if kind == "weights"
            else QCoreApplication.translate("ReadOut", "bias {0} by hand")
        )
        return word.format(",".join(str(int(place) + 1) for place in _PLACES.findall(name)))
    return path.rpartition(".")[2].replace("_", " ")
