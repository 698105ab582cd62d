"""The still part of a card, drawn once into a pixmap: frame, name, fields, texts. What lives is laid over it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPixmap

from app.canvas.curves import Curves, draw_curve
from app.canvas.layout import CardLayout, menu_rect, stepper_rect
from app.canvas.plan import activation_title
from app.canvas.words import counted, tr
from app.shell.theme import Theme
from app.shell.tokens import SIZES

MARGIN = 12.0  # around the card, for what stands out of it
BAR_LABEL, BAR_VALUE = 44.0, 46.0  # widths beside a bar of the output

_CENTER = Qt.AlignmentFlag.AlignCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


def problem_height(theme: Theme) -> Callable[[str, float], float]:
    """Return what measures how high a problem's text becomes in a width."""
    metrics = QFontMetricsF(theme.font(SIZES.axis))
    return lambda text, width: metrics.boundingRect(QRectF(0, 0, width, 1000), int(_WRAPPED), text).height()


def bar_rect(row: QRectF) -> QRectF:
    """Return where the bar of an output's row lies: between its name and its number."""
    return QRectF(row.x() + BAR_LABEL + 4, row.center().y() - 5, max(row.width() - BAR_LABEL - BAR_VALUE - 8, 10), 10)


@dataclass(frozen=True)
class CardPicture:
    """A card as a pixmap, and the texts that had to be cut, in full."""

    pixmap: QPixmap
    cut: tuple[str, ...]


