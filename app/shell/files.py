"""New, open, save: the file of the document, without ever holding up the window."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app.gallery.dialog import Gallery
from app.gallery.pictures import thumbnail
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.menus import RecentMenu
from app.shell.recovery import Lost, Recovery
from app.shell.states import with_states
from app.shell.style import set_class
from app.shell.window import MainWindow
from app.work.history import History
from core.choices.datasets import facts_of
from core.choices.fields import Mistake
from core.exchange.reading import READERS
from core.experiment.experiment import Experiment
from core.project.archive import Project, load, save
from core.training.events import Ended, EpochDone, Event

if TYPE_CHECKING:
    from core.exchange.reopening import Reopened

SUFFIX = ".downhill"
Runs = tuple[int, tuple[str, ...]]  # epochs done so far and the names of past runs: differs once there is more to save


class Files(QObject):
    """Everything about files. What takes long is done in the background; what was asked for next goes on afterwards.

    loaded: a project was opened or recovered (Project): its last run can go on. table_dropped: a CSV file was dropped
    on the window (Path). model_opened: a model of another format is on the screen now (Reopened); its file's name.
    """

    loaded = Signal(object)
    model_opened = Signal(object, str)
    table_dropped = Signal(object)

    def __init__(self, window: MainWindow, history: History, recovery: Recovery, icons: Icons) -> None:
        super().__init__(window)
        self.window = window
        self.document = window.document
        self.session = window.session
        self.settings = window.settings
        self.banner = window.banner
        self.history = history
        self.recovery = recovery
        self.icons = icons
        self.background = Background(self)
        self._epochs = 0  # that runs have done so far
        self._kept: tuple[Experiment, Runs] | None = None  # what autosave has put aside
        self._saved_runs = self._runs()  # when the file was written or read
        self._closing = False
        self._gallery: Gallery | None = None
        window.commands.bind("new", self.new)
        window.commands.bind("open", self.open)
        window.commands.bind("save", self.save)
        window.commands.bind("save_as", self.save_as)
        self.recent = RecentMenu(self.settings, self.open_path)
        window.menus.insert("file", window.commands["save"], [self.recent])
        window.dropped.connect(self.drop)
        window.closing.connect(self._close)
        self.session.happened.connect(self._count)
        self._autosave = QTimer(self)
        self._autosave.timeout.connect(self.keep)
        if self.settings.autosave_seconds:
            self._autosave.start(self.settings.autosave_seconds * 1000)

    # -- new and open --------------------------------------------------------------------------------------------

    def new(self) -> Gallery:
        """Open the gallery."""
        if self._gallery is None:  # kept, with its pictures
            self._gallery = Gallery(self.icons, self.background, self.window)
            self._gallery.chosen.connect(self.start)
        self._gallery.show()
        self._gallery.raise_()
        return self._gallery

    def start(self, experiment: Experiment) -> None:
        """Begin with an experiment that has no file, once what is there may go."""
        self.window.parts.canvas.setFocus()  # there Space trains; in a field it would be a letter
        self._unless_unsaved(lambda: self._put(Project(experiment), None))

    def open(self) -> QFileDialog:
        """Ask for a file and open it."""
        dialog = self._dialog(self.tr("Open"), QFileDialog.AcceptMode.AcceptOpen)
        endings = " ".join(f"*{suffix}" for suffix in (SUFFIX, *READERS))
        dialog.setNameFilter(self.tr("Downhill files and models ({0})").format(endings))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.open_path(Path(name)))
        dialog.open()
        return dialog

    def open_path(self, path: Path) -> None:
        """Open a file, once what is there may go."""
        self._unless_unsaved(lambda: self._read(path))

    def drop(self, path: Path) -> None:
        """Open a file that was dropped on the window; a table is for the data panel."""
        if path.suffix.lower() in (SUFFIX, *READERS):
            self.open_path(path)
        elif path.suffix.lower() == ".csv":
            self.table_dropped.emit(path)
        else:
            text = self.tr("{0} is neither a Downhill file ({1}), nor a model ({2}), nor a table (.csv).")
            self.banner.show_message("warn", text.format(path.name, SUFFIX, ", ".join(READERS)), key="file")

    def _read(self, path: Path) -> None:
        self.window.hint(self.tr("Opening {0} …").format(path.name))
        failed = partial(self._failed, path)
        if path.suffix.lower() in READERS:
            present = self.document.experiment
            self.background.run(lambda: _reopened(path, present), partial(self._model_read, path), failed)
            return
        self.background.run(lambda: _with_facts(load(path)), lambda project: self._opened(project, path), failed)

    def _model_read(self, path: Path, found: "Reopened") -> None:
        self._opened(Project(found.experiment), path, belongs=False)
        self.model_opened.emit(found, path.name)

    def _opened(self, project: Project, path: Path, belongs: bool = True) -> None:
        """Show a project; belongs: whether its file is the one that it is saved to."""
        self.window.hint("")
        self._remember(path)
        self._put(project, path if belongs else None)

    def _failed(self, path: Path, sentence: str) -> None:
        self.window.hint("")
        if not path.exists():
            self.settings.forget_recent(path)
        text = self.tr("Could not open {0}: {1}").format(path.name, sentence.removeprefix(f"{path.name}: "))
        self.banner.show_message("err", text, self.tr("Open another…"), self.open, key="file")

    def _put(self, project: Project, path: Path | None) -> None:
        self.banner.withdraw("file")
        self.history.clear(project.records)
        self.document.open(project.experiment, path)
        self._saved_runs = self._runs()
        self._kept = (project.experiment, self._saved_runs)
        self.loaded.emit(project)

    # -- save ----------------------------------------------------------------------------------------------------

    @property
    def unsaved(self) -> bool:
        """Whether closing would lose something: an edit, or what a run has learned since its file was written."""
        return self.document.unsaved or (self.document.path is not None and self._runs() != self._saved_runs)

    def save(self, then: Callable[[], object] | None = None) -> None:
        """Save to the document's file, or ask for one; ``then`` is called once it is written."""
        if self.document.path is None:
            self.save_as(then)
        else:
            self._write(self.document.path, then)

    def save_as(self, then: Callable[[], object] | None = None) -> QFileDialog:
        """Ask for a file and save to it."""
        dialog = self._dialog(self.tr("Save as"), QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.removeprefix("."))
        path = self.document.path
        dialog.selectFile(path.name if path else f"{file_name(self.document.experiment.name)}{SUFFIX}")
        dialog.fileSelected.connect(lambda name: self._write(Path(name), then))
        dialog.open()
        return dialog

    def _write(self, path: Path, then: Callable[[], object] | None) -> None:
        def write() -> None:
            project, runs = self._project(), self._runs()
            self.window.hint(self.tr("Saving {0} …").format(path.name))
            self.background.run(
                lambda: save(_with_picture(project), path),
                lambda _none: self._written(path, project.experiment, runs, then),
                partial(self._not_written, path, then),
            )

        with_states(self.session, write, self)

    def _written(self, path: Path, experiment: Experiment, runs: Runs, then: Callable[[], object] | None) -> None:
        self._remember(path)
        self._saved_runs = runs
        self._kept = (experiment, runs)
        if self.document.experiment is experiment:
            self.document.saved(path)
        else:  # edited while it was being written
            self.document.path = path
            self.document.file_changed.emit()
        self.banner.withdraw("save")
        self.window.hint("")
        self.background.run(self.recovery.forget, lambda _none: None, lambda _sentence: None)
        if then is not None:
            then()

    def _not_written(self, path: Path, then: Callable[[], object] | None, sentence: str) -> None:
        self.window.hint("")
        named = sentence.startswith(path.name)  # as all do that were foreseen
        text = sentence if named else self.tr("Could not save to {0}: {1}").format(path.name, sentence)
        self.banner.show_message("err", text, self.tr("Save as…"), lambda: self.save_as(then), key="save")

    def _project(self) -> Project:
        return Project(self.document.experiment, self.history.records)

    def _runs(self) -> Runs:
        return self._epochs, tuple(record.name for record in self.history.past)

    def _count(self, events: tuple[Event, ...]) -> None:
        self._epochs += sum(isinstance(event, EpochDone | Ended) for event in events)

    # -- autosave ------------------------------------------------------------------------------------------------

    def keep(self) -> None:
        """Put unsaved work aside, if there is any that has not been."""
        now = (self.document.experiment, self._runs())
        if now == self._kept or not (self.document.unsaved or now[1] != self._saved_runs):
            return
        self._kept = now

        def write() -> None:
            project, original = self._project(), self.document.path
            self.background.run(lambda: self.recovery.keep(project, original), lambda _none: None, self._not_kept)

        with_states(self.session, write, self)

    def _not_kept(self, sentence: str) -> None:
        text = self.tr("Unsaved work could not be put aside: {0}").format(sentence)
        self.banner.show_message("warn", text, self.tr("Save"), self.save, key="autosave")

    def offer_recovery(self) -> None:
        """Offer what a crash has left behind, if there is anything."""
        self.background.run(self.recovery.lost, self._offer, lambda _sentence: None)

    def _offer(self, found: tuple[Lost, ...]) -> None:
        if not found:
            return
        lost = found[0]
        text = self.tr('Downhill did not end as it should have. "{0}" can be restored as it was at {1}.')
        text = text.format(lost.name, f"{lost.saved_at:%H:%M, %Y-%m-%d}")
        self.banner.show_message("info", text, self.tr("Restore"), lambda: self.restore(lost), key="recovery")

    def restore(self, lost: Lost) -> None:
        """Take what a crash has left behind, as unsaved work."""

        def read() -> None:
            self.background.run(lambda: _with_facts(self.recovery.take(lost)), put, partial(self._failed, lost.path))

        def put(project: Project) -> None:
            self._put(project, lost.original)
            self.document.undo_stack.resetClean()
            self.background.run(lambda: self.recovery.drop(lost), lambda _none: None, lambda _sentence: None)

        self._unless_unsaved(read)

    # -- unsaved changes -----------------------------------------------------------------------------------------

    def _unless_unsaved(self, then: Callable[[], object]) -> None:
        """Go on at once, or after asking what to do with unsaved changes."""
        if not self.unsaved:
            then()
            return
        box = QMessageBox(self.window)
        box.setObjectName("unsaved")
        box.setWindowTitle(self.tr("Unsaved changes"))
        path = self.document.path
        name = path.name if path is not None else self.document.experiment.name
        box.setText(self.tr("Save the changes to {0}?").format(name))
        box.setInformativeText(self.tr("Otherwise they are lost."))
        buttons = QMessageBox.StandardButton
        box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
        box.setDefaultButton(buttons.Save)
        for button in box.buttons():
            button.setIcon(QIcon())  # Fusion's are of another time
        set_class(box.button(buttons.Save), "primary")
        answers: Mapping[int, Callable[[], object]] = {
            buttons.Save.value: lambda: self.save(then),
            buttons.Discard.value: then,
        }

        def answered(button: int) -> None:
            box.deleteLater()
            answers.get(button, lambda: None)()

        box.finished.connect(answered)
        box.open()

    def _close(self) -> None:
        """Keep the window open until what is unsaved is saved or given up."""
        if not self._closing and self.unsaved:
            self.window.keep_open()
            self._unless_unsaved(self._close_now)
            return
        self.finish()

    def finish(self) -> None:
        """Wait for what is being written, and put nothing aside any more."""
        self._autosave.stop()
        self.background.finish()
        self.recovery.close()

    def _close_now(self) -> None:
        self._closing = True
        self.window.close()

    # -- small things --------------------------------------------------------------------------------------------

    def _dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        dialog = QFileDialog(self.window, title, str(self.settings.folder))
        dialog.setAcceptMode(mode)
        dialog.setNameFilter(self.tr("Downhill files (*{0})").format(SUFFIX))
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _remember(self, path: Path) -> None:
        self.settings.add_recent(path)
        self.settings.folder = path.parent


def _with_facts(project: Project) -> Project:
    """Return the project once its tables have been read: their facts are asked for in Qt's thread, which cannot wait.

    What is wrong with a table is a problem of its experiment, told by others.
    """
    for experiment in (project.experiment, *(record.experiment for record in project.records)):
        with suppress(ValueError, OSError):
            facts_of(experiment.data.source)
    return project


def _reopened(path: Path, present: Experiment) -> "Reopened":
    """Return the experiment and the weights that a model's file holds. Runs in the background."""
    from core.exchange.reopening import reopen

    return reopen(path, present)


def _with_picture(project: Project) -> Project:
    """Return the project with a picture of its data, where one can be drawn."""
    try:
        return Project(project.experiment, project.records, thumbnail(project.experiment.data))
    except Mistake:
        return project


def file_name(name: str) -> str:
    """Return a name without what file systems do not take."""
    kept = "".join("-" if letter in '<>:"/\\|?*' or ord(letter) < 32 else letter for letter in name)
    return kept.strip(" .") or "experiment"
