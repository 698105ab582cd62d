"""The landscape tab, put together: ``widget`` for the tab, ``controls`` for what stands beside the tabs."""

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from app.document.document import Document
from app.landscape.chosen import Chosen
from app.landscape.curvature import CurvatureMeter
from app.landscape.frames import LandscapeFrame, NoLandscape
from app.landscape.moment import MomentMark
from app.landscape.step_section import StepsAhead
from app.landscape.view import LandscapeView
from app.landscape.watcher import LEAST_EPOCHS, Watcher
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.selection import Weight as Clicked
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.landscape.values import Place, Weight
from core.training.events import Row


class LandscapePart(QObject):
    """The tab. It asks for pictures only while it can be seen.

    row_shown: the weights (P,) of a clicked point, which canvas and output are to show in place of the run's own; None:
    back to those. moment_left: the moment that time travel shows is to be left. train_from: a new run is to start from
    these weights (P,).
    """

    row_shown = Signal(object)
    moment_left = Signal()
    train_from = Signal(object)

    def __init__(
        self,
        document: Document,
        session: Session,
        history: History,
        selection: Selection,
        trainer: Trainer,
        icons: Icons,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.session = session
        self.trainer = trainer
        self.watcher = Watcher(document, session, history, self)
        self.widget = LandscapeView(icons)
        self.moment = MomentMark(self.watcher, self)
        self.moment.found.connect(self.widget.show_moment)
        self.curvature = CurvatureMeter(self.watcher, self.widget.form.curvature, self)
        self.steps = StepsAhead(self.watcher, self.widget.form.steps, self)
        self.row: Row | None = None  # that is shown in place of the run's own
        self._make_controls()
        self.widget.visible_changed.connect(self._see)
        self.widget.form.changed.connect(self._choose)
        self.widget.taken.connect(self._taken)
        self.widget.start_wanted.connect(lambda: self.train_from.emit(self.row))
        self.widget.train_wanted.connect(self._train)
        self.watcher.framed.connect(self._frame)
        self.watcher.told.connect(self._told)
        selection.weight_changed.connect(self._pick)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self._begin())
        session.phase_changed.connect(lambda _phase: self._told())
        document.changed.connect(lambda *_: self._told())
        self._told()

    def _make_controls(self) -> None:
        self.controls = QWidget()
        self.log = QCheckBox(self.tr("Log loss"))
        self.log.setChecked(True)
        self.log.setToolTip(self.tr("Colours and heights by the logarithm of the loss"))
        self.log.toggled.connect(self.widget.set_log)
        self.surface = QCheckBox(self.tr("Surface"))
        self.surface.setChecked(True)
        self.surface.setToolTip(self.tr("Show the surface beside the contours, where there is room"))
        self.surface.toggled.connect(self.widget.show_surface)
        self.form = QCheckBox(self.tr("Settings"))
        self.form.setChecked(True)
        self.form.setToolTip(self.tr("Show directions, range and resolution, and the numbers of all runs"))
        self.form.clicked.connect(self.widget.show_form)
        self.widget.form_shown.connect(self.form.setChecked)
        row = QHBoxLayout(self.controls)
        row.setContentsMargins(0, 0, 12, 0)
        row.setSpacing(12)
        for box in (self.log, self.surface, self.form):
            row.addWidget(box)

    def _see(self, visible: bool) -> None:
        self.watcher.show(visible)

    def show_moment(self, row: Row | None, start: Row | None = None, name: str = "") -> None:
        """Mark weights (P,) of a run that began with ``start``, by a name, in place of a clicked point; None: none."""
        if row is not None:
            self._take(None)
        elif not self.moment.active:
            return
        self.moment.show(row, start, name)
        self.curvature.take(row)
        self.steps.take(row)

    # -- what is chosen ------------------------------------------------------------------------------------------

    def _choose(self, chosen: Chosen) -> None:
        self._take(None)  # the point that was taken lies on another plane, or elsewhere on it
        self.watcher.choose(chosen)
        self._told()

    def _pick(self, clicked: Clicked | None) -> None:
        if clicked is not None:
            self.widget.form.pick(Weight(clicked.layer, clicked.unit, clicked.source))

    def _taken(self, place: Place | None) -> None:
        """Take a place that was clicked, or let go of what is marked: a place, or the moment of time travel."""
        if place is None and self.moment.active:
            self.moment_left.emit()
        else:
            self.moment.show(None)
            self._take(place)

    def _take(self, place: Place | None) -> None:
        """Let the network take the weights of a place, as a copy; None: its own again."""
        frame = self.widget.frame
        before = self.row
        row = None if place is None or frame is None else frame.picture.plane.at(*place)
        self.row = row
        self.widget.mark(place if row is not None else None)
        if row is not None or before is not None:
            self.curvature.take(row)
            self.steps.take(row)
            self.row_shown.emit(row)

    def _train(self) -> None:
        if self.trainer.can_train and self.session.phase is not Phase.TRAINING:
            if self.trainer.stale or self.session.phase in (Phase.IDLE, Phase.OVER):
                self.trainer.rewind()
            self.session.go(epochs=50)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._take(None)
        self._told()

    def _told(self) -> None:
        """Show what there is to be chosen from, or what is missing."""
        scene = self.watcher.scene
        form = self.widget.form
        penalty = self.document.experiment.training.penalty
        if scene is not None:
            names = {layer.id: layer.name for layer in scene.architecture.dense}
            form.set_network(names, scene.architecture.parameters, max(penalty.l1, penalty.l2) > 0)
        form.set_trails(self.watcher.trails)
        self.widget.first_loss = self.watcher.first_loss
        lacks = self.watcher.lacks()
        if lacks:
            sentences = {
                "scene": self.tr("There is no network to look at yet."),
                "path": self.tr("Needs one run with at least {0} epochs.").format(LEAST_EPOCHS),
                "weights": self.tr("Click a link on the canvas to choose a weight, and another one for a plane."),
                "runs": self.tr("Needs three runs of this network, on these data."),
            }
            busy = self.session.phase is Phase.TRAINING
            self.widget.show_missing(sentences[lacks], train=lacks == "path" and not busy and self.trainer.can_train)

    def _frame(self, frame: LandscapeFrame | NoLandscape) -> None:
        if isinstance(frame, NoLandscape):
            self.widget.show_none(frame)
        elif not self.watcher.lacks() and not _coarser(frame, self.widget.frame):
            self.widget.show_frame(frame)
            if self.row is not None:
                self.widget.move_mark(frame.place_of(self.row))
            self.moment.look(frame)


def _coarser(frame: LandscapeFrame, shown: LandscapeFrame | None) -> bool:
    """Tell whether a picture on the way to a final one is coarser than the one of the same place that is shown."""
    if shown is None or frame.picture.final:
        return False
    return shown.picture.span == frame.picture.span and len(shown.picture.xs) > len(frame.picture.xs)
