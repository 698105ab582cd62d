"""The page of the batches: how far their gradients are from the full one, for several batch sizes."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.gradients.page import Page
from app.gradients.plot import Plot, Row, logarithms, named_ticks, number, pen
from app.landscape.chosen import WIDE
from app.plots.axes import Axis, finite_range, log_ticks, power
from app.plots.probes import late
from app.plots.thinning import Floats
from app.shell.drawn_export import table
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.numbers import written
from app.timeline.moment import Moment
from app.timeline.turn import Turn
from app.work.session import Session
from core.experiment.training import Training
from core.probes.layer_pictures import BatchGradientsPicture

VIEW = "batch gradients"
_SIZES = (1, 10, 32, 128)
_RATE, _RATE_WIDE = 0.5, 0.1  # pictures a second while it trains
_SPREAD = 0.3  # to both sides of a batch size, over which its batches are spread out
_DOT = 4.0
_LOWEST = -4.0  # power of ten of a length
_ROOM = 0.1  # powers of ten around the lengths, for half a dot
_BESIDE = 480  # pixels in which both plots have room


def sizes_of(training: Training) -> tuple[int, ...]:
    """Return the batch sizes that are looked at: the usual ones, and the one that is set."""
    own = () if training.batch_size == "all" else (training.batch_size,)
    return tuple(sorted({*_SIZES, *own}))


class BatchesWatcher(QObject):
    """Has batches measured while the page can be seen: at rest, and seldom while it trains."""

    def __init__(self, session: Session, page: "BatchesPage", parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.page = page
        self.moment: Moment | None = None  # that is shown in place of now
        self._turn = Turn()
        self._visible = False
        page.visible_changed.connect(self._see)
        session.framed.connect(self._frame)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self._begin())
        session.phase_changed.connect(lambda _phase: self._tell())
        self._tell()

    def _see(self, visible: bool) -> None:
        self._visible = visible
        self._turn.forget()
        if visible:
            self._begin()
        else:
            self.session.watch(VIEW, None)

    def show_moment(self, moment: Moment | None) -> None:
        """Show a moment in place of now, or now again."""
        self.moment = moment
        self.page.show_moment(moment)
        if moment is None:
            self._turn.forget()
        if self._visible and (moment is None or self._turn.take()):
            self._ask()

    def _begin(self) -> None:
        self._turn.forget()
        if self.page.picture is not None:
            self.page.show_picture(None, 0)
        self._tell()
        self._ask()

    def _ask(self) -> None:
        scene = self.session.scene
        if self._visible and scene is not None:
            sizes = sizes_of(scene.experiment.training)
            rate = _RATE_WIDE if scene.architecture.parameters >= WIDE else _RATE
            probe = late("core.probes.batch_gradients", "batch_gradients", sizes)
            self.session.watch(VIEW, probe, rate=rate, row=None if self.moment is None else self.moment.row)

    def _tell(self) -> None:
        words = self.page.tr("There is no network yet whose batches could be compared.")
        self.page.show_missing(words if self.session.scene is None else "")

    def _frame(self, view: str, picture: Any) -> None:
        scene = self.session.scene
        if view == VIEW and self._visible and scene is not None:
            own = scene.experiment.training.batch_size
            self.page.show_picture(picture, picture.samples if own == "all" else min(own, picture.samples))
            if self._turn.answered():
                self.show_moment(self.moment)


class BatchPlot(Plot):
    """A number of each batch, by batch size: a dot a batch, a line through 10–90 % of them, a bar at the median."""

    def __init__(self, theme: Theme, left: Axis, name: str, axis: str, sizes: str) -> None:
        self.values: list[Floats] = []
        self.sizes: tuple[int, ...] = ()
        self.own = 0  # the batch size that is set
        self._names = axis, sizes
        bottom = Axis(theme, "bottom", named_ticks(0), self._size)
        super().__init__(theme, left, bottom, name)
        # Of the other sizes, and of the one that is set: marks of one colour are drawn several times as quickly.
        self.dots = [pg.ScatterPlotItem(size=_DOT, pxMode=True, pen=None) for _ in range(2)]
        for dots in self.dots:
            self.view.addItem(dots, ignoreBounds=True)
        self.bands, self.medians = self.line(theme.color("text")), self.line(theme.color("text"))
        self.goal = pg.InfiniteLine(angle=0, movable=False)
        self.view.addItem(self.goal, ignoreBounds=True)
        self.view.sigResized.connect(self._fit)
        self.refresh()

    def _size(self, place: float) -> str:
        at = round(place)
        return f"{self.sizes[at]:,}" if 0 <= at < len(self.sizes) else ""

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        super().refresh()
        self.left.name(self._names[0])
        self.bottom.name(self._names[1])
        self.goal.setPen(pen(self.theme.color("ok"), dashed=True))

    def on_axis(self, values: Floats) -> Floats:
        """Return values where the axis shows them."""
        return values

    def show_values(self, sizes: tuple[int, ...], values: list[Floats], own: int) -> None:
        """Show a number (batches,) of each batch, by size; own: the batch size that is set."""
        self.sizes, self.values, self.own = sizes, values, own
        self.bottom.ticks = named_ticks(len(sizes))
        self.bottom.redraw()
        self.draw()

    def draw(self) -> None:
        """Draw them."""
        shown = [self.on_axis(values[np.isfinite(values)]) for values in self.values]
        jitter = [place + np.linspace(-_SPREAD, _SPREAD, len(values)) for place, values in enumerate(shown)]
        for dots, own, color in zip(self.dots, (False, True), ("strong", "accent"), strict=True):
            places = [place for place, size in enumerate(self.sizes) if (size == self.own) is own]
            x, y = (np.concatenate([np.empty(0), *(part[place] for place in places)]) for part in (jitter, shown))
            dots.setBrush(self.theme.color(color), update=False)
            dots.setData(x, y)
        bands, medians = np.empty((0, 2)), np.empty((0, 2))
        for place, values in enumerate(shown):
            if len(values):
                low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
                bands = np.concatenate([bands, [[place, low], [place, high], [np.nan, np.nan]]])
                ends = place - _SPREAD, place + _SPREAD
                medians = np.concatenate([medians, [[ends[0], middle], [ends[1], middle], [np.nan, np.nan]]])
        self.bands.setData(bands[:, 0], bands[:, 1], pen=pen(self.theme.color("text"), width=1.0))
        self.medians.setData(medians[:, 0], medians[:, 1], pen=pen(self.theme.color("text"), width=2.0))
        self._fit()

    def _fit(self) -> None:
        shown = [self.on_axis(values[np.isfinite(values)]) for values in self.values]
        self.fit([values for values in shown if len(values)])

    def fit(self, shown: list[Floats]) -> None:
        """Show all of it."""
        raise NotImplementedError

    def wide(self) -> tuple[float, float]:
        """Return the range of the batch sizes, with room for their axis' name."""
        left, last = 0.6, max(len(self.sizes), 1) - 1
        room = max(self.view.width(), 1.0)
        name = min(self.bottom.label.boundingRect().width() + 30, room / 2)
        return -left, (last * room + left * name) / (room - name)

    def told(self, values: Floats) -> Sequence[Row]:
        """Return what there is to be told of the numbers of one size."""
        low, middle, high = np.quantile(values[np.isfinite(values)], (0.1, 0.5, 0.9))
        return [
            (None, self.tr("median"), self.written(float(middle))),
            (None, self.tr("10–90 % of batches"), f"{self.written(float(low))} … {self.written(float(high))}"),
        ]

    def written(self, value: float) -> str:
        """Write a number."""
        return number(value)

    def read(self, x: float, y: float) -> tuple[str, Sequence[Row]]:  # noqa: ARG002
        """Tell the median and the spread of the batch size next to the mouse."""
        place = round(x)
        if not 0 <= place < len(self.sizes) or not np.isfinite(self.values[place]).any():
            return "", ()
        return self.tr("batch size {0}").format(f"{self.sizes[place]:,}"), self.told(self.values[place])


