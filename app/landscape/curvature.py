"""How curved the loss is at the point that is looked at: numbers in the form, and what is asked for them."""

from collections.abc import Generator
from dataclasses import dataclass, replace
from math import isnan
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.landscape.chosen import WIDE
from app.landscape.frames import LandscapeFrame
from app.landscape.readings import percent
from app.landscape.watcher import Watcher
from app.plots.probes import late
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.header import Header
from app.shell.widgets.numbers import written
from app.work.messages import Probe, Scene
from app.work.session import Phase
from core.choices.fields import Mistake
from core.choices.optimizers import OPTIMIZERS, SGD
from core.experiment.training import Training
from core.landscape.values import Ask, Curvature, Sharpness
from core.runs.record import Record
from core.training.events import Row

VIEW = "curvature"
_RATE, _RATE_WIDE = 1.0, 0.1  # measurements a second while it trains, each of some products
_MOST_SAMPLES_WIDE = 512  # of a network that takes images: a hundred products of more take a minute
_KNOWN = 1.5e-3  # share of the eigenvalues: what they are uncertain by needs no words below that
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True)
class Bound:
    """The learning rate that is used, and by what: plain gradient descent overshoots where it is above 2 / λ."""

    rate: float
    plain: bool
    optimizer: str

    @classmethod
    def of(cls, record: Record | None, training: Training) -> "Bound":
        """Return that of a run as it is now, or of the settings of one that has not begun."""
        optimizer = training.optimizer
        plain = isinstance(optimizer, SGD) and not optimizer.momentum and training.clip is None
        rate = optimizer.learning_rate if record is None else rate_in_use(record)
        return cls(rate, plain, OPTIMIZERS[optimizer.kind].title)


def rate_in_use(record: Record) -> float:
    """Return the learning rate of a run's next step: that of its newest epoch, and what was changed since."""
    rates, steps = record.curves["learning_rate"], record.curves["step"]
    if not len(rates):
        return record.experiment.training.optimizer.learning_rate
    rate = float(rates[-1])
    for change in record.interventions:
        # A rate that was changed while its epoch was measured is that of the epoch already.
        if change.path == "training.optimizer.learning_rate" and change.step >= steps[-1] and rate != change.new:
            rate = rate * change.new / change.old if change.old else change.new
    return rate


class CurvatureSection(QWidget):
    """Eigenvalues and trace, and what they mean for the learning rate. visible_changed: whether it can be seen."""

    visible_changed = Signal(bool)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        sentence = self.tr(
            "The second derivative of the loss along every direction through this point. λ, the largest eigenvalue of "
            "the Hessian H, belongs to the steepest direction; along it plain gradient descent overshoots further with "
            "each step when the learning rate η is above 2/λ. Where the smallest is negative, the loss bends down on "
            "both sides. The trace is the sum of all eigenvalues. They come from products of H with vectors: up to 200 "
            "weights all of H, beyond that the ends of its spectrum and a trace of random vectors with its standard "
            "error."
        )
        self.header = Header(icons, self.tr("Curvature"), sentence=sentence, formula="H = ∂²J/∂w²,  η < 2/λ")
        self.values: dict[str, QLabel] = {}
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(2)
        grid.setColumnStretch(0, 1)
        titles = {
            "largest": self.tr("largest eigenvalue λ"),
            "smallest": self.tr("smallest eigenvalue"),
            "trace": self.tr("trace"),
        }
        for place, (name, title) in enumerate(titles.items()):
            caption, value = QLabel(title), QLabel("–")
            set_class(caption, "caption")
            set_class(value, "value")
            value.setAlignment(_RIGHT)
            value.setAccessibleName(title)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(caption, place, 0)
            grid.addWidget(value, place, 1)
            self.values[name] = value
        self.effort, self.meaning = QLabel(), QLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.header)
        column.addLayout(grid)
        for label, name in ((self.effort, "axis"), (self.meaning, "caption")):
            label.setWordWrap(True)
            set_class(label, name)
            column.addWidget(label)

    def show_waiting(self, note: str) -> None:
        """Show that there are no numbers yet; note: of which point they will be."""
        self._show(note, ("–", "–", "–"), self.tr("measuring …"), "")

    def show_none(self, note: str, sentence: str) -> None:
        """Show why there are no numbers."""
        self._show(note, ("–", "–", "–"), "", sentence)

    def show_found(self, note: str, found: Curvature | Sharpness, bound: Bound) -> None:
        """Show what was measured."""
        samples = f"{found.samples:,}"
        if isinstance(found, Sharpness):
            numbers = written(found.largest), "–", "–"
            effort = self.tr("{0} products, {1} samples; all of it at rest").format(found.products, samples)
        else:
            trace = written(found.trace)
            if not found.exact:
                trace = self.tr("{0} ± {1}").format(trace, written(found.trace_error, 2))
            numbers = written(found.largest), written(found.smallest), trace
            words = self.tr("the full Hessian, {0} products, {1} samples") if found.exact else ""
            effort = (words or self.tr("{0} products, {1} samples")).format(found.products, samples)
        if found.residual > _KNOWN:
            effort = self.tr("{0}; eigenvalues known to {1}").format(effort, percent(found.residual))
        self._show(note, numbers, effort, self._meaning(found.largest, bound))

    def _show(self, note: str, numbers: tuple[str, str, str], effort: str, meaning: str) -> None:
        self.header.set_note(note)
        labels = (*self.values.values(), self.effort, self.meaning)
        for label, text in zip(labels, (*numbers, effort, meaning), strict=True):
            if text != label.text():
                label.setText(text)

    def _meaning(self, largest: float, bound: Bound) -> str:
        if isnan(largest):
            return self.tr("The loss is not a number here, so it has no curvature.")
        if largest <= 0:
            return self.tr("The loss curves upwards along no direction here: there is none to overshoot along.")
        limit, rate = written(2 / largest), written(bound.rate)
        if not bound.plain:
            words = self.tr(
                "Plain gradient descent would overshoot above 2/λ = {0}; {1}, at {2}, steps in another way."
            )
            return words.format(limit, bound.optimizer, rate)
        words = self.tr("Gradient descent overshoots along the steepest direction above 2/λ = {0}. ")
        above = bound.rate > 2 / largest
        now = self.tr("It does so now, at {1}.") if above else self.tr("The learning rate is {1}: below.")
        return (words + now).format(limit, rate)

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it can be seen."""
        super().showEvent(event)
        self.visible_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it cannot be seen."""
        super().hideEvent(event)
        self.visible_changed.emit(False)


