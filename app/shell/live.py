"""What open views show of the training: the probes they ask the background thread for, and where frames go."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.canvas.canvas_view import CanvasView
from app.canvas.curves import curves_probe
from app.canvas.layers_panel import LayersPanel
from app.plots import probes
from app.plots.handwriting import Image
from app.plots.output import OutputPanel
from app.shell.selection import Neuron, Selection
from app.work.messages import Probe, Scene
from app.work.session import Phase, Session
from core.datasets.samples import Dataset
from core.probes.pictures import INPUT, DigitPicture, PlanePicture
from core.runs.record import Record
from core.training.events import Begun, Ended, EpochDone, Event, Metrics, Row

_NETWORK_RATE = 10.5  # frames a second
_SELDOM = 3  # frames of the network to one of its images, which cost more
_METRICS_MS = 100  # between two numbers: more cannot be read
_ANSWERS_MS = 300  # the same between all answers on a large test part
_REST_MS = 30  # from a frame of one moment to asking for the next: about 15 frames a second, and time to paint


@dataclass(frozen=True, eq=False)
class Shown:
    """Weights (P,) that are shown in place of the run's own, and their metrics. name, short: what they are, for the
    headers; locked: why they cannot be edited, in a sentence."""

    row: Row
    name: str
    short: str
    locked: str
    metrics: Metrics


class Live(QObject):
    """Keeps canvas and output up to date with the run that is under way, or with weights in place of its own.

    asked: for frames of weights (P,) in place of the run's own, or of those again (None).
    """

    asked = Signal(object)

    def __init__(
        self,
        session: Session,
        selection: Selection,
        canvas: CanvasView,
        layers: LayersPanel,
        output: OutputPanel,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.selection = selection
        self.canvas = canvas
        self.output = output
        self._slots: dict[str, Callable[[Any], None]] = {
            "weights": canvas.set_weights,
            "plane": self._show_plane,
            "curves": self._show_curves,
            "images": canvas.set_images,
            "digit": self._show_image,
            "sample": self._show_image,
        }
        self._layers = layers
        self.shown: Shown | None = None  # in place of the run's own weights
        self._waiting = self._again = False  # for a frame of what is shown; something newer is to be asked for then
        self._rested = QTimer(self, interval=_REST_MS, singleShot=True)
        self._rested.timeout.connect(self._stop_waiting)
        self._answers = QTimer(self, interval=_ANSWERS_MS, singleShot=True)
        self._answers.timeout.connect(output.ask_anew)
        self._taken = False  # whether the canvas takes the numbers of the run
        self._metrics: dict[int, Metrics] = {}  # by run
        self._before: Mapping[int, Record] = {}  # that the runs of the job go on from
        self._starts: dict[int, Row] = {}
        self._metrics_soon = QTimer(self, interval=_METRICS_MS, singleShot=True)
        self._metrics_soon.timeout.connect(self._show_metrics)
        session.framed.connect(self._frame)
        session.prepared.connect(self._begin)
        session.run_changed.connect(self._turn)
        session.happened.connect(self._tell)
        selection.shown_changed.connect(self._ask_network)
        canvas.paged.connect(self._ask_network)
        output.document.changed.connect(lambda *_: self._look())  # after the canvas, which is older
        output.watch.connect(lambda view, probe, rate: session.watch(view, probe, rate=rate, row=self._row))
        session.failed.connect(lambda *_: self._stop_waiting())
        output.image_shown.connect(self._ask_network)
        session.phase_changed.connect(self._rest)

    @property
    def scene(self) -> Scene | None:
        """The run that is shown, None while none is ready."""
        return self.session.scene

    @property
    def _row(self) -> Row | None:
        return None if self.shown is None else self.shown.row

    def show(self, shown: Shown | None) -> None:
        """Show what a network with other weights does in place of the run's own; None: that again.

        One frame is asked for at a time, so that the newest weights are drawn soon however fast they change.
        """
        self._mark(shown)
        if self.scene is None:
            return
        self._show_metrics()
        if self._waiting and shown is not None:
            self._again = True
            return
        self._waiting, self._again = True, False
        self._ask_network()
        self.output.ask_digit()
        if not self._answers.isActive():
            self._answers.start()
        self.asked.emit(self._row)

    def start_from(self, _runs: object, before: Mapping[int, Record]) -> None:
        """Note the records, by run, that the next job goes on from: their numbers are shown once it is ready."""
        self._before = before

    def _mark(self, shown: Shown | None) -> None:
        self.shown = shown
        name, short, locked = ("", "", "") if shown is None else (shown.name, shown.short, shown.locked)
        self.canvas.set_shown(name, short, locked)
        self.output.set_shown(name, short)

    def _stop_waiting(self) -> None:
        self._waiting, again, self._again = False, self._again, False
        if again:
            self.show(self.shown)

    def _begin(self, _scenes: tuple[Scene, ...]) -> None:
        self._metrics = {run: record.metrics for run, record in self._before.items()}
        self._starts.clear()
        if not self.canvas.scene.curves:
            self.session.watch("curves", curves_probe)
        self._turn()

    def _turn(self, *_run: int) -> None:
        """Show the run that is to be shown now."""
        scene = self.session.scenes[self.session.run]
        self.canvas.clear_live()
        self._rested.stop()
        self._waiting = self._again = False
        self._mark(None)
        self._metrics_soon.stop()
        self.output.set_scene(scene)
        if self.session.run in self._starts:
            self.output.set_start(self._starts[self.session.run])
        self._show_metrics()
        self._taken = self.canvas.takes(scene)
        self._ask_network()

    def _tell(self, events: tuple[Event, ...]) -> None:
        for event in events:
            if isinstance(event, Begun):
                self._starts[event.run] = event.row
                if event.run == self.session.run and event.epoch == 0:
                    self.output.set_start(event.row)
            elif isinstance(event, EpochDone | Ended):
                self._metrics[event.run] = event.metrics
                if event.run == self.session.run and not self._metrics_soon.isActive():
                    self._metrics_soon.start()

    def _show_metrics(self) -> None:
        now = self._metrics.get(self.session.run, Metrics())
        self.output.set_metrics(now if self.shown is None else self.shown.metrics)

    def _rest(self, phase: Phase) -> None:
        if phase in (Phase.PAUSED, Phase.OVER) and self.scene is not None:
            self.output.ask_anew()
            self._ask_network()  # with all that comes seldom
        elif phase is Phase.IDLE and self.scene is None:  # the data cannot be had: nothing of those before is shown
            self.canvas.clear_live()
            self.output.set_scene(None)

    # -- asked ---------------------------------------------------------------------------------------------------

    def _ask_network(self, *_changed: object) -> None:
        """Ask for what the canvas shows of the run, in one frame, so that it is painted once.

        That is the weights and, over the plane, what is looked at now: the neuron that is large, the tiles of the page.
        Of images it is the first layer's weights, and what the network makes of a sample, as long as none is drawn.
        """
        wanted: dict[str, Probe] = {"weights": probes.weights}
        scene = self.scene
        if scene is not None and scene.dataset.facts.plane:
            shown: Neuron | None = self.selection.shown
            neuron = None if shown is None else (shown.layer, shown.unit)
            wanted["plane"] = probes.plane(neuron=neuron, units=self.canvas.shown_units)
        elif scene is not None and scene.dataset.facts.image:
            units = self.canvas.shown_units.get(scene.architecture.dense[0].id)
            if units is not None:
                wanted["images"] = probes.seldom(probes.images(units), _SELDOM)
            if self.output.image is None:
                wanted["sample"] = probes.seldom(probes.classify(_sample(scene.dataset)), _SELDOM)
        self.session.watch("network", probes.together(wanted), rate=_NETWORK_RATE, row=self._row)

    def _look(self) -> None:
        """Take the run off the canvas once the network there takes other data; show it again when it takes its own."""
        taken = self.scene is not None and self.canvas.takes(self.scene)
        if taken != self._taken:
            self._taken = taken
            self.canvas.clear_live()
            if taken:
                self._ask_network()

    # -- shown ---------------------------------------------------------------------------------------------------

    def _frame(self, view: str, picture: Any) -> None:
        if view == "network":
            for name, part in picture.items():
                if part is not None:
                    self._frame(name, part)
            if self._waiting and not self._rested.isActive():
                self._rested.start()
            return
        slot = self._slots.get(view)
        if slot is not None and (self._taken or view == "curves"):
            slot(picture)
        self.output.take_frame(view, picture)

    def _show_plane(self, picture: PlanePicture) -> None:
        self.canvas.set_tiles(picture.tiles)

    def _show_image(self, picture: DigitPicture) -> None:
        self.canvas.set_tiles({INPUT: picture.image[None]})
        self.canvas.set_activations(picture.activations)

    def _show_curves(self, curves: Any) -> None:
        self.session.watch("curves", None)
        self.canvas.set_curves(curves)
        self._layers.set_curves(curves)


def _sample(dataset: Dataset) -> Image:
    part = next(part for part in (dataset.test, dataset.validation, dataset.train) if len(part))
    image: Image = (part.raw[0] * np.float32(dataset.preparation.scale)).reshape(dataset.facts.shape)
    return image.astype(np.float32)
