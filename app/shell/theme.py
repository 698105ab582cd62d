"""The theme: light, dark or the system's, as palette and style sheet, and colours by name for everything painted."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from app.shell.style import style_sheet
from app.shell.tokens import CLASSES_DARK, CLASSES_LIGHT, DARK, LIGHT, PRESENTATION, SERIES, SIZES, Sizes

MODES = ("system", "light", "dark")
_STYLE = "fusion"


class Theme(QObject):
    """What the program looks like now. Views ask it for colours and repaint on ``changed``."""

    changed = Signal()

    def __init__(self, mode: str = "system", presentation: bool = False, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.mode = mode
        self.presentation = presentation
        hints = QGuiApplication.styleHints()
        self._system = hints.colorScheme()  # kept: live views ask a thousand times a second
        hints.colorSchemeChanged.connect(self._follow_system)

    @property
    def dark(self) -> bool:
        """Whether the dark colours are shown."""
        if self.mode == "system":
            return self._system == Qt.ColorScheme.Dark
        return self.mode == "dark"

    @property
    def sizes(self) -> Sizes:
        """Lengths in pixels."""
        return PRESENTATION if self.presentation else SIZES

    def hex(self, name: str) -> str:
        """Return a colour of the tokens as #rrggbb."""
        return (DARK if self.dark else LIGHT)[name]

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """Return a colour of the tokens."""
        color = QColor(self.hex(name))
        color.setAlphaF(alpha)
        return color

    def series(self, place: int) -> QColor:
        """Return the colour of a run, by its place: it keeps it everywhere."""
        return self.color(f"s{place % SERIES + 1}")

    def classes(self, count: int) -> list[QColor]:
        """Return the colours of classes by index; two classes are negative and positive."""
        if count <= 2:
            return [self.color("dotNegative"), self.color("dotPositive")]
        return [QColor(name) for name in (CLASSES_DARK if self.dark else CLASSES_LIGHT)[:count]]

    def font(self, pixels: int | None = None, bold: bool = False) -> QFont:
        """Return the system's font in a size, with figures of one width so that live numbers do not dance."""
        font = QFont(QApplication.font())
        font.setPixelSize(pixels or self.sizes.base)
        font.setWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def diverging(self) -> NDArray[np.uint8]:
        """Return the map from −1 (orange) over 0 to +1 (blue) as (256, 4) bytes RGBA, linear in RGB."""
        stops = np.array([self.color(name).getRgb() for name in ("mapNegative", "middle", "mapPositive")], float)
        place = np.linspace(0, 2, 256)
        table = np.stack([np.interp(place, [0, 1, 2], stops[:, channel]) for channel in range(4)], axis=1)
        colors: NDArray[np.uint8] = np.rint(table).astype(np.uint8)
        return colors

    def set(self, mode: str | None = None, presentation: bool | None = None) -> None:
        """Change what the program looks like, at once."""
        self.mode = self.mode if mode is None else mode
        self.presentation = self.presentation if presentation is None else presentation
        self.apply()

    def prepare(self) -> None:
        """Put palette and font into effect. The style sheet is for ``apply``, once the widgets are there: a widget
        that is made under one is styled anew each time it is put into another."""
        app = _app()
        if app.style().name() != _STYLE:
            app.setStyle(_STYLE)
        app.setPalette(self._palette())
        app.setFont(self.font())

    def apply(self) -> None:
        """Put palette, font and style sheet into effect."""
        app = _app()
        # A sheet in place of another has Qt style each widget once for each of its ancestors (280 ms for the window);
        # taking the old one away first, it styles each twice (90 ms). Palette and font come in between, for no sheet.
        app.setStyleSheet("")
        self.prepare()
        app.setStyleSheet(style_sheet(DARK if self.dark else LIGHT, self.sizes))
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette = QPalette()
        roles = {
            QPalette.ColorRole.Window: "panel",
            QPalette.ColorRole.WindowText: "text",
            QPalette.ColorRole.Base: "raise",
            QPalette.ColorRole.AlternateBase: "canvas",
            QPalette.ColorRole.Text: "text",
            QPalette.ColorRole.Button: "panel",
            QPalette.ColorRole.ButtonText: "text",
            QPalette.ColorRole.BrightText: "err",
            QPalette.ColorRole.Highlight: "fill",
            QPalette.ColorRole.Link: "accent",
            QPalette.ColorRole.PlaceholderText: "text2",
            QPalette.ColorRole.ToolTipBase: "panel",
            QPalette.ColorRole.ToolTipText: "text",
            QPalette.ColorRole.Mid: "border",
        }
        for role, name in roles.items():
            palette.setColor(role, self.color(name))
        palette.setColor(QPalette.ColorRole.HighlightedText, QColor("#ffffff"))
        for role in (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText):
            palette.setColor(QPalette.ColorGroup.Disabled, role, self.color("disabled"))
        return palette

    def _follow_system(self, scheme: Qt.ColorScheme) -> None:
        self._system = scheme
        if self.mode == "system":
            self.apply()


def _app() -> QApplication:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    return app
