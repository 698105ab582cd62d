"""Slow motion: single steps played forward and back on the canvas, the chain of the selected weight, live gradients.

A step is told in full (``Follow``) while the speed is in slow motion, for one batch stepped by hand, and, a few times a
second, while a weight is selected; otherwise nothing is paid for it. Gradients that are only hovered over are measured
over training samples, a few times a second, while something wants them.
"""

from collections.abc import Generator
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication, QStyle

from app.canvas.canvas_view import CanvasView
from app.canvas.chain_card import ChainAccount
from app.canvas.passes import Step
from app.canvas.scene import Pair
from app.plots import probes
from app.shell.selection import Selection, Weight
from app.shell.speed import Speed
from app.work.messages import Probe, Scene
from app.work.session import Phase
from app.work.trainer import Trainer
from core.choices.optimizers import OPTIMIZERS, OptimizerSettings
from core.probes.pictures import NO_STEP, FlowPicture, SlopePicture
from core.training.events import Edited, Event, Follow, Row, Stepped

SLOW = 2.0  # steps a second up to which each step is played
ONCE = 2.5  # seconds in which one batch stepped by hand is played
_SHARE = 0.9  # of the time between two steps that a step is played in
_FLOW, _SLOPE = "motion: flow", "motion: slope"
_SLOPE_RATE = 4.0  # frames a second
_SAMPLE_MS = 400  # between two steps whose chain is shown at full speed

Key = tuple[str, int, int | None]


