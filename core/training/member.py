"""One run on its way through training: its settings as they are now, its generators, its position."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.choices.fields import Mistake
from core.choices.schedules import SCHEDULES, Plateau
from core.experiment.architecture import Architecture
from core.experiment.training import Training
from core.experiment.variants import Run
from core.training.edits import Edits
from core.training.events import Begun, Edited, Metrics, Outcome, Refused, Row, SetWeight, State, Stepped
from core.training.keeping import best_monitor
from core.training.rows import generator, start_row
from core.training.step import RowSettings
from core.training.stopping import Patience, larger_is_better


def copied(row: Tensor) -> Row:
    """Return a read-only copy of a row that may leave the worker."""
    array: Row = row.detach().cpu().numpy().copy()
    array.flags.writeable = False
    return array


def monitored(metrics: Metrics, monitor: str) -> float:
    """Return the value of a monitor, NaN where it does not exist."""
    value = getattr(metrics, monitor)
    return math.nan if value is None else value


@dataclass
class Member:
    """A run of a matrix. Its rows (P,) are current at the start and once written back.

    row: as it is; best_row: of the best epoch; good_row: of the last epoch done, to fall back on if it diverges.
    order and masks: generators; order_start and masks_start: their states at the start of the epoch.
    step_in_epoch: steps done of the epoch that has begun. rates: of each dropout layer, shared with the masks.
    edits: weights set by hand that wait for their step; by_hand: whether any has acted in this epoch.
    """

    index: int
    run: Run
    architecture: Architecture
    device: str
    settings: RowSettings
    base_rate: float
    rates: list[float]
    order: torch.Generator
    masks: torch.Generator
    row: Tensor
    best_row: Tensor
    good_row: Tensor
    optimizer_state: dict[str, Tensor]
    best: Patience  # which early stopping watches too
    plateau: Patience | None
    cuts: int = 0
    epoch: int = 0
    step: int = 0
    step_in_epoch: int = 0
    seconds: float = 0.0
    factor: float = 1.0  # of the schedule, in this epoch
    diverged_at: int | None = None
    edits: Edits = field(default_factory=Edits)
    by_hand: bool = False
    order_start: Tensor = field(default_factory=lambda: torch.empty(0))
    masks_start: Tensor = field(default_factory=lambda: torch.empty(0))

    @property
    def training(self) -> Training:
        """The training settings of the experiment."""
        return self.run.experiment.training

    @property
    def restores(self) -> bool:
        """Whether the run keeps its best row rather than its last."""
        return self.training.early_stopping is not None and self.training.early_stopping.restore_best

    def remember_generators(self) -> None:
        """Note where the generators stand: at the start of an epoch, from which a state goes on."""
        self.order_start, self.masks_start = self.order.get_state(), self.masks.get_state()

    def begin_epoch(self, epoch: int) -> None:
        """Set the learning rate of an epoch, counted from 0."""
        schedule = self.training.schedule
        self.factor = SCHEDULES[schedule.kind].factor(schedule, epoch, self.training.epochs, self.cuts)
        self.settings.learning_rate = self.base_rate * self.factor
        self.by_hand = False

    def begun(self, samples: int, steps: int, reason: str) -> Begun:
        """Tell that the run begins, or goes on; steps: of an epoch; reason: why this device."""
        parameters = self.architecture.parameters
        return Begun(self.index, self.epoch, parameters, samples, steps, self.device, reason, copied(self.row))

    def change(self, path: str, value: float) -> float:
        """Set a setting that may change while the run trains; return its old value."""
        if path == "network.dropout":
            old = next((rate for rate in self.rates if rate != value), value)
            self.rates[:] = [value] * len(self.rates)
        elif path == "training.penalty.l1":
            old, self.settings.l1 = self.settings.l1, value
        elif path == "training.penalty.l2":
            old, self.settings.l2 = self.settings.l2, value
        else:
            old, self.base_rate = self.base_rate, value
            self.settings.learning_rate = value * self.factor
        return old

    def edit(self, order: SetWeight, row: Tensor, step: int) -> Edited | Refused:
        """Let a weight wait to be set once ``step`` steps are done; row: the run's row (P,) as it is."""
        if self.diverged_at is not None:
            return Refused(self.index, f"{order.path}: the run has diverged, and its weights stay as they are")
        try:
            place = order.place(self.architecture)
        except Mistake as mistake:
            return Refused(self.index, str(mistake))
        old, new = self.edits.put(place, order.value, row, step)
        return Edited(self.index, step, order.layer, order.unit, order.source, old, new)

    def message(self, outcome: Outcome) -> str:
        """Say in a sentence why the run ended."""
        if outcome == "early stopping":
            return (
                f"No improvement for {self.best.waited} epochs: stopped after epoch {self.epoch}, "
                f"best epoch {self.best.best_epoch}."
            )
        if outcome == "diverged":
            kept = self.best.best_epoch if self.restores else max(self.epoch - 1, 0)
            why = f": learning rate {self.settings.learning_rate:g} is too high"
            if self.by_hand:
                why = ", after weights were set by hand"
            return (
                f"The loss became infinite or not a number at step {self.diverged_at}{why}. "
                f"The weights of epoch {kept} are kept."
            )
        if outcome == "interrupted":
            return f"Interrupted in epoch {self.epoch + 1}, after step {self.step}."
        return f"All {self.epoch} epochs are done."

    def look(self, metrics: Metrics, epoch: int) -> bool:
        """Take the metrics of an epoch that is done, counted from 1; return whether it is the best so far."""
        schedule = self.training.schedule
        if self.plateau is not None and isinstance(schedule, Plateau):
            self.plateau.look(monitored(metrics, schedule.monitor), epoch)
            if self.plateau.waited >= schedule.patience:
                self.cuts += 1
                self.plateau.waited = 0
        monitor = best_monitor(self.run.experiment)
        if self.training.early_stopping is None and metrics.validation_loss is None:
            monitor = "train_loss"  # a share of very few samples can be none at all
        return self.best.look(monitored(metrics, monitor), epoch)

    @property
    def stops_early(self) -> bool:
        """Whether early stopping has waited long enough."""
        stopping = self.training.early_stopping
        return stopping is not None and self.best.waited >= stopping.patience

    def save(self) -> State:
        """Return all that the run needs to go on exactly."""
        arrays: dict[str, Any] = {"row": copied(self.row), "best_row": copied(self.best_row)}
        if self.step_in_epoch:
            arrays["good_row"] = copied(self.good_row)
        generators = {"order": self.order_start, "masks": self.masks_start}
        arrays |= {f"generator.{name}": copied(value) for name, value in generators.items()}
        arrays |= {f"optimizer.{name}": copied(value) for name, value in self.optimizer_state.items()}
        values = {
            "epoch": self.epoch,
            "step": self.step,
            "step_in_epoch": self.step_in_epoch,
            "seconds": self.seconds,
            "optimizer": _optimizer(self),
            "best": self.best.plain(),
            "plateau": self.plateau and self.plateau.plain(),
            "cuts": self.cuts,
            "learning_rate": self.base_rate,
            "l1": self.settings.l1,
            "l2": self.settings.l2,
            "dropout": list(self.rates),
            "masks_device": self.masks.device.type,
        }
        if self.edits:
            values["edits"] = self.edits.plain()
        return State(arrays, values)


