"""Settings given on the command line: ``--set path=value``, and options that are short for one."""

import argparse
import json
from collections.abc import Mapping
from typing import Any

from core.choices.fields import Mistake
from core.experiment.experiment import Experiment
from core.experiment.training import DEVICES
from core.experiment.variants import Variant, override

SHORT = {"epochs": "training.epochs", "seed": "training.seed"}


def parse(text: str) -> tuple[str, Any]:
    """Return path and value of "path=value"; the value is JSON, or else a word. For argparse."""
    path, equals, value = text.partition("=")
    if not equals or not path:
        raise argparse.ArgumentTypeError(f'expected path=value, such as training.epochs=50, got "{text}"')
    try:
        return path, json.loads(value)
    except (ValueError, RecursionError):
        return path, value


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser about --set and the options that are short for it."""
    parser.add_argument(
        "--set",
        dest="settings",
        metavar="PATH=VALUE",
        type=parse,
        action="append",
        default=[],
        help="change a setting, such as network.dropout=0.5 or training.optimizer=sgd; may be given several times",
    )
    parser.add_argument("--epochs", type=int, metavar="N", help="short for --set training.epochs=N")
    parser.add_argument("--seed", type=int, metavar="N", help="short for --set training.seed=N")
    parser.add_argument("--device", metavar="NAME", choices=tuple(DEVICES), help=f"for this time: {', '.join(DEVICES)}")


def given(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the settings by path; where one is given twice, the last counts."""
    short = {path: getattr(arguments, option) for option, path in SHORT.items()}
    return dict(arguments.settings) | {path: value for path, value in short.items() if value is not None}


def changed(experiment: Experiment, settings: Mapping[str, Any]) -> Experiment:
    """Return the experiment with these settings; raises Mistake for one that cannot be or would have no effect."""
    if not settings:
        return experiment
    new = override(experiment, settings)
    for path in settings:
        if experiment.variants and all(_sets(variant, path) for variant in experiment.variants):
            names = ", ".join(variant.name for variant in experiment.variants)
            raise Mistake(f"{path}: has no effect here, since every variant sets it itself: {names}")
    return new


def _sets(variant: Variant, path: str) -> bool:
    return any(path == own or path.startswith((f"{own}.", f"{own}[")) for own in variant.settings)
