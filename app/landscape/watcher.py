"""What the landscape tab asks of the background thread, and when."""

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QTimer, Signal

from app.document.document import Document
from app.landscape.ahead import NO_STEPS, Wanted
from app.landscape.chosen import WIDE, Chosen, Trail, Trails
from app.landscape.frames import LandscapeFrame, NoLandscape
from app.landscape.lens import Lens
from app.plots.differing import differing
from app.work.history import History
from app.work.messages import VIEW_SHARE, Scene
from app.work.session import Phase, Session
from core.experiment.experiment import Experiment
from core.experiment.variants import interchangeable
from core.landscape.values import Ask
from core.runs.record import Record
from core.training.keeping import stride

VIEW = "landscape"
LEAST_EPOCHS = 10  # of a path that has directions of its own
_RATE = 7.0  # frames a second
_SHARE_WIDE = 0.36  # of the time that views may take: a picture of a large network takes a tenth of a second
_COLLECT_MS = 150  # between two looks at the rows that a run has kept
_MOST_ROWS = 96  # of a trail: a line on the screen needs no more
_MOST_TRAILS = 12


class _Asked(NamedTuple):
    """What was asked of the background thread."""

    lens: Lens
    ask: Ask
    zoom: float
    ahead: Wanted

    def same_picture(self, other: "_Asked") -> bool:
        """Tell whether another one asks for the same picture, whatever lies ahead on it."""
        fields = [
            (ask.resolution, ask.part, ask.samples, ask.l1, ask.l2, ask.levels) for ask in (self.ask, other.ask)
        ]  # an Ask may hold arrays, and so is not compared by its values
        return self.lens is other.lens and fields[0] == fields[1] and self.zoom == other.zoom


