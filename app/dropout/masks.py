"""The sub-networks that dropout makes of the run that is shown: over the plane, or of one sample."""

from collections.abc import Callable, Generator, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from app.dropout.opinions import Opinions
from app.dropout.panel import Panel
from app.dropout.planes import Planes, make_planes
from app.plots.axes import percent
from app.plots.run_curves import RunCurves
from app.plots.spots import run_icon
from app.shell.drawn_export import table
from app.shell.icons import Icons
from app.shell.widgets.combo import QuietCombo
from app.work.messages import Scene
from core.probes.dropout_pictures import OpinionsPicture, SubNetworksPicture

_CHOOSER = 170  # pixels, at the most


class MasksPanel(Panel):
    """Shows pictures. run_wanted: another run is to be shown (its index in the job); stepped: as Opinions'."""

    run_wanted = Signal(int)
    stepped = Signal(int)

    def __init__(self, icons: Icons, planes: Planes) -> None:
        super().__init__(
            icons,
            self.tr("Sub-networks"),
            self.tr(
                "Each step of training with dropout trains another sub-network: the one that a random mask leaves. "
                "Here some of them answer, each by itself; the network without masks stands for their mean. Where they "
                "disagree, far from the samples or near the boundary, the answer is unsure."
            ),
            self.tr("disagreement = √(1/T Σ (ŷₜ − ȳ)²)"),
        )
        self.legend.hide()
        self.head.roomy = 0
        self.chooser = QuietCombo(self.tr("Run whose sub-networks are shown"))
        self.chooser.setToolTip(self.chooser.accessibleName())
        self.chooser.setMaximumWidth(_CHOOSER)
        self.chooser.activated.connect(self.run_wanted)
        self.head.row.insertWidget(1, self.chooser, 2)
        self._listed: list[tuple[str, int]] = []
        body = QWidget()
        self.planes, self.opinions = planes, Opinions(icons)
        row = QHBoxLayout(body)
        row.setContentsMargins(0, 0, 0, 0)
        for view in (self.planes, self.opinions):
            row.addWidget(view)
            view.pointed.connect(lambda told, at, view=view: self._point(told, view.mapTo(body, at)))
        self.set_body(body)
        self.wait(True)
        self.opinions.stepped.connect(self.stepped)
        self.refresh()

    def set_state(
        self, runs: Sequence[RunCurves], shown: int, scene: Scene | None, rate: float | None, sample: int
    ) -> None:
        """Take the runs of the job, the index of the one that is shown, what it computes with, the masks' rate, and
        the sample that is asked about, where it is one."""
        self.set_runs(runs)
        listed = [(run.name, run.place) for run in runs]
        if listed != self._listed:
            self._listed = listed
            self._fill()
        self.chooser.setCurrentIndex(shown)
        self.chooser.setVisible(len(runs) > 1)
        plane = scene is not None and scene.dataset.facts.plane
        self.planes.setVisible(plane)
        self.opinions.setVisible(not plane)
        self.planes.set_scene(scene if plane else None)
        if scene is not None and not plane:
            self.opinions.set_state(scene, sample)
        if scene is not None:
            own = any(layer.rate > 0 for layer in scene.architecture.dropouts)
            words = self.tr("masks of {0}") if own else self.tr("as if {0} were off")
            told = self.tr("masks of its own rates") if rate is None else words.format(percent(rate))
            droppable = scene.architecture.dropouts or len(scene.architecture.dense) > 1
            self.say(told if droppable else self.tr("no hidden neurons to switch off"))

    def show_picture(self, picture: SubNetworksPicture | OpinionsPicture) -> None:
        """Show a picture, unless it is one of data before."""
        if isinstance(picture, SubNetworksPicture) and not self.planes.isHidden():
            self.planes.show_picture(picture)
            self.wait(False)
        elif isinstance(picture, OpinionsPicture) and not self.opinions.isHidden():
            self.opinions.show_picture(picture)
            self.wait(False)

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the plane, or of the opinions."""
        plane, opinions = self.planes.picture, self.opinions.spread.picture
        if not self.planes.isHidden():
            return None if plane is None else partial(_of_plane, plane)
        return None if opinions is None else partial(_of_opinions, self.opinions.spread.names, opinions)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.planes.refresh()
        self.opinions.refresh()
        self._fill()

    def _fill(self) -> None:
        now = self.chooser.currentIndex()
        self.chooser.clear()
        for name, place in self._listed:
            self.chooser.addItem(run_icon(self.theme, place), name)
        self.chooser.setCurrentIndex(min(now, len(self._listed) - 1))

    def _point(self, told: tuple[str, Sequence[tuple[str, int | None, list[str]]]] | None, at: QPoint) -> None:
        self.card.setVisible(told is not None)
        if told is not None:
            self.card.write_table(told[0], ("",), told[1])
            self.point(at)


def make_masks(icons: Icons) -> Generator[None, None, MasksPanel]:
    """Make it in some turns."""
    planes = yield from make_planes(icons.theme)
    return MasksPanel(icons, planes)


def _of_plane(picture: SubNetworksPicture) -> str:
    """Return the mean of the sub-networks and their disagreement at the centres of the squares."""
    low, high = picture.span
    count, _, outputs = picture.outputs.shape
    at = (low + (np.arange(count) + 0.5) / count * (high - low)).tolist()
    return table(
        ("x1", "x2", *(f"mean {place + 1}" for place in range(outputs)), "disagreement"),
        (
            (x1, x2, *mean, doubt)
            for x2, means, doubts in zip(at[::-1], picture.outputs.tolist(), picture.disagreement.tolist(), strict=True)
            for x1, mean, doubt in zip(at, means, doubts, strict=True)
        ),
    )


def _of_opinions(names: Sequence[str], picture: OpinionsPicture) -> str:
    return table(("sub-network", *names), ((place, *row) for place, row in enumerate(picture.outputs.tolist(), 1)))
