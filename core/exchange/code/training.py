"""The training loop in the script, written out as in the lecture's labs, with the lines that the settings need."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import torch

from core.choices.datasets import Facts
from core.choices.optimizers import OPTIMIZERS, AdamW, OptimizerSettings, torch_arguments
from core.choices.schedules import SCHEDULES, Plateau
from core.exchange.code.loss import has_accuracy
from core.exchange.code.text import Lines, call, indented
from core.experiment.architecture import Architecture
from core.experiment.experiment import Experiment
from core.training.rows import generator
from core.training.stopping import larger_is_better


def product(a: float, b: float) -> str:
    """Return a·b as code, without the last digits that come of rounding: 1e-07, not 1.0000000000000001e-07."""
    return repr(float(f"{a * b:.15g}"))


# Arguments of the torch class that a schedule's row names; None where the settings leave the rate as it is.
SCHEDULE_ARGUMENTS: Mapping[str, Callable[[Any, float, int], list[str] | None]] = {
    "none": lambda settings, rate, epochs: None,
    # Torch cuts once more than ``patience`` epochs have brought no improvement.
    "plateau": lambda settings, rate, epochs: [
        f'mode="{"max" if larger_is_better(settings.monitor) else "min"}"',
        f"factor={settings.factor!r}",
        f"patience={settings.patience - 1}",
        f"threshold={settings.min_delta!r}",
        'threshold_mode="abs"',
        f"min_lr={product(rate, settings.min_factor)}",
        "eps=0",
    ],
    "step": lambda settings, rate, epochs: [f"step_size={settings.every}", f"gamma={settings.factor!r}"],
    "cosine": lambda settings, rate, epochs: [f"T_max={epochs}", f"eta_min={product(rate, settings.last)}"],
    "exponential": lambda settings, rate, epochs: [f"gamma={settings.factor!r}"],
    "warm_up": lambda settings, rate, epochs: (
        [f"start_factor={1 / settings.epochs!r}", f"total_iters={settings.epochs - 1}"] if settings.epochs > 1 else None
    ),
}


def train(experiment: Experiment, architecture: Architecture, facts: Facts) -> Lines:
    """Return the function with the training loop."""
    validates = experiment.data.validation > 0
    loads = ['x, y = prepare(data["x_train"]), target(data["y_train"])']
    if validates:
        loads += [
            'x_validation = prepare(data["x_validation"])',
            'y_validation = target(data["y_validation"])',
        ]
    stopping = experiment.training.early_stopping
    restore = stopping is not None and stopping.restore_best
    return [
        "def train(data):",
        '    """Train a new network on raw samples and their labels, and return it."""',
        *indented(loads),
        *indented(_set_up(experiment, architecture)),
        "",
        f"    for epoch in range(1, {experiment.training.epochs + 1}):",
        *indented(_epoch(experiment), 2),
        "",
        *indented(_told(architecture, validates), 2),
        *indented(_after_epoch(experiment), 2),
        "",
        *indented(["model.load_state_dict(best_weights)"] if restore else []),
        *indented(_tested(architecture) if has_test(experiment, facts) else []),
        "    return model",
    ]


def _set_up(experiment: Experiment, architecture: Architecture) -> Lines:
    training = experiment.training
    lines = ["model = start()", *_optimizer(training.optimizer), *_scheduler(experiment)]
    if training.batch_size != "all":
        seed = generator(training.seed, "order").initial_seed()
        lines.append(f"order = torch.Generator().manual_seed({seed})  # of the batches")
    if any(layer.rate for layer in architecture.dropouts):
        lines.append(f"torch.manual_seed({training.seed})  # of the dropout, whose masks are not Downhill's")
    if training.penalty.l1 or training.penalty.l2:
        lines.append("weights = [layer.weight for layer in model if isinstance(layer, nn.Linear)]")
    if training.early_stopping:
        worst = 'float("-inf")' if larger_is_better(training.early_stopping.monitor) else 'float("inf")'
        lines.append(f"best, best_epoch = {worst}, 0")
        if training.early_stopping.restore_best:
            lines.append("best_weights = copy.deepcopy(model.state_dict())")
    return lines


def _optimizer(settings: OptimizerSettings) -> Lines:
    """Return the optimizer, with the settings in which it differs from torch's own defaults."""
    row = OPTIMIZERS[settings.kind]
    values = torch_arguments(settings)
    if isinstance(settings, AdamW):
        values["weight_decay"] = settings.weight_decay
    defaults = inspect.signature(getattr(torch.optim, row.torch)).parameters
    own = [f"{name}={value!r}" for name, value in values.items() if value != defaults[name].default]
    return call(
        f"optimizer = torch.optim.{row.torch}", ["model.parameters()", f"lr={settings.learning_rate!r}", *own], depth=1
    )


