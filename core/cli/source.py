"""What a command is told to work on: a file, or an example by its name."""

import json
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from core.choices.fields import Mistake
from core.experiment.examples import example_names, read_example
from core.experiment.experiment import Experiment, read_experiment
from core.runs.record import Record

HELP = "a .downhill file, a .json file of an experiment, or the name of an example"


@dataclass(frozen=True)
class Source:
    """An experiment with the records of its runs so far; name: for files that are made from it."""

    name: str
    experiment: Experiment
    records: tuple[Record, ...] = ()


def read_source(text: str) -> Source:
    """Return what a FILE or NAME stands for; raises Mistake if there is no such thing or it cannot be read."""
    path = Path(text)
    if text in example_names():
        return Source(text, read_example(text))
    if path.is_file():
        if path.suffix.lower() == ".json":
            return Source(path.stem, _read_json(path))
        from core.project.archive import load

        project = load(path)
        return Source(path.stem, project.experiment, project.records)
    if path.suffix or path.name != text:
        raise Mistake(f"{text}: there is no such file")
    raise unknown_example(text)


def unknown_example(name: str) -> Mistake:
    """Return the Mistake that there is no example of this name, with the names that are near."""
    near = get_close_matches(name, example_names(), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(example_names())}"
    return Mistake(f'there is no file or example "{name}"; {hint}')


def _read_json(path: Path) -> Experiment:
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # not JSON, or not UTF-8
        raise Mistake(f"{path}: expected an experiment in JSON: {error}") from None
    try:
        return read_experiment(plain)
    except Mistake as mistake:
        raise Mistake(f"{path}: {mistake}") from None
