"""The form of the landscape tab: directions, range, resolution, and of which loss."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import get_args

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.landscape.chosen import Chosen, Look, Trail
from app.landscape.curvature import CurvatureSection
from app.landscape.readings import Readings, percent
from app.landscape.step_section import StepSection
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.header import Header
from app.shell.widgets.labels import ElidedLabel, line
from app.shell.widgets.sliders import LinearSlider, LogSlider
from core.landscape.values import Kind, PartName, Plane, Weight

_WIDTH = 288  # pixels
_SAMPLES = (512, 2_000, 10_000)


class LandscapeForm(QScrollArea):
    """The form. changed: what is chosen now (Chosen)."""

    changed = Signal(object)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.theme = icons.theme
        self.chosen = Chosen()
        self._names: Mapping[str, str] = {}  # of layers by their ids
        self._told: object = None  # of the network
        self.wanted = _WIDTH  # pixels
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Expanding)
        inside = QWidget()
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(12, 4, 12, 8)
        self.column.setSpacing(4)
        self._make_directions(icons)
        self._make_settings()
        self.column.addWidget(line())
        self.steps = StepSection(icons)
        self.column.addWidget(self.steps)
        self.column.addWidget(line())
        self.readings = Readings(self.theme)
        self.column.addWidget(self.readings)
        self.slice = QLabel()
        self.slice.setWordWrap(True)
        set_class(self.slice, "axis")
        self.column.addWidget(self.slice)
        self.column.addWidget(line())
        self.curvature = CurvatureSection(icons)
        self.column.addWidget(self.curvature)
        self.column.addStretch(1)
        self.setWidget(inside)
        self.theme.changed.connect(self._fit)
        self._fit()
        self._show()

    # -- made ----------------------------------------------------------------------------------------------------

    def _make_directions(self, icons: Icons) -> None:
        sentence = self.tr(
            "All weights together are one point in a space of as many dimensions. The landscape is the loss over a "
            "plane through that space: these are the two directions that span it. What lies off the plane is not seen."
        )
        self.column.addWidget(Header(icons, self.tr("Directions"), sentence=sentence))
        titles: dict[Kind, tuple[str, str]] = {
            "random": (
                self.tr("Random"),
                self.tr("Two random directions, each neuron's part as long as its weights (filter-normalised)"),
            ),
            "pca": (self.tr("PCA of the paths"), self.tr("The two directions along which the runs have moved most")),
            "weights": (self.tr("Two chosen weights"), self.tr("Click two links on the canvas; all others stay")),
            "line": (self.tr("Start to now"), self.tr("The straight line from the start weights to those of now")),
            "runs": (self.tr("Through three runs"), self.tr("The plane on which the ends of three runs lie")),
        }
        self.group = QButtonGroup(self)
        self.radios: dict[Kind, QRadioButton] = {}
        self.notes: dict[Kind, ElidedLabel] = {}
        self.draw = QToolButton()
        self.draw.setIcon(icons.get("dice"))
        self.draw.setToolTip(self.tr("Draw other random directions"))
        self.draw.setAccessibleName(self.draw.toolTip())
        set_class(self.draw, "small")
        self.draw.clicked.connect(lambda: self._choose(kind="random", seed=self.chosen.seed + 1))
        for kind, (title, tip) in titles.items():
            radio = QRadioButton(title)
            radio.setToolTip(tip)
            note = ElidedLabel()
            note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            set_class(note, "axis")
            row = QHBoxLayout()
            row.setSpacing(6)
            row.addWidget(radio)
            row.addWidget(note, 1)
            if kind == "random":
                row.addWidget(self.draw)
            self.column.addLayout(row)
            self.group.addButton(radio)
            self.radios[kind], self.notes[kind] = radio, note
            radio.clicked.connect(lambda _on, kind=kind: self._choose(kind=kind))
        self.notes["random"].setText("")
        self.weights = QLabel()
        self.weights.setWordWrap(True)
        self.weights.setTextFormat(Qt.TextFormat.PlainText)
        set_class(self.weights, "caption")
        self.column.addWidget(self.weights)
        self.runs = [QuietCombo(self.tr("Run {0}").format(place + 1)) for place in range(3)]
        for combo in self.runs:
            self.column.addWidget(combo)
            combo.activated.connect(lambda _index: self._choose_runs())

    def _make_settings(self) -> None:
        self.column.addWidget(line())
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        self.look = QuietCombo(self.tr("View"))
        looks: tuple[tuple[Look, str], ...] = (
            ("path", self.tr("Whole path")),
            ("now", self.tr("Follow: centred on now")),
        )
        for look, title in looks:
            self.look.addItem(title, look)
        self.look.activated.connect(lambda _index: self._choose(look=self.look.currentData()))
        self.zoom = LogSlider(self.theme, 0.02, 20.0, self.tr("Range"), floor=0.05, ceiling=8.0)
        self.zoom.setToolTip(self.tr("How far the picture reaches, as a multiple of what shows the path"))
        self.zoom.released.connect(lambda: self._choose(zoom=self.zoom.value))
        self.resolution = LinearSlider(self.theme, 9, 101, 2, self.tr("Resolution"))
        self.resolution.setToolTip(self.tr("Points along each side; fewer while training goes on"))
        self.resolution.released.connect(lambda: self._choose(resolution=int(self.resolution.value)))
        self.part = QuietCombo(self.tr("Part of the data"))
        parts: dict[PartName, str] = {"train": self.tr("Training"), "validation": self.tr("Validation")}
        for name in get_args(PartName):
            self.part.addItem(parts[name], name)
        self.part.activated.connect(lambda _index: self._choose(part=self.part.currentData()))
        self.samples = QuietCombo(self.tr("Samples"))
        for count in _SAMPLES:
            self.samples.addItem(self.tr("up to {0}").format(f"{count:,}"), count)
        self.samples.activated.connect(lambda _index: self._choose(samples=self.samples.currentData()))
        over = QHBoxLayout()
        over.setSpacing(6)
        over.addWidget(self.part)
        over.addWidget(self.samples)
        rows: Sequence[tuple[str, QWidget | QHBoxLayout]] = (
            (self.tr("View"), self.look),
            (self.tr("Range"), self.zoom),
            (self.tr("Resolution"), self.resolution),
            (self.tr("Loss over"), over),
        )
        for place, (title, editor) in enumerate(rows):
            label = QLabel(title)
            set_class(label, "caption")
            grid.addWidget(label, place, 0)
            if isinstance(editor, QWidget):
                grid.addWidget(editor, place, 1)
            else:
                grid.addLayout(editor, place, 1)
        self.column.addLayout(grid)
        self.penalty = QCheckBox(self.tr("With the penalty on the weights"))
        self.penalty.clicked.connect(lambda on: self._choose(penalty=on))
        self.column.addWidget(self.penalty)

    # -- chosen --------------------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """Return the room in which no row is cut."""
        return QSize(self.wanted, 200)

    def pick(self, weight: Weight) -> None:
        """Take a weight that was clicked: the one before it stays, and an older one gives way."""
        if self.chosen.kind == "weights" and weight not in self.chosen.weights:
            self._choose(weights=(*self.chosen.weights, weight)[-2:])

    def _choose_runs(self) -> None:
        places = tuple(combo.currentData() for combo in self.runs)
        if None not in places:
            self._choose(runs=places)

    def _choose(self, **changes: object) -> None:
        self.choose(replace(self.chosen, **changes))  # type: ignore[arg-type]

    def choose(self, chosen: Chosen) -> None:
        """Choose something else, as if by hand."""
        if chosen != self.chosen:
            self.chosen = chosen
            self._show()
            self.changed.emit(chosen)

    # -- shown ---------------------------------------------------------------------------------------------------

    def set_network(self, names: Mapping[str, str], parameters: int, penalty: bool) -> None:
        """Tell the layers' names by their ids, how many weights there are, and whether a penalty is set."""
        told = (dict(names), parameters, penalty, self.chosen.dimensions)
        if told == self._told:
            return
        self._told = told
        self._names = names
        kept = tuple(weight for weight in self.chosen.weights if weight.layer in names)
        self._choose(weights=kept, penalty=self.chosen.penalty and penalty)
        self.penalty.setEnabled(penalty)
        sentence = self.tr("A slice: {0} of the {1} directions that the weights have. The others stay as they are.")
        self.slice.setText(sentence.format(self.chosen.dimensions, f"{parameters:,}") if parameters else "")
        self._show()

    def set_trails(self, trails: Sequence[Trail]) -> None:
        """Tell the runs that there are to choose from."""
        places = [trail.place for trail in trails]
        known = [self.runs[0].itemData(index) for index in range(self.runs[0].count())]
        if places != known:
            for combo in self.runs:
                combo.clear()
                for trail in trails:
                    combo.addItem(trail.name, trail.place)
        self.radios["runs"].setEnabled(len(trails) >= 3 or self.chosen.kind == "runs")
        self.notes["runs"].setText("" if len(trails) >= 3 else self.tr("needs three runs"))
        runs = tuple(place for place in self.chosen.runs if place in places)
        if len(runs) < 3:
            runs = tuple(places[-3:])
        if self.chosen.kind == "runs":
            self._choose(runs=runs)
        else:
            self.chosen = replace(self.chosen, runs=runs)  # for when they are asked for
        if places != known:
            self._show()

    def set_plane(self, plane: Plane | None) -> None:
        """Tell what the plane that is shown is like."""
        explained = None if plane is None else plane.explained
        text = "" if explained is None else self.tr("{0} of the variance").format(percent(sum(explained)))
        self.notes["pca"].setText(text)

    def _show(self) -> None:
        chosen = self.chosen
        self.radios[chosen.kind].setChecked(True)
        self.weights.setVisible(chosen.kind == "weights")
        self.weights.setText(self._told_weights())
        for place, combo in enumerate(self.runs):
            combo.setVisible(chosen.kind == "runs")
            if place < len(chosen.runs):
                combo.setCurrentIndex(combo.findData(chosen.runs[place]))
        self.look.setCurrentIndex(self.look.findData(chosen.look))
        self.look.setEnabled(chosen.kind != "line")
        self.zoom.set_value(chosen.zoom)
        self.resolution.set_value(chosen.resolution)
        self.part.setCurrentIndex(self.part.findData(chosen.part))
        self.samples.setCurrentIndex(self.samples.findData(chosen.samples))
        self.penalty.setChecked(chosen.penalty)

    def _told_weights(self) -> str:
        told = [f"{axis}: {self.weight_name(weight)}" for axis, weight in zip("xy", self.chosen.weights, strict=False)]
        if len(told) < 2:
            more = self.tr("Click a link on the canvas.") if not told else self.tr("Click another link for a plane.")
            told.append(more)
        return "\n".join(told)

    def weight_name(self, weight: Weight) -> str:
        """Return what a weight is called."""
        layer = self._names.get(weight.layer, weight.layer)
        if weight.source is None:
            return self.tr("bias of {0}, neuron {1}").format(layer, weight.unit + 1)
        return self.tr("{0}, neuron {1}, weight {2}").format(layer, weight.unit + 1, weight.source + 1)

    def _fit(self) -> None:
        inside = self.widget()
        needed = 0 if inside is None else inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        self.wanted = max(round(_WIDTH * self.theme.sizes.small / 12), needed)
        self.setMinimumWidth(self.wanted)
        self.updateGeometry()
