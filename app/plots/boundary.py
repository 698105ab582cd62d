"""The large output view over the plane: the decision boundary, the surface of a regression, or one neuron."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from app.plots.colour_bar import ColourBar, Mark
from app.plots.shading import Shading
from app.plots.surface import TOP, Surface
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import MINUS, written
from core.choices.datasets import Facts
from core.datasets.samples import Dataset
from core.probes.pictures import Floats, NeuronPicture, PlanePicture

_GAP = 12  # pixels between the plane and its colour bar
_WIDEST = 460  # pixels of the plane


class PartsLegend(QWidget):
    """What filled and hollow points are."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.names = (self.tr("train"), self.tr("val."))
        self.setAccessibleName(self.tr("Filled points are for training, hollow ones for validation"))
        self.setToolTip(self.accessibleName())
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Return the room of two dots and two words."""
        self.setFont(self.theme.font(self.theme.sizes.axis))
        words = sum(self.fontMetrics().horizontalAdvance(name) for name in self.names)
        return QSize(words + 40, self.fontMetrics().height() + 4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw it."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.theme.font(self.theme.sizes.axis))
        metrics = painter.fontMetrics()
        x, color = 1.0, self.theme.color("text2")
        for hollow, name in enumerate(self.names):
            painter.setPen(QPen(color, 1.6) if hollow else Qt.PenStyle.NoPen)
            painter.setBrush(Qt.BrushStyle.NoBrush if hollow else color)
            painter.drawEllipse(QRectF(x, self.height() / 2 - 3.5, 7, 7))
            painter.setPen(color)
            wide = metrics.horizontalAdvance(name) + 2
            painter.drawText(QRectF(x + 12, 0, wide, self.height()), int(Qt.AlignmentFlag.AlignVCenter), name)
            x += 12 + wide + 10
        painter.end()


class BoundaryView(QWidget):
    """The plane, its colour bar, and two switches. validation_changed: validation points are shown, or not."""

    validation_changed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.shading = Shading(theme)
        self.picture: PlanePicture | None = None
        self.facts: Facts | None = None
        self.neuron: tuple[str, int] | None = None
        self._at: tuple[float, float] | None = None
        self.surface = Surface(theme, self.shading)
        self.bar = ColourBar(theme, self.shading, self)
        self.surface.setParent(self)
        self.validation = QCheckBox(self.tr("Show validation"))
        self.validation.setToolTip(self.tr("Show the points kept aside to see whether learning generalises (V)"))
        self.validation.setChecked(True)
        self.discrete = QCheckBox(self.tr("Discretize"))
        self.discrete.setToolTip(self.tr("Show the answer alone, not how sure it is"))
        self.legend = PartsLegend(theme)
        self.read_out = ElidedLabel()
        set_class(self.read_out, "caption")
        self.read_out.setAccessibleName(self.tr("Values under the mouse"))
        self.switches = QWidget(self)
        row = QHBoxLayout(self.switches)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for widget in (self.validation, self.discrete):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.legend)
        self.below = QWidget(self)
        column = QVBoxLayout(self.below)
        column.setContentsMargins(0, 4, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.read_out)
        column.addWidget(self.switches)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.validation.toggled.connect(self.surface.show_validation)
        self.validation.toggled.connect(self.validation_changed)
        self.discrete.toggled.connect(self._draw)
        self.surface.pointed.connect(self._point)
        theme.changed.connect(self._refresh)
        self._refresh()

    # -- room ----------------------------------------------------------------------------------------------------

    def _side(self, width: int) -> int:
        axis = int(self.surface.left.minimumWidth())
        bar = self.bar.sizeHint().width()
        return max(80, min(width - axis - _GAP - bar, _WIDEST))

    def heightForWidth(self, width: int) -> int:
        """Return the height at which the plane is a square."""
        return TOP + self._side(width) + int(self.surface.bottom.minimumHeight()) + self.below.sizeHint().height() + 2

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(328, self.heightForWidth(328))

    def minimumSizeHint(self) -> QSize:
        """Return the least size in which all can be read."""
        width = max(240, self.below.minimumSizeHint().width())
        return QSize(width, self.heightForWidth(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out the square, the bar beside it and the rest below."""
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        side = self._side(self.width())
        left = round(self.surface.left.minimumWidth())
        bottom = round(self.surface.bottom.minimumHeight())
        below = TOP + side + bottom + 1
        self.surface.setGeometry(0, 0, left + side + 1, below)
        self.bar.setGeometry(left + side + _GAP, TOP, self.bar.sizeHint().width(), side)
        self.below.setGeometry(0, below, self.width(), self.below.sizeHint().height())

    # -- what is shown -------------------------------------------------------------------------------------------

    def set_data(self, dataset: Dataset | None) -> None:
        """Show the points of a data set of the plane, or nothing."""
        self.picture = None
        self.facts = None if dataset is None else dataset.facts
        self._at = None
        self.bar.reset()
        if dataset is None:
            self.surface.clear_data()
            return
        self.surface.image.clear()
        self.surface.draw_line(None)
        self.surface.set_data(dataset.facts, dataset.train, dataset.validation)
        has_validation = len(dataset.validation) > 0
        self.validation.setEnabled(has_validation)
        self._tell()

    def set_plane(self, picture: PlanePicture) -> None:
        """Show what the network computes now."""
        self.picture = picture
        self._draw()

    def set_neuron(self, neuron: tuple[str, int] | None) -> None:
        """Show a neuron by its layer's id and its place, or the output."""
        self.neuron = neuron
        if self.picture is not None:
            self._draw()

    def show_validation(self, on: bool) -> None:
        """Show the validation points, or not."""
        self.validation.setChecked(on)

    @property
    def drawn_neuron(self) -> NeuronPicture | None:
        """The neuron that is drawn, None while it is the output, or while only a tile of the neuron is there."""
        found = self.picture.neuron if self.picture is not None else None
        return found if found is not None and (found.layer, found.unit) == self.neuron else None

    def _draw(self) -> None:
        picture = self.picture
        if picture is None:
            return
        discrete = self.discrete.isChecked()
        neuron = self.drawn_neuron
        tile = picture.tile(*self.neuron) if self.neuron is not None else None
        if neuron is not None:
            self.surface.paint_over(self.shading.values(neuron.shade, discrete))
        elif tile is not None:  # until the picture of the neuron comes, its tile will do
            self.surface.paint_over(self.shading.values(tile, discrete))
        else:
            self.surface.paint_over(self.shading.surface(picture, discrete))
        self.surface.draw_line(None if neuron is None else neuron.line)
        self._mark(picture, neuron, tile)
        self._tell()

    def _mark(self, picture: PlanePicture, neuron: NeuronPicture | None, tile: Floats | None) -> None:
        before = self.bar.sizeHint().width()
        classes = self.facts.classes if self.facts is not None else ()
        if neuron is not None:
            self.bar.show_marks(_neuron_marks(neuron))
        elif tile is not None:
            self.bar.show_marks([Mark(1, "+1"), Mark(0, "0"), Mark(-1, f"{MINUS}1")])
        elif picture.kind in ("classes", "scores"):
            self.bar.show_classes(classes)
        else:
            self.bar.show_marks(_output_marks(picture, classes))
        if self.bar.sizeHint().width() != before:
            self.updateGeometry()
            self._lay_out()

    def _refresh(self) -> None:
        self.shading.refresh()
        self.surface.refresh()
        self.bar.reset()
        self.bar.updateGeometry()
        self.bar.update()
        self.legend.updateGeometry()
        self.legend.update()
        self._draw()
        self._lay_out()

    # -- what is under the mouse ---------------------------------------------------------------------------------

    def _point(self, at: tuple[float, float] | None) -> None:
        self._at = at
        self._tell()

    def _tell(self) -> None:
        self.read_out.setText("" if self._at is None else self._told(*self._at))

    def _told(self, x: float, y: float) -> str:
        facts = self.facts
        names = facts.columns if facts is not None and len(facts.columns) == 2 else ("x₁", "x₂")
        text = f"{names[0]} {_two(x)}, {names[1]} {_two(y)}"
        if self.picture is not None:
            text += f", {self._value(self.picture, x, y)}"
        found = self.surface.nearest(x, y)
        if facts is not None and found is not None:
            part, label = found
            shown = facts.classes[int(label)] if facts.classes else written(label)
            text += " · " + (self.tr("training: {0}") if part == "train" else self.tr("validation: {0}")).format(shown)
        return text

    def _value(self, picture: PlanePicture, x: float, y: float) -> str:
        neuron = self.drawn_neuron
        if neuron is not None:
            row, column = _pixel(neuron.a, picture.span, x, y)
            a, z = float(neuron.a[row, column]), float(neuron.z[row, column])
            return f"a = {_two(a)}" if not neuron.activation else f"z = {_two(z)}, a = {_two(a)}"
        row, column = _pixel(picture.shade, picture.span, x, y)
        outputs = picture.outputs[row, column]
        if picture.kind == "probability":
            return f"p = {_two(float(outputs[-1]))}"
        if picture.kind in ("classes", "scores") and picture.winner is not None and self.facts is not None:
            name = self.facts.classes[int(picture.winner[row, column])]
            return f"{name}, {'p' if picture.kind == 'classes' else 'ŷ'} = {_two(float(outputs.max()))}"
        return f"ŷ = {written(float(outputs[0]))}"


