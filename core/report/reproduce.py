"""The chapter on how to do it again: versions, seed and device, the command, the experiment, and a script."""

import json
from typing import Any

from pydantic import BaseModel

from core.exchange.code.program import program
from core.exchange.package import package
from core.exchange.script import subject
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.fairness import as_variants
from core.experiment.variants import Run
from core.report.blocks import Block, Code, Facts, Section, Text
from core.report.study import Study, watched_loss
from core.report.words import counted, moment, number
from core.resources import PROGRAM

_MOST_LETTERS = 20_000  # of an experiment that is printed
_FILE = "experiment.json"
_NAMES = {"downhill": "Downhill", "torch": "PyTorch", "numpy": "NumPy", "python": "Python"}


def chapter(study: Study) -> Section:
    """Return the chapter."""
    record = study.record
    versions = ", ".join(f"{_NAMES.get(name, name)} {found}" for name, found in record.versions.items() if found)
    facts = Facts(
        [
            ("Trained on", moment(record.started)),
            ("Device", record.device_reason or record.device),
            ("Versions", versions),
            ("Seed", f"{record.experiment.training.seed}: start weights, batches and dropout follow from it"),
        ]
    )
    blocks: list[Block] = [facts]
    blocks += _again(study)
    blocks.append(
        Text(
            "The script below is of the run that is told in full. It needs Python with torch and numpy, and not "
            f"Downhill. “{PROGRAM} export FILE.downhill --to python -o model.py” writes it with the weights, so that "
            "it predicts as the network of this report; “--to csv -o model.csv” writes the data that it trains on."
        )
    )
    blocks.append(Code(_script(study), "model.py"))
    return Section("again", "How to do it again", blocks)


def _again(study: Study) -> list[Block]:
    experiment = _experiment(study)
    text = json.dumps(shortened(experiment), indent=2, ensure_ascii=False)
    several = f" all {counted(len(study.records), 'run')}" if study.several else ""
    loss = number(watched_loss(study.record)) if study.record.outcome != "diverged" else ""
    same = f" The loss of the run “{study.record.name}” on {_watched(study)} is then {loss}." if loss else ""
    after = []
    if any(record.interventions for record in study.records):
        after.append("what was changed by hand while it trained is not done again")
    if any(record.origin is not None for record in study.records):
        after.append("start weights that came from another run are drawn from the seed instead")
    if any(record.outcome in ("interrupted", None) for record in study.records):
        after.append("a run that was stopped by hand is trained to its end")
    if after:
        same = f" It will not be quite the same: {'; '.join(after)}."
    if len(text) > _MOST_LETTERS:
        how = (
            "The experiment is too long to be printed, for the data are in it: train the .downhill file of this "
            f"report anew.{same}"
        )
        return [Text(how), Code(f"{PROGRAM} train FILE.downhill --save again.downhill")]
    how = f"Save the lines below as {_FILE}; the command trains{several or ' the run'} anew.{same}"
    exact = "On the same kind of device with the same versions the numbers are the same to rounding."
    command = Code(f"{PROGRAM} train {_FILE} --save again.downhill")
    return [Text(f"{how} {exact}" if not after else how), command, Code(text, _FILE)]


def _watched(study: Study) -> str:
    return "the validation samples" if len(study.dataset.validation) else "the training samples"


def _experiment(study: Study) -> Experiment:
    """Return the experiment that trains all runs."""
    if study.several:
        runs = []
        names: set[str] = set()
        for place, record in enumerate(study.records, 1):
            name = record.name if record.name not in names else f"{record.name[:70]} ({place})"
            names.add(name)
            runs.append(Run(name, record.experiment))
        experiment = as_variants(runs)
    else:
        experiment = study.record.experiment
    return experiment.model_copy(update={"name": study.title, "canvas": {}})


def shortened(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as JSON, without settings that are as they would be anyway."""
    short: dict[str, Any] = _unlike_defaults(experiment)
    return short if read_experiment(short) == experiment else experiment.model_dump(mode="json")


def _unlike_defaults(model: BaseModel) -> dict[str, Any]:
    plain = {}
    for name, info in type(model).model_fields.items():
        value = getattr(model, name)
        if name == "kind" or value not in (info.default, {}):
            plain[name] = _plain(value)
    return plain


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return _unlike_defaults(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _script(study: Study) -> str:
    return program(subject(package(study.record, study.kept.moment, study.dataset), "model")).text
