"""The background thread: it owns torch, advances the training and draws the frames of open views.

It looks for orders between all steps, shares its time 80 to 20 between training and views, and never touches Qt.
"""

import queue
import threading
import traceback
from collections.abc import Generator
from math import floor
from time import perf_counter
from typing import Any, NamedTuple

from app.work.messages import (
    VIEW_SHARE,
    Asked,
    Failed,
    Frame,
    Go,
    Going,
    Happened,
    Over,
    Pause,
    Paused,
    Prepare,
    Prepared,
    Probe,
    Progress,
    Quit,
    Ready,
    Scene,
    Supposed,
    Tell,
    Undrawn,
    Watch,
)
from app.work.outbox import Outbox
from core.choices.fields import Mistake
from core.training.events import (
    Edited,
    Ended,
    EpochDone,
    Event,
    Events,
    Look,
    Looked,
    Order,
    Refused,
    Row,
    SetWeight,
)

_SLICE = 0.004  # seconds of steps between two looks at the views
_LOOK_AGAIN = 0.01  # seconds until a frame that waits to be fetched may have been


class _View:
    """An open view: its request, the frame that is being drawn, and when the last one was done."""

    def __init__(self, watch: Watch, probe: Probe) -> None:
        self.watch = watch
        self.probe = probe
        self.drawing: Generator[Any, None, Any] | None = None
        self.drawing_step = 0
        self.drawn_step = -1
        self.sliced_at = 0.0  # a frame that takes long waits its turn between two slices: others come in between
        self.done_at = 0.0


class _Kept(NamedTuple):
    """What a run that has ended keeps: views are drawn from it, with the weights that were set by hand since."""

    step: int
    row: Row


class _Training:
    """A job that is under way: its generator and the position of its runs."""

    def __init__(self, job: int, generator: Generator[Events, Order | None, None], scenes: tuple[Scene, ...]) -> None:
        self.job = job
        self.generator = generator
        self.scenes = scenes
        self.step = 0  # as last asked for
        self.moves = 0  # counts next()s and edits, so that views know whether something has changed
        self.steps_left: float = 0
        self.epochs_left: float = float("inf")
        self.rate: float | None = None
        self.next_at = 0.0
        self.over = False
        self.kept: dict[int, _Kept] = {}  # of the runs that have ended

    def stepped(self) -> bool:
        """Tell whether a step was done since the last call: a next() may also be a chunk of an evaluation."""
        steps = [event.step for event in self.generator.send(Look()) if isinstance(event, Looked)]
        before, self.step = self.step, max(steps, default=self.step + 1)
        return self.step > before

    @property
    def goes(self) -> bool:
        return not self.over and self.steps_left > 0 and self.epochs_left > 0