class Motion(QObject):
    """Follows the run for the canvas. ``step_batch`` is what the button of one batch does."""

    def __init__(
        self, trainer: Trainer, speed: Speed, selection: Selection, canvas: CanvasView, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.trainer = trainer
        self.session = trainer.session
        self.speed = speed
        self.selection = selection
        self.canvas = canvas
        # Where the system wants nothing to move, a step is shown as it ends.
        self.still = not QApplication.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        self.latest: Stepped | None = None  # the last step that was told in full
        self._behind = False  # the run has gone on since then
        self._following = False
        self._once = False  # a batch that was stepped by hand is under way
        self._sampling = False  # a step is wanted for the chain alone
        self._ticket = 0  # of the newest flow that was asked for
        self._asked: Key | None = None  # the weight whose chain it is to hold
        self._play = False  # whether it is to be played
        self._row: Row | None = None  # shown in place of the run's own, whose steps are not played meanwhile
        self._phase = self.session.phase
        self._slope = probes.slope()
        self._timer = QTimer(self, singleShot=True, interval=_SAMPLE_MS)
        self._timer.timeout.connect(self._sample)
        self.session.phase_changed.connect(self._phase_changed)
        self.session.prepared.connect(self._begin)
        self.session.run_changed.connect(self._turn)
        self.session.happened.connect(self._happened)
        self.session.supposed.connect(self._supposed)
        self.session.framed.connect(self._frame)
        speed.changed.connect(self._speed_changed)
        selection.weight_changed.connect(self._weight_changed)
        canvas.gradients_wanted_changed.connect(self._ask_slope)

    @property
    def _scene(self) -> Scene:
        return self.session.scenes[self.session.run]

    @property
    def slow(self) -> bool:
        """Whether each step is to be played."""
        return self.speed.rate is not None and self.speed.rate <= SLOW

    def show_row(self, row: Row | None) -> None:
        """Explain weights (P,) that are shown in place of the run's own, or the run again."""
        if row is None and self._row is None:
            return
        self._row = row
        self._ticket += 1
        self._play = False
        self.session.watch(_FLOW, None)
        self.canvas.clear_pass()
        self._follow()
        self._explain()
        self._ask_slope()

    def step_batch(self) -> None:
        """Take one step, and show it forward and back."""
        self._once = True
        self._follow()
        self.trainer.step_batch()

    # -- which steps are told in full --------------------------------------------------------------------------------

    def _follow(self) -> None:
        """Ask for steps in full, or for none, if that is not so already."""
        wanted = (self.slow or self._once or self._sampling) and self._row is None
        if wanted != self._following:
            self._following = wanted
            self.session.tell(Follow(self.session.run if wanted else None))

    def _follow_anew(self) -> None:
        """A new job follows no run."""
        self._following = False
        self._follow()

    def _speed_changed(self) -> None:
        self._follow()
        if not self.slow and self.session.phase is Phase.TRAINING:
            self.canvas.clear_pass()
        self._sample()
        self._ask_slope()

    def _phase_changed(self, phase: Phase) -> None:
        before, self._phase = self._phase, phase
        if phase is Phase.PREPARING:
            self._forget()
            self._follow_anew()
        elif phase is Phase.TRAINING:
            self._behind = True
            if not (self.slow or self._once):
                self.canvas.clear_pass()
            self._sample()
        elif before is Phase.TRAINING:
            self._once = self._sampling = False
            self._follow()
            self._explain()
        self._ask_slope()

    def _begin(self, _scenes: object) -> None:
        # Once more, as what was asked while one job was prepared is forgotten when another takes its place.
        self._follow_anew()
        self._explain()
        self._ask_slope()

    def _turn(self, _run: int) -> None:
        """Follow the run that is shown now."""
        self._forget()
        self.canvas.clear_pass()
        self._begin(None)

    def _forget(self) -> None:
        self.latest, self._behind = None, False
        self._row = None
        self._sampling = False
        self._ticket += 1
        self.session.watch(_FLOW, None)
        self.canvas.clear_pass()

    def _sample(self) -> None:
        """Let the next step be told, for the chain of the selected weight while it trains at speed."""
        wanted = self.selection.weight is not None and self.session.phase is Phase.TRAINING and not self.slow
        self._sampling = wanted
        self._follow()

    # -- what happens ------------------------------------------------------------------------------------------------

    def _happened(self, events: tuple[Event, ...]) -> None:
        told = None
        for event in events:
            if isinstance(event, Stepped) and event.run == self.session.run:
                told = event
            elif isinstance(event, Edited) and event.run == self.session.run:
                self._supposed(event)
        if told is not None and (self.slow or self._once or self._sampling) and self._row is None:
            self.latest, self._behind = told, False
            play = self.slow or self._once
            self._once = self._sampling = False
            self._follow()
            self._ask_flow(told, play)
            if not play:
                self._timer.start()

    def _supposed(self, _edited: Edited) -> None:
        """A weight was set by hand: the last step was taken with another one."""
        self._behind = True
        if self.session.phase is not Phase.TRAINING:
            self._explain()
            self._ask_slope()

    # -- the step, and the chain of the selected weight --------------------------------------------------------------

    def _weight_changed(self, weight: Weight | None) -> None:
        self._sample()
        if weight is not None:
            self._explain()

    def _explain(self) -> None:
        """Ask for the chain of the selected weight: of the last step, or, if there is none, of some samples."""
        weight = self.selection.weight
        if weight is None or not self.session.scenes or self._play:
            return
        if self.latest is not None and not self._behind and self._row is None:
            self._ask_flow(self.latest, play=False)
        elif self._row is not None or self.session.phase is not Phase.TRAINING:
            self._asked = _key(weight)
            self._ask(probes.trial(self._asked, self.trainer.document.experiment.training), self._row)

    def _ask_flow(self, stepped: Stepped, play: bool) -> None:
        self._play = play
        weight = self.selection.weight
        self._asked = None if weight is None else _key(weight)
        self._ask(probes.flow(stepped, self._asked), stepped.before)

    def _ask(self, probe: Probe, row: Row | None) -> None:
        """Ask for a flow in place of one that is still under way."""
        self._ticket += 1
        self.session.watch(_FLOW, _ticketed(probe, self._ticket), row=row, rate=100.0)

    def _frame(self, view: str, picture: Any) -> None:
        if view == _SLOPE:
            self._show_slope(picture)
        elif view == _FLOW and picture[0] == self._ticket:
            self.session.watch(_FLOW, None)
            play, self._play = self._play, False
            self._show_flow(picture[1], play)

    def _show_flow(self, picture: FlowPicture, play: bool) -> None:
        stepped = self.latest
        if play and stepped is not None:
            seconds = _SHARE / self.speed.rate if self.slow and self.speed.rate else ONCE
            self.canvas.play(_step(self._scene, stepped, picture), 0.0 if self.still else seconds)
            self._ask_slope()
        chain, weight = picture.chain, self.selection.weight
        if weight is not None and self._asked != _key(weight):
            self._explain()  # another one was selected meanwhile
        if weight is None or chain is None or self._asked != _key(weight):
            return
        of = self.tr("step {0}").format(f"{picture.step:,}")
        if picture.step == NO_STEP:
            of = self.tr("training data, dropout off") if _drops(self._scene) else self.tr("training data")
        self.canvas.set_chain(ChainAccount(chain, 0, of))

    # -- gradients to be hovered over --------------------------------------------------------------------------------

    @property
    def _has_batch(self) -> bool:
        """Whether the gradients that are shown are those of the last step."""
        stands = self.latest is not None and not self._behind and self._row is None
        return stands and self.canvas.playback.step is not None

    def _ask_slope(self, *_wanted: object) -> None:
        wanted = self.canvas.gradients_wanted and bool(self.session.scenes) and not self._has_batch
        self.session.watch(_SLOPE, self._slope if wanted else None, rate=_SLOPE_RATE, row=self._row)

    def _show_slope(self, picture: SlopePicture) -> None:
        if not self._has_batch:
            of = self.tr("mean over {0} training samples").format(f"{picture.samples:,}")
            self.canvas.set_gradients(_pairs(self._scene, picture.gradient), of)


def _key(weight: Weight) -> Key:
    return weight.layer, weight.unit, weight.source


def _drops(scene: Scene) -> bool:
    return any(layer.rate > 0 for layer in scene.architecture.dropouts)


def _pairs(scene: Scene, row: Any) -> tuple[Pair, ...]:
    return tuple((weight, bias) for _layer, weight, bias in scene.architecture.split(row))


def _step(scene: Scene, stepped: Stepped, picture: FlowPicture) -> Step:
    """Return what the canvas plays."""
    image = None
    facts, preparation = scene.dataset.facts, scene.dataset.preparation
    if facts.image:
        image = stepped.x[0]
        if preparation.mean is not None and preparation.deviation is not None:
            image = image * preparation.deviation + preparation.mean
        image = image.reshape(facts.shape)
    return Step(
        picture,
        _pairs(scene, stepped.before),
        _pairs(scene, stepped.after),
        update_rule(scene.experiment.training.optimizer, stepped.learning_rate),
        scene.architecture.loss.title.lower(),
        image=image,
    )


def update_rule(settings: OptimizerSettings, learning_rate: float) -> str:
    """Write how the weights change, with the number of the learning rate: w ← w − 0.03·∂J/∂w."""
    optimizer = OPTIMIZERS[settings.kind]
    rule = optimizer.formula.replace("η", f"{learning_rate:g}".replace("e-0", "e−"))
    momentum = getattr(settings, "momentum", 0.0)
    return f"{optimizer.title} · {rule}" + (f", momentum {momentum:g}" if momentum else "")


def _ticketed(probe: Probe, ticket: int) -> Probe:
    """Return a probe that gives its picture with a number, so that one asked for earlier can be told."""

    def ticketed(scene: Scene, row: Row) -> Generator[None, None, tuple[int, Any]]:
        picture = yield from probe(scene, row)
        return ticket, picture

    return ticketed
