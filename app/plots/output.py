"""The output view: what the network answers, whatever the data are."""

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.document.document import Document
from app.plots import probes
from app.plots.boundary import BoundaryView
from app.plots.handwriting import Image
from app.plots.images import AnswersPart, DrawPart
from app.plots.question import Question, question_of, told
from app.shell.icons import Icons
from app.shell.selection import Neuron, Selection
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.header import Header
from app.shell.widgets.labels import Metric, line
from app.shell.widgets.numbers import MINUS, written
from app.work.messages import Scene
from core.choices.activations import OUTPUT_ACTIVATIONS
from core.choices.features import FEATURES
from core.probes.pictures import INPUT, AnswerPicture, DigitPicture, NeuronPicture, PlanePicture, ReportPicture
from core.training.events import Metrics, Row

_DIGIT_RATE = 12.0  # frames a second
_REPORT_RATE = 0.1  # all answers on a large test part take a while; asked for anew at each pause
_ANSWER_RATE = 4.0
_MOST_TERMS = 4  # of a weighted sum that is written out
_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


class OutputPanel(QWidget):
    """Shows the plane, or images, or the answers of a table; and the losses above all.

    watch: the name of a view, the probe that draws it (None: no more) and frames a second, for the background thread;
    its frames are to be given to ``take_frame``. The plane ("plane") is asked for by others, who need it too.
    image_shown: an image (height, width) that goes through the network now, or None.
    """

    watch = Signal(str, object, float)
    image_shown = Signal(object)

    def __init__(
        self, document: Document, selection: Selection, theme: Theme, icons: Icons, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.selection = selection
        self.theme = theme
        self.scene: Scene | None = None
        self.question: Question | None = None
        self._start: Row | None = None
        self._moment = ""  # whose answers are shown, if not those of the run as it is now
        self.image: Image | None = None
        self.header = Header(
            icons,
            self.tr("Output"),
            sentence=self.tr(
                "What the network answers everywhere: the colour is its answer, pale where it is unsure. Point at a "
                "neuron of the canvas to see what that neuron computes; the line is where its weighted sum is 0."
            ),
        )
        self.table_header = Header(icons, self.tr("Output"))
        self.boundary = BoundaryView(theme)
        self.formula = QLabel()
        set_class(self.formula, "caption")
        self.formula.setWordWrap(True)
        self.formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.asked = QLabel()
        set_class(self.asked, "title")
        self.answered = QLabel()
        for label in (self.asked, self.answered):
            label.setWordWrap(True)
        self.drawing = DrawPart(icons)
        self.answers = AnswersPart(icons)
        self.answers_line = line()
        self.nothing = QLabel()
        set_class(self.nothing, "caption")
        self.nothing.setWordWrap(True)
        self.train_loss = Metric(theme, self.tr("Train loss"))
        self.validation_loss = Metric(theme, self.tr("Validation loss"))
        self.accuracy = Metric(theme, self.tr("Validation acc."), widest="100.0 %")
        self._lay_out()
        selection.shown_changed.connect(self._show_neuron)
        document.changed.connect(lambda *_: self._name())
        self.drawing.drawn.connect(self._drawn)
        self.answers.chosen.connect(lambda image, _part, _place: self.drawing.pad.show_image(image))
        self.set_scene(None)

    def _lay_out(self) -> None:
        metrics = QHBoxLayout()
        metrics.setContentsMargins(0, 6, 0, 2)
        metrics.setSpacing(8)
        for metric in (self.train_loss, self.validation_loss, self.accuracy):
            metrics.addWidget(metric, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        above: tuple[QWidget, ...] = (
            self.header,
            self.table_header,
            self.drawing,
            self.boundary,
            self.nothing,
        )
        below: tuple[QWidget, ...] = (self.formula, self.asked, self.answered, self.answers_line, self.answers)
        for widget in above:
            column.addWidget(widget)
        column.addLayout(metrics)
        for widget in below:
            column.addWidget(widget)

    def sizeHint(self) -> QSize:
        """Return the room that the plane needs, even before it is there: panels are laid out before data are loaded."""
        hint = super().sizeHint()
        plane = self.boundary.sizeHint().height() + self.header.height() + self.train_loss.sizeHint().height() + 20
        return QSize(hint.width(), max(hint.height(), plane))

    # -- what is shown -------------------------------------------------------------------------------------------

    def set_scene(self, scene: Scene | None) -> None:
        """Show another run: its data, and nothing of the network yet."""
        self.scene = scene
        dataset = None if scene is None else scene.dataset
        facts = None if dataset is None else dataset.facts
        plane = facts is not None and facts.plane
        images = facts is not None and facts.image
        classes = facts is not None and bool(facts.classes)
        self.question = None if scene is None else question_of(scene.experiment.data.source)
        parts: tuple[tuple[QWidget, bool], ...] = (
            (self.header, plane),
            (self.table_header, not plane and not images),
            (self.boundary, plane),
            (self.drawing, images),
            (self.answers, classes and not plane),
            (self.answers_line, classes and not plane),
            (self.asked, self.question is not None),
            (self.answered, self.question is not None),
            (self.nothing, not plane and not images),
        )
        for part, shown in parts:
            part.setVisible(shown)
        self.nothing.setText(
            self.tr("The data are not there yet.")
            if facts is None
            else self.tr("A table has no picture of its own: its losses and answers are below.")
        )
        self.boundary.set_data(dataset if plane else None)
        self.boundary.surface.ask_about(None if self.question is None else self.question.point)
        self.asked.setText("" if self.question is None else self.tr(self.question.text))
        self.answered.setText("")
        if dataset is not None and images:
            self.drawing.set_data(dataset)
        if dataset is not None and classes and not plane:
            self.answers.set_data(dataset)
        self.set_metrics(Metrics())
        self.accuracy.setVisible(facts is None or classes)
        self._name()
        self._ask()

    def set_start(self, row: Row) -> None:
        """Take the start weights, from which answers before training are told."""
        self._start = row
        self._ask()

    def set_metrics(self, metrics: Metrics) -> None:
        """Show the losses and the accuracy of an epoch."""
        for metric, value in (
            (self.train_loss, metrics.train_loss),
            (self.validation_loss, metrics.validation_loss),
        ):
            metric.set_value("–" if value is None else written(value))
        accuracy = metrics.validation_accuracy
        self.accuracy.set_value("–" if accuracy is None else f"{accuracy:.1%}".replace("%", " %"))

    def take_frame(self, view: str, picture: Any) -> None:
        """Take a frame; those of other views are none of its business."""
        if view == "plane" and isinstance(picture, PlanePicture):
            self.set_plane(picture)
        elif view == "digit" and isinstance(picture, DigitPicture):
            self.set_digit(picture)
        elif view == "report" and isinstance(picture, ReportPicture):
            self.answers.set_picture(picture)
        elif view == "answer" and isinstance(picture, AnswerPicture):
            self.set_answer(picture)

    def set_plane(self, picture: PlanePicture) -> None:
        """Show what the network computes over the plane now."""
        self.boundary.set_plane(picture)
        self._write_formula()

    def set_digit(self, picture: DigitPicture) -> None:
        """Show what the network says of the image on the pad."""
        self.drawing.set_picture(picture)

    def set_answer(self, picture: AnswerPicture) -> None:
        """Say what the network answers to the question of the data, before training and now."""
        if self.scene is not None and self.question is not None:
            scene = self.scene
            classes, activation = scene.dataset.facts.classes, scene.architecture.head.activation
            self.answered.setText(told(picture, classes, activation, self._moment))

    def set_shown(self, name: str, short: str) -> None:
        """Say whose answers these are, if not those of the run as it is now."""
        self._moment = name
        for header in (self.header, self.table_header, self.drawing.header):
            header.pill.tell(name, short)

    def show_validation(self, on: bool) -> None:
        """Show the validation points, or not."""
        self.boundary.show_validation(on)

    # -- a neuron ------------------------------------------------------------------------------------------------

    def _show_neuron(self, neuron: Neuron | None) -> None:
        self.boundary.set_neuron(None if neuron is None else (neuron.layer, neuron.unit))
        self._name()

    def _name(self) -> None:
        """Say what is shown."""
        neuron = self.selection.shown
        scene = self.scene
        if neuron is None or scene is None:
            regression = scene is not None and not scene.dataset.facts.classes
            plane = scene is not None and scene.dataset.facts.plane
            self.header.title.setText(self.tr("Output"))
            note = self.tr("regression surface") if regression else self.tr("decision boundary")
            self.header.set_note(note if plane else "")
        elif neuron.layer == INPUT:
            features = scene.experiment.data.features
            title = FEATURES[features[neuron.unit]].title if neuron.unit < len(features) else ""
            self.header.title.setText(self.tr("Input {0}").format(title))
            self.header.set_note(self.tr("a feature of the point"))
        else:
            names = {layer.id: layer.name for layer in scene.architecture.layers}
            text = self.tr("{0} · neuron {1}").format(names.get(neuron.layer, ""), neuron.unit + 1)
            self.header.title.setText(text)
            activation = {dense.id: dense.activation for dense in scene.architecture.dense}.get(neuron.layer, "")
            self.header.set_note(OUTPUT_ACTIVATIONS[activation].title if activation else "")
        self._write_formula()

    def _write_formula(self) -> None:
        neuron = self.boundary.drawn_neuron
        shown = neuron is not None and bool(neuron.activation)
        self.formula.setVisible(shown and self.boundary.isVisibleTo(self))
        if neuron is not None and shown:
            self.formula.setText(self._formula(neuron))

    def _formula(self, neuron: NeuronPicture) -> str:
        """Return z = w₁·x₁ + … + b in numbers, the largest terms first, and what the activation makes of it."""
        assert self.scene is not None
        dense = self.scene.architecture.dense
        first = dense[0].id == neuron.layer
        features = self.scene.experiment.data.features
        sizes = sorted(range(len(neuron.weights)), key=lambda place: -abs(float(neuron.weights[place])))
        terms = []
        for place in sizes[:_MOST_TERMS]:
            name = FEATURES[features[place]].title if first else f"a{str(place + 1).translate(_SUBSCRIPTS)}"
            terms.append((float(neuron.weights[place]), f"·{name}"))
        text = _sum(terms)
        if len(sizes) > _MOST_TERMS:
            text += " + …"
        bias = _sum([(neuron.bias, "")], first=False)
        return f"z = {text}{bias},  a = {OUTPUT_ACTIVATIONS[neuron.activation].title.lower()}(z)"

    # -- what is asked of the background thread ------------------------------------------------------------------

    def ask_anew(self) -> None:
        """Ask for everything once more, to be drawn at once: training rests now, and what is shown is seconds old."""
        self._ask()

    def _ask(self) -> None:
        shown = self.isVisible()
        facts = None if self.scene is None else self.scene.dataset.facts
        answers = shown and facts is not None and bool(facts.classes) and not facts.plane
        self.watch.emit("report", probes.report() if answers else None, _REPORT_RATE)
        asks = shown and self.question is not None and self._start is not None
        probe = (
            probes.answer([self.question.point], self._start)
            if asks and self.question and self._start is not None
            else None
        )
        self.watch.emit("answer", probe, _ANSWER_RATE)
        self.ask_digit()

    def ask_digit(self) -> None:
        """Ask for what the network says of the image on the pad, if there is one."""
        images = self.scene is not None and self.scene.dataset.facts.image
        wanted = images and self.image is not None and self.isVisible()
        self.watch.emit(
            "digit", probes.classify(self.image) if wanted and self.image is not None else None, _DIGIT_RATE
        )

    def _drawn(self, image: Image | None) -> None:
        self.image = image
        self.ask_digit()
        self.image_shown.emit(image)

    def showEvent(self, event: QShowEvent) -> None:
        """Ask for what is seen again."""
        super().showEvent(event)
        self._ask()

    def hideEvent(self, event: QHideEvent) -> None:
        """Ask for nothing while nothing is seen."""
        super().hideEvent(event)
        self._ask()


def _sum(terms: list[tuple[float, str]], first: bool = True) -> str:
    """Write a sum of numbers, each with a name behind it."""
    text = ""
    for value, name in terms:
        sign = f" {MINUS} " if value < 0 else " + "
        if first and not text:
            sign = MINUS if value < 0 else ""
        text += f"{sign}{abs(value):.2f}{name}"
    return text
