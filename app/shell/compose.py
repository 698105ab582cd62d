"""Puts the program together: every part is made here and told what it needs."""

import gc
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSettings, QStandardPaths

from app.canvas.canvas_view import CanvasView
from app.canvas.layers_panel import LayersPanel
from app.canvas.network_picture import NetworkPicture
from app.canvas.shown import ShownRun
from app.canvas.strip import LayerStrip
from app.code.part import CodePart
from app.compare.multiples import Multiples
from app.compare.part import ComparePart
from app.document.document import Document
from app.dropout.part import DropoutPart
from app.gradients.part import GradientsPart
from app.landscape.export import LandscapeExport
from app.landscape.part import LandscapePart
from app.panels.data import DataPanel
from app.panels.training import TrainingPanel
from app.plots.curves import CurvesView
from app.plots.output import OutputPanel
from app.plots.runs_table import RunsTable
from app.plots.sharpness import SharpnessWatcher
from app.predict.part import PredictPart
from app.shell.crash import Crashes
from app.shell.drawn_export import DrawnExport
from app.shell.elsewhere import Elsewhere
from app.shell.exports import Exports
from app.shell.files import Files
from app.shell.icons import Icons
from app.shell.live import Live
from app.shell.motion import Motion
from app.shell.notices import Notices
from app.shell.panes import Parts, Tab
from app.shell.recovery import Recovery
from app.shell.results import Results
from app.shell.runs import RunsBoard
from app.shell.selection import Selection
from app.shell.settings import Settings
from app.shell.theme import Theme
from app.shell.window import MainWindow
from app.stopping.part import StoppingPart
from app.timeline.budget import BudgetMenu
from app.timeline.moment import Moment
from app.timeline.part import TimelinePart
from app.work.hand_edits import HandEdits
from app.work.history import History
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment
from core.experiment.variants import Origin, Run
from core.project.archive import Project
from core.runs.versions import versions
from core.training.events import Begun, EpochDone, Event, Row

if TYPE_CHECKING:
    from core.exchange.reopening import Reopened


