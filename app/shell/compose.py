"""Puts the program together: every part is made here and told what it needs."""

from pathlib import Path

from PySide6.QtCore import QObject, QSettings, QStandardPaths

from app.canvas.canvas_view import CanvasView
from app.canvas.layers_panel import LayersPanel
from app.canvas.strip import LayerStrip
from app.document.document import Document
from app.panels.data import DataPanel
from app.panels.training import TrainingPanel
from app.plots.boundary import BoundaryView
from app.plots.curves import CurvesView
from app.plots.run_curves import RunCurves
from app.shell.crash import Crashes
from app.shell.files import Files
from app.shell.icons import Icons
from app.shell.live import Live
from app.shell.notices import Notices
from app.shell.panes import Parts, Tab
from app.shell.recovery import Recovery
from app.shell.selection import Selection
from app.shell.settings import Settings
from app.shell.theme import Theme
from app.shell.window import MainWindow
from app.work.history import History
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment
from core.project.archive import Project
from core.training.events import Begun, EpochDone, Event


class Program(QObject):
    """All parts of the running program; ``start`` shows the window and then loads torch in the background."""

    def __init__(self, experiment: Experiment, store: QSettings, folder: Path | None = None) -> None:
        """``folder``: where crash logs and what is put aside for recovery lie."""
        super().__init__()
        folder = folder or Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation))
        self.settings = Settings(store)
        self.theme = Theme(self.settings.theme, self.settings.presentation, self)
        self.theme.apply()
        self.icons = Icons(self.theme)
        self.document = Document(experiment, self)
        self.session = Session(self)
        self.trainer = Trainer(self.document, self.session, self)
        self.history = History(self.session, self)
        self.selection = Selection(self)
        self.crashes = Crashes(folder, parent=self)
        self._make_window(folder)
        self._connect()

    def _make_window(self, folder: Path) -> None:
        document, session, theme, icons = self.document, self.session, self.theme, self.icons
        self.canvas = CanvasView(document, self.selection, theme, icons)
        self.layers = LayersPanel(document, self.selection, theme, icons)
        self.data = DataPanel(document, session, theme, icons)
        self.training = TrainingPanel(document, session, self.trainer, theme, icons)
        self.boundary = BoundaryView(theme)
        self.curves = CurvesView(theme, icons)
        self.strip = LayerStrip(document)
        loss = Tab("loss", self.tr("Loss"), self.curves, self.curves.controls)
        parts = Parts(self.data, self.layers, self.canvas, self.boundary, self.training, (loss,), self.strip)
        self.window = MainWindow(parts, document, session, self.trainer, theme, icons, self.settings)
        self.files = Files(self.window, self.history, Recovery(folder), icons)
        self.notices = Notices(self.window.banner, self.trainer, self.crashes, self)
        self.live = Live(session, self.selection, self.canvas, self.layers, self.boundary, self)

    def _connect(self) -> None:
        self.trainer.starting.connect(self.history.begin)
        self.trainer.problems_changed.connect(self.canvas.set_problems)
        self.trainer.problems_changed.connect(self.layers.set_problems)
        self.history.changed.connect(self._show_runs)
        self.history.grew.connect(self._grow_runs)
        self.session.happened.connect(self._tell_training)
        self.files.loaded.connect(self._resume)
        self.files.table_dropped.connect(self.data.import_table)
        self.canvas.hint.connect(self.window.hint)
        self.layers.hint.connect(self.window.hint)
        self.strip.canvas_wanted.connect(self.window.commands["fill"].trigger)
        actions, canvas = self.window.commands, self.canvas
        for name in ("cut", "copy", "paste", "duplicate", "delete", "insert"):
            actions.bind(name, getattr(canvas.layer_actions, name).trigger)
        actions.bind("previous_layer", lambda: canvas.edits.step_layer(-1))
        actions.bind("next_layer", lambda: canvas.edits.step_layer(1))
        actions.bind("previous_neuron", lambda: canvas.view.step_neuron(-1))
        actions.bind("next_neuron", lambda: canvas.view.step_neuron(1))
        actions.bind("cancel", canvas.view.escape)
        actions.bind("fit", canvas.fit)
        actions.bind("zoom_in", canvas.zoom_in)
        actions.bind("zoom_out", canvas.zoom_out)
        actions.bind("validation", self.boundary.show_validation)
        actions.bind("log", self.curves.set_log)
        actions.bind("diagnostics", self.crashes.copy)

    def start(self) -> None:
        """Show the window; torch is loaded behind it."""
        self.crashes.install()
        self.window.show()
        self.session.start()
        self.trainer.rewind()
        self.files.offer_recovery()

    def stop(self) -> None:
        """End the background thread, and give errors back to Python."""
        self.session.stop()
        self.crashes.uninstall()
        self.document.close()

    def _resume(self, project: Project) -> None:
        if project.records:
            self.trainer.resume(project.records[-1])

    def _tell_training(self, events: tuple[Event, ...]) -> None:
        stopping = self.document.experiment.training.early_stopping
        for event in events:
            if isinstance(event, Begun):
                self.training.set_device(event.device, event.device_reason)
            elif isinstance(event, EpochDone) and stopping is not None:
                self.training.set_waited(event.waited, stopping.patience)

    def _show_runs(self) -> None:
        past = [RunCurves.of(record, place, faint=True) for place, record in enumerate(self.history.past)]
        self.curves.set_runs([*past, *self._current()])

    def _current(self) -> list[RunCurves]:
        count = len(self.history.past)
        return [RunCurves.of(record, count + place) for place, record in enumerate(self.history.current)]

    def _grow_runs(self) -> None:
        current = self._current()
        if len(self.curves.runs) != len(self.history.past) + len(current):
            self._show_runs()
            return
        for run in current:
            self.curves.append(run.place, run)
