"""The icons: line drawings in one colour, tinted to a colour of the theme, sharp on every screen."""

from functools import cache

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.shell.theme import Theme
from core.resources import RESOURCES

FOLDER = RESOURCES / "icons"


@cache
def _drawing(name: str) -> str:
    return (FOLDER / f"{name}.svg").read_text(encoding="utf-8")


def icon_names() -> tuple[str, ...]:
    """Return the names of all icons, in the order of the alphabet."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.svg")))


class _Engine(QIconEngine):
    """Draws an icon in the theme's colours of the moment, so that an icon once given to a button stays right."""

    def __init__(self, theme: Theme, name: str, token: str, checked: str) -> None:
        super().__init__()
        self.theme = theme
        self.name = name
        self.token = token
        self.checked = checked
        self._kept: dict[tuple[str, int], QPixmap] = {}  # by colour and side

    def clone(self) -> QIconEngine:
        return _Engine(self.theme, self.name, self.token, self.checked)

    def _color(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode == QIcon.Mode.Disabled:
            return self.theme.hex("disabled")
        token = self.checked if state == QIcon.State.On else self.token
        return token if token.startswith("#") else self.theme.hex(token)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        draw(painter, self.name, QRectF(rect), QColor(self._color(mode, state)))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        side = max(1, round(min(size.width(), size.height()) * scale))
        color = self._color(mode, state)
        key = (color, side)
        if key not in self._kept:
            picture = QPixmap(side, side)
            picture.fill(Qt.GlobalColor.transparent)
            painter = QPainter(picture)
            draw(painter, self.name, QRectF(0, 0, side, side), QColor(color))
            painter.end()
            picture.setDevicePixelRatio(scale)
            self._kept[key] = picture
        return self._kept[key]

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return self.scaledPixmap(size, mode, state, 1.0)


def draw(painter: QPainter, name: str, rect: QRectF, color: QColor) -> None:
    """Draw an icon into a rectangle, in a colour."""
    drawing = _drawing(name).replace("currentColor", color.name())
    renderer = QSvgRenderer(QByteArray(drawing.encode()))
    painter.save()
    painter.setOpacity(painter.opacity() * color.alphaF())
    renderer.render(painter, rect)
    painter.restore()


class Icons:
    """Gives icons by name in colours of the theme; widgets that show one repaint when the theme changes."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme

    def get(self, name: str, color: str = "text", checked: str = "") -> QIcon:
        """Return an icon in a colour of the tokens (or #rrggbb), and another colour while its button is checked."""
        if not (FOLDER / f"{name}.svg").exists():
            raise KeyError(f"there is no icon {name}")
        return QIcon(_Engine(self.theme, name, color, checked or color))

    def pixmap(self, name: str, size: int, ratio: float, color: str = "text") -> QPixmap:
        """Return an icon as a picture of ``size`` × ``size``, for a screen with this many pixels to one."""
        picture = QPixmap(round(size * ratio), round(size * ratio))
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        draw(painter, name, QRectF(picture.rect()), QColor(self.theme.hex(color)))
        painter.end()
        picture.setDevicePixelRatio(ratio)
        return picture
