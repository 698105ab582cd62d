"""The card beside the crosshair: all runs' values at an epoch."""

import re
from collections.abc import Sequence
from html import escape
from math import isnan

from PySide6.QtCore import QCoreApplication, QPoint, QRect, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.plots.axes import percent
from app.plots.lines import ACCURACY, Metric
from app.plots.run_curves import RunCurves
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from core.runs.curves import Column

_PLACES = re.compile(r"\[(\d+)\]")
_GAP = 12  # pixels beside the crosshair
_MOST = 8  # runs that are told


class ReadOut(QFrame):
    """A card that takes no mouse events and stays within its parent."""

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

    def tell(self, metric: Metric, epoch: float, rows: Sequence[tuple[RunCurves, float, dict[Column, float]]]) -> None:
        """Write the values of runs (run, its nearest epoch, value by column) into the card."""
        write = percent if metric is ACCURACY else written
        size = self.theme.sizes.axis
        grey = self.theme.hex("text2")
        at = rows[0][1] if rows else epoch
        head = self.tr("epoch {0}").format(f"{round(at):,}")
        lines = [
            f"<tr><td><b>{head}</b>&nbsp;&nbsp;</td>"
            f"<td align=right style='color:{grey}'>&nbsp;{self.tr('train')}</td>"
            f"<td align=right style='color:{grey}'>&nbsp;&nbsp;{self.tr('val.')}</td></tr>"
        ]
        for run, _, values in rows[:_MOST]:
            numbers = "".join(
                f"<td align=right>&nbsp;&nbsp;{'–' if isnan(value) else write(value)}</td>"
                for value in (values[metric.train], values[metric.validation])
            )
            name = run.name if len(run.name) <= 24 else f"{run.name[:23]}…"
            color = self.theme.series(run.place).name()
            lines.append(f"<tr><td><b style='color:{color}'>━</b> {escape(name)}</td>{numbers}</tr>")
        if len(rows) > _MOST:
            lines.append(f"<tr><td>{self.tr('and {0} more').format(len(rows) - _MOST)}</td></tr>")
        changes = [
            f"{_changed(change.path)} {written(change.old)} → {written(change.new)}"
            for run, _, _ in rows
            for change in run.interventions
            if abs(run.epoch_at(change.step) - at) < 0.5
        ]
        for run, _, _ in rows:
            if run.diverged_at is not None and abs(run.epoch_at(run.diverged_at) - at) <= 1:
                changes.append(self.tr("{0}: diverged at step {1}").format(run.name, f"{run.diverged_at:,}"))
        lines += [
            f"<tr><td colspan=3 style='color:{grey}'>{escape(change)}</td></tr>"
            for change in dict.fromkeys(changes[-2:])
        ]
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
