"""Small pictures side by side, one for each run, of one scale and with one mouse over all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPaintEngine,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.plots.spots import marker
from app.shell.theme import Theme
from app.shell.widgets.names import shared_letters

Place = tuple[float, float]  # of a picture: 0 … 1 from the left, 0 … 1 from the top

_GAP = 10  # pixels between two panels
_PADDING = 6
_LEAST = 72  # pixels of a picture's side
_STAR = "★"  # for a note where it does not fit beside the name
_NUMBERS = "0.0888 · 88.8 %"  # as long as what stands below a picture
_DOT = 8


@dataclass(frozen=True)
class Panel:
    """A picture with what stands above and below it.

    place: of the run, which gives its colour. below: what it has reached. note: a word beside the name.
    """

    name: str
    place: int
    image: QImage | None
    below: str
    note: str = ""


@dataclass(frozen=True)
class _Shape:
    """How panels lie. columns: in a row. side: of a picture. wide: of the words. All lengths in pixels."""

    columns: int
    side: int
    wide: int


class Mosaic(QWidget):
    """The panels. chosen: the panel that was clicked. pointed: a place of the pictures under the mouse, or None."""

    chosen = Signal(int)
    pointed = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.panels: tuple[Panel, ...] = ()
        self.shared = 0  # letters that all names begin with, left out where there is no room for a whole name
        self.over: dict[int, QPixmap] = {}  # what lies over a picture, by its panel
        self.smooth = True
        self.shown = 0  # the panel of the run on the canvas
        self.current = 0  # the panel that the keyboard is at
        self.pointer: Place | None = None
        self._shaped: tuple[tuple[object, ...], _Shape] = (), _Shape(1, _LEAST, _LEAST)  # for what, and what it is
        self._framed: tuple[object, ...] = ()  # what the frame shows
        self._frame = QPixmap()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName(self.tr("Runs side by side"))
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        """Return the room of some panels."""
        return QSize(480, 200)

    def minimumSizeHint(self) -> QSize:
        """Return the room in which every panel can be read; what it lies in scrolls."""
        columns = max(1, int((self.width() + _GAP) // (_LEAST + 2 * _PADDING + _GAP)))
        rows = ceil(len(self.panels) / columns) or 1
        return QSize(_LEAST + 2 * _PADDING, rows * (_LEAST + self._words() + _GAP) - _GAP)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for another height in another width."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def show_panels(self, panels: Sequence[Panel], shown: int) -> None:
        """Show these panels; shown: the one of the run on the canvas."""
        if len(panels) != len(self.panels):
            self.updateGeometry()
        self.panels, self.shown = tuple(panels), shown
        self.shared = shared_letters([panel.name for panel in panels])
        self.current = min(self.current, max(0, len(panels) - 1))
        told = "; ".join(f"{panel.name}: {panel.below} {panel.note}" for panel in panels)
        if told != self.accessibleDescription():
            self.setAccessibleDescription(told)
        self.update()

    def point_at(self, place: Place | None) -> None:
        """Mark a place on all pictures."""
        if place != self.pointer:
            self.pointer = place
            self.update()

    # -- room ----------------------------------------------------------------------------------------------------

    def _words(self) -> int:
        return 2 * round(self.theme.sizes.small * 1.6) + 2 * _PADDING

    def _shape(self) -> _Shape:
        """Return how the panels lie: as large as there is room for, and as wide as their words if there is room."""
        words, names = self._words(), [(panel.name, panel.note) for panel in self.panels]
        key = words, names, self.size(), self.theme.sizes
        if key != self._shaped[0]:
            bold, plain = (QFontMetrics(self.theme.font(self.theme.sizes.axis, bold=bold)) for bold in (True, False))
            lines = [bold.horizontalAdvance(f"{name}  {note}") + _DOT + 6 for name, note in names]
            wanted = max([*lines, plain.horizontalAdvance(_NUMBERS)])
            self._shaped = key, _shape(max(1, len(names)), self.width(), self.height(), words, wanted)
        return self._shaped[1]

    @property
    def side(self) -> int:
        """The side of a picture in pixels."""
        return self._shape().side

    def rect_of(self, panel: int) -> QRectF:
        """Return where a panel lies."""
        shape = self._shape()
        row, column = divmod(panel, shape.columns)
        wide, high = shape.wide + 2 * _PADDING, shape.side + self._words()
        return QRectF(column * (wide + _GAP), row * (high + _GAP), wide, high)

    def picture_of(self, panel: int) -> QRectF:
        """Return where the picture of a panel lies."""
        rect, side = self.rect_of(panel), self.side
        return QRectF(rect.left() + _PADDING, rect.top() + self._words() / 2, side, side)

    def panel_at(self, point: QPointF) -> int | None:
        """Return the panel at a point."""
        return next((at for at in range(len(self.panels)) if self.rect_of(at).contains(point)), None)

    # -- drawn ---------------------------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw all panels."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if painter.paintEngine().type() is QPaintEngine.Type.Picture:  # of an export, where words are no pixels
            self._paint_frame(painter)
        else:
            painter.drawPixmap(0, 0, self._framing())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        for at, panel in enumerate(self.panels):
            picture = self.picture_of(at)
            if panel.image is not None:
                painter.drawImage(picture, panel.image)
            if at in self.over:
                painter.drawPixmap(picture, self.over[at], QRectF(self.over[at].rect()))
            if self.pointer is not None:
                self._cross(painter, picture, self.pointer)
        painter.end()

    def _framing(self) -> QPixmap:
        """Return what lies below the pictures, drawn anew only where it has changed: the words change seldom."""
        theme, ratio = self.theme, self.devicePixelRatioF()
        words = tuple((panel.name, panel.place, panel.below, panel.note) for panel in self.panels)
        key = words, self.shown, self.current, self.hasFocus(), self.size(), ratio, theme.dark, theme.sizes
        if key != self._framed:
            self._framed = key
            self._frame = QPixmap(self.size() * ratio)
            self._frame.setDevicePixelRatio(ratio)
            self._frame.fill(Qt.GlobalColor.transparent)
            painter = QPainter(self._frame)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_frame(painter)
            painter.end()
        return self._frame

    def _paint_frame(self, painter: QPainter) -> None:
        size = self.theme.sizes.axis
        fonts = self.theme.font(size, bold=True), self.theme.font(size)
        for at, panel in enumerate(self.panels):
            self._paint_words(painter, at, panel, fonts)

    def _paint_words(self, painter: QPainter, at: int, panel: Panel, fonts: tuple[QFont, QFont]) -> None:
        theme, rect, picture = self.theme, self.rect_of(at), self.picture_of(at)
        if at == self.shown or (at == self.current and self.hasFocus()):
            painter.setPen(QPen(theme.color("accent"), 2 if at == self.current and self.hasFocus() else 1.2))
            painter.setBrush(theme.color("soft") if at == self.shown else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
        painter.fillRect(picture, theme.color("raise"))
        line = picture.top() - rect.top() - _PADDING
        middle = QTransform.fromTranslate(picture.left() + _DOT / 2, rect.top() + _PADDING + line / 2)
        painter.fillPath(middle.scale(_DOT, _DOT).map(Symbols[marker(panel.place)]), theme.series(panel.place))
        left = picture.left() + _DOT + 6
        name = QRectF(left, rect.top() + _PADDING, rect.right() - _PADDING - left, line)
        painter.setFont(fonts[0])
        if panel.note:
            metrics = painter.fontMetrics()
            fits = metrics.horizontalAdvance(f"{panel.name}  {panel.note}") <= name.width()
            note = panel.note if fits else _STAR
            wide = metrics.horizontalAdvance(note)
            _write(painter, note, name.adjusted(name.width() - wide, 0, 1, 0), theme.color("ok"))
            name.setWidth(name.width() - wide - 2)
        fits = painter.fontMetrics().horizontalAdvance(panel.name) <= name.width()
        _write(painter, panel.name if fits else panel.name[self.shared :], name, theme.color("text"))
        painter.setFont(fonts[1])
        below = QRectF(picture.left(), picture.bottom() + 2, rect.right() - picture.left(), line)
        _write(painter, panel.below, below, theme.color("text2"))

    def _cross(self, painter: QPainter, picture: QRectF, place: Place) -> None:
        x, y = picture.left() + place[0] * picture.width(), picture.top() + place[1] * picture.height()
        for color, width in ((self.theme.color("panel"), 3.0), (self.theme.color("text"), 1.2)):
            painter.setPen(QPen(color, width))
            painter.drawLine(QPointF(x - 5, y), QPointF(x + 5, y))
            painter.drawLine(QPointF(x, y - 5), QPointF(x, y + 5))

    # -- the mouse and the keyboard ------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Point at the same place of all pictures."""
        at = self.panel_at(event.position())
        picture = None if at is None else self.picture_of(at)
        if picture is None or not picture.contains(event.position()):
            self._point(None)
            return
        way = event.position() - picture.topLeft()
        self._point((way.x() / picture.width(), way.y() / picture.height()))

    def leaveEvent(self, _event: object) -> None:
        """Point at nothing."""
        self._point(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a panel."""
        at = self.panel_at(event.position())
        if at is not None and event.button() == Qt.MouseButton.LeftButton:
            self.current = at
            self.chosen.emit(at)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from panel to panel; Enter shows its run."""
        columns = self._shape().columns
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -columns, Qt.Key.Key_Down: columns}
        key = Qt.Key(event.key())
        if key in steps:
            self.current = max(0, min(len(self.panels) - 1, self.current + steps[key]))
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.panels:
            self.chosen.emit(self.current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, _event: object) -> None:
        """Show where the keyboard is."""
        self.update()

    def focusOutEvent(self, _event: object) -> None:
        """Show it no more."""
        self.update()

    def _point(self, place: Place | None) -> None:
        self.point_at(place)
        self.pointed.emit(place)


def _shape(count: int, width: int, height: int, words: int, wanted: int) -> _Shape:
    """Return the shape whose pictures are largest within so many pixels; wanted: how wide the words are."""
    found = _Shape(1, 0, 0)
    for columns in range(1, count + 1):
        rows = ceil(count / columns)
        wide = int((width - (columns - 1) * _GAP) / columns) - 2 * _PADDING
        high = int((height - (rows - 1) * _GAP) / rows) - words
        side = min(wide, high)
        if side > found.side:
            found = _Shape(columns, side, max(side, min(wide, wanted)))
    return found if found.side >= 8 else _Shape(1, 8, 8)


def _write(painter: QPainter, text: str, rect: QRectF, color: QColor) -> None:
    painter.setPen(color)
    # In the middle: names of runs often differ in their last word alone.
    cut = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(rect.width()))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), cut)
