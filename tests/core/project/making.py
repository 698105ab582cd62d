"""Projects to be saved, and archives to be tampered with."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Origin, Run, Start, expand
from core.project.archive import Project, load, save
from core.project.schema import take_apart
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Begun, Changed, Edited, Ended, EpochDone, Metrics, State

PNG = b"\x89PNG\r\n\x1a\n picture"
PARAMETERS = 17


def a_record(run: Run, place: int = 0, dtype: type[np.floating] = np.float32) -> Record:
    """Return a record with one of everything; runs at even places can go on, the others have diverged."""
    random = np.random.default_rng(place)
    rows = random.normal(size=(4, PARAMETERS)).astype(dtype)
    rows[1, :3] = [np.nan, -0.0, np.inf]
    losses = [Metrics(0.1 * epoch + 0.2, 1 / (1 + epoch), train_accuracy=0.5) for epoch in range(3)]
    diverged = place % 2 == 1
    optimizer = {"optimizer.exp_avg": rows[2], "optimizer.step": np.array(3.0, np.float32)}
    generators = {"generator.order": random.integers(0, 256, 64).astype(np.uint8)}
    values = {"epoch": 2, "cuts": 0, "dropout": [0.1, 0.25], "stopping": None, "best": {"best": 1 / 3, "worst": np.inf}}
    origin = Origin("Run 1", 40) if place % 2 else Origin("net.onnx", None, file=True)
    recorder = Recorder([replace(run, start=Start(rows[0], origin))] if place else [run])
    recorder.take((Begun(0, 0, PARAMETERS, 400, 10, "cpu", "small networks", rows[0]),))
    recorder.take(EpochDone(0, i, 10 * i, losses[i], 0.01, 1e-3 / 3, 0, 0, rows[i]) for i in range(3))
    recorder.take((Changed(0, 12, "training.optimizer.learning_rate", 0.01, 1 / 7),))
    recorder.take((Edited(0, 14, "a [1].w", 3, 1, 0.1, -2.5), Edited(0, 14, "output", 0, None, 1 / 3, 0.0)))
    recorder.take(
        (
            Ended(
                run=0,
                outcome="diverged" if diverged else "epochs",
                message="It is over – “done”.",
                epoch=2,
                step=20,
                best_epoch=1,
                seconds=0.1 + 0.2,
                metrics=losses[1],
                last=Metrics(np.nan, np.inf, -np.inf) if diverged else losses[2],
                row=rows[1],
                best_row=rows[1],
                last_row=rows[2],
                state=None if diverged else State(generators | optimizer | {"row": rows[2]}, values),
            ),
        )
    )
    return recorder.record(0)


GIVEN = {"kind": "given", "weights": [[1, 2], [0.1, -1 / 3], [0, 0]], "biases": [0, 1, 2]}
VARIED = {
    "name": "Everything",
    "question": "Does ∂J/∂w reach the first layer?",
    "data": {"source": {"kind": "points", "points": [[0.1, -1 / 3, 0], [1e-300, 6, 1], [-6, 2.5, 1]]}},
    "network": {
        "layers": [
            {"kind": "dense", "id": "a", "units": 3, "initializer": GIVEN},
            {"kind": "dropout", "id": "b", "rate": 0.25},
        ]
    },
    "variants": [
        {"name": "plain", "settings": {"training.seed": 3}},
        {"name": "fast", "settings": {"training.optimizer": "sgd", "network.dropout": 0.5}},
    ],
    "canvas": {"a": [10, 20.5]},
}


def a_project() -> Project:
    """Return a project with one of everything."""
    experiment = read_experiment(VARIED)
    records = [a_record(run, place) for place, run in enumerate(expand(experiment))]
    # A record of data that have been drawn over since.
    records.append(a_record(Run("before", Experiment()), 2, np.float64))
    return Project(experiment, tuple(records), PNG)


def an_archive(project: Project, folder: Path) -> bytes:
    """Return the bytes of a project's file."""
    path = folder / "whole.downhill"
    save(project, path)
    return path.read_bytes()


def rezipped(archive: bytes, changes: Mapping[str, bytes | None]) -> bytes:
    """Return an archive with some entries replaced, added, or (None) left out."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as old, zipfile.ZipFile(target, "w") as new:
        entries: dict[str, bytes | None] = {entry.filename: old.read(entry) for entry in old.infolist()}
        entries.update(changes)
        for name, data in entries.items():
            if data is not None:
                new.writestr(name, data)
    return target.getvalue()


def loaded(archive: bytes, folder: Path) -> Project:
    """Load a project from bytes."""
    path = folder / "file.downhill"
    path.write_bytes(archive)
    return load(path)


def content(project: Project) -> object:
    """Return all that a project holds, to be compared to the last bit."""

    def exact(record: Record) -> object:
        parts = take_apart(record)
        arrays = {"curves": parts.curves, "rows": parts.rows, "state": parts.state or {}}
        return repr(parts.plain), {
            (folder, name): [
                (row.dtype, row.shape, row.tobytes())
                for row in ([source] if isinstance(source, np.ndarray) else source)
            ]
            for folder, named in arrays.items()
            for name, source in named.items()
        }

    return project.experiment.model_dump(), [exact(record) for record in project.records], project.thumbnail
