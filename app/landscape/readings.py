"""The numbers beside the landscape: for each run the loss on the plane, the true one, and how far off it the run is."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.landscape.frames import Path
from app.plots.spots import run_icon
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import written

_DOT = 12  # pixels
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


def percent(share: float) -> str:
    """Write a share of 1 as percent, to two digits."""
    return f"{written(share * 100, 2)} %" if share >= 1e-4 else "0 %"


class Readings(QWidget):
    """A row for each run."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.paths: tuple[Path, ...] = ()
        self._rows: list[tuple[QLabel, ElidedLabel, QLabel, QLabel, QLabel]] = []
        self._marks: dict[int, tuple[int, str]] = {}  # what each row has drawn: a run's place, and its colour
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(0, 0, 0, 0)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(4)
        self.grid.setColumnStretch(1, 1)
        titles = (self.tr("Runs"), self.tr("on plane"), self.tr("true loss"), self.tr("off plane"))
        tips = (
            "",
            self.tr("The loss at the point of the plane that is nearest to the run's weights"),
            self.tr("The loss of the run's own weights, on the same samples"),
            self.tr("How far the run is from the plane, as a share of its distance from its start"),
        )
        for column, (title, tip) in enumerate(zip(titles, tips, strict=True)):
            label = QLabel(title)
            set_class(label, "axis")
            label.setToolTip(tip)
            span = 2 if column == 0 else 1
            alignment = Qt.AlignmentFlag.AlignLeft if column == 0 else _RIGHT
            self.grid.addWidget(label, 0, column + (column > 0), 1, span, alignment)
        theme.changed.connect(lambda: self.show_paths(self.paths))

    def show_paths(self, paths: Sequence[Path]) -> None:
        """Show the numbers of these runs."""
        self.paths = tuple(paths)
        while len(self._rows) < len(self.paths):
            self._add_row()
        for place, row in enumerate(self._rows):
            path = self.paths[place] if place < len(self.paths) else None
            for widget in row:
                widget.setVisible(path is not None)
            if path is None:
                continue
            dot, name, on_plane, true, off = row
            mark = path.place, self.theme.series(path.place).name()
            if self._marks.get(place) != mark:
                self._marks[place] = mark
                dot.setPixmap(run_icon(self.theme, path.place).pixmap(_DOT))
            name.setText(path.name)
            for label, text in ((on_plane, written(path.on_plane)), (true, written(path.true))):
                if text != label.text():
                    label.setText(text)
            if percent(path.relative) != off.text():
                off.setText(percent(path.relative))

    def _add_row(self) -> None:
        row = (QLabel(), ElidedLabel(), QLabel(), QLabel(), QLabel())
        at = len(self._rows) + 1
        for column, widget in enumerate(row):
            set_class(widget, "axis" if column == 0 else "caption" if column == 1 else "value")
            if column > 1:
                widget.setAlignment(_RIGHT)
            self.grid.addWidget(widget, at, column)
        self._rows.append(row)