class Watcher(QObject):
    """Keeps a lens on the run that is under way while the tab can be seen.

    framed: a LandscapeFrame or a NoLandscape. told: what there is to be chosen from has changed.
    """

    framed = Signal(object)
    told = Signal()

    def __init__(self, document: Document, session: Session, history: History, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.document = document
        self.session = session
        self.history = history
        self.chosen = Chosen()
        self.hidden: frozenset[int] = frozenset()
        self.epochs = 0  # of the run that is under way
        self.first_loss = float("inf")  # the highest of the runs' first losses
        self._trails = Trails()
        self._differing: tuple[list[Experiment], list[str]] = [], []
        self._lens: Lens | None = None
        self._wanted = NO_STEPS  # ahead of the network
        self._asked: _Asked | None = None
        self._drawn_of: tuple[tuple[int, int], ...] = ()  # trails and their lengths, as they were asked for
        self._visible = False
        self._soon = QTimer(self, interval=_COLLECT_MS, singleShot=True)
        self._soon.timeout.connect(self._collect)
        session.framed.connect(self._frame)
        session.prepared.connect(self._begin)
        session.run_changed.connect(self._begin)
        session.phase_changed.connect(lambda _phase: self._collect())
        history.grew.connect(self._later)
        history.changed.connect(self._later)
        document.changed.connect(lambda *_: self._ask())

    @property
    def scene(self) -> Scene | None:
        """The run that is shown, None while none is ready."""
        return self.session.scene

    @property
    def trails(self) -> tuple[Trail, ...]:
        """The runs that are on the landscape."""
        return self._trails.now

    def lacks(self) -> str:
        """Return what is missing for the directions that are chosen: "", "scene", "path", "weights" or "runs"."""
        kind = self.chosen.kind
        if self.scene is None:
            return "scene"
        if kind in ("pca", "line"):
            others = any(not trail.live and len(trail.rows) > 1 for trail in self.trails)
            return "" if self.epochs >= LEAST_EPOCHS or (others and kind == "pca") else "path"
        if kind == "weights" and not self.chosen.weights:
            return "weights"
        if kind == "runs" and len({trail.place for trail in self.trails} & set(self.chosen.runs)) < 3:
            return "runs"
        return ""

    def show(self, visible: bool) -> None:
        """Tell whether the tab can be seen: nothing is drawn that nobody sees."""
        if visible != self._visible:
            self._visible = visible
            self._asked = None
            if visible:
                self._collect()
            else:
                self.session.watch(VIEW, None)

    def choose(self, chosen: Chosen) -> None:
        """Show something else."""
        self.chosen = chosen
        self._ask()

    def look_ahead(self, wanted: Wanted) -> None:
        """Show other steps ahead, or those ahead of another row."""
        if not wanted.same(self._wanted):
            self._wanted = wanted
            self._ask()

    def hide_runs(self, places: frozenset[int]) -> None:
        """Leave some runs out, by their places."""
        self.hidden = places
        self._later()

    # -- asked ---------------------------------------------------------------------------------------------------

    def _begin(self, _told: object) -> None:
        self._lens = self._asked = None  # the thread has forgotten its views
        self._trails = Trails()  # not those that a lens on a run of another shape may still be looking at
        self._collect()

    def _ask(self) -> None:
        """Ask for what is chosen, unless that has been asked already."""
        scene = self.scene
        if not self._visible or scene is None:
            return
        if self.lacks():
            if self._asked is not None:
                self.session.watch(VIEW, None)
                self._asked = None
            return
        if self._lens is None or not self._lens.chosen.same_plane(self.chosen):
            self._lens = Lens(self.chosen, self._trails)
        penalty = self.document.experiment.training.penalty
        live = self.session.phase is Phase.TRAINING
        ask = self.chosen.ask(scene.architecture.parameters, penalty.l1, penalty.l2, live=live)
        wanted = _Asked(self._lens, ask, self.chosen.zoom, self._wanted)
        trails = tuple((trail.place, len(trail.rows)) for trail in self.trails)
        # While it trains the lens looks at the trails each time; at rest nothing else tells it to look again.
        told = live or trails == self._drawn_of
        if self._asked is not None and wanted.same_picture(self._asked):
            if told and wanted.ahead.same(self._asked.ahead):
                return
            wanted = wanted._replace(ask=self._asked.ask)  # the same one, of which the lens has kept the picture
        self._asked, self._drawn_of = wanted, trails
        share = _SHARE_WIDE if scene.architecture.parameters >= WIDE else VIEW_SHARE
        self.session.watch(VIEW, wanted.lens.probe(wanted.ask, wanted.zoom, wanted.ahead), rate=_RATE, share=share)

    def _later(self) -> None:
        if self._visible and not self._soon.isActive():
            self._soon.start()

    def _collect(self) -> None:
        """Tell the lens which rows there are now."""
        if not self._visible:
            return
        history, current = self.history, self.history.current
        experiment = self.scene.experiment if self.scene is not None else None
        run = self.session.run
        self.epochs = current[run].epochs if run < len(current) else 0
        runs = [(record, place, False) for record, place in zip(history.past, history.places, strict=True)]
        runs += [(record, place, place == history.place + run) for place, record in enumerate(current, history.place)]
        shown = [
            (record, place, live)
            for record, place, live in runs
            if _fits(record, experiment) and (live or place not in self.hidden)
        ][-_MOST_TRAILS:]
        losses = [float(loss) for record, _, _ in shown for loss in record.curves["train_loss"][:1]]
        names = self._names([(record, place) for record, place, _ in shown])
        self._trails.now = tuple(
            _trail(record, place, name, live=live) for (record, place, live), name in zip(shown, names, strict=True)
        )
        self.first_loss = max((loss for loss in losses if isfinite(loss)), default=float("inf"))
        self.told.emit()
        self._ask()

    def _names(self, runs: Sequence[tuple[Record, int]]) -> list[str]:
        """Return names that tell runs apart: those that have none of their own get the setting that differs first."""
        experiments = [record.experiment for record, _ in runs]
        before, found = self._differing
        if len(before) != len(experiments) or any(a is not b for a, b in zip(before, experiments, strict=True)):
            found = [told.split(", ")[0] for told in differing(experiments)] if len(runs) > 1 else [""] * len(runs)
            self._differing = experiments, found  # finding them takes milliseconds, and the runs grow all the time
        plain = [record.name == self.history.tr("Run {0}").format(place + 1) for record, place in runs]
        return [
            f"{record.name} · {told}" if told and nameless else record.name
            for (record, _), told, nameless in zip(runs, found, plain, strict=True)
        ]

    def _frame(self, view: str, picture: Any) -> None:
        if view != VIEW or self._asked is None:
            return
        if isinstance(picture, LandscapeFrame) and picture.picture.plane.kind != self.chosen.kind:
            return  # of what was chosen before
        if isinstance(picture, LandscapeFrame | NoLandscape):
            self.framed.emit(picture)


def _fits(record: Record, experiment: Experiment | None) -> bool:
    return experiment is not None and interchangeable(record.experiment, experiment)


def _trail(record: Record, place: int, name: str, *, live: bool) -> Trail:
    """Return the rows of a run, evenly thinned by a rule that leaves the same ones while it grows, and its best."""
    epochs = list(record.rows)
    step = stride(max(epochs), _MOST_ROWS)
    kept = [epoch for epoch in epochs if epoch % step == 0 or epoch in (epochs[0], record.best_epoch)]
    best = kept.index(record.best_epoch) if record.best_epoch in kept and record.best_epoch > 0 else -1
    rows = tuple(record.rows[epoch] for epoch in kept)
    # A run that is over ends where it stood, which may lie between two epochs.
    return Trail(place, name, rows if live else (*rows, record.last_row), best, live)