@dataclass(frozen=True, eq=False)
class _Answer:
    """What was measured, or why nothing was; of: which request it answers."""

    of: int
    found: Curvature | Sharpness | str


class CurvatureMeter(QObject):
    """Has the curvature measured while the section can be seen: in full at rest, once the landscape is drawn; while the
    network trains now and then the largest eigenvalue alone. ``take`` looks at another point."""

    def __init__(self, watcher: Watcher, section: CurvatureSection, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.watcher = watcher
        self.session = session = watcher.session
        self.section = section
        self.row: Row | None = None  # that was taken from the landscape; None: the run's own
        self._visible = False
        self._drawn = False  # whether the landscape is, at rest
        self._asked: tuple[object, ...] | None = None  # of which samples and penalty, and whether live
        self._count = 0  # of requests
        self._answer: _Answer | None = None
        section.visible_changed.connect(self._see)
        session.framed.connect(self._frame)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self._begin())
        session.phase_changed.connect(lambda _phase: self._ask())
        watcher.framed.connect(self._landscape)
        watcher.told.connect(self._ask)
        watcher.document.changed.connect(lambda *_: self._ask())

    def take(self, row: Row | None) -> None:
        """Look at these weights (P,), or at those of the run again."""
        if row is not self.row:
            self.row = row
            self._asked = self._answer = None
            self._ask()

    # -- asked ---------------------------------------------------------------------------------------------------

    def _see(self, visible: bool) -> None:
        self._visible = visible
        if visible:
            self._ask()
        else:
            self._forget()

    def _forget(self) -> None:
        if self._asked is not None:
            self._asked = None
            self.session.watch(VIEW, None)

    def _begin(self) -> None:
        self._asked = self._answer = None  # the thread has forgotten its views
        self._drawn = False
        self._ask()

    def _landscape(self, frame: object) -> None:
        points = self.watcher.chosen.resolution | 1
        self._drawn = not isinstance(frame, LandscapeFrame) or len(frame.picture.xs) == points
        self._ask()

    def _ask(self) -> None:
        """Ask for what is to be known now, unless that has been asked already."""
        scene, phase = self.session.scene, self.session.phase
        if not self._visible or scene is None:
            return
        training = phase is Phase.TRAINING
        if not (training or self._drawn or self.watcher.lacks()):
            return
        if training and self.section.visibleRegion().isEmpty():  # scrolled out of sight: the rest of the views need it
            self._forget()
            return
        live = training and self.row is None
        wide = scene.architecture.parameters >= WIDE
        penalty = self.watcher.document.experiment.training.penalty
        ask = self.watcher.chosen.ask(scene.architecture.parameters, penalty.l1, penalty.l2, live=live)
        if wide and ask.samples > _MOST_SAMPLES_WIDE:
            ask = replace(ask, samples=_MOST_SAMPLES_WIDE)
        asked = ask.part, ask.samples, ask.l2, live
        if asked != self._asked:
            self._asked = asked
            self._count += 1
            rate = _RATE_WIDE if wide else _RATE
            self.session.watch(VIEW, _measure(self._count, ask, live=live), rate=rate, row=self.row)
        self._show()

    # -- shown ---------------------------------------------------------------------------------------------------

    def _frame(self, view: str, picture: Any) -> None:
        if view == VIEW and self._asked is not None and picture.of == self._count:
            self._answer = picture
            self._show()

    def _show(self) -> None:
        note = self.tr("of the run, now") if self.row is None else self.tr("of the weights shown")
        if self._answer is None:
            self.section.show_waiting(note)
        elif isinstance(self._answer.found, str):
            self.section.show_none(note, self._answer.found)
        else:
            training = self.watcher.document.experiment.training
            current, run = self.watcher.history.current, self.session.run
            bound = Bound.of(current[run] if run < len(current) else None, training)
            self.section.show_found(note, self._answer.found, bound)


def _measure(of: int, ask: Ask, *, live: bool) -> Probe:
    """Return the probe of the curvature in full, or live of its largest eigenvalue; its frames are _Answer.

    A row that stays is measured once.
    """
    work = late("core.landscape.curvature", "sharpness" if live else "curvature", ask)
    kept: list[tuple[Row, _Answer]] = []

    def measured(scene: Scene, row: Row) -> Generator[None, None, _Answer]:
        if not kept or kept[0][0] is not row:
            try:
                found = yield from work(scene, row)
            except Mistake as mistake:
                found = str(mistake)
            kept[:] = [(row, _Answer(of, found))]
        return kept[0][1]

    return measured