def _scheduler(experiment: Experiment) -> Lines:
    training = experiment.training
    schedule, row = training.schedule, SCHEDULES[training.schedule.kind]
    arguments = SCHEDULE_ARGUMENTS[row.tag](schedule, training.optimizer.learning_rate, training.epochs)
    if arguments is None:
        return []
    lines = call(f"scheduler = torch.optim.lr_scheduler.{row.torch}", ["optimizer", *arguments], depth=1)
    if isinstance(schedule, Plateau):
        epochs = f"{schedule.patience} epoch{'s' if schedule.patience > 1 else ''}"
        lines.insert(0, f"# Torch counts the patience from 0: this cuts after {epochs} without an improvement.")
    return lines


def _epoch(experiment: Experiment) -> Lines:
    training = experiment.training
    whole = training.batch_size == "all"
    penalty = training.penalty
    step = [
        "loss = loss_function(model(x), y)" if whole else "loss = loss_function(model(x[batch]), y[batch])",
        *([f"loss = loss + {penalty.l1!r} * sum(w.abs().sum() for w in weights)"] if penalty.l1 else []),
        *([f"loss = loss + {penalty.l2!r} * sum(w.square().sum() for w in weights)"] if penalty.l2 else []),
        "optimizer.zero_grad()",
        "loss.backward()",
        *([f"nn.utils.clip_grad_norm_(model.parameters(), {training.clip!r})"] if training.clip else []),
        "optimizer.step()",
    ]
    if whole:
        return ["model.train()", *step]
    batches = f"for batch in torch.randperm(len(x), generator=order).split({training.batch_size}):"
    return ["model.train()", batches, *indented(step)]


def has_test(experiment: Experiment, facts: Facts) -> bool:
    """Tell whether there are test data."""
    return experiment.data.test > 0 or facts.own_test > 0


def _told(architecture: Architecture, validates: bool) -> Lines:
    """Measure the epoch and print what was measured."""
    parts = [("train", "training", "x, y"), ("validation", "validation", "x_validation, y_validation")]
    lines: Lines = []
    told = []
    for name, word, arguments in parts[: 2 if validates else 1]:
        results = f"{name}_loss, {name}_accuracy" if has_accuracy(architecture) else f"{name}_loss"
        lines += call(f"{results} = measure", ["model", *arguments.split(", ")], depth=2)
        accuracy = f", accuracy {{{name}_accuracy:.1%}}" if has_accuracy(architecture) else ""
        told.append(f"{word} loss {{{name}_loss:.4g}}{accuracy}")
    if len(told) == 1:
        return [*lines, f'print(f"epoch {{epoch}}: {told[0]}")']
    return [*lines, "print(", f'    f"epoch {{epoch}}: {told[0]}, "', f'    f"{told[1]}"', ")"]


def _after_epoch(experiment: Experiment) -> Lines:
    """Return what follows the measuring: the schedule, the best weights, early stopping."""
    training = experiment.training
    lines: Lines = []
    if _scheduler(experiment):
        plateau = training.schedule.monitor if isinstance(training.schedule, Plateau) else ""
        lines.append(f"scheduler.step({plateau})")
    stopping = training.early_stopping
    if stopping is None:
        return lines
    monitor = stopping.monitor
    better, margin = (">", "+") if larger_is_better(monitor) else ("<", "-")
    keep = ["best_weights = copy.deepcopy(model.state_dict())"] if stopping.restore_best else []
    bound = f"best {margin} {stopping.min_delta!r}" if stopping.min_delta else "best"
    return [
        *lines,
        f"if {monitor} {better} {bound}:",
        *indented([f"best, best_epoch = {monitor}, epoch", *keep]),
        f"elif epoch - best_epoch >= {stopping.patience}:",
        "    break",
    ]


def _tested(architecture: Architecture) -> Lines:
    known = has_accuracy(architecture)
    return [
        'x_test, y_test = prepare(data["x_test"]), target(data["y_test"])',
        f"test_loss{', test_accuracy' if known else ''} = measure(model, x_test, y_test)",
        f'print(f"test loss {{test_loss:.4g}}{", accuracy {test_accuracy:.1%}" if known else ""}")',
    ]