def _degrees(low: float, high: float, _count: int) -> list[float]:
    return [float(angle) for angle in (0, 45, 90, 135, 180) if low <= angle <= high]


class AnglePlot(BatchPlot):
    """Angles to the full gradient, in degrees."""

    def __init__(self, theme: Theme) -> None:
        name, left = self.tr("Angle between the gradient of a batch and the full one"), Axis(theme, "left", _degrees)
        super().__init__(theme, left, name, self.tr("angle (degrees)"), self.tr("batch size"))

    def fit(self, shown: list[Floats]) -> None:
        """Show 0 … 90 degrees, and more where a batch points uphill."""
        self.goal.setValue(90)  # beyond it a batch points uphill
        most = max((float(values.max()) for values in shown), default=0.0)
        self.span(self.wide(), (-3.0, 183.0 if most > 90 else 93.0))

    def written(self, value: float) -> str:
        """Write an angle."""
        return f"{written(value, 2)}°"


class RatioPlot(BatchPlot):
    """Lengths, as shares of the full gradient's."""

    def __init__(self, theme: Theme) -> None:
        left = Axis(theme, "left", log_ticks, power)
        name = self.tr("Length of the gradient of a batch, as a share of the full one's")
        super().__init__(theme, left, name, self.tr("length / full"), self.tr("batch size"))

    def on_axis(self, values: Floats) -> Floats:
        """Return logarithms."""
        return logarithms(values)

    def fit(self, shown: list[Floats]) -> None:
        """Show a third of a power of ten around the full gradient's length, and more where that is needed; but no more
        than some powers below it, to which few batches fall."""
        self.goal.setValue(0)
        low, high = finite_range(shown) or (0.0, 0.0)
        low, high = np.floor(3 * min(low, -0.1)) / 3, np.ceil(3 * max(high, 0.1)) / 3
        self.span(self.wide(), (max(low, _LOWEST) - _ROOM, high + _ROOM))

    def written(self, value: float) -> str:
        """Write a share."""
        return f"{written(value, 2)} ×"


