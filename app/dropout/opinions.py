"""What sub-networks say of one sample: the sample, and how far their answers lie apart."""

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from app.dropout.mosaic import Mosaic
from app.dropout.watcher import sample_at, samples_of
from app.plots.axes import percent, round_ticks
from app.plots.digit_pad import grey_image
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.numbers import written
from app.work.messages import Scene
from core.probes.dropout_pictures import OpinionsPicture, band
from core.probes.pictures import Floats

_GAP = 8.0
_MOST_NAME = 90.0  # pixels
_IMAGE = 132  # pixels, at the most
_RUG = 0.35  # opacity of a single opinion
_TICKS = 5

Row = tuple[str, int | None, list[str]]


class Spread(QWidget):
    """A line for each output: every opinion as a stroke, the 10–90 % band, the mean; and how many vote for a class.

    pointed: a title and rows that tell of the line under the mouse, and where that is; or None.
    """

    pointed = Signal(object, QPoint)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.names: tuple[str, ...] = ()
        self.probabilities = True
        self.range = (0.0, 1.0)
        self.picture: OpinionsPicture | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def begin(self, names: tuple[str, ...], *, probabilities: bool) -> None:
        """Show nothing until there is a picture of outputs with these names, which may be probabilities."""
        self.names, self.probabilities = names, probabilities
        self.range = (0.0, 1.0)
        self.picture = None
        self.update()

    def show_picture(self, picture: OpinionsPicture) -> None:
        """Show a picture. The axis of answers that are no probabilities grows with them."""
        self.picture = picture
        if not self.probabilities:
            found = picture.outputs[np.isfinite(picture.outputs)]
            if len(found):
                low, high = float(found.min()), float(found.max())
                room = 0.1 * (high - low) or 0.5
                if low < self.range[0] or high > self.range[1] or high - low < (self.range[1] - self.range[0]) / 6:
                    self.range = low - room, high + room
        self.update()

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(240, 140)

    # -- painting ------------------------------------------------------------------------------------------------

    def _metrics(self) -> QFontMetricsF:
        return QFontMetricsF(self.theme.font(self.theme.sizes.axis))

    def _track(self) -> QRectF:
        """Return where the lines lie."""
        metrics = self._metrics()
        names = min(max((metrics.horizontalAdvance(name) for name in self.names), default=0.0), _MOST_NAME)
        votes = metrics.horizontalAdvance("48 ") + 2
        left = names + _GAP
        return QRectF(
            left, metrics.height(), self.width() - left - votes - _GAP, self.height() - 2 * metrics.height() - 4
        )

    def _x(self, values: Floats | float, track: QRectF) -> Floats:
        low, high = self.range
        return np.asarray(track.left() + (np.asarray(values, float) - low) / (high - low) * track.width())

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        picture = self.picture
        if picture is None or not self.names:
            return
        painter = QPainter(self)
        painter.setFont(self.theme.font(self.theme.sizes.axis))
        track = self._track()
        self._draw_axis(painter, track)
        high = track.height() / len(self.names)
        middle, low, top = band(picture.outputs.T, "mean")
        votes = None if picture.votes is None or len(picture.votes) != len(self.names) else picture.votes
        best = int(np.nanargmax(middle)) if np.isfinite(middle).any() else -1
        for place, name in enumerate(self.names):
            y = track.top() + place * high
            color = self.theme.color("accent" if place == best else "strong")
            self._text(painter, QRectF(0, y, track.left() - _GAP, high), name, place == best)
            half = min(high * 0.36, 8.0)
            centre = y + high / 2
            if np.isfinite(middle[place]):
                start, end, mean = (float(self._x(float(found[place]), track)) for found in (low, top, middle))
                soft = self.theme.color("accent" if place == best else "strong", 0.22)
                painter.fillRect(QRectF(start, centre - half, max(end - start, 1.0), 2 * half), soft)
                painter.setPen(QPen(self.theme.color("text2", _RUG)))
                for x in self._x(picture.outputs[:, place][np.isfinite(picture.outputs[:, place])], track):
                    painter.drawLine(round(x), round(centre - half), round(x), round(centre + half))
                painter.fillRect(QRectF(mean - 1.5, centre - half, 3, 2 * half), color)
            if votes is not None:
                box = QRectF(track.right() + _GAP, y, self.width() - track.right() - _GAP, high)
                self._text(painter, box, str(int(votes[place])), place == best)
        painter.end()

    def _draw_axis(self, painter: QPainter, track: QRectF) -> None:
        metrics = self._metrics()
        line = metrics.height()
        title = self.tr("probability") if self.probabilities else self.tr("answer ŷ")
        wide = metrics.horizontalAdvance(title)
        for tick in round_ticks(*self.range, _TICKS):
            x = float(self._x(tick, track))
            painter.setPen(self.theme.color("border"))
            painter.drawLine(round(x), round(track.top()), round(x), round(track.bottom()))
            text = percent(tick) if self.probabilities else written(tick)
            half = metrics.horizontalAdvance(text) / 2 + 1
            if x + half < track.right() - wide - 4:
                painter.setPen(self.theme.color("text2"))
                box = QRectF(max(x - half, track.left() - 4), track.bottom() + 3, 2 * half, line)
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
        painter.setPen(self.theme.color("text2"))
        below = QRectF(track.left(), track.bottom() + 3, track.width() + 2, line)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), title)
        if self.picture is not None and self.picture.votes is not None:
            above = QRectF(0, 0, self.width(), line)
            painter.drawText(above, int(Qt.AlignmentFlag.AlignRight), self.tr("votes"))

    def _text(self, painter: QPainter, box: QRectF, text: str, best: bool) -> None:
        painter.setFont(self.theme.font(self.theme.sizes.axis, bold=best))
        painter.setPen(self.theme.color("text" if best else "text2"))
        shown = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, box.width() + 1)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight), shown)

    # -- the mouse -----------------------------------------------------------------------------------------------

    def told_of(self, place: int) -> tuple[str, list[Row]]:
        """Return a title and rows that tell of an output."""
        assert self.picture is not None
        found = band(self.picture.outputs[:, place], "mean")
        write = percent if self.probabilities else written
        words = (self.tr("mean"), "10 %", "90 %")
        rows: list[Row] = [
            (word, None, [write(round(float(value), 4))]) for word, value in zip(words, found, strict=True)
        ]
        votes = self.picture.votes
        if votes is not None and len(votes) == len(self.names):
            rows.append((self.tr("votes"), None, [self.tr("{0} of {1}").format(int(votes[place]), int(votes.sum()))]))
        return self.names[place], rows

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell which line lies under the mouse."""
        track, at = self._track(), event.position()
        share = (at.y() - track.top()) / track.height()
        if self.picture is None or not self.names or not 0 <= share < 1:
            self.pointed.emit(None, QPoint())
        else:
            self.pointed.emit(self.told_of(int(share * len(self.names))), at.toPoint())

    def leaveEvent(self, event: object) -> None:
        """Tell that the mouse has gone."""
        super().leaveEvent(event)  # type: ignore[arg-type]
        self.pointed.emit(None, QPoint())


class Opinions(QWidget):
    """A sample with its spread. pointed: as Spread's. stepped: to the next sample (1) or the one before (−1)."""

    pointed = Signal(object, QPoint)
    stepped = Signal(int)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.scene: Scene | None = None
        self.place = -1
        self.image = Mosaic(smooth=False)
        self.spread = Spread(icons.theme)
        self.told = QLabel()
        set_class(self.told, "axis")
        self.back, self.on = QToolButton(), QToolButton()
        for button, icon, tip, by in (
            (self.back, "chevron-left", self.tr("Sample before"), -1),
            (self.on, "chevron-right", self.tr("Next sample"), 1),
        ):
            set_class(button, "small")
            button.setIcon(icons.get(icon))
            button.setToolTip(tip)
            button.setAccessibleName(tip)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.clicked.connect(lambda _checked=False, by=by: self.stepped.emit(by))
        buttons = QHBoxLayout()
        buttons.setSpacing(4)
        for widget in (self.back, self.on):
            buttons.addWidget(widget)
        buttons.addWidget(self.told, 1)
        left = QVBoxLayout()
        left.setSpacing(4)
        left.addLayout(buttons)
        left.addWidget(self.image, 100)
        left.addStretch(1)  # what is left once the image is as large as it gets
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addLayout(left, 1)
        row.addWidget(self.spread, 3)
        self.image.setMaximumHeight(_IMAGE * 2)
        self.spread.pointed.connect(lambda told, at: self.pointed.emit(told, self.spread.mapTo(self, at)))

    def set_state(self, scene: Scene, place: int) -> None:
        """Take the data and the network of the run that is shown, and the place of the sample."""
        if scene is self.scene and place == self.place:
            return
        self.scene, self.place = scene, place
        facts, head, part = scene.dataset.facts, scene.architecture.head, samples_of(scene)
        several = scene.architecture.outputs == len(facts.classes)
        names = facts.classes if several else (facts.classes[1] if facts.classes else "ŷ",)
        self.spread.begin(names, probabilities=head.activation in ("sigmoid", "softmax"))
        label = float(part.labels[place])
        what = facts.classes[int(label)] if facts.classes else written(label)
        self.told.setText(self.tr("{0} of {1}: {2}").format(place + 1, f"{len(part):,}", what))
        self.image.setVisible(facts.image)
        self.image.show_images([grey_image(sample_at(scene, place))] if facts.image else [])

    def show_picture(self, picture: OpinionsPicture) -> None:
        """Show a picture of the sample."""
        self.spread.show_picture(picture)

    def refresh(self) -> None:
        """Take colours and sizes of the theme anew."""
        self.image.setAccessibleName(self.tr("The sample"))
        self.spread.setAccessibleName(self.tr("What the sub-networks say of the sample"))
        self.spread.update()