def stepped(member: Member, epoch: int, step: int, rows: tuple[Tensor, Tensor], batch: Sequence[Tensor]) -> Stepped:
    """Return a step in full. rows: before and after (P,); batch: x, t and the masks, each (B, …) of this run."""
    before, after = rows
    x, t, *masks = (copied(part) for part in batch)
    settings = member.settings
    return Stepped(
        member.index,
        epoch,
        step,
        settings.learning_rate,
        copied(before),
        copied(after),
        x,
        t,
        tuple(masks),
        settings.l1,
        settings.l2,
    )


def row_settings(training: Training) -> RowSettings:
    """Return what acts on a run's row at each step, as the experiment sets it."""
    optimizer, penalty = training.optimizer, training.penalty
    return RowSettings(optimizer, optimizer.learning_rate, penalty.l1, penalty.l2, training.clip)


def new_member(index: int, run: Run, architecture: Architecture, device: str, dtype: torch.dtype) -> Member:
    """Return a run at its start; raises Mistake where given start weights do not fit."""
    training = run.experiment.training
    row = _start(run, architecture, dtype).to(device)
    schedule = training.schedule
    member = Member(
        index=index,
        run=run,
        architecture=architecture,
        device=device,
        settings=row_settings(training),
        base_rate=training.optimizer.learning_rate,
        rates=[layer.rate for layer in architecture.dropouts],
        order=generator(training.seed, "order"),
        masks=generator(training.seed, "masks", device if device == "cuda" else "cpu"),
        row=row,
        best_row=row.clone(),
        good_row=row.clone(),
        optimizer_state={},
        best=Patience(),
        plateau=(
            Patience(schedule.min_delta, larger_is_better(schedule.monitor)) if isinstance(schedule, Plateau) else None
        ),
    )
    min_delta = 0.0 if training.early_stopping is None else training.early_stopping.min_delta
    member.best = Patience(min_delta, larger_is_better(best_monitor(run.experiment)))
    member.remember_generators()
    return member


