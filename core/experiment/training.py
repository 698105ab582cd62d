"""The settings of training: loss, optimizer, batches, penalty, early stopping, schedule, seed."""

from typing import Annotated, Literal

from core.choices.datasets import Seed
from core.choices.fields import Frozen, Kinds, OneOf, Real, Tagged, Whole, setting
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS, Adam, OptimizerSettings
from core.choices.schedules import SCHEDULES, Constant, Monitor

DEVICES = {"auto": "Automatic", "cpu": "CPU", "cuda": "GPU (CUDA)", "mps": "GPU (Apple)"}
Strength = Annotated[float, Real(0, 100, log=True)]


class Penalty(Frozen):
    """The penalty on the weights (never on biases) that is added to the loss."""

    l1: Strength = setting(0.0, "L1", "Pulls weights to exactly 0.", "λ₁·Σ|w|")
    l2: Strength = setting(0.0, "L2", "Keeps weights small.", "λ₂·Σw²")


class EarlyStopping(Frozen):
    """Stop once the monitor has not improved for ``patience`` epochs."""

    monitor: Monitor = setting("validation_loss", "Monitor", "What must get better.")
    patience: Annotated[int, Whole(1, 100_000)] = setting(
        5, "Patience", "Epochs without an improvement before training stops."
    )
    min_delta: Annotated[float, Real(0, 1e6)] = setting(0.0, "Min delta", "What counts as an improvement.")
    restore_best: bool = setting(True, "Restore best", "Go back to the weights of the best epoch at the end.")


class Training(Frozen):
    """How the network is trained."""

    loss: Annotated[str, OneOf(LOSSES)] = setting("binary_cross_entropy", "Loss", "What training makes small.", "J")
    optimizer: Annotated[OptimizerSettings, Kinds(OPTIMIZERS)] = setting(
        Adam(learning_rate=0.01), "Optimizer", "How a gradient becomes a step."
    )
    batch_size: Annotated[int | Literal["all"], Whole(1, 1_000_000, word="all")] = setting(
        10, "Batch size", "How many samples are looked at before each step.", "∂J/∂w ≈ 1/B Σ ∂Jᵢ/∂w"
    )
    epochs: Annotated[int, Whole(1, 1_000_000)] = setting(200, "Epochs", "How often all samples are gone through.")
    penalty: Penalty = setting(Penalty(), "Penalty", "What large weights cost.")
    early_stopping: EarlyStopping | None = setting(None, "Early stopping", "Stops before over-fitting sets in.")
    schedule: Annotated[Tagged, Kinds(SCHEDULES)] = setting(
        Constant(), "Schedule", "How the learning rate changes from epoch to epoch."
    )
    clip: Annotated[float, Real(0, 1e6, above=True, log=True)] | None = setting(
        None, "Gradient clipping", "The longest that a gradient may be; longer ones are shortened.", "g ← g·c/‖g‖"
    )
    seed: Seed = setting(0, "Seed", "The same seed gives the same start weights, batches and dropout masks.")
    device: Annotated[str, OneOf(DEVICES)] = setting("auto", "Device", "Where it computes: automatic takes the faster.")
