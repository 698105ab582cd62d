"""What open views show of the training: the probes they ask the background thread for, and where frames go."""

from collections.abc import Callable, Generator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject

from app.canvas.canvas_view import CanvasView
from app.canvas.curves import curves_probe
from app.canvas.layers_panel import LayersPanel
from app.plots.boundary import BoundaryView
from app.shell.selection import Neuron, Selection
from app.work.messages import Probe, Scene
from app.work.session import Session
from core.training.events import Row

Pair = tuple[NDArray[Any], NDArray[Any]]

_LINKS_RATE = 15.0  # frames a second
_PLANE_RATE = 15.0


def weights(scene: Scene, row: Row) -> Generator[None, None, list[Pair]]:
    """The probe of the canvas' links: weights and biases of each dense layer."""
    yield
    return [(np.array(weight), np.array(bias)) for _layer, weight, bias in scene.architecture.split(row)]


def plane(**options: Any) -> Probe:
    """Return the probe of the plane with these options; its module imports torch, so it is made where it runs."""
    made: list[Any] = []

    def probe(scene: Scene, row: Row) -> Generator[None, None, Any]:
        from core.probes.plane import plane as make

        if not made:
            made.append(make(**options))
        return (yield from made[0](scene, row))

    return probe


class Live(QObject):
    """Keeps canvas and output up to date with the run that is under way."""

    def __init__(
        self,
        session: Session,
        selection: Selection,
        canvas: CanvasView,
        layers: LayersPanel,
        boundary: BoundaryView,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.session = session
        self.selection = selection
        self.canvas = canvas
        self.boundary = boundary
        self._slots: dict[str, Callable[[Any], None]] = {
            "weights": canvas.set_weights,
            "plane": self._show_plane,
            "curves": self._show_curves,
        }
        self._layers = layers
        session.framed.connect(self._frame)
        session.prepared.connect(self._begin)
        selection.shown_changed.connect(self._ask_plane)
        canvas.paged.connect(self._ask_plane)
        session.watch("curves", curves_probe)

    def _begin(self, scenes: tuple[Scene, ...]) -> None:
        self.canvas.clear_live()
        dataset = scenes[0].dataset
        self.boundary.set_data(dataset if dataset.facts.plane else None)
        self.session.watch("weights", weights, rate=_LINKS_RATE)
        self._ask_plane()

    def _ask_plane(self, *_neuron: object) -> None:
        """Ask for the plane as it is looked at now: the neuron that is shown large, the tiles that are on a page."""
        scenes = self.session.scenes
        if not scenes or not scenes[0].dataset.facts.plane:
            self.session.watch("plane", None)
            return
        shown: Neuron | None = self.selection.shown
        neuron = None if shown is None else (shown.layer, shown.unit)
        self.boundary.set_neuron(neuron)
        self.session.watch("plane", plane(neuron=neuron, units=self.canvas.shown_units), rate=_PLANE_RATE)

    def _frame(self, view: str, picture: Any) -> None:
        slot = self._slots.get(view)
        if slot is not None:
            slot(picture)

    def _show_plane(self, picture: Any) -> None:
        self.canvas.set_tiles(picture.tiles)
        self.boundary.set_plane(picture)

    def _show_curves(self, curves: Any) -> None:
        self.session.watch("curves", None)
        self.canvas.set_curves(curves)
        self._layers.set_curves(curves)
