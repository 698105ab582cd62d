"""K runs trained as one matrix: an epoch of steps, the evaluation after it, and what then becomes of each run."""

import math
from collections.abc import Callable, Generator, Sequence
from time import perf_counter

import torch
from torch import Tensor

from core.training.batches import CHUNK, Batches, Gathered, Masks, Parts, Samples
from core.training.edits import Edits
from core.training.evaluate import Measured, metrics_of, penalty, row_groups, totals
from core.training.events import (
    NOTHING,
    Change,
    Changed,
    Ended,
    EpochDone,
    Event,
    Events,
    Looked,
    Metrics,
    Order,
    Outcome,
    Saved,
    SetWeight,
    State,
)
from core.training.graph import fastest_step
from core.training.keeping import carries_row
from core.training.member import Member, copied, stepped
from core.training.step import Stepper

_THREADS = torch.get_num_threads()
# Floating-point operations of a step, below which one thread does it. Several would gain a fifth from 1e7 on where
# nothing else runs; beside another program they took ten times as long and more.
_SMALL = 1.5e7

Work = Generator[Events, Order | None, None]


class Matrix:
    """Runs of one shape, batch size, data and position, trained together.

    Its generators yield once for each step and once more for each chunk of an evaluation after the first; what an
    epoch brings rides on the yield of its last step. ``obey`` handles what they are sent.
    """

    def __init__(
        self,
        members: Sequence[Member],
        parts: Parts,
        reason: str,
        capacity: int,
        obey: Callable[[Order], Work],
    ) -> None:
        self.parts = parts
        self.reason = reason
        self.capacity = capacity  # rows that the path of each run may keep
        self.obey = obey
        first = members[0]
        self.epoch = first.epoch  # epochs done
        self.step = first.step  # steps done in all
        self.step_in_epoch = first.step_in_epoch  # steps done since then
        self.seconds = first.seconds
        self.pending: list[Event] = []
        self.followed: int | None = None  # the run whose steps are told in full
        self.within_step = False  # whether some chunks of a batch are done, and others are not
        self._gather(members)

    def _gather(self, members: Sequence[Member]) -> None:
        """Make the matrix of these runs: at the start, and again whenever some of them have ended."""
        self.members = list(members)
        if not members:
            return
        architecture, training = members[0].architecture, members[0].training
        self.stepper = Stepper(
            architecture,
            torch.stack([member.row for member in members]),
            [member.settings for member in members],
            [member.optimizer_state for member in members],
        )
        self.take_step = fastest_step(self.stepper)
        self.best = torch.stack([member.best_row for member in members])
        self.good = torch.stack([member.good_row for member in members])
        self.metrics = [Metrics()] * len(members)
        self.edited = any(member.edits for member in members)
        masks = Masks(
            [layer.units for layer in architecture.dropouts],
            [member.rates for member in members],
            [member.masks for member in members],
        )
        batch = None if training.batch_size == "all" else training.batch_size
        self.batches = Batches(self.parts.train, batch, [member.order for member in members], masks)

    @property
    def threads(self) -> int:
        """How many threads a step is worth.

        Where threads have to wait for each other, as beside a window that draws, a small step on two of them takes a
        hundred times as long as on one: measured, 2 µs against up to 20 ms for Adam's kernel on 105 weights.
        """
        parameters = self.members[0].architecture.parameters
        return 1 if 6 * parameters * self.batches.size * len(self.members) < _SMALL else _THREADS

    # -- what the loop drives ------------------------------------------------------------------------------------

    def begun(self) -> Events:
        """Tell that the runs have begun."""
        samples, steps = len(self.parts.train), self.batches.steps
        return tuple(member.begun(samples, steps, self.reason) for member in self.members)

    def begin(self) -> Work:
        """Measure the start weights; end the runs that have no epoch left."""
        yield from self._evaluate()
        if self.step == 0:
            self._tell_epoch()
        yield from self._part()
        yield from self.rest()

    def train_epoch(self) -> Work:
        """Train one epoch, or the rest of one that was interrupted; evaluate; end the runs that are then over."""
        for member in self.members:
            member.begin_epoch(self.epoch)
        self.stepper.read_settings()
        skip = self.step_in_epoch
        final = self.batches.blocks[-1]
        clock = perf_counter()
        for gathered in self.batches.epoch():
            block = gathered.block
            start = min(skip, block.count)
            skip -= start if block.last else 0
            first_step = self.step + 1
            outputs: list[Tensor] = []
            for piece in range(start, block.count):
                if self.edited:
                    self._act_edits()
                before = None if self.followed is None else self.stepper.theta.clone()
                outputs.append(self.take_step(gathered.x[piece], gathered.t[piece], gathered.masks[piece], block))
                self.within_step = not block.last
                if block.last:
                    self.step += 1
                    self.step_in_epoch += 1
                    if before is not None:
                        self._tell_step(before, gathered, piece)
                if block is final and piece == block.count - 1:
                    break  # the evaluation rides on this step's yield
                self.seconds += perf_counter() - clock
                events, self.pending = (tuple(self.pending), []) if self.pending else (NOTHING, self.pending)
                order = yield events
                if order is not None:
                    # A run that has diverged is neither saved nor interrupted.
                    self._watch(outputs, gathered.t[start : piece + 1], first_step)
                    yield from self.obey(order)
                    gathered.mask()
                clock = perf_counter()
            self._watch(outputs, gathered.t[start:], first_step)
            if all(member.diverged_at is not None for member in self.members):
                break
        self.seconds += perf_counter() - clock
        yield from self._evaluate()
        if self._freeze_diverged():
            yield from self._evaluate()
        self.epoch += 1
        self.step_in_epoch = 0
        for member in self.members:
            member.remember_generators()
        self._judge()
        self._tell_epoch()
        yield from self._part()
        yield from self.rest()

    def interrupt(self) -> Work:
        """End every run where it stands."""
        yield from self._evaluate()
        if self._freeze_diverged():
            yield from self._evaluate()
        yield from self._finish(
            {
                place: "interrupted" if member.diverged_at is None else "diverged"
                for place, member in enumerate(self.members)
            }
        )
        yield from self.rest()

    def rest(self) -> Work:
        """Yield what has happened, and obey."""
        events, self.pending = tuple(self.pending), []
        order = yield events
        if order is not None:
            yield from self.obey(order)

    def change(self, order: Change) -> Events:
        """Set a setting of one run or of all, from the next step on."""
        events: list[Event] = []
        for member in self.members:
            if order.run is None or order.run == member.index:
                old = member.change(order.path, order.value)
                if old != order.value:
                    events.append(Changed(member.index, self.step, order.path, old, order.value))
        if events:
            self.stepper.read_settings()
        return tuple(events)

    def edit(self, order: SetWeight) -> Events:
        """Set a weight of one run or of all, from the next step on."""
        self.edited = True
        step = self.step + self.within_step
        return tuple(
            member.edit(order, row, step)
            for member, row in zip(self.members, self.stepper.theta if self.members else (), strict=True)
            if order.run is None or order.run == member.index
        )

    def save(self) -> Events:
        """Return the state of every run that still learns."""
        return tuple(
            Saved(member.index, self._state(place))
            for place, member in enumerate(self.members)
            if member.diverged_at is None
        )

    def look(self, run: int | None) -> Events:
        """Return the weights of every run as they are now, or of one."""
        return tuple(
            Looked(member.index, self.epoch, self.step, copied(member.edits.laid_over(row)))
            for member, row in zip(self.members, self.stepper.theta if self.members else (), strict=True)
            if run is None or run == member.index
        )

    def _tell_step(self, before: Tensor, gathered: Gathered, piece: int) -> None:
        parts = gathered.x[piece], gathered.t[piece], *gathered.masks[piece]
        for place, member in enumerate(self.members):
            if member.index == self.followed:
                rows = before[place], self.stepper.theta[place]
                self.pending.append(stepped(member, self.epoch, self.step, rows, [part[place] for part in parts]))

    def _act_edits(self) -> None:
        """Set the weights that were set by hand and have waited for this step."""
        for row, member in zip(self.stepper.theta, self.members, strict=True):
            member.by_hand |= member.edits.act(row, self.step)
        self.edited = any(member.edits for member in self.members)

    def _state(self, place: int) -> State:
        self._write_back(place)
        return self.members[place].save()

    def _write_back(self, place: int) -> None:
        """Bring a run up to date with the matrix, so that it can be saved or moved to another one."""
        member = self.members[place]
        member.row, member.good_row = self.stepper.theta[place].clone(), self.good[place].clone()
        member.best_row = self.best[place].clone()
        member.optimizer_state = self.stepper.optimizer_state(place)
        member.epoch, member.step, member.step_in_epoch = self.epoch, self.step, self.step_in_epoch
        member.seconds = self.seconds

    # -- what follows from steps and epochs ----------------------------------------------------------------------

    def _watch(self, outputs: Sequence[Tensor], t: Sequence[Tensor], first_step: int) -> None:
        """Look at the losses of these steps; freeze the runs whose loss is no longer finite at their last good row."""
        if not outputs:
            return
        passes = self.stepper.passes
        losses = passes.loss.terms(passes.scored(torch.stack(tuple(outputs))), torch.stack(tuple(t))).mean(-1)
        bad = ~losses.isfinite()  # (steps, K)
        if bool(bad.any()):
            for place, member in enumerate(self.members):
                if member.diverged_at is None and bool(bad[:, place].any()):
                    self._diverge(place, first_step + int(bad[:, place].int().argmax()))

    def _freeze_diverged(self) -> bool:
        """Freeze the runs whose weights or loss are no longer finite; return whether there are any such now."""
        finite = self.stepper.theta.isfinite().all(1).tolist()
        found = [
            place
            for place, (member, metrics) in enumerate(zip(self.members, self.metrics, strict=True))
            if member.diverged_at is None and not (finite[place] and math.isfinite(metrics.train_loss or 0.0))
        ]
        for place in found:
            self._diverge(place, self.step)
        return bool(found)

    def _diverge(self, place: int, step: int) -> None:
        self.members[place].diverged_at, self.members[place].edits = step, Edits()
        self.stepper.freeze(place, self.good[place])

    def _evaluate(self) -> Work:
        """Measure the rows as they are on the training sample and the validation part."""
        theta = self.stepper.theta
        train = yield from self._measure(theta, self.parts.sample)
        validation = yield from self._measure(theta, self.parts.validation)
        self.metrics = [metrics_of(place, train, validation, None) for place in range(len(self.members))]

    def _judge(self) -> None:
        """Take the metrics of an epoch: find what has improved, and keep the best rows."""
        improved = [
            member.diverged_at is None and member.look(metrics, self.epoch)
            for member, metrics in zip(self.members, self.metrics, strict=True)
        ]
        theta = self.stepper.theta
        if any(improved):
            self.best = torch.where(torch.tensor(improved, device=theta.device).unsqueeze(1), theta, self.best)
        self.good = theta.clone()

    def _tell_epoch(self) -> None:
        stepper = self.stepper
        costs = [0.0] * len(self.members)
        if stepper.has_l1 or stepper.has_l2:
            costs = penalty(stepper.theta, stepper.weights, stepper.l1, stepper.l2).tolist()
        rows = stepper.theta.cpu() if carries_row(self.epoch, self.capacity) else None
        for place, member in enumerate(self.members):
            if member.diverged_at is None:
                self.pending.append(
                    EpochDone(
                        member.index,
                        self.epoch,
                        self.step,
                        self.metrics[place],
                        costs[place],
                        member.settings.learning_rate,
                        member.cuts,
                        member.best.waited,
                        None if rows is None else copied(rows[place]),
                        self.seconds,
                    )
                )

    def _part(self) -> Work:
        """End the runs that are over, and go on with a matrix of the others."""
        outcomes: dict[int, Outcome] = {}
        for place, member in enumerate(self.members):
            if member.diverged_at is not None:
                outcomes[place] = "diverged"
            elif member.stops_early:
                outcomes[place] = "early stopping"
            elif self.epoch >= member.training.epochs:
                outcomes[place] = "epochs"
        if outcomes:
            yield from self._finish(outcomes)

    def _finish(self, outcomes: dict[int, Outcome]) -> Work:
        """Measure what the runs at these places keep, tell their end, and take them out."""
        for place in range(len(self.members)):
            self._write_back(place)
        ending = [self.members[place] for place in outcomes]
        kept = torch.stack([member.best_row if member.restores else member.row for member in ending])
        train = yield from self._measure(kept, self.parts.train)
        validation = yield from self._measure(kept, self.parts.validation)
        test = yield from self._measure(kept, self.parts.test)
        for at, (place, outcome) in enumerate(outcomes.items()):
            member = self.members[place]
            self.pending.append(
                Ended(
                    run=member.index,
                    outcome=outcome,
                    message=member.message(outcome),
                    epoch=self.epoch,
                    step=self.step if member.diverged_at is None else member.diverged_at,
                    best_epoch=member.best.best_epoch,
                    seconds=self.seconds,
                    metrics=metrics_of(at, train, validation, test),
                    last=self.metrics[place],
                    row=copied(kept[at]),
                    best_row=copied(member.best_row),
                    last_row=copied(member.row),
                    state=None if outcome == "diverged" else member.save(),
                )
            )
        self._gather([member for place, member in enumerate(self.members) if place not in outcomes])

    def _measure(self, theta: Tensor, samples: Samples) -> Generator[Events, Order | None, Measured]:
        """Return loss and accuracy of rows (K, P) on all samples, a chunk at a time; None where there are none."""
        count = len(samples)
        if not count:
            return None
        architecture = self.members[0].architecture
        groups = row_groups(theta, architecture)
        passes = self.stepper.passes
        loss = right = torch.zeros(len(theta), dtype=theta.dtype, device=theta.device)
        for start in range(0, count, CHUNK):
            if start:
                yield from self.rest()
            clock = perf_counter()
            x, t = samples.between(start, min(start + CHUNK, count))
            chunk = [totals(passes, network, x, t) for network in groups]
            loss = loss + torch.cat([part[0] for part in chunk])
            right = right + torch.cat([part[1] for part in chunk])
            self.seconds += perf_counter() - clock
        losses = (loss / count).tolist()
        if architecture.head.target == "value":
            return losses, None
        return losses, (right / count).tolist()