def draw_card(card: CardLayout, theme: Theme, curves: Curves, scale: float) -> CardPicture:
    """Return the picture of a card, MARGIN wider on each side, with ``scale`` pixels to one of the scene."""
    size = card.rect.size()
    pixmap = QPixmap(round((size.width() + 2 * MARGIN) * scale), round((size.height() + 2 * MARGIN) * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.TextAntialiasing)
    painter.translate(MARGIN - card.rect.x(), MARGIN - card.rect.y())
    cut = paint_card(painter, card, theme, curves)
    painter.end()
    return CardPicture(pixmap, cut)


def paint_card(
    painter: QPainter, card: CardLayout, theme: Theme, curves: Curves, printed: bool = False
) -> tuple[str, ...]:
    """Paint a card at its place in the scene; return in full the texts that had to be cut.

    printed: without what is there to be clicked, and without problems.
    """
    drawing = _Drawing(painter, card, theme, curves, printed)
    drawing.draw()
    return tuple(drawing.cut)


class _Drawing:
    """Draws one card."""

    _severity: ClassVar[dict[str, tuple[str, str]]] = {"error": ("err", "errSoft"), "warning": ("warn", "warnSoft")}

    def __init__(self, painter: QPainter, card: CardLayout, theme: Theme, curves: Curves, printed: bool) -> None:
        self.printed = printed
        self.painter = painter
        self.card = card
        self.plan = card.plan
        self.theme = theme
        self.curves = curves
        self.cut: list[str] = []
        self._fonts: dict[tuple[int, bool], tuple[QFont, QFontMetricsF]] = {}

    def _font(self, size: int, bold: bool = False) -> tuple[QFont, QFontMetricsF]:
        if (size, bold) not in self._fonts:
            font = self.theme.font(size, bold)
            self._fonts[size, bold] = font, QFontMetricsF(font)
        return self._fonts[size, bold]

    def draw(self) -> None:
        """Draw all parts."""
        problem = self.plan.problems[0] if self.plan.problems and not self.printed else None
        ink, soft = self._severity[problem.severity] if problem else ("border", "panel")
        self._box(self.card.rect.adjusted(0.5, 0.5, -0.5, -0.5), "panel", ink, 8)
        self._header()
        self._field()
        if problem is not None:
            self._problem(ink, soft)
        self._labels()
        self._under()
        self._foot()
        if problem is not None:
            self._badge(ink)

    def _text(
        self,
        rect: QRectF,
        text: str,
        color: str,
        size: int = SIZES.small,
        bold: bool = False,
        align: Qt.AlignmentFlag = _LEFT,
    ) -> None:
        font, metrics = self._font(size, bold)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, rect.width() + 0.5)
        if shown != text:
            self.cut.append(text)
        self._write(rect, shown, color, font, align)

    def _write(self, rect: QRectF, text: str, color: str, font: QFont, align: Qt.AlignmentFlag) -> None:
        self.painter.setFont(font)
        self.painter.setPen(self.theme.color(color))
        self.painter.drawText(rect, int(align), text)

    def _box(self, rect: QRectF, fill: str, border: str, radius: float) -> None:
        self.painter.setPen(QPen(self.theme.color(border), 1))
        self.painter.setBrush(self.theme.color(fill))
        self.painter.drawRoundedRect(rect, radius, radius)

    def _lines(self, color: QColor, width: float, *points: tuple[float, float]) -> None:
        pen = QPen(color, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        self.painter.setPen(pen)
        self.painter.drawPolyline([QPointF(*point) for point in points])

    # -- parts ---------------------------------------------------------------------------------------------------

    def _header(self) -> None:
        header = self.card.header.adjusted(10, 0, -10, 0)
        if not self.printed:
            self._dots(menu_rect(self.card.rect).center())
            header.setRight(header.right() - 10)
        if self.plan.kind == "dense" and self.printed:
            units = counted(self.plan.units or 0, tr("unit"), tr("units"))
            self._text(header, units, "text2", SIZES.axis, align=_RIGHT)
            header.setRight(header.right() - self._font(SIZES.axis)[1].horizontalAdvance(units) - 6)
        elif self.plan.kind == "dense":
            stepper = stepper_rect(self.card.rect)
            header.setRight(stepper.left() - 4)
            self._stepper(stepper)
        self._text(header, self.plan.name, "text", SIZES.base, bold=True)

    def _dots(self, center: QPointF) -> None:
        """Draw the three dots of a menu."""
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(self.theme.color("text2"))
        for away in (-4.5, 0.0, 4.5):
            self.painter.drawEllipse(center + QPointF(0, away), 1.3, 1.3)

    def _ink(self, field: str) -> str:
        """Return the colour of a value: the accent where the run has it for itself."""
        return "accent" if field in self.plan.own and not self.printed else "text"

    def _field_box(self, rect: QRectF, field: str) -> None:
        own = field in self.plan.own
        self._box(rect.adjusted(0.5, 0.5, -0.5, -0.5), *(("soft", "accent") if own else ("raise", "border")), 6)

    def _stepper(self, rect: QRectF) -> None:
        self._field_box(rect, "units")
        if "units" not in self.plan.own:  # or else it is chosen from those of the runs
            y, color = rect.center().y(), self.theme.color("text2")
            less, more = rect.left() + 11, rect.right() - 11
            self._lines(color, 1.4, (less - 3.5, y), (less + 3.5, y))
            self._lines(color, 1.4, (more - 3.5, y), (more + 3.5, y))
            self._lines(color, 1.4, (more, y - 3.5), (more, y + 3.5))
        inner, ink = rect.adjusted(18, 0, -18, 0), self._ink("units")
        self._text(inner, str(self.plan.units), ink, SIZES.small, bold=True, align=_CENTER)

    def _field(self) -> None:
        rect = self.card.field
        if self.plan.kind == "dense" and self.printed:
            self._activation(rect)
        elif self.plan.kind == "dense":
            self._field_box(rect, "activation")
            self._activation(rect.adjusted(8, 0, -22, 0))
            x, y = rect.right() - 13, rect.center().y()
            self._lines(self.theme.color("text2"), 1.5, (x - 3.5, y - 2), (x, y + 2), (x + 3.5, y - 2))
        elif self.plan.kind == "dropout":
            if not self.printed:
                self._field_box(rect, "rate")
                rect = rect.adjusted(8, 0, -8, 0)
            self._text(rect, tr("rate"), "text2")
            self._text(rect.adjusted(32, 0, 0, 0), f"{self.plan.rate:g}", self._ink("rate"), bold=True, align=_RIGHT)
        elif self.plan.activation:
            note = self._font(SIZES.axis)[1].horizontalAdvance(self.plan.note) + 2
            self._activation(rect.adjusted(0, 0, -note - 6, 0))
            self._text(rect, self.plan.note, "text2", SIZES.axis, align=_RIGHT)
        else:
            self._text(rect, self.plan.note, "text2")

    def _activation(self, rect: QRectF) -> None:
        curve = self.curves.get(self.plan.activation)
        icon = QRectF(rect.x(), rect.center().y() - 7, 14, 14)
        if curve is not None:
            draw_curve(self.painter, curve, icon, self.theme.color("accent"))
        elif self.plan.activation == "softmax":
            self._bars_icon(icon)
        left = 20 if curve is not None or self.plan.activation == "softmax" else 0
        self._text(rect.adjusted(left, 0, 0, 0), activation_title(self.plan.activation), self._ink("activation"))

    def _bars_icon(self, rect: QRectF) -> None:
        for place, height in enumerate((5.0, 12.0, 8.0)):
            x = rect.x() + 2 + place * 5
            self._lines(self.theme.color("accent"), 2, (x, rect.bottom() - 1), (x, rect.bottom() - 1 - height + 2))

    def _problem(self, ink: str, soft: str) -> None:
        problem, box = self.plan.problems[0], self.card.problem
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(self.theme.color(soft))
        self.painter.drawRoundedRect(box, 4, 4)
        text = box.adjusted(6, 4, -6, 0)
        self._write(text, problem.sentence, ink, self._font(SIZES.axis)[0], _WRAPPED)
        if problem.mend is not None:
            mend = self.card.mend
            self._box(mend.adjusted(0.5, 0.5, -0.5, -0.5), "panel", ink, 6)
            self._text(mend.adjusted(6, 0, -6, 0), problem.mend.label, "text", SIZES.axis, bold=True, align=_CENTER)

    def _labels(self) -> None:
        plan = self.plan
        for unit, cell in zip(plan.shown, self.card.cells, strict=False):
            label = plan.labels[unit] if unit < len(plan.labels) else ""
            if plan.picture == "bars":
                self._text(QRectF(cell.x(), cell.y(), BAR_LABEL, cell.height()), label, "text2", SIZES.axis)
                if plan.has_bars:
                    self.painter.setPen(Qt.PenStyle.NoPen)
                    self.painter.setBrush(self.theme.color("raise"))
                    self.painter.drawRoundedRect(bar_rect(cell), 2, 2)
            elif plan.kind == "input" and plan.picture != "picture":
                left = self.card.rect.left() + 8
                rect = QRectF(left, cell.center().y() - 10, cell.left() - 8 - left, 20)
                self._text(rect, label or f"x{unit + 1}", "text", align=_RIGHT)
            elif plan.kind == "output" and len(plan.shown) > 1:
                rect = QRectF(cell.right() + 10, cell.center().y() - 10, self.card.rect.right() - cell.right() - 16, 20)
                self._text(rect, label, "text")

    def _under(self) -> None:
        if self.plan.caption:
            self._text(self.card.caption, self.plan.caption, "text2", SIZES.axis, align=_CENTER)
        pager = self.card.pager
        if pager.isEmpty():
            return
        shown, units = self.plan.shown, self.plan.units or 0
        if self.plan.pages > 1:
            text = f"{shown.start + 1}–{shown.stop} " + tr("of") + f" {units:,}"
            self._text(pager.adjusted(20, 0, -20, 0), text, "text2", SIZES.axis, align=_CENTER)
            if self.printed:
                return
            y = pager.center().y()
            back = self.theme.color("text2" if self.plan.page > 0 else "disabled")
            on = self.theme.color("text2" if self.plan.page < self.plan.pages - 1 else "disabled")
            left, right = pager.left() + 12, pager.right() - 12
            self._lines(back, 1.6, (left + 2, y - 4), (left - 2, y), (left + 2, y + 4))
            self._lines(on, 1.6, (right - 2, y - 4), (right + 2, y), (right - 2, y + 4))

    def _foot(self) -> None:
        foot = self.card.foot
        self.painter.setPen(QPen(self.theme.color("border"), 1))
        y = round(foot.top()) + 0.5
        self.painter.drawLine(QPointF(foot.left() + 1, y), QPointF(foot.right() - 1, y))
        inner = foot.adjusted(10, 1, -10, 0)
        shape = self.plan.shape
        self._text(inner, shape, "text2", SIZES.axis, align=_RIGHT)
        if self.plan.kind in ("dense", "output") and self.plan.parameters is not None:
            taken = self._font(SIZES.axis)[1].horizontalAdvance(shape) + 6
            text = counted(self.plan.parameters, tr("param"), tr("params"))
            self._text(inner.adjusted(0, 0, -taken, 0), text, "text2", SIZES.axis)

    def _badge(self, ink: str) -> None:
        center = QPointF(self.card.rect.right() - 2, self.card.rect.top() + 2)
        self.painter.setPen(Qt.PenStyle.NoPen)
        self.painter.setBrush(self.theme.color(ink))
        self.painter.drawEllipse(center, 10, 10)
        rect = QRectF(center.x() - 10, center.y() - 10, 20, 20)
        self._write(rect, "!", "panel", self._font(SIZES.base, bold=True)[0], _CENTER)