def _start(run: Run, architecture: Architecture, dtype: torch.dtype) -> Tensor:
    if run.start is None:
        return start_row(architecture, run.experiment.training.seed, dtype)
    row = run.start.row
    if row.shape != (architecture.parameters,) or not np.isfinite(row).all():
        raise Mistake(
            f'run "{run.name}": expected {architecture.parameters} finite start weights, got an array of {row.shape}'
        )
    return torch.tensor(row, dtype=dtype)


def continued(member: Member, state: State, dtype: torch.dtype) -> Member:
    """Return the run, new, at the position of a state that it or its like has saved.

    With another optimizer, or other settings of it, the run goes on with a fresh one. Raises Mistake where the state is
    not one of this network: it may come from a file.
    """
    try:
        _take_over(member, state, dtype)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise Mistake(
            f'run "{member.run.name}": expected a state of this network to go on from, found another ({error}); '
            "train it from the start"
        ) from error
    member.remember_generators()
    return member


def _take_over(member: Member, state: State, dtype: torch.dtype) -> None:
    values = state.values
    parameters = member.architecture.parameters

    def tensor(name: str, sizes: tuple[tuple[int, ...], ...] = ((parameters,),)) -> Tensor:
        found = torch.tensor(np.asarray(state.arrays[name]))
        if tuple(found.shape) not in sizes:
            raise ValueError(f"{name} has the shape {tuple(found.shape)}")
        return found.to(member.device)

    member.row = tensor("row").to(dtype)
    member.best_row = tensor("best_row").to(dtype)
    member.good_row = tensor("good_row" if "good_row" in state.arrays else "row").to(dtype)
    if values["optimizer"] == _optimizer(member):
        names = [name for name in state.arrays if name.startswith("optimizer.")]
        member.optimizer_state = {name.removeprefix("optimizer."): tensor(name, ((), (parameters,))) for name in names}
    member.order.set_state(torch.tensor(state.arrays["generator.order"]))
    if values["masks_device"] == member.masks.device.type:  # another device has another sequence of numbers
        member.masks.set_state(torch.tensor(state.arrays["generator.masks"]))
    for name in ("epoch", "step", "step_in_epoch", "cuts"):
        if not isinstance(values[name], int) or values[name] < 0:
            raise ValueError(f"{name} is {values[name]!r}")
        setattr(member, name, values[name])
    member.seconds = float(values["seconds"])
    member.base_rate = float(values["learning_rate"])
    member.settings.l1, member.settings.l2 = float(values["l1"]), float(values["l2"])
    rates = [float(rate) for rate in values["dropout"]]
    if len(rates) != len(member.rates):
        raise ValueError(f"there are {len(rates)} dropout rates")
    member.rates[:] = rates
    member.edits = Edits.of(values.get("edits", ()), parameters)
    member.best = Patience(**values["best"])
    if member.plateau is not None and values["plateau"] is not None:
        member.plateau = Patience(**values["plateau"])


def _optimizer(member: Member) -> dict[str, Any]:
    """Return what must be equal for an optimizer to go on with what it remembers, as JSON values."""
    optimizer = member.training.optimizer
    return optimizer.model_dump(mode="json", exclude={"learning_rate", "weight_decay"})
