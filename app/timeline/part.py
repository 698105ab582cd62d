"""Time travel, put together: ``widget`` for the bar under the views, the line in the curves, the menu's entries."""

from PySide6.QtCore import QObject, Signal

from app.plots.curves import CurvesView
from app.shell.actions import Actions
from app.shell.icons import Icons
from app.timeline.cursor import CurvesCursor
from app.timeline.moment import Moment, unlike
from app.timeline.scrubber import Scrubber
from app.timeline.travel import TimeTravel
from app.work.history import History
from app.work.trainer import Trainer


class TimelinePart(QObject):
    """train_from: a new run is to start from a moment (Moment)."""

    train_from = Signal(object)

    def __init__(
        self, history: History, trainer: Trainer, curves: CurvesView, icons: Icons, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.trainer = trainer
        self.travel = TimeTravel(history, trainer.session, self)
        self.widget = Scrubber(self.travel, icons)
        self.cursor = CurvesCursor(curves)
        self.travel.moved.connect(self._moved)
        self.cursor.chosen.connect(self.travel.show)
        self.widget.continue_wanted.connect(self._continue)
        trainer.problems_changed.connect(lambda _problems: self._tell())

    def bind(self, actions: Actions) -> None:
        """Let the actions of the menu do what the bar does."""
        travel = self.travel
        slots = {
            "previous_epoch": lambda: travel.step(-1),
            "next_epoch": lambda: travel.step(1),
            "play_epochs": lambda: travel.play(not travel.playing),
            "first_epoch": travel.first,
            "best_epoch": travel.best,
            "last_epoch": travel.last,
            "now": travel.now,
        }
        for name, slot in slots.items():
            actions.bind(name, slot)

        def show() -> None:
            for name in slots:
                past = name == "now"
                actions[name].setEnabled(travel.moment is not None if past else len(travel.epochs) > 1)

        travel.listed.connect(show)
        travel.moved.connect(lambda _moment: show())
        show()

    def _moved(self, moment: Moment | None) -> None:
        self.cursor.show(None if moment is None else moment.epoch)
        self._tell()

    def _tell(self) -> None:
        """Say why no run can start from the moment that is shown, if none can."""
        moment = self.travel.moment
        cannot = ""
        errors = [problem.sentence for problem in self.trainer.problems if problem.severity == "error"]
        if errors:
            cannot = errors[0]
        elif moment is not None:
            why = unlike(moment.record, self.trainer.document.experiment)
            if why:
                cannot = self.tr("The experiment has {0} now than this run: undo that to start from here.").format(why)
        self.widget.set_continue(cannot)

    def _continue(self) -> None:
        moment = self.travel.moment
        if moment is not None:
            self.train_from.emit(moment)