class Program(QObject):
    """All parts of the running program; ``start`` shows the window and then loads torch in the background."""

    def __init__(self, experiment: Experiment, store: QSettings, folder: Path | None = None) -> None:
        """``folder``: where crash logs and what is put aside for recovery lie."""
        super().__init__()
        folder = folder or Path(QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation))
        self.settings = Settings(store)
        self.theme = Theme(self.settings.theme, self.settings.presentation, self)
        self.theme.prepare()
        self.icons = Icons(self.theme)
        self.document = Document(experiment, self)
        self.session = Session(self)
        self.trainer = Trainer(self.document, self.session, self)
        self.history = History(self.session, self)
        self.hand_edits = HandEdits(self.session, self)
        self.selection = Selection(self)
        self.crashes = Crashes(folder, lambda: "\n".join(f"{name} {found}" for name, found in versions().items()), self)
        self._make_window(folder)
        self._connect()
        self.theme.apply()

    def _make_window(self, folder: Path) -> None:
        document, session, theme, icons = self.document, self.session, self.theme, self.icons
        shown = ShownRun(document, session, self)
        self.canvas = CanvasView(document, self.selection, theme, icons, shown)
        self.layers = LayersPanel(document, self.selection, theme, icons, shown)
        self.data = DataPanel(document, session, theme, icons)
        self.training = TrainingPanel(document, session, self.trainer, theme, icons, shown)
        self.output = OutputPanel(document, self.selection, theme, icons)
        self.curves = CurvesView(theme, icons)
        self.runs_table = RunsTable(theme)
        self.landscape = LandscapePart(document, session, self.history, self.selection, self.trainer, icons, self)
        self.dropout = DropoutPart(document, session, self.history, self.trainer, icons, self)
        self.stopping = StoppingPart(document, session, self.history, self.trainer, icons, self)
        self.gradients = GradientsPart(
            document, session, self.history, self.trainer, self.selection, self.curves, icons, self
        )
        self.code = CodePart(document, session, self.selection, icons, self)
        self.predict = PredictPart(session, self.settings, icons, self)
        self.strip = LayerStrip(document, shown)
        self.multiples = Multiples(session, self.history, icons, self)
        tabs = (
            Tab("loss", self.tr("Loss"), self.curves, self.curves.controls),
            Tab("landscape", self.tr("Landscape"), self.landscape.widget, self.landscape.controls),
            Tab("compare", self.tr("Compare"), self.multiples.widget),
            Tab("dropout", self.tr("Dropout"), self.dropout.widget),
            Tab("stopping", self.tr("Early stopping"), self.stopping.widget),
            Tab("gradients", self.tr("Gradients"), self.gradients.widget),
            Tab("code", self.tr("Code"), self.code.widget, self.code.controls),
            Tab("predict", self.tr("Predict"), self.predict.widget, self.predict.controls),
            Tab("runs", self.tr("Runs"), self.runs_table),
        )
        self.timeline = TimelinePart(self.history, self.trainer, self.curves, icons, self)
        below = self.timeline.widget
        parts = Parts(self.data, self.layers, self.canvas, self.output, self.training, tabs, self.strip, below)
        self.window = MainWindow(parts, document, session, self.trainer, theme, icons, self.settings)
        self.files = Files(self.window, self.history, Recovery(folder), icons)
        self.exports = Exports(self.window, self.history)
        self.exports.add_plot("loss", self.curves.export)
        self.exports.add_plot("landscape", LandscapeExport(self.landscape, self.exports.background))
        for name, view, title, see in (
            ("compare", self.multiples.widget, self.tr("Compare"), self.multiples.drawn),
            ("dropout", self.dropout.widget, self.tr("Dropout"), self.dropout.widget.drawn),
            ("stopping", self.stopping.widget, self.tr("Early stopping"), self.stopping.widget.drawn),
            ("gradients", self.gradients.widget, self.tr("Gradients"), self.gradients.drawn),
        ):
            self.exports.add_plot(name, DrawnExport(self.exports.background, view, theme, title, see))
        self.network_picture = NetworkPicture(self.canvas, self.exports.background)
        self.exports.follow(self.network_picture)
        self.results = Results(self.exports)
        tip = self.tr("The network as it stands on the canvas, with what its neurons compute.")
        self.results.add(self.network_picture, self.tr("Canvas"), "canvas", tip)
        self.compare = ComparePart(self.window, icons)
        self.notices = Notices(self.window.banner, self.trainer, self.crashes, self, self.window.train)
        self.runs = RunsBoard(document, self.history, self.trainer, self.curves, self.runs_table, self)
        self.sharpness = SharpnessWatcher(session, self.history, self.curves, self)
        self.live = Live(session, self.selection, self.canvas, self.layers, self.output, self)
        self.motion = Motion(self.trainer, self.window.speed, self.selection, self.canvas, self)
        self.elsewhere = Elsewhere(self.timeline.travel, self.landscape, self.canvas, self.live, self)

    def _connect(self) -> None:
        # Once torch is there: a search of all that it consists of would hold up the window for 60 to 200 ms.
        self.session.ready.connect(lambda _version: gc.freeze())
        self.trainer.starting.connect(self.history.begin)
        self.trainer.starting.connect(self.live.start_from)
        self.trainer.starting.connect(self._tell_start)
        self.trainer.problems_changed.connect(self.canvas.set_problems)
        self.trainer.problems_changed.connect(self.layers.set_problems)
        self.session.happened.connect(self._tell_training)
        self.training.compare.connect(self.compare.open)
        for part in (self.data, self.canvas, self.layers):
            part.compare.connect(self.compare.open)
        self.gradients.compared.connect(self.compare.train)
        self.gradients.refused.connect(self.window.hint)
        self.dropout.compare_wanted.connect(self.compare.at_once)
        self.multiples.widget.wanted.connect(self.compare.open)
        self.stopping.hint.connect(self.window.hint)
        self.stopping.train_wanted.connect(self.window.train)
        self.files.loaded.connect(self._resume)
        self.files.table_dropped.connect(self.data.import_table)
        self.canvas.hint.connect(self.window.hint)
        self.landscape.train_from.connect(self._train_from)
        self.canvas.weight_edited.connect(self.hand_edits.edit)
        self.canvas.weight_restored.connect(self.hand_edits.restore)
        self.hand_edits.refused.connect(self.window.hint)
        self.hand_edits.changed.connect(self._show_hand_edits)
        self.selection.weight_changed.connect(self.hand_edits.end_merge)
        self.layers.hint.connect(self.window.hint)
        self.strip.canvas_wanted.connect(self.window.commands["fill"].trigger)
        actions, canvas = self.window.commands, self.canvas
        actions.bind("step_batch", self._step_batch)
        actions.bind("undo_weight", self.hand_edits.undo)
        actions.bind("redo_weight", self.hand_edits.redo)
        self._show_hand_edits()
        for name in ("cut", "copy", "paste", "duplicate", "delete", "insert"):
            actions.bind(name, getattr(canvas.layer_actions, name).trigger)
        actions.bind("previous_layer", lambda: canvas.edits.step_layer(-1))
        actions.bind("next_layer", lambda: canvas.edits.step_layer(1))
        actions.bind("previous_neuron", lambda: canvas.view.step_neuron(-1))
        actions.bind("next_neuron", lambda: canvas.view.step_neuron(1))
        actions.bind("cancel", self.elsewhere.escape)
        actions.bind("fit", canvas.fit)
        actions.bind("zoom_in", canvas.zoom_in)
        actions.bind("zoom_out", canvas.zoom_out)
        actions.bind("validation", self.output.show_validation).setChecked(True)
        actions.bind("log", self.curves.set_log)
        self.output.boundary.validation_changed.connect(actions["validation"].setChecked)
        self.curves.log_changed.connect(actions["log"].setChecked)
        actions.bind("diagnostics", self.crashes.copy)
        self._connect_timeline()
        self._connect_exchange()

    def _connect_exchange(self) -> None:
        """Connect what leaves as files and comes back, and what answers to samples of one's own."""
        window, live = self.window, self.live
        self.files.model_opened.connect(self._begin_from_file)
        self.runs_table.export.connect(self.exports.ask)
        self.code.hint.connect(window.hint)
        self.predict.hint.connect(window.hint)
        self.predict.failed.connect(lambda sentence: window.banner.show_message("warn", sentence, key="predict"))
        live.asked.connect(lambda row: self.predict.show_row(row, "" if live.shown is None else live.shown.name))

    def _connect_timeline(self) -> None:
        timeline, window = self.timeline, self.window
        timeline.bind(window.commands)
        timeline.widget.needed_changed.connect(window.show_below)
        timeline.train_from.connect(self._train_from_moment)
        for show in (
            self.dropout.show_moment,
            self.stopping.widget.show_moment,
            self.gradients.show_moment,
            self.multiples.show_moment,
        ):
            timeline.travel.moved.connect(show)
        for chosen in (self.dropout.epoch_chosen, self.stopping.widget.mark.chosen, self.multiples.mark.chosen):
            chosen.connect(timeline.travel.show)
        self.live.asked.connect(self.motion.show_row)
        self.elsewhere.changed.connect(self._show_hand_edits)
        self.budget = BudgetMenu(self.settings, self._set_budget)
        window.menus.insert_group("run", window.commands["undo_weight"], [self.budget])
        self._set_budget(self.settings.keep_bytes)

    def start(self, worker: bool = True) -> None:
        """Show the window; torch is loaded behind it. worker: False leaves that out, to measure the window alone."""
        self.crashes.install()
        self.window.show()
        if worker:
            self.session.start()
        self.trainer.rewind()
        self.files.offer_recovery()

    def stop(self) -> None:
        """End the background thread, and give errors back to Python."""
        self.files.finish()
        self.exports.finish()
        self.session.stop()
        self.crashes.uninstall()
        self.document.close()

    def _show_hand_edits(self) -> None:
        now = self.live.shown is None
        self.window.commands["undo_weight"].setEnabled(now and self.hand_edits.can_undo)
        self.window.commands["redo_weight"].setEnabled(now and self.hand_edits.can_redo)
        self.canvas.set_by_hand(self.hand_edits.edited)
        if self.hand_edits.what_if:
            self.window.hint(self.tr("What if: the run is over and keeps its weights; shown are those set by hand."))

    def _step_batch(self) -> None:
        self.timeline.travel.now()  # so that the step is played
        self.motion.step_batch()

    def _set_budget(self, size: int) -> None:
        self.session.keep_bytes = size

    def _train_from_moment(self, moment: Moment) -> None:
        self.trainer.begin_from(moment.row, Origin(moment.record.name, moment.epoch))
        self.window.train()

    def _train_from(self, row: Row) -> None:
        """Start a new run from weights that were found on the landscape."""
        self.trainer.begin_from(row, Origin(self.history.current[self.session.run].name, None))
        self.window.train()

    def _begin_from_file(self, found: "Reopened", name: str) -> None:
        self.trainer.begin_from(found.row, Origin(name[:80], None, file=True))
        self.predict.stand_in(name, lambda: found.model)

    def _tell_start(self, runs: tuple[Run, ...], _before: object) -> None:
        if runs[0].start is not None:
            origin = runs[0].start.origin
            if origin.file:
                self.window.hint(self.tr("With the weights in {0}; Train goes on from them.").format(origin.run))
                return
            words = self.tr("the landscape") if origin.epoch is None else self.tr("epoch {0}").format(origin.epoch)
            sentence = self.tr("A new run, from {0} of {1}, with a fresh optimizer.")
            self.window.hint(sentence.format(words, origin.run))

    def _resume(self, project: Project) -> None:
        self.predict.stand_in_for(project.records)
        if project.records:
            self.trainer.resume(project.records)

    def _tell_training(self, events: tuple[Event, ...]) -> None:
        stopping = self.training.shown.experiment.training.early_stopping
        for event in events:
            if event.run != self.session.run:
                continue
            if isinstance(event, Begun):
                self.training.set_device(event.device_reason)
            elif isinstance(event, EpochDone) and stopping is not None:
                self.training.set_waited(event.waited, stopping.patience)
