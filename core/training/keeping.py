"""What is kept of a run: the rule that thins its path, and what tells its best epoch.

Rows are kept at the epochs that a stride divides, a power of two that doubles whenever there would be more of them than
fit. Training follows the rule when it copies rows, the record when it drops them, so both agree without talking.
"""

from core.experiment.experiment import Experiment

# More moments than a slider has pixels serve nobody, however small the network.
_MOST_ROWS = 4096
_ROW_BYTES = 4


def capacity(parameters: int, runs: int, budget_bytes: int) -> int:
    """Return how many rows of ``parameters`` numbers each of ``runs`` runs may keep of its path: 2 to 4,096."""
    return min(_MOST_ROWS, max(2, budget_bytes // (runs * parameters * _ROW_BYTES)))


def stride(epochs: int, capacity: int) -> int:
    """Return the smallest power of two that divides at most ``capacity`` (at least 2) of the epochs 0 … ``epochs``."""
    step = 1
    while epochs // step >= capacity:
        step *= 2
    return step


def carries_row(epoch: int, capacity: int) -> bool:
    """Tell whether the row of an epoch that has just been done is to be kept; later ones may push it out."""
    return epoch % stride(epoch, capacity) == 0


def best_monitor(experiment: Experiment) -> str:
    """Return what tells the best epoch: early stopping's monitor, else the validation loss where there is one."""
    stopping = experiment.training.early_stopping
    if stopping is not None:
        return stopping.monitor
    return "validation_loss" if experiment.data.validation else "train_loss"
