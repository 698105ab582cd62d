"""The output view for classes of images: draw one, see all answers, look at the mistakes."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from app.plots.class_bars import ClassBars
from app.plots.confusion import ConfusionView
from app.plots.digit_pad import DigitPad
from app.plots.handwriting import Image
from app.plots.mistakes import MistakesView
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.header import Header
from core.choices.datasets import DIGIT_CLASSES
from core.datasets.samples import Dataset
from core.probes.pictures import DigitPicture, ReportPicture

_PAD = 162  # pixels, at the most


class DrawPart(QWidget):
    """The pad with its buttons, and the bars of the classes beside it. drawn: as DigitPad's."""

    drawn = Signal(object)

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = icons.theme
        self.header = Header(icons, self.tr("Draw a digit"))
        self.pad = DigitPad(theme)
        self.pad.setMaximumWidth(_PAD)
        self.bars = ClassBars(theme)
        self.undo = self._button(icons, "undo", self.tr("Take the last line back (Backspace)"))
        self.clear = self._button(icons, "trash", self.tr("Clear the pad (Delete)"))
        for button in (self.undo, self.clear):
            self.header.add(button)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(self.pad, 1, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.bars, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.header)
        column.addLayout(row)
        self.undo.clicked.connect(self.pad.undo)
        self.clear.clicked.connect(self.pad.clear)
        self.pad.drawn.connect(self._drawn)
        self.pad.strokes_changed.connect(self._show_buttons)
        self._show_buttons()

    def _button(self, icons: Icons, name: str, tip: str) -> QToolButton:
        button = QToolButton()
        set_class(button, "small")
        button.setIcon(icons.get(name))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        return button

    def set_data(self, dataset: Dataset) -> None:
        """Draw for a data set of images; a drawing for images of another size is wiped."""
        classes = dataset.facts.classes
        digits = classes == DIGIT_CLASSES
        self.header.title.setText(self.tr("Draw a digit") if digits else self.tr("Draw"))
        self.bars.set_classes(classes)
        self.pad.set_side(dataset.facts.shape[0])

    def set_picture(self, picture: DigitPicture) -> None:
        """Show what the network answers."""
        if not self.pad.blank:
            self.bars.set_picture(picture)

    def _drawn(self, image: Image | None) -> None:
        if image is None:
            self.bars.set_picture(None)
        self.drawn.emit(image)

    def _show_buttons(self) -> None:
        self.undo.setEnabled(bool(self.pad.strokes))
        self.clear.setEnabled(not self.pad.blank)


class AnswersPart(QWidget):
    """The confusion matrix, and the mistakes below it. chosen: an image (height, width), its part and place."""

    chosen = Signal(object, str, int)

    def __init__(self, icons: Icons, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme = icons.theme
        self.dataset: Dataset | None = None
        self.report: ReportPicture | None = None
        self.header = Header(
            icons,
            self.tr("Confusion matrix"),
            sentence=self.tr(
                "How often each class (row) was taken for each other (column). Right answers lie on the diagonal. "
                "Click a cell to see its images. While it trains, the matrix is drawn anew every ten seconds; when it "
                "rests, at once."
            ),
        )
        self.confusion = ConfusionView(theme)
        self.caption = QLabel()
        set_class(self.caption, "axis")
        self.mistakes_header = Header(icons, self.tr("Misclassified"))
        self.count = QLabel()
        set_class(self.count, "pill-err")
        self.count.setMinimumHeight(18)  # less, and Qt draws no round corners
        self.mistakes_header.row.insertWidget(1, self.count, 0, Qt.AlignmentFlag.AlignVCenter)
        self.all = QPushButton(self.tr("Show all"))
        set_class(self.all, "flat")
        self.all.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.mistakes_header.add(self.all)
        self.mistakes = MistakesView(theme)
        self.none = QLabel()
        set_class(self.none, "caption")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        parts = (self.header, self.confusion, self.caption, self.mistakes_header, self.mistakes, self.none)
        for widget in parts:
            column.addWidget(widget)
        self.confusion.chosen.connect(lambda _cell: self._show_mistakes())
        self.all.clicked.connect(lambda: self.confusion.choose(None))
        self.mistakes.chosen.connect(self.chosen)
        self._show_mistakes()

    def set_data(self, dataset: Dataset) -> None:
        """Wait for the answers on a data set."""
        self.dataset, self.report = dataset, None
        self.confusion.set_classes(dataset.facts.classes)
        self.header.set_note("")
        self.caption.setText(self.tr("rows: true class · columns: predicted"))
        self._show_mistakes()

    def set_picture(self, picture: ReportPicture) -> None:
        """Show all answers."""
        if self.dataset is None or len(picture.counts) != len(self.dataset.facts.classes):
            return  # of the data before
        self.report = picture
        self.confusion.set_picture(picture)
        part = {"test": self.tr("test"), "validation": self.tr("validation"), "train": self.tr("training")}
        share = f"{picture.right / max(picture.total, 1):.1%}".replace("%", " %")
        self.header.set_note(self.tr("{0}, {1} right").format(part[picture.part], share))
        right = self.tr("{0} of {1} right").format(f"{picture.right:,}", f"{picture.total:,}")
        self.caption.setText(self.tr("{0} · rows: true class · columns: predicted").format(right))
        self._show_mistakes()

    def _show_mistakes(self) -> None:
        report, cell = self.report, self.confusion.choice
        found = None
        if report is not None:
            found = report.mistakes if cell is None else report.mistakes.of(*cell)
        images = self.dataset is not None and self.dataset.facts.image
        there = found is not None and len(found) > 0
        self.mistakes_header.setVisible(found is not None and images)
        self.mistakes.setVisible(there and images)
        self.none.setVisible(found is not None and not there and images)
        self.all.setVisible(cell is not None)
        if found is None or not images:
            return
        self.count.setText(f"{len(found):,}")
        self.count.setVisible(there)
        note = self.tr("true → predicted")
        if cell is not None and self.dataset is not None:
            names = self.dataset.facts.classes
            note = f"{names[cell[0]]} → {names[cell[1]]}"
        self.mistakes_header.set_note(note)
        right = cell is not None and cell[0] == cell[1]
        self.none.setText(self.tr("These are right.") if right else self.tr("No image is wrong here."))
        self.mistakes.table.show_mistakes(self.dataset, report, found)
