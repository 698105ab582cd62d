"""What is shown in place of the run as it is now: a moment of time travel or a point of the landscape."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent

from app.canvas.canvas_view import CanvasView
from app.landscape.part import LandscapePart
from app.shell.live import Live, Shown
from app.timeline.moment import Moment
from app.timeline.travel import TimeTravel
from core.training.events import Metrics, Row


class Elsewhere(QObject):
    """Shows one of both, the one that was chosen last; Esc goes back from a moment to now.

    changed: something else is shown.
    """

    changed = Signal()

    def __init__(
        self,
        travel: TimeTravel,
        landscape: LandscapePart,
        canvas: CanvasView,
        live: Live,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.travel = travel
        self.landscape = landscape
        self.canvas = canvas
        self.live = live
        travel.moved.connect(self._show_moment)
        landscape.row_shown.connect(self._show_point)
        landscape.moment_left.connect(travel.now)
        canvas.view.installEventFilter(self)

    def escape(self) -> None:
        """Go back to now, else let go of what is selected on the canvas."""
        if self.travel.moment is not None:
            self.travel.now()
        else:
            self.canvas.view.escape()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Esc before the canvas does."""
        escapes = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escapes and event.type() == QEvent.Type.KeyPress and self.travel.moment is not None:
            self.travel.now()
            return True
        return super().eventFilter(watched, event)

    def _show_moment(self, moment: Moment | None) -> None:
        if moment is None:
            self.landscape.show_moment(None)
            self._show(None)
            return
        epoch = f"{moment.epoch:,}"
        name, short = self.tr("{0} · epoch {1}").format(moment.record.name, epoch), self.tr("Epoch {0}").format(epoch)
        self.landscape.show_moment(moment.row, next(iter(moment.record.rows.values())), name)
        locked = self.tr("A past moment cannot be edited: go back to now, or continue from here.")
        self._show(Shown(moment.row, name, short, locked, moment.metrics))

    def _show_point(self, row: Row | None) -> None:
        if row is None:
            self._show(None)
            return
        self.travel.now()
        locked = self.tr("A point of the landscape cannot be edited: go back to the trained weights, or train from it.")
        self._show(Shown(row, self.tr("Point of the landscape"), self.tr("Point"), locked, Metrics()))

    def _show(self, shown: Shown | None) -> None:
        self.live.show(shown)
        self.changed.emit()