class BatchesPage(Page):
    """Angles and lengths side by side."""

    def __init__(self, icons: Icons) -> None:
        sentence = self.tr(
            "A step follows the gradient of a batch, which stands for that of all samples. Each dot is one of 50 "
            "random batches of a size: its angle to the full gradient (beyond 90° it points uphill), and its length "
            "as a share of the full one's. Line and bar: 10–90 % of the batches and their median; violet: the batch "
            "size that is set. Small batches are noisy, but many of their steps cost as much as one of all samples. "
            "Dropout is off, the penalty left out."
        )
        super().__init__(icons, self.tr("Batches against the full gradient"), sentence, "∂J/∂w ≈ 1/B Σ ∂Jᵢ/∂w")
        self.picture: BatchGradientsPicture | None = None
        self.angles, self.ratios = AnglePlot(self.theme), RatioPlot(self.theme)
        self.body.addWidget(self.angles, 1)
        self.body.addWidget(self.ratios, 1)
        self.chosen = QuietCombo(self.tr("What is shown of the batches"))
        for title in (self.tr("angle"), self.tr("length")):
            self.chosen.addItem(title)
        self.chosen.activated.connect(lambda _index: self._arrange())
        self.add(self.chosen)
        self.show_picture(None, 0)

    def show_picture(self, picture: BatchGradientsPicture | None, own: int) -> None:
        """Show a picture; own: the batch size that is set. None: nothing is known yet."""
        self.picture = picture
        if picture is None:
            self.angles.show_values((), [], 0)
            self.ratios.show_values((), [], 0)
            self.tell(self.tr("Measuring …"))
            return
        # Sizes beyond all samples are one.
        places = [place for place, size in enumerate(picture.sizes) if size not in picture.sizes[:place]]
        sizes = tuple(picture.sizes[place] for place in places)
        self.angles.show_values(sizes, [picture.angle[0, place] for place in places], own)
        self.ratios.show_values(sizes, [picture.ratio[0, place] for place in places], own)
        self.tell(self._told(picture, own))

    def plots_shown(self) -> Sequence[QWidget]:
        """Return both plots."""
        return self.angles, self.ratios

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of all batches."""
        return None if self.picture is None else partial(_table, self.picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show both plots where there is room."""
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        narrow = self.width() < _BESIDE
        self.chosen.setVisible(narrow)
        for place, plot in enumerate((self.angles, self.ratios)):
            plot.setVisible(not narrow or place == self.chosen.currentIndex())

    def _told(self, picture: BatchGradientsPicture, own: int) -> str:
        if not picture.length[0] > 0:
            return self.tr("The full gradient is 0: there is no direction to compare with.")
        place = picture.sizes.index(own) if own in picture.sizes else 0
        size, angle = picture.sizes[place], float(picture.angle_band.middle[0, place])
        if size == picture.samples == picture.available:
            return self.tr("Each step takes all {0} samples: no noise, but one step an epoch.").format(f"{size:,}")
        words = self.tr(
            "A batch of {0} points {1}° away from the full gradient (median), for {2} of its work: {3} steps an epoch."
        )
        work, steps = size / picture.available, -(-picture.available // size)
        share = f"1/{round(1 / work):,}"
        return words.format(f"{size:,}", written(angle, 2), share, f"{steps:,}")


def _table(picture: BatchGradientsPicture) -> str:
    both = zip(picture.sizes, picture.angle[0].tolist(), picture.ratio[0].tolist(), strict=True)
    return table(
        ("batch size", "angle (degrees)", "length / full"),
        ((size, *values) for size, angles, ratios in both for values in zip(angles, ratios, strict=True)),
    )
