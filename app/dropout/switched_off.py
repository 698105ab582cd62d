"""Co-adaptation: how well the runs do as more and more of their neurons are switched off at random."""

from collections.abc import Callable, Generator
from functools import partial
from typing import Literal

import numpy as np
from PySide6.QtCore import QPoint, QPointF

from app.dropout.panel import Panel
from app.dropout.plot import BandPlot, Line
from app.dropout.twins import Told
from app.plots.axes import finite_range, percent, round_ticks, share_ticks
from app.plots.spots import marker
from app.plots.thinning import Floats
from app.shell.drawn_export import table
from app.shell.icons import Icons
from app.shell.widgets.numbers import written
from core.probes.dropout_pictures import CoAdaptationPicture

_MOST_FILLED = 4  # runs whose bands can be told apart where they lie over each other
_EDGE = 0.02  # of an axis, so that marks at its ends are not cut
_ROOM = 1.08  # times the highest loss, where the axis ends


class SwitchedOffPanel(Panel):
    """A curve for each run, with the band in which 8 of 10 masks lie."""

    def __init__(self, icons: Icons, plot: BandPlot) -> None:
        super().__init__(
            icons,
            self.tr("Neurons switched off"),
            self.tr(
                "A growing share of all hidden neurons is switched off at random, and what is left answers the "
                "validation samples (training samples where there are none): the mean over 20 masks a point, and the "
                "band from 10 to 90 % of them. Neurons that rely on each other fail together, so the curve falls "
                "early; trained with dropout, each is of use on its own."
            ),
            self.tr("what is left is scaled by 1 / (share left)"),
        )
        self.told: Told[CoAdaptationPicture] | None = None
        self.shown: int | None = None
        self.measure: Literal["accuracy", "loss"] | None = None
        self.plot = plot
        self.plot.view.setRange(xRange=(-_EDGE, 0.9 + _EDGE), yRange=(0, 1), padding=0)
        self.set_body(self.plot)
        self.wait(True)
        self.plot.scene().sigMouseMoved.connect(self._hover)
        self.plot.left.connect(self._leave)
        self.plot.stepped.connect(self._step)
        self.point_number: int | None = None  # under the mouse
        self.refresh()

    def show_picture(self, told: Told[CoAdaptationPicture] | None, shown: int | None) -> None:
        """Show a picture, with the run of this place in front; None: there is none yet."""
        self.told, self.shown = told, shown
        self.wait(told is None)
        if told is not None:
            part = self.tr("validation samples") if told.picture.part == "validation" else self.tr("training samples")
            words = f"{told.picture.samples:,} {part}"
            self.say(words if told.picture.hidden else self.tr("no hidden neurons to switch off"))
            if told.picture.measure != self.measure:
                self.measure = told.picture.measure
                self._name()
        self._draw()

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the curves."""
        return None if self.told is None else partial(_table, self.told)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.plot.refresh()
        self._name()
        self._draw()

    def _name(self) -> None:
        loss = self.measure == "loss"
        self.plot.side.ticks = round_ticks if loss else share_ticks
        self.plot.side.write = written if loss else percent
        self.plot.side.name(self.tr("loss") if loss else self.tr("accuracy"))
        self.plot.bottom.name(self.tr("hidden neurons off"))
        self.plot.setAccessibleName(self.tr("How well the runs do with neurons switched off"))

    def _draw(self) -> None:
        if self.told is None:
            self.plot.draw(())
            return
        picture, twins = self.told.picture, self.told.twins
        middle, low, high = (found.astype(np.float64) for found in picture.band)
        few = len(twins) <= _MOST_FILLED
        self.plot.draw(
            [
                Line(
                    picture.shares.astype(np.float64),
                    middle[place],
                    low[place],
                    high[place],
                    self.theme.series(twin.place),
                    marker(twin.place),
                    few or twin.place == self.shown,
                )
                for place, twin in enumerate(twins)
            ]
        )
        if self.measure == "loss":
            self._fit_losses(high)
        else:
            self.plot.set_heights(-_EDGE, 1 + _EDGE)
        if self.point_number is not None:
            self._tell(self.point_number)

    def _fit_losses(self, high: Floats) -> None:
        """Let the axis grow where the curves have outgrown it, and shrink where they fill little of it."""
        found = finite_range([high])
        if found is None:
            return
        now = self.plot.view.viewRange()[1][1]
        if found[1] > now or found[1] < now / 3:
            self.plot.set_heights(0.0, found[1] * _ROOM or 1.0)

    # -- the mouse -----------------------------------------------------------------------------------------------

    def _hover(self, at: QPointF) -> None:
        place = self.plot.place_under(at)
        if place is None or self.told is None:
            self._leave()
        else:
            self._tell(int(np.abs(self.told.picture.shares - place.x()).argmin()))

    def _leave(self) -> None:
        self.point_number = None
        self.card.hide()
        self.plot.hair.hide()

    def _step(self, by: int) -> None:
        if self.told is not None:
            start = 0 if self.point_number is None else self.point_number + by
            self._tell(min(max(start, 0), len(self.told.picture.shares) - 1))

    def _tell(self, number: int) -> None:
        """Tell what the runs reach at one of the shares."""
        assert self.told is not None
        self.point_number = number
        picture = self.told.picture
        share = float(picture.shares[number])
        write = written if picture.measure == "loss" else lambda value: percent(round(value, 3))
        rows = [
            (twin.name, twin.place, [write(float(values[place, number])) for values in picture.band])
            for place, twin in enumerate(self.told.twins)
        ]
        title = self.tr("{0} of {1} neurons off").format(percent(share), f"{picture.hidden:,}")
        self.card.write_table(title, (self.tr("mean"), "10 %", "90 %"), rows)
        self.plot.hair.setValue(share)
        self.plot.hair.show()
        centre = self.plot.mapFromScene(self.plot.view.mapViewToScene(QPointF(share, 0)))
        self.point(QPoint(centre.x(), self.plot.height() // 3))
        self.plot.setAccessibleDescription(self.card.label.text())


def make_switched_off(icons: Icons) -> Generator[None, None, SwitchedOffPanel]:
    """Make it, the plot in a turn of its own."""
    plot = BandPlot(icons.theme, share_ticks, share_ticks, percent)
    yield
    return SwitchedOffPanel(icons, plot)


def _table(told: Told[CoAdaptationPicture]) -> str:
    picture = told.picture
    return table(
        ("run", "neurons off", f"mean {picture.measure}", "10 %", "90 %"),
        (
            (twin.name, share, *values)
            for twin, *bands in zip(told.twins, *(found.tolist() for found in picture.band), strict=True)
            for share, *values in zip(picture.shares.tolist(), *bands, strict=True)
        ),
    )