class Worker(threading.Thread):
    """The thread. ``inbox`` takes what is asked, ``outbox`` holds what is answered."""

    def __init__(self) -> None:
        super().__init__(name="downhill-worker", daemon=True)
        self.inbox: queue.SimpleQueue[Asked] = queue.SimpleQueue()
        self.outbox = Outbox()
        self.training: _Training | None = None
        self.views: dict[str, _View] = {}
        self.view_debt = 0.0  # seconds that views have had beyond their share
        self.cancelled = threading.Event()  # set by the window to break off a download

    def run(self) -> None:
        """Load torch, then obey until Quit."""
        import torch

        # Counted in the thread that calls it.
        torch.set_num_threads(torch.get_num_threads())
        self.outbox.put(Ready(torch.__version__))
        while True:
            asked = self._next_asked()
            while asked is not None:
                if isinstance(asked, Quit):
                    return
                self._guarded(self._obey, asked)
                asked = self._asked_now()
            if self.training is not None and self.training.goes:
                self._guarded(self._train_on, self.training)
            self._guarded(self._draw)

    # -- orders --------------------------------------------------------------------------------------------------

    def _asked_now(self) -> Asked | None:
        try:
            return self.inbox.get_nowait()
        except queue.Empty:
            return None

    def _next_asked(self) -> Asked | None:
        """Wait for an order as long as there is nothing else to do."""
        wait = self._idle_seconds()
        if wait is not None and wait <= 0:
            return self._asked_now()
        try:
            return self.inbox.get(timeout=wait)
        except queue.Empty:
            return None

    def _idle_seconds(self) -> float | None:
        """Return how long there is nothing to do: 0 if there is something now, None if only an order brings more."""
        now = perf_counter()
        waits = []
        if self.training is not None and self.training.goes:
            waits.append(self.training.next_at - now if self.training.rate else 0.0)
        waits += [due - now for view in self.views.values() if (due := self._due(view)) is not None]
        return min(waits) if waits else None

    def _guarded(self, work: Any, *arguments: Any) -> None:
        """Do some work; whatever goes wrong becomes a message, and the thread lives on."""
        job = self.training.job if self.training else 0
        try:
            work(*arguments)
        except Mistake as error:
            self._give_up(job, Failed(job, str(error)))
        except Exception as error:
            sentence = f"Something went wrong in the background: {error or type(error).__name__}"
            self._give_up(job, Failed(job, sentence, traceback.format_exc()))

    def _give_up(self, job: int, failed: Failed) -> None:
        if self.training is not None and self.training.job == job:
            self.training.over = True
        for view in self.views.values():
            view.drawing = None
        self.outbox.put(failed)

    def _obey(self, asked: Asked) -> None:
        training = self.training
        if isinstance(asked, Prepare):
            self._prepare(asked)
        elif isinstance(asked, Watch):
            if asked.probe is None:
                self.views.pop(asked.view, None)
            else:
                self.views[asked.view] = _View(asked, asked.probe)
        elif training is None:
            return
        elif isinstance(asked, Tell):
            self._tell(training, asked.order)
        elif training.over:
            return
        elif isinstance(asked, Go):
            training.steps_left = float("inf") if asked.steps is None else asked.steps
            training.epochs_left = float("inf") if asked.epochs is None else asked.epochs
            training.rate = asked.rate
            training.next_at = perf_counter()
            training.stepped()
            self.outbox.put(Going(training.job))
        elif isinstance(asked, Pause):
            training.steps_left = 0
            self.outbox.put(Paused(training.job))

    def _tell(self, training: _Training, order: Order) -> None:
        events = () if training.over else training.generator.send(order)
        if not isinstance(order, SetWeight):
            self._happened(training, events)
            return
        training.moves += 1
        over = [run for run in training.kept if order.run in (None, run)]
        if not (events or over):
            run = 0 if order.run is None or order.run >= len(training.scenes) else order.run
            events = (Refused(run, f"{order.path}: there is no run whose weights could be set"),)
        self._happened(training, events)
        for run in over:
            self._suppose(training, order, run)

    def _suppose(self, training: _Training, order: SetWeight, run: int) -> None:
        """Set a weight of a run that has ended: its views are drawn with it, the record stays as it is."""
        step, kept = training.kept[run]
        try:
            place = order.place(training.scenes[run].architecture)
        except Mistake as mistake:
            self._happened(training, (Refused(run, str(mistake)),))
            return
        row = kept.copy()
        row[place] = order.value
        row.flags.writeable = False
        training.kept[run] = _Kept(step, row)
        weight = order.layer, order.unit, order.source
        edited = Edited(run, step, *weight, float(kept[place]), float(row[place]))
        self.outbox.put(Supposed(training.job, edited))

    def _prepare(self, asked: Prepare) -> None:
        from core.datasets.load import load
        from core.experiment.architecture import architecture
        from core.training.loop import prepare, train

        if self.training is not None:
            self.training.generator.close()
            self.training = None
        self.cancelled.clear()

        def progress(done: int, total: int) -> None:
            if self.cancelled.is_set():
                raise Mistake("The download was cancelled.")
            self.outbox.put(Progress(asked.job, done, total))

        try:
            job = prepare(asked.runs, lambda data: load(data, progress), asked.states, asked.keep_bytes)
            scenes = tuple(
                Scene(run.experiment, architecture(run.experiment, dataset.facts), dataset)
                for run, dataset in zip(job.runs, job.datasets, strict=True)
            )
            training = _Training(asked.job, train(job), scenes)
            begun = next(training.generator)
        except Mistake as error:
            self.outbox.put(Failed(asked.job, str(error)))
            return
        self.training = training
        # They were made for the scenes of the job before; the window asks anew for what it shows of this one.
        self.views.clear()
        self.outbox.put(Prepared(asked.job, scenes))
        self._happened(training, begun)

    # -- training ------------------------------------------------------------------------------------------------

    def _train_on(self, training: _Training) -> None:
        """Take steps for a slice of time, or the one step that is due in slow motion."""
        if training.rate:
            if perf_counter() < training.next_at:
                return
            training.next_at = max(training.next_at + 1 / training.rate, perf_counter() - 1)
        start = perf_counter()
        happened: list[Event] = []
        try:
            while training.goes and self.inbox.empty():
                events = next(training.generator)
                training.moves += 1
                if training.steps_left < float("inf"):
                    training.steps_left -= training.stepped()
                if events:
                    happened += events
                    # Epoch 0 tells the losses of the start weights.
                    training.epochs_left -= any(isinstance(event, EpochDone) and event.epoch > 0 for event in events)
                if training.rate or perf_counter() - start > _SLICE:
                    break
        except StopIteration:
            training.over = True
            training.moves += 1  # views are drawn once more: of what the run keeps
        spent = perf_counter() - start
        share = max((view.watch.share for view in self.views.values()), default=VIEW_SHARE)
        self.view_debt = max(0.0, self.view_debt - spent * share / (1 - share))
        self._happened(training, tuple(happened))
        if training.over:
            self.outbox.put(Over(training.job))
        elif not training.goes:
            self.outbox.put(Paused(training.job))

    def _happened(self, training: _Training, events: Events) -> None:
        for event in events:
            if isinstance(event, Ended):
                training.kept[event.run] = _Kept(event.step, event.row)
        if events:
            self.outbox.put(Happened(training.job, events))

    # -- views ---------------------------------------------------------------------------------------------------

    def _due(self, view: _View) -> float | None:
        """Return when a view is to be drawn next, None if nothing has changed since it was."""
        training = self.training
        if training is None or view.watch.run >= len(training.scenes):
            return None
        if view.drawing is not None:
            return view.sliced_at
        # A row of another moment looks the same however far training has come.
        if view.drawn_step == training.moves or (view.watch.row is not None and view.drawn_step >= 0):
            return None
        if self.outbox.waits(view.watch.view):
            return perf_counter() + _LOOK_AGAIN  # nothing tells that it was fetched
        # At fixed times, so that views of one rate come together and what they share is painted once.
        return (floor(view.done_at * view.watch.rate) + 1) / view.watch.rate

    def _draw(self) -> None:
        """Draw a slice of the view that has waited longest, if views have time left."""
        training = self.training
        if training is None or (training.goes and self.view_debt > 0 and not training.rate):
            return
        now = perf_counter()
        due = [(at, name) for name, view in self.views.items() if (at := self._due(view)) is not None and at <= now]
        if not due:
            return
        view = self.views[min(due)[1]]
        if view.drawing is None:
            row = view.watch.row if view.watch.row is not None else self._row(training, view.watch.run)
            if row is None:
                view.drawn_step = training.moves
                return
            view.drawing_step = training.moves
            view.drawing = view.probe(training.scenes[view.watch.run], row)
        start = perf_counter()
        threads = self._threads(1)
        try:
            while perf_counter() - start < _SLICE and self.inbox.empty():
                coarse = next(view.drawing)
                if coarse is not None:
                    self.outbox.put(Frame(training.job, view.watch.view, training.moves, coarse))
        except StopIteration as done:
            view.drawing, view.drawn_step, view.done_at = None, view.drawing_step, perf_counter()
            self.outbox.put(Frame(training.job, view.watch.view, training.moves, done.value))
        except Exception as error:
            del self.views[view.watch.view]  # it would fail again and again, and training can do without it
            sentence = f"A view could not be drawn: {error or type(error).__name__}"
            self.outbox.put(Undrawn(training.job, sentence, traceback.format_exc()))
        finally:
            self._threads(threads)
        view.sliced_at = perf_counter()
        # A pause costs training nothing.
        self.view_debt = self.view_debt + view.sliced_at - start if training.goes else 0.0

    def _threads(self, count: int) -> int:
        """Let torch work with so many threads and return with how many it did.

        A frame is drawn on one: beside a window that paints, several wait for each other (measured: 75 ms against
        0.2 ms for the gradients of the spiral's network).
        """
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(count)
        return before

    def _row(self, training: _Training, run: int) -> Row | None:
        """Return the weights of a run as they are now; of one that has ended, those that it keeps."""
        if run in training.kept:
            return training.kept[run].row
        if training.over:
            return None
        events = training.generator.send(Look(run))
        return next((event.row for event in events if isinstance(event, Looked)), None)
