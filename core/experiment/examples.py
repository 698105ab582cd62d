"""The ready-made experiments that come with the program: one JSON file each, of what differs from the defaults."""

import json

from core.choices.fields import Mistake
from core.experiment.experiment import Experiment, read_experiment
from core.resources import RESOURCES

FOLDER = RESOURCES / "examples"


def example_names() -> tuple[str, ...]:
    """Return the names of all examples, in the order of the alphabet."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.json")))


def read_example(name: str) -> Experiment:
    """Return an example; raises Mistake if there is none of this name."""
    if name not in example_names():
        raise Mistake(f'expected the name of an example, one of {", ".join(example_names())}, got "{name}"')
    return read_experiment(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))
