"""What is laid over the cards for a while: rings of what is selected, the slot of a drop, the card that is dragged."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsPathItem, QGraphicsPixmapItem, QGraphicsScene

from app.canvas.card_picture import MARGIN
from app.shell.theme import Theme

_RADIUS = {"card": 10.0, "unit": 6.0, "hover": 6.0, "drop": 10.0, "pass": 10.0, "spot": 6.0}  # of rings


class Marks:
    """Rings by what they mean, the slot between two cards, and the ghost of a dragged card."""

    def __init__(self, scene: QGraphicsScene, theme: Theme) -> None:
        self._theme = theme
        self._rings = {name: _path(scene, 4.0) for name in _RADIUS}
        self._rings["spot"].setZValue(0.5)
        self._slot = _path(scene, 5.0)
        self._plus = _path(scene, 5.1)
        self._sign = _path(scene, 5.2)
        self._ghost = QGraphicsPixmapItem()
        self._ghost.setZValue(6.0)
        self._ghost.setOpacity(0.75)
        self._ghost.setVisible(False)
        scene.addItem(self._ghost)
        self._refused = False
        self.refresh()

    def refresh(self) -> None:
        """Take the colours of the theme anew."""
        accent, width = self._theme.color("accent"), 2 * self._theme.sizes.line
        for name in ("card", "unit", "drop", "pass"):
            self._rings[name].setPen(QPen(accent, width))
        self._rings["pass"].setPen(QPen(accent, width, Qt.PenStyle.DashLine))
        self._rings["hover"].setPen(QPen(self._theme.color("strong"), 1.5))
        self._rings["spot"].setPen(QPen(self._theme.color("accent"), 1))
        ink, soft = ("err", "errSoft") if self._refused else ("accent", "soft")
        self._slot.setPen(QPen(self._theme.color(ink), 2, Qt.PenStyle.DashLine))
        self._slot.setBrush(self._theme.color(soft, 0.8))
        self._plus.setPen(Qt.PenStyle.NoPen)
        self._plus.setBrush(self._theme.color("err" if self._refused else "fill"))
        self._sign.setPen(QPen(Qt.GlobalColor.white, 2, c=Qt.PenCapStyle.RoundCap))
        if self._refused:
            self._rings["drop"].setPen(QPen(self._theme.color("err"), width))

    def ring(self, name: str, rect: QRectF | None) -> None:
        """Lay a ring around a rectangle, or take it away."""
        path = QPainterPath()
        if rect is not None:
            away = {"spot": -0.5, "hover": 2.0}.get(name, 3.0)
            path.addRoundedRect(rect.adjusted(-away, -away, away, away), _RADIUS[name], _RADIUS[name])
        if path != self._rings[name].path():
            self._rings[name].setPath(path)

    def slot(self, rect: QRectF | None, refused: bool = False) -> None:
        """Show where a layer will land, or that it cannot land there."""
        self._refuse(refused)
        column, plus, sign = QPainterPath(), QPainterPath(), QPainterPath()
        if rect is not None:
            column.addRoundedRect(rect.adjusted(1, 1, -1, -1), 6, 6)
            middle = QPointF(rect.center().x(), rect.top() + 22)
            plus.addEllipse(middle, 10, 10)
            sign.moveTo(middle - QPointF(4, 0))
            sign.lineTo(middle + QPointF(4, 0))
            if not refused:
                sign.moveTo(middle - QPointF(0, 4))
                sign.lineTo(middle + QPointF(0, 4))
        for item, path in ((self._slot, column), (self._plus, plus), (self._sign, sign)):
            item.setPath(path)

    def target(self, rect: QRectF | None, refused: bool = False) -> None:
        """Light the card that a drop acts on, in red if it refuses."""
        self._refuse(refused)
        self.ring("drop", rect)

    def _refuse(self, refused: bool) -> None:
        if refused != self._refused:
            self._refused = refused
            self.refresh()

    @property
    def slot_shown(self) -> QRectF | None:
        """Where the slot is shown now."""
        path = self._slot.path()
        return None if path.isEmpty() else path.boundingRect()

    @property
    def refused(self) -> bool:
        """Whether slot or card are shown as refusing."""
        return self._refused

    def ghost(self, picture: QPixmap | None, corner: QPointF | None = None) -> None:
        """Show a card that is being dragged, or take it away."""
        self._ghost.setVisible(picture is not None)
        if picture is not None and corner is not None:
            self._ghost.setPixmap(picture)
            self._ghost.setPos(corner - QPointF(MARGIN, MARGIN))


def _path(scene: QGraphicsScene, z: float) -> QGraphicsPathItem:
    item = QGraphicsPathItem()
    item.setZValue(z)
    scene.addItem(item)
    return item