def _pixel(values: Floats, span: tuple[float, float], x: float, y: float) -> tuple[int, int]:
    """Return row and column of a place; row 0 is the upper edge."""
    low, high = span
    count = values.shape[0]
    column = int(np.clip((x - low) / (high - low) * count, 0, count - 1))
    row = int(np.clip((high - y) / (high - low) * count, 0, count - 1))
    return row, column


def _two(value: float) -> str:
    """Write a number with two decimals."""
    return f"{value:.2f}".replace("-", MINUS) if np.isfinite(value) else written(value)


def _output_marks(picture: PlanePicture, classes: Sequence[str]) -> list[Mark]:
    if picture.kind == "value":
        middle = (picture.low + picture.high) / 2
        return [Mark(at, written(value, 2)) for at, value in ((1, picture.high), (0, middle), (-1, picture.low))]
    if picture.kind == "score":
        return [Mark(1, classes[1], "ŷ ≥ 1"), Mark(0, "0"), Mark(-1, classes[0], f"ŷ ≤ {MINUS}1")]
    return [Mark(1, classes[1], "p = 1"), Mark(0, "", "p = ½"), Mark(-1, classes[0], "p = 0")]


def _neuron_marks(neuron: NeuronPicture) -> list[Mark]:
    if np.isinf(neuron.high):  # coloured a / (1 + |a|)
        return [Mark(1, "∞"), Mark(0.5, "1"), Mark(0, "0"), Mark(-0.5, f"{MINUS}1"), Mark(-1, f"{MINUS}∞")]
    middle = (neuron.low + neuron.high) / 2
    return [Mark(at, written(value, 2)) for at, value in ((1, neuron.high), (0, middle), (-1, neuron.low))]
