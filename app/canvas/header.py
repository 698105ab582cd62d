"""The thin bar above the canvas, and the zoom control at its lower right."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPainter, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLabel, QToolButton, QWidget

from app.canvas.editors import keep_keys
from app.canvas.words import counted
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import Pill


class Header(QWidget):
    """Says what is shown and lets choose what the links show. links_chosen: whether gradients."""

    links_chosen = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.title, self.count, self.what, self.legend = QLabel(self.tr("Network")), QLabel(), QLabel(), QLabel()
        set_class(self.title, "title")
        set_class(self.count, "caption")
        set_class(self.what, "caption")
        self.legend.setAccessibleName(self.tr("Orange is negative, blue is positive; thick is strong"))
        self.legend.setToolTip(self.legend.accessibleName())
        self.links = keep_keys(QComboBox())
        self.links.setAccessibleName(self.tr("What the links show"))
        self.links.addItem(self.tr("Links: weights"))
        self.links.addItem(self.tr("Links: gradients"))
        self.links.setToolTip(self.tr("Width and colour of a link show its weight w, or its gradient ∂J/∂w."))
        self.links.currentIndexChanged.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(16, 6, 16, 6)
        layout.setSpacing(8)
        self.shown = Pill(theme)
        layout.addWidget(self.title)
        layout.addWidget(self.shown)
        layout.addWidget(self.count)
        layout.addStretch(1)
        layout.addWidget(self.what)
        layout.addWidget(self.legend)
        layout.addSpacing(8)
        layout.addWidget(self.links)
        self.setObjectName("canvasHeader")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        theme.changed.connect(self._paint)
        self._choose(0)
        self._paint()

    def tell(self, parameters: int | None, run: str = "") -> None:
        """Show how many parameters there are, and the name of the run if there are several."""
        count = "" if parameters is None else counted(parameters, self.tr("parameter"), self.tr("parameters"))
        self.count.setText(" · ".join(part for part in (run, count) if part))
        self._leave_out()

    def tell_shown(self, name: str, short: str) -> None:
        """Say whose weights are shown, if not the run's own."""
        self.shown.tell(name, short)
        self._leave_out()

    def _choose(self, index: int) -> None:
        self.tell_links(index == 1)
        self.links_chosen.emit(index == 1)

    def tell_links(self, gradients: bool) -> None:
        """Say what the links show at this moment."""
        self.what.setText(self.tr("gradient") if gradients else self.tr("weight"))

    def _paint(self) -> None:
        # Not by the palette, which the program's style sheet sets back whenever the theme changes.
        self.setStyleSheet(f"#canvasHeader {{ background: {self._theme.hex('canvas')}; }}")
        ratio = self.devicePixelRatioF()
        picture = QPixmap(round(112 * ratio), round(16 * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        for token, left, tip in (("negative", 56 - 2, 14), ("positive", 56 + 2, 98)):
            painter.setBrush(self._theme.color(token))
            painter.drawPolygon(QPolygonF([QPointF(left, 7.5), QPointF(tip, 5), QPointF(tip, 11), QPointF(left, 8.5)]))
        painter.setFont(self._theme.font(self._theme.sizes.small, bold=True))
        for token, rect, sign in (
            ("negativeText", QRectF(0, 0, 11, 16), "−"),
            ("positiveText", QRectF(101, 0, 11, 16), "+"),
        ):
            painter.setPen(QPen(self._theme.color(token)))
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, sign)
        painter.end()
        self.legend.setPixmap(picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave out the legend, and the count, where there is no room for them."""
        super().resizeEvent(event)
        self._leave_out()

    def _leave_out(self) -> None:
        pill = self.shown.sizeHint().width() + 8 if not self.shown.isHidden() else 0
        needed = sum(part.sizeHint().width() for part in (self.title, self.count, self.links)) + 64 + pill
        self.count.setVisible(self.width() >= needed)
        legend = self.legend.sizeHint().width() + 8
        self.legend.setVisible(self.width() >= needed + legend)
        self.what.setVisible(self.width() >= needed + legend + self.what.sizeHint().width() + 8)


class ZoomControl(QFrame):
    """−, per cent, +, fit."""

    smaller = Signal()
    larger = Signal()
    fit = Signal()

    def __init__(self, parent: QWidget, icons: Icons) -> None:
        super().__init__(parent)
        set_class(self, "card")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(4, 3, 4, 3)
        layout.setSpacing(2)
        self.out = self._button(self.tr("Zoom out (−)"), icons.get("minus"))
        self.percent = QLabel("100 %")
        set_class(self.percent, "caption")
        self.percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.percent.setMinimumWidth(self.percent.fontMetrics().horizontalAdvance("100 %") + 8)
        self.into = self._button(self.tr("Zoom in (+)"), icons.get("plus"))
        self.whole = self._button(self.tr("Fit the network (0)"), icons.get("fit"))
        for widget in (self.out, self.percent, self.into, self.whole):
            layout.addWidget(widget)
        self.out.clicked.connect(self.smaller)
        self.into.clicked.connect(self.larger)
        self.whole.clicked.connect(self.fit)

    def _button(self, tip: str, icon: QIcon) -> QToolButton:
        button = QToolButton()
        set_class(button, "small")
        button.setIcon(icon)
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def tell(self, percent: int) -> None:
        """Show the scale."""
        self.percent.setText(f"{percent} %")
