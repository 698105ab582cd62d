"""The code tab, put together: the code is written in the background, and the selected layer's lines stand out in it."""

from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app.code.view import CodeView
from app.document.document import Document
from app.shell.background import Background
from app.shell.files import file_name
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.help import HelpButton
from app.work.session import Session
from core.exchange.formats import FORMATS, Format
from core.experiment.experiment import Experiment
from core.experiment.variants import expand

FLAVOURS = tuple(row for row in FORMATS.values() if row.code)
_SOON_MS = 40  # a drag edits many times a second


class CodePart(QObject):
    """``widget`` for the tab, and ``controls`` to stand beside its title. hint: a sentence for the status bar.

    Code is written only while it is seen, and once torch is there, which writing it asks a few things of.
    """

    hint = Signal(str)

    def __init__(
        self, document: Document, session: Session, selection: Selection, icons: Icons, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.session = session
        self.selection = selection
        self.background = Background(self)
        self.lines: dict[str, tuple[int, ...]] = {}  # by layer id
        self._writing = self._again = False
        self._flavour = ""  # the flavour that is shown
        self._unscrolled = False  # whether lines of the selected layer are still to be written and scrolled to
        self.widget = CodeView(icons.theme)
        self.flavour = QuietCombo(self.tr("What the code is written for"))
        for row in FLAVOURS:
            self.flavour.addItem(row.title)
        self.flavour.setMinimumContentsLength(13)
        self.copy = QPushButton(self.tr("Copy"))
        self.copy.setIcon(icons.get("copy"))
        self.copy.setToolTip(self.tr("Copy all of the code"))
        self.controls = self._make_controls(icons)
        self._soon = QTimer(self.widget, interval=_SOON_MS, singleShot=True)
        self._soon.timeout.connect(self.write)
        self.copy.clicked.connect(self._copy)
        self.flavour.currentIndexChanged.connect(lambda _place: self.write())
        self.widget.pointed.connect(self._point)
        self.widget.seen_changed.connect(lambda seen: self.write() if seen else None)
        selection.layer_changed.connect(lambda _layer: self._mark(scroll=True))
        document.changed.connect(lambda *_: self._soon.start())
        document.opened.connect(self._soon.start)
        document.file_changed.connect(self._soon.start)
        session.ready.connect(lambda _version: self.write())
        session.run_changed.connect(lambda _run: self.write())
        session.prepared.connect(lambda _scenes: self.write())

    def _make_controls(self, icons: Icons) -> QWidget:
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        row.addWidget(self.flavour)
        row.addWidget(self.copy)
        sentence = self.tr(
            "The network and its training as code of their own, as they are on the screen: the lines of the selected "
            "layer stand out, and a click on a line selects its layer. File › Export model writes the code with the "
            "trained weights beside it, which it needs to predict."
        )
        row.addWidget(HelpButton(icons, self.tr("Code"), "", sentence))
        return controls

    @property
    def form(self) -> Format:
        """What the code is written for."""
        return FLAVOURS[self.flavour.currentIndex()]

    # -- writing ---------------------------------------------------------------------------------------------------

    def write(self) -> None:
        """Write the code of what is on the screen, if it is seen; one at a time, the newest last."""
        self._soon.stop()
        if not (self.widget.isVisible() and self.session.torch_version):
            return
        if self._writing:
            self._again = True
            return
        self._writing = True
        path = self.document.path
        name = path.stem if path is not None else file_name(self.document.experiment.name)
        form = self.form
        work = partial(_written, self.document.experiment, self.session.run, name, form)
        show = partial(self._show, form.tag)
        self.background.run(work, lambda found: show(*found), lambda sentence: show(f"# {sentence}\n", {}))

    def _show(self, flavour: str, text: str, lines: dict[str, tuple[int, ...]]) -> None:
        self._writing = False
        self.lines = lines
        self.widget.show_text(text)
        self._mark(scroll=self._unscrolled or flavour != self._flavour)
        self._flavour = flavour
        if self._again:
            self._again = False
            self.write()

    # -- the selected layer ----------------------------------------------------------------------------------------

    def _mark(self, scroll: bool) -> None:
        lines = self.lines.get(self.selection.layer or "")
        self._unscrolled = scroll and lines is None
        self.widget.mark(lines or (), scroll)

    def _point(self, line: int) -> None:
        layer = next((layer for layer, lines in self.lines.items() if line in lines), None)
        if layer is not None and layer != self.selection.layer:
            self.selection.select_layer(layer)

    def _copy(self) -> None:
        text = self.widget.toPlainText()
        QGuiApplication.clipboard().setText(text)
        self.hint.emit(self.tr("Copied {0} lines of code.").format(text.count("\n")))


def _written(experiment: Experiment, run: int, name: str, form: Format) -> tuple[str, dict[str, tuple[int, ...]]]:
    """Return the code of a run and the lines of each layer. Runs in the background."""
    from core.exchange.code.sketch import sketch

    runs = expand(experiment)
    code = sketch(runs[min(run, len(runs) - 1)].experiment, name, form)
    return code.text, {layer: tuple(lines) for layer, lines in code.lines.items()}
