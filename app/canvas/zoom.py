"""Zooming and panning of the canvas: at the pointer, to a fit, eased over 150 ms."""

from PySide6.QtCore import QEasingCurve, QObject, QPoint, QPointF, QRectF, QTimer, QVariantAnimation, Signal
from PySide6.QtGui import QTransform
from PySide6.QtWidgets import QGraphicsView

LEAST, MOST = 0.15, 4.0
STEP = 1.25
_EASE_MS = 150
_SIDE, _TOP = 12, 8


class Zoom(QObject):
    """The zoom of a view. It follows the network (``fitting``) until the user zooms or pans by hand.

    changed: the scale, at each frame of a motion. settled: it rests again.
    """

    changed = Signal(float)
    settled = Signal()

    def __init__(self, view: QGraphicsView) -> None:
        super().__init__(view)
        self._view = view
        self.scale = 1.0
        self.nominal = 1.0  # what is called 100 %; a fit goes no further
        self.fitting = True
        self.reserved = 0  # pixels at the bottom that a fit leaves free
        self.content = QRectF()
        self._center = QPointF()
        self._from = self._to = (1.0, QPointF())
        self._motion = QVariantAnimation(self, startValue=0.0, endValue=1.0, duration=_EASE_MS)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.valueChanged.connect(self._move)
        self._motion.finished.connect(self.settled)
        self._rest = QTimer(self, singleShot=True, interval=_EASE_MS)
        self._rest.timeout.connect(self.settled)

    @property
    def percent(self) -> int:
        """The scale in per cent of the nominal one."""
        return round(100 * self.scale / self.nominal)

    @property
    def moving(self) -> bool:
        """Whether the picture is on its way."""
        return self._motion.state() == QVariantAnimation.State.Running

    def fit(self, animate: bool = True) -> None:
        """Show the whole network, and go on doing so when it or the window changes."""
        self.fitting = True
        size = self._view.viewport().size()
        free = QRectF(_SIDE, _TOP, size.width() - 2 * _SIDE, size.height() - _TOP - self.reserved)
        if self.content.isEmpty() or free.width() < 40 or free.height() < 40:
            return
        scale = min(free.width() / self.content.width(), free.height() / self.content.height(), self.nominal)
        scale = max(scale, LEAST)
        middle = QPointF(size.width() / 2, size.height() / 2)
        center = self.content.center() + (middle - free.center()) / scale
        self._go(scale, center, animate)

    def by(self, factor: float, at: QPoint | None = None, animate: bool = True) -> None:
        """Zoom by a factor; the point of the viewport at ``at`` (its middle) stays where it is."""
        self.fitting = False
        goal = self._to[0] if self.moving else self.scale
        scale = max(LEAST, min(goal * factor, MOST))
        size = self._view.viewport().size()
        middle = QPointF(size.width() / 2, size.height() / 2)
        point = middle if at is None else QPointF(at)
        anchor = self._center + (point - middle) / self.scale
        self._go(scale, anchor - (point - middle) / scale, animate)

    def pan(self, by: QPointF) -> None:
        """Move the picture by so many pixels of the viewport."""
        self.fitting = False
        self._motion.stop()
        self._apply(self.scale, self._center - by / self.scale)

    def _go(self, scale: float, center: QPointF, animate: bool) -> None:
        self._motion.stop()
        if abs(scale - self.scale) < 1e-6 and (center - self._center).manhattanLength() * scale < 0.5:
            return
        if not animate or not self._view.isVisible():
            self._apply(scale, center)
            self._rest.start()
            return
        self._from, self._to = (self.scale, self._center), (scale, center)
        self._motion.start()

    def _move(self, share: float) -> None:
        (scale, center), (to_scale, to_center) = self._from, self._to
        now = scale * (to_scale / scale) ** share
        # The centre moves so that the point that both views share stays put.
        part = share if scale == to_scale else (1 / now - 1 / scale) / (1 / to_scale - 1 / scale)
        self._apply(now, center + (to_center - center) * part)

    def _apply(self, scale: float, center: QPointF) -> None:
        changed = scale != self.scale
        self.scale, self._center = scale, QPointF(center)
        self._view.setTransform(QTransform.fromScale(scale, scale))
        self._view.centerOn(center)
        if changed:
            self.changed.emit(scale)
