"""What stands above and below the map of a landscape: of which loss it is, its colours; the numbers of a point."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from app.landscape.loss_bar import LossBar
from app.shell.style import set_class
from app.shell.theme import Theme
from app.shell.widgets.labels import ElidedLabel
from app.shell.widgets.numbers import written
from core.landscape.values import LandscapePicture
from core.pictures.depth import Scale, clipped_above

HEAD = 28  # pixels of what stands above a map
_GAP = 8
_LEAST_NOTE = 60  # pixels: in less room a note is no more than dots
_ROOMY = 460  # pixels, from which on the buttons have their words in full


class Heading(QWidget):
    """The title of the map, of which loss it is, and what its colours mean. Where there is little room for them, the
    colours stay."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.title, self.note = QLabel(self.tr("Contours")), ElidedLabel()
        set_class(self.title, "title")
        set_class(self.note, "caption")
        self.bar = LossBar(theme)
        self.told = ""  # of which loss it is
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.title)
        row.addWidget(self.note, 1)
        row.addWidget(self.bar)
        self.setFixedHeight(HEAD)

    def show_picture(self, picture: LandscapePicture, scale: Scale) -> None:
        """Tell of which loss a picture is."""
        flat = picture.plane.d2 is None
        clipped = clipped_above(picture, scale)
        part = self.tr("training loss") if picture.part == "train" else self.tr("validation loss")
        words = [part + (self.tr(" with penalty") if picture.with_penalty else "")]
        if scale.log:
            words.append(self.tr("log"))
        words.append(self.tr("{0} samples").format(f"{picture.samples:,}"))
        if not picture.final:
            words.append(self.tr("{0}×{0}, finer to come").format(len(picture.xs)))
        if clipped is not None:
            words.append(self.tr("above {0} drawn as {0}").format(written(clipped, 2)))
        self.told = ", ".join(words)
        self.setToolTip(self.told)
        self.title.setText(self.tr("Loss along the line") if flat else self.tr("Contours"))
        self.bar.setVisible(not flat)
        self.bar.show_scale(scale, clipped)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the best of another width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        bar = 0 if self.bar.isHidden() else self.bar.sizeHint().width()
        room = self.width() - bar - _GAP
        title = self.title.sizeHint().width()
        self.title.setVisible(room >= title)
        self.note.setText(self.told if room >= title + _GAP + _LEAST_NOTE else "")


class Footer(QWidget):
    """A line of numbers, and what can be done with the weights of a point. back: those that were trained are to be
    shown again. begin: training is to start from there."""

    back_wanted = Signal()
    begin_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.told = ElidedLabel()
        set_class(self.told, "caption")
        self.back, self.begin = QPushButton(), QPushButton()
        self.back.setToolTip(self.tr("Show the network with its own weights again"))
        self.begin.setToolTip(self.tr("Start a new run from the weights of this point"))
        self.back.clicked.connect(self.back_wanted)
        self.begin.clicked.connect(self.begin_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(_GAP)
        row.addWidget(self.told, 1)
        for button in (self.begin, self.back):
            set_class(button, "flat")
            row.addWidget(button)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.offer(False)

    def offer(self, on: bool) -> None:
        """Offer the buttons: the network has taken the weights of a point."""
        self.back.setVisible(on)
        self.begin.setVisible(on)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the best of another width."""
        super().resizeEvent(event)
        roomy = self.width() >= _ROOMY
        self.begin.setText(self.tr("Train from here") if roomy else self.tr("Train"))
        self.back.setText(self.tr("Back to trained") if roomy else self.tr("Back"))
