"""The speed of training: from a step in five seconds, at which each can be followed, to as fast as possible."""

from PySide6.QtCore import QObject, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.shell.icons import Icons
from app.shell.widgets.sliders import QuietSlider

_SLOW = (0.2, 0.3, 0.5, 0.7)  # steps a second of the first positions
_PER_TEN = 12  # positions for a factor of ten, from 1 step a second on
_FASTEST = len(_SLOW) + 3 * _PER_TEN + 1  # the position after 1,000 steps a second: no limit


class Speed(QObject):
    """Steps a second as positions of a slider; ``rate`` None: without a limit."""

    changed = Signal(object)  # float | None

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.position = _FASTEST

    @property
    def rate(self) -> float | None:
        """Steps a second, to two digits, or None."""
        if self.position == _FASTEST:
            return None
        if self.position < len(_SLOW):
            return _SLOW[self.position]
        return float(f"{10 ** ((self.position - len(_SLOW)) / _PER_TEN):.2g}")

    def set_position(self, position: int) -> None:
        """Go to a position between 0 and the fastest."""
        position = max(0, min(position, _FASTEST))
        if position != self.position:
            self.position = position
            self.changed.emit(self.rate)

    def slower(self) -> None:
        """Take about two thirds of the steps a second."""
        self.set_position(self.position - 2)

    def faster(self) -> None:
        """Take about half as many steps a second more."""
        self.set_position(self.position + 2)

    def text(self) -> str:
        """Return the speed in words."""
        if self.rate is None:
            return self.tr("As fast as possible")
        if self.rate < 1:
            return self.tr("a step every {0:.2g} seconds").format(1 / self.rate)
        return self.tr("1 step a second") if self.rate == 1 else self.tr("{0:g} steps a second").format(self.rate)


class SpeedSlider(QWidget):
    """Tortoise, slider, bolt."""

    def __init__(self, icons: Icons, speed: Speed, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.icons = icons
        self.speed = speed
        self.slow, self.fast = QLabel(), QLabel()
        self.slider = QuietSlider()
        self.slider.setRange(0, _FASTEST)
        self.slider.setValue(speed.position)
        self.slider.setPageStep(_PER_TEN)
        self.slider.setFixedWidth(92)
        self.slider.setAccessibleName(self.tr("Speed"))
        self.slider.valueChanged.connect(speed.set_position)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for part in (self.slow, self.slider, self.fast):
            row.addWidget(part)
        speed.changed.connect(self._show)
        icons.theme.changed.connect(self._paint)
        self._paint()
        self._show()

    def _paint(self) -> None:
        side = QSize(18, 18)
        for label, name in ((self.slow, "slow"), (self.fast, "fast")):
            label.setPixmap(self.icons.pixmap(name, side.width(), self.devicePixelRatioF(), "text2"))

    def _show(self) -> None:
        self.slider.setValue(self.speed.position)
        self.setToolTip(self.tr("Speed: {0} ([ and ])").format(self.speed.text()))
        self.slider.setAccessibleDescription(self.speed.text())
