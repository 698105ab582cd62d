"""The dropout tab, put together: what its plots are told of the runs, and what its buttons do."""

from typing import Any

from PySide6.QtCore import QObject, Signal

from app.document.document import Document
from app.dropout.gap import GapPanel, make_gap
from app.dropout.layers import LayersPanel
from app.dropout.masks import MasksPanel, make_masks
from app.dropout.panel import Panel
from app.dropout.switched_off import SwitchedOffPanel, make_switched_off
from app.dropout.twins import rates
from app.dropout.verdict import verdict
from app.dropout.view import DropoutView, Making
from app.dropout.watcher import Watcher
from app.plots.run_curves import RunCurves
from app.shell.icons import Icons
from app.timeline.moment import Moment
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout

FIRST_RATE = 0.2  # of a dropout layer that is added
COMPARED = (0.0, 0.2, 0.5)
_SPLIT = 0.3


class DropoutPart(QObject):
    """``widget`` for the tab. compare_wanted: an experiment, and the rates of which each is to be a run of it.
    epoch_chosen: a moment was pointed at."""

    compare_wanted = Signal(object, object)
    epoch_chosen = Signal(float)

    def __init__(
        self,
        document: Document,
        session: Session,
        history: History,
        trainer: Trainer,
        icons: Icons,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document = document
        self.session = session
        self.history = history
        self.trainer = trainer
        self.icons = icons
        self.watcher = Watcher(session, history, self)
        self.frames: dict[str, Any] = {}  # the newest picture of each plot
        self._all_the_same = False  # whether the plots are wanted without dropout
        self.widget = DropoutView(
            {
                "gap": self.tr("Gap"),
                "layers": self.tr("Distributions"),
                "off": self.tr("Switched off"),
                "masks": self.tr("Sub-networks"),
            },
            {"gap": self._gap, "layers": self._layers, "off": self._off, "masks": self._masks},
        )
        missing = self.widget.missing
        self.add = missing.offer("")
        self.compare = missing.offer(self.tr("Compare without, 0.2 and 0.5"))
        self.look = missing.offer(self.tr("Look at this run all the same"), flat=True)
        self.add.clicked.connect(self._add)
        self.compare.clicked.connect(self._compare)
        self.look.clicked.connect(self._look)
        self.widget.seen_changed.connect(self._see)
        self.widget.made.connect(self._show)
        self.watcher.told.connect(self._tell)
        self.watcher.framed.connect(self._frame)
        session.prepared.connect(lambda _scenes: self._begin())
        document.changed.connect(lambda *_: self._offer())
        document.opened.connect(self._opened)
        self._offer()

    # -- the plots -----------------------------------------------------------------------------------------------

    def _gap(self) -> Making:
        panel = yield from make_gap(self.icons)
        panel.split_wanted.connect(self._keep_aside)
        panel.mark.chosen.connect(self.epoch_chosen)
        return panel

    def _layers(self) -> Making:
        yield
        return LayersPanel(self.icons)

    def _off(self) -> Making:
        return (yield from make_switched_off(self.icons))

    def _masks(self) -> Making:
        panel = yield from make_masks(self.icons)
        panel.run_wanted.connect(self.session.show)
        panel.stepped.connect(self.watcher.step_sample)
        return panel

    @property
    def shown(self) -> int:
        """The place of the run that canvas and output show."""
        return self.history.place + self.session.run

    def show_moment(self, moment: Moment | None) -> None:
        """Show a moment in place of now, or now again."""
        self.watcher.show_moment(moment)
        for panel in self.widget.panels.values():
            panel.show_moment(moment)

    def _begin(self) -> None:
        self.frames.clear()
        self._offer()

    def _see(self) -> None:
        self._offer()
        self.watcher.show(self.widget.seen)

    def _tell(self) -> None:
        self._offer()
        for name in self.widget.seen:
            self._show_runs(name)

    def _frame(self, name: str, picture: object) -> None:
        self.frames[name] = picture
        if name in self.widget.panels:
            self._show_frame(name)

    def _show(self, name: str) -> None:
        """Bring a plot that was just made up to what is known."""
        self._show_runs(name)
        self.widget.panels[name].show_moment(self.watcher.moment)
        if name in self.frames:
            self._show_frame(name)

    def _show_runs(self, name: str) -> None:
        """Tell a plot of the runs."""
        panel: Panel = self.widget.panels[name]
        watcher, scene = self.watcher, self.watcher.scene
        runs = [RunCurves.of(record, place) for place, record in enumerate(watcher.records, self.history.place)]
        if isinstance(panel, GapPanel):
            validated = scene is None or len(scene.dataset.validation) > 0
            panel.set_state(runs, self.shown, validated=validated, training=self.session.phase is Phase.TRAINING)
            panel.judge(*verdict(watcher.records, self.session.run))
        elif isinstance(panel, MasksPanel):
            panel.set_state(runs, self.session.run, scene, watcher.rate if runs else None, watcher.sample)
        else:
            alike = {twin.place for twin in watcher.twins}
            panel.set_runs([run for run in runs if run.place in alike])
            panel.leave_out(watcher.left_out)

    def _show_frame(self, name: str) -> None:
        panel, picture = self.widget.panels[name], self.frames[name]
        scene = self.watcher.scene
        if isinstance(panel, LayersPanel) and scene is not None:
            panel.show_picture(picture, scene.architecture.dense, self.shown)
        elif isinstance(panel, SwitchedOffPanel):
            panel.show_picture(picture, self.shown)
        elif isinstance(panel, MasksPanel):
            panel.show_picture(picture)

    # -- what is missing -----------------------------------------------------------------------------------------

    def _opened(self) -> None:
        self._all_the_same = False
        self._offer()

    def _offer(self) -> None:
        """Show the plots, or what a network without dropout lacks."""
        now = self.document.experiment
        scenes = self.session.scenes
        dropped = any(rates(found) for found in [scene.experiment for scene in scenes] or [now])
        lacks = not dropped and (len(scenes) or len(now.variants)) <= 1 and not self._all_the_same
        if lacks:
            hidden = self._first_dense()
            layer = "" if hidden is None else now.network.layers[hidden].name
            sentence = self.tr(
                "Dropout switches neurons off at random while a network learns. This network has no Dropout layer."
            )
            none = self.tr(
                "Dropout switches hidden neurons off, and this network has none: insert a Dense layer first."
            )
            self.widget.missing.say(sentence if hidden is not None else none)
            self.add.setText(self.tr("Add Dropout {0} after {1}").format(FIRST_RATE, layer))
            for button in (self.add, self.compare):
                button.setVisible(hidden is not None)
            self.look.setVisible(bool(scenes))
        self.widget.show_missing(lacks)

    def _first_dense(self) -> int | None:
        """Return the place of the first hidden dense layer."""
        layers = self.document.experiment.network.layers
        return next((place for place, layer in enumerate(layers) if isinstance(layer, Dense)), None)

    def _with_dropout(self) -> Experiment | None:
        """Return the experiment with a dropout layer, if it has none; None where there is nothing to drop."""
        experiment, first = self.document.experiment, self._first_dense()
        if rates(experiment):
            return experiment
        if first is None:
            return None
        layer = Dropout(name=experiment.network.fresh_name("Dropout"), rate=FIRST_RATE)
        return experiment.model_copy(update={"network": experiment.network.insert(first + 1, layer)})

    def _add(self) -> None:
        experiment = self._with_dropout()
        if experiment is not None:
            self.document.edit(experiment, self.add.text())
            self._restart()

    def _compare(self) -> None:
        experiment = self._with_dropout()
        if experiment is not None:
            self.compare_wanted.emit(experiment, {"network.dropout": COMPARED})

    def _look(self) -> None:
        self._all_the_same = True
        self._offer()

    def _keep_aside(self) -> None:
        self.document.set({"data.validation": _SPLIT}, self.tr("Validation 30 %"))
        self._restart()

    def _restart(self) -> None:
        """Let a change act that needs another start, where training had begun."""
        if self.trainer.stale:
            self.trainer.rewind()
