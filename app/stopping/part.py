"""The early stopping tab, put together: ``widget`` for the tab."""

from collections.abc import Callable, Mapping, Sequence
from operator import is_
from time import perf_counter

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal

from app.document.document import Document
from app.shell.icons import Icons
from app.shell.states import with_states
from app.shell.widgets.numbers import written
from app.stopping.course import Course, Window, column_of, patience_to, verdict
from app.stopping.ghosts import (
    STOPPING,
    GoingOn,
    pair,
    with_ghosts,
    with_settings,
    with_stopping,
    without_ghosts,
)
from app.stopping.view import Shown, StoppingView
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.choices.fields import Mistake
from core.choices.schedules import MONITORS
from core.experiment.comparisons import keep_going
from core.experiment.experiment import Experiment
from core.experiment.training import EarlyStopping
from core.experiment.variants import expand
from core.runs.record import Record
from core.runs.replay import Replay

_REFRESH_MS = 66  # between two looks at a run that trains, at the least
_SHARE = 0.12  # of wall time that looking and drawing may take
_VALIDATION = "data.validation"


class StoppingPart(QObject):
    """The tab. It looks at the runs only while it can be seen.

    hint: a sentence for the status bar. train_wanted: training is to go on.
    """

    hint = Signal(str)
    train_wanted = Signal()

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
        self.widget = StoppingView(icons)
        self.tried: EarlyStopping | None = None  # in place of what is set
        self.course: Course | None = None
        self.found: Replay | None = None
        self._known: object = None  # what the course was made of
        self._pair: tuple[int, int | None] = (0, None)  # the run that is looked at, and its ghost
        self._pair_of: tuple[int, list[Experiment]] = (0, [])
        self._runs: list[Experiment] | None = None  # of the experiment on the screen; None: not looked at yet
        self._set: EarlyStopping | None = None  # there, for the run that is looked at
        self._kept: int | None = None  # its ghost there
        self._next = 0  # the run to be shown of the job that is being prepared
        self._mend = ""  # what the button of the empty tab sets
        self._spent = 0.0  # seconds of the last look
        self._soon = QTimer(self, singleShot=True)
        self._soon.timeout.connect(self.refresh)
        self._connect()
        self._edited()

    def _connect(self) -> None:
        view = self.widget
        view.visible_changed.connect(lambda on: self.refresh() if on else None)
        view.patience_tried.connect(lambda patience: self._try({"patience": patience}))
        view.delta_tried.connect(lambda delta: self._try({"min_delta": delta}))
        view.dragged.connect(self._drag)
        view.released.connect(self.document.end_merge)
        view.use_wanted.connect(self._use)
        view.train_on_wanted.connect(self._train_on)
        view.mend_wanted.connect(self._do_mend)
        view.keep_wanted.connect(self._keep)
        self.document.changed.connect(lambda *_: self._edited())
        self.document.opened.connect(self._edited)
        self.session.prepared.connect(self._begin)
        self.session.run_changed.connect(lambda _run: self._forget())
        self.session.phase_changed.connect(lambda _phase: self._later())
        self.trainer.starting.connect(self._start)
        self.trainer.stale_changed.connect(lambda _stale: self._later())
        self.history.changed.connect(self._anew)
        self.history.grew.connect(self._later)

    # -- what happens --------------------------------------------------------------------------------------------

    def _later(self) -> None:
        if self.widget.isVisible() and not self._soon.isActive():
            spent = (self._spent + self.widget.board.seconds) / _SHARE
            self._soon.start(max(_REFRESH_MS, round(spent * 1000)))

    def _anew(self) -> None:
        self._known = None
        self._later()

    def _forget(self) -> None:
        self.tried = None
        self._edited()

    def _start(self, _runs: object, before: object) -> None:
        if not before:
            self._next = 0
            self.tried = None

    def _begin(self, _scenes: object) -> None:
        self.session.show(self._next)
        self._next = 0
        self._edited()

    def _edited(self) -> None:
        self._runs = None
        self.refresh()

    # -- looked at -----------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Show the run as far as it has come, or what is missing."""
        if not self.widget.isVisible():
            return
        start = perf_counter()
        records = self.history.current
        self._find(records)
        stopping = self.tried or self._set or EarlyStopping()
        anew = self._look(records, stopping)
        self._show_settings(stopping)
        lacks = self._lacks(stopping)
        if self.course is None or self.found is None or lacks:
            self._miss(lacks)
        else:
            self.widget.show_run(self._shown(self.course, self.found), anew)
        self._spent = perf_counter() - start

    def _find(self, records: Sequence[Record]) -> None:
        """Find the run that is shown, its ghost and what is set for it; only where something is another than before."""
        edited = self._runs is None
        if self._runs is None:
            try:
                self._runs = [run.experiment for run in expand(self.document.experiment)]
            except Mistake:  # a problem that is told elsewhere
                self._runs = [self.document.experiment]
        experiments = [record.experiment for record in records] or self._runs
        run, before = self._pair_of
        other = len(before) != len(experiments) or not all(map(is_, before, experiments))
        if run != self.session.run or other:
            self._pair_of, self._known = (self.session.run, experiments), None
            self._pair = pair(experiments, min(self.session.run, len(experiments) - 1))
        elif not edited:
            return
        place, self._kept = pair(self._runs, min(self._pair[0], len(self._runs) - 1))
        stopping = self._runs[place].training.early_stopping
        if stopping != self._set:
            self._set, self.tried = stopping, None

    def _look(self, records: Sequence[Record], stopping: EarlyStopping) -> bool:
        """Take the run as far as it has come; return whether it is another one than before."""
        place, ghost = self._pair
        anew = self._known is None
        pairs = [records[run] for run in (place, ghost) if run is not None and run < len(records)]
        known = [(len(record.curves), record.epochs, record.outcome) for record in pairs]
        other = known != self._known
        if other:
            self._known = known
            places = [self.history.place + run for run in (place, ghost or 0)]
            beside = pairs[1] if len(pairs) > 1 else None
            self.course = Course.of(pairs[0], places[0], beside, places[1]) if pairs else None
        if self.course is None or self.course.trained < 1:
            self.course = self.found = None
        elif other or self.found is None or self.found.stopping != stopping:
            self.found = self.course.replayed(stopping)
        return anew

    def _shown(self, course: Course, found: Replay) -> Shown:
        window = Window.of(found, course)
        use = self._words_of_use(found.stopping)
        tip = self.tr("Set it in Training; what has been trained then needs a restart")
        if self._goes_on(course, found):
            tip = self.tr("Set it in Training; the run goes on with it, for it would not have ended it so far")
        waits = self.session.phase in (Phase.PAUSED, Phase.OVER) and not self.trainer.stale
        ghost = self._pair[1]
        could = course.stopped is not None if ghost is None else self.history.current[ghost].outcome is None
        train_on = waits and could and not course.live and found.outcome is None
        said, short = (verdict(course, found, window, short=short) for short in (False, True))
        return Shown(course, found, window, said, short, use, tip, train_on)

    def _words_of_use(self, stopping: EarlyStopping) -> str:
        """Return what the button says that takes over what is tried, nothing if that is what is set."""
        patience, delta = f"{stopping.patience:,}", written(stopping.min_delta)
        if stopping == self._set:
            return ""
        if self._set is None:
            return self.tr("Switch it on: patience {0}").format(patience)
        if stopping.min_delta == self._set.min_delta:
            return self.tr("Use patience {0}").format(patience)
        if stopping.patience == self._set.patience:
            return self.tr("Use min delta {0}").format(delta)
        return self.tr("Use patience {0}, min delta {1}").format(patience, delta)

    def _show_settings(self, stopping: EarlyStopping) -> None:
        keeps = self._set is not None and self._kept in (None, self._pair[0] + 1)
        tip = self.tr("Let a ghost of the run train on past its stop, so that one sees what stopping saved")
        if self._set is None:
            tip = self.tr("Early stopping is off: nothing stops the run")
        elif not keeps:
            tip = self.tr("One of the runs is the same without early stopping")
        self.widget.show_settings(stopping, self._kept is not None, tip, keeps)

    # -- missing -------------------------------------------------------------------------------------------------

    def _lacks(self, stopping: EarlyStopping) -> str:
        """Return what is missing: switch, split, training or values; nothing where there is all that it takes."""
        share = self.document.experiment.data.validation
        if self.course is not None:
            if np.isfinite(self.course.known[column_of(stopping)]).any():
                return ""
            return "values" if share else "split"
        if self._set is None:
            return "switch"
        return "split" if stopping.monitor.startswith("validation") and not share else "training"

    def _miss(self, lacks: str) -> None:
        monitor = MONITORS[(self._set or EarlyStopping()).monitor].lower()
        sentences = {
            "switch": self.tr("Early stopping is off: a run trains all its epochs, even when it over-fits."),
            "split": self.tr("Validation split is 0 %: there is no {0} to watch.").format(monitor),
            "values": self.tr("This run has no {0} to watch. Rewind (R) and train it again.").format(monitor),
            "training": self.tr("Press Space to train"),
        }
        mends = {"switch": self.tr("Switch it on"), "split": self.tr("Set 30 %")}
        self.widget.show_missing(sentences[lacks], mends.get(lacks, ""))
        self._mend = lacks

    def _do_mend(self) -> None:
        if self._mend == "switch":
            self._set_stopping({"patience": EarlyStopping().patience}, self.tr("Early stopping on"))
        else:
            self.document.set({_VALIDATION: 0.3}, self.tr("Validation split 30 %"))

    # -- tried and set -------------------------------------------------------------------------------------------

    def _try(self, settings: Mapping[str, float]) -> None:
        """Try settings over the run. As long as there is none they are set at once."""
        if self.course is not None:
            tried = (self.tried or self._set or EarlyStopping()).model_copy(update=settings)
            self.tried = None if tried == self._set else tried
            self.refresh()
            return
        name, value = next(iter(settings.items()))
        words = {"patience": self.tr("Patience {0}"), "min_delta": self.tr("Min delta {0}")}
        self._set_stopping(settings, words[name].format(written(value)), merge=f"{STOPPING}.{name}")

    def _drag(self, epoch: float) -> None:
        if self.course is not None and self.found is not None:
            self._try({"patience": patience_to(self.course, self.found.stopping, epoch)})

    def _set_stopping(self, settings: Mapping[str, float], text: str, merge: str = "") -> None:
        try:
            experiment = with_stopping(self.document.experiment, self._pair[0], settings)
        except Mistake as mistake:
            self.hint.emit(str(mistake))
            self.refresh()  # what could not be set is not shown
        else:
            self.document.edit(experiment, text, merge)

    def _use(self) -> None:
        """Set what was tried. A run that it would not have ended goes on, any other one needs a restart."""
        course, found = self.course, self.found
        if course is None or found is None:
            return
        settings = {"patience": found.stopping.patience, "min_delta": found.stopping.min_delta}
        text = self._words_of_use(found.stopping)
        if self._goes_on(course, found):
            self._go_on(lambda records: with_settings(self.document.experiment, records[0], settings), text)
        else:
            self._set_stopping(settings, text)

    def _goes_on(self, course: Course, found: Replay) -> bool:
        """Tell whether the run would have come to where it is with what is tried: it then need not start anew."""
        own = course.own
        alike = own is not None and found.stopping.model_copy(update={"patience": own.patience}) == own
        open_end = found.outcome is None and course.record.outcome in (None, "early stopping")
        return alike and open_end and not self.trainer.stale and len(self._pair_of[1]) == 1

    # -- going on ------------------------------------------------------------------------------------------------

    def _keep(self, on: bool) -> None:
        """Put a ghost beside the run, or take it away."""
        text = self.tr("Keep going anyway") if on else self.tr("No longer keep going")
        try:
            if on and self.trainer.begun and not self.trainer.stale:
                self._go_on(lambda records: with_ghosts(self.document.experiment, records), text)
            else:
                change = keep_going if on else without_ghosts
                self.document.edit(change(self.document.experiment), text)
        except Mistake as mistake:
            self.hint.emit(str(mistake))
        self.refresh()

    def _train_on(self) -> None:
        if self._pair[1] is None:
            self._keep(True)
        else:
            self.train_wanted.emit()

    def _go_on(self, made: Callable[[Sequence[Record]], GoingOn], text: str) -> None:
        """Change the experiment, and let its runs go on from where they are. What has ended is trained at once."""
        if any(record.outcome is None for record in self.history.current):
            with_states(self.session, lambda: self._change(made, text), self)
        else:
            self._change(made, text)

    def _change(self, made: Callable[[Sequence[Record]], GoingOn], text: str) -> None:
        records = self.history.current
        try:
            going = made(records)
        except Mistake as mistake:
            self.hint.emit(str(mistake))
            self.refresh()
            return
        trains = self.session.phase in (Phase.TRAINING, Phase.OVER)
        run = self._pair[0]
        self.document.edit(going.experiment, text)
        if all(record.state is not None for record in records):
            self._next = next(place for place, record in going.before.items() if record is records[run])
            self.trainer.go_on(going.runs, going.before)
            if trains:
                self.train_wanted.emit()
