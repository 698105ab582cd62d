"""What the dropout tab asks of the background thread, and when: of each plot that can be seen, and of no other."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QTimer, Signal

from app.dropout.twins import Twin, Twins, mask_rate, twins_at, twins_of
from app.plots.probes import late
from app.timeline.moment import Moment
from app.timeline.turn import Turn
from app.work.history import History
from app.work.messages import Probe, Scene
from app.work.session import Phase, Session
from core.datasets.samples import Part
from core.runs.record import Record

_VIEW = "dropout-"  # and the name of a plot
_COLLECT_MS = 120  # between two looks at the runs
_SHOWN = 12  # sub-networks that are drawn one by one: a number that fills many a grid
_RATE = 2.0  # frames a second, at the most
# The same for one weight of one run: a large network is drawn more seldom, in a twentieth of the time at the most.
_RATES_OF_ONE = {"layers": 500_000.0, "off": 120_000.0, "masks": 500_000.0}


class Watcher(QObject):
    """Keeps the plots up to date that can be seen.

    told: there is more to see of the runs, or other runs. framed: the name of a plot and its picture: Told of a
    DistributionsPicture ("layers") or a CoAdaptationPicture ("off"), a SubNetworksPicture or an OpinionsPicture
    ("masks").
    """

    told = Signal()
    framed = Signal(str, object)

    def __init__(self, session: Session, history: History, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.history = history
        self.records: tuple[Record, ...] = ()  # of the job
        self.left_out: tuple[str, ...] = ()  # names of runs whose networks are others than that of the run shown
        self.sample = 0  # of those that are asked about one by one
        self.moment: Moment | None = None  # that is shown in place of now
        self._turns: dict[str, Turn] = {}  # of the plots, as long as a moment is shown
        self._twins = Twins()
        self._shown: frozenset[str] = frozenset()
        self._probes: dict[str, tuple[object, Probe]] = {}  # with what they were made for
        self._asked: dict[str, object] = {}
        self._soon = QTimer(self, interval=_COLLECT_MS, singleShot=True)
        self._soon.timeout.connect(self.collect)
        session.framed.connect(self._frame)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self.collect())
        session.phase_changed.connect(lambda _phase: self.collect())
        history.grew.connect(self._later)
        history.changed.connect(self._later)

    @property
    def scene(self) -> Scene | None:
        """The run that is shown, None while none is ready."""
        return self.session.scene

    @property
    def twins(self) -> tuple[Twin, ...]:
        """The runs that are drawn together."""
        return self._twins.now

    @property
    def rate(self) -> float | None:
        """The rate of the masks; None: each layer's own."""
        return mask_rate(self.records, self.session.run)

    def show(self, plots: Sequence[str]) -> None:
        """Tell which plots can be seen: nothing is drawn that nobody sees."""
        shown = frozenset(plots)
        if shown != self._shown:
            for gone in self._asked.keys() - shown:
                del self._asked[gone]
                self._turns.pop(gone, None)
                self.session.watch(_VIEW + gone, None)
            self._shown = shown
            self.collect()

    def show_moment(self, moment: Moment | None) -> None:
        """Show a moment in place of now, or now again."""
        self.moment = moment
        if moment is None:
            self._turns.clear()
        self.collect()

    def step_sample(self, by: int) -> None:
        """Ask about the next sample, or the one before."""
        if self.scene is not None:
            self.sample = (self.sample + by) % len(samples_of(self.scene))
            self.told.emit()
            self._ask()

    # -- asked ---------------------------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._probes.clear()  # they remember what suited the runs before
        self._asked.clear()  # the thread has forgotten its views
        self._turns.clear()
        self.step_sample(0)  # of other data there may be fewer
        self.collect()

    def _later(self) -> None:
        if self._shown and not self._soon.isActive():
            self._soon.start()

    def collect(self) -> None:
        """See how far the runs are."""
        if not self._shown:
            return
        records = self.history.current
        self.records = records if len(records) == len(self.session.scenes) else ()
        at = self.history.place, self.session.run
        now, self.left_out = twins_of(self.records, *at)
        self._twins.now = now if self.moment is None or not now else twins_at(self.records, *at, self.moment)
        self.told.emit()
        self._ask()

    def _ask(self) -> None:
        scene = self.scene
        if scene is None or not self.twins:
            return
        training = self.session.phase is Phase.TRAINING
        moment = self.moment
        past = () if moment is None else (moment.place, moment.epoch)
        rows = () if training or len(self.twins) == 1 else tuple(id(twin.row) for twin in self.twins)
        weights = scene.architecture.parameters
        for plot in self._shown - {"gap"}:
            alone = plot == "masks"
            made_for = (self.session.run, self.rate, self.sample) if alone else ()
            # While it trains, a probe takes the rows that there are then; at rest nothing else tells it of others.
            asked = (*past, *(made_for if alone else (self.session.run, *rows)))
            if self._asked.get(plot) == asked or (moment is not None and not self._turn(plot).take()):
                continue
            self._asked[plot] = asked
            drawn = 1 if alone else len(self.twins)
            rate = min(_RATE, _RATES_OF_ONE[plot] / max(weights * drawn, 1))
            row = None if moment is None else moment.row
            self.session.watch(_VIEW + plot, self._probe(plot, scene, made_for), rate=rate, row=row)

    def _turn(self, plot: str) -> Turn:
        return self._turns.setdefault(plot, Turn())

    def _probe(self, plot: str, scene: Scene, made_for: object) -> Probe:
        if plot not in self._probes or self._probes[plot][0] != made_for:
            self._probes[plot] = made_for, self._make(plot, scene)
        return self._probes[plot][1]

    def _make(self, plot: str, scene: Scene) -> Probe:
        if plot == "layers":
            return self._twins.all(late("core.probes.distributions", "distributions"))
        if plot == "off":
            return self._twins.all(late("core.probes.coadaptation", "co_adaptation"))
        if scene.dataset.facts.plane:
            return late("core.probes.subnetworks", "subnetworks", rate=self.rate, shown=_SHOWN)
        return late("core.probes.subnetworks", "opinions", sample_at(scene, self.sample), rate=self.rate)

    def _frame(self, view: str, picture: Any) -> None:
        plot = view.removeprefix(_VIEW)
        if plot in self._asked:
            self.framed.emit(plot, picture)
            if plot in self._turns and self._turns[plot].answered():
                self._ask()


def samples_of(scene: Scene) -> Part:
    """Return the part whose samples are asked about one by one: one that the network has not learned from, if any."""
    dataset = scene.dataset
    return next((part for part in (dataset.validation, dataset.test) if len(part)), dataset.train)


def sample_at(scene: Scene, place: int) -> NDArray[np.float32]:
    """Return a sample as a probe takes it: an image (height, width) in 0 … 1, or (numbers,)."""
    raw = samples_of(scene).raw[place].astype(np.float32)
    found: NDArray[np.float32] = (raw * np.float32(scene.dataset.preparation.scale)).reshape(scene.dataset.facts.shape)
    return found
