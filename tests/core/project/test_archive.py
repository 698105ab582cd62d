import errno
import io
import json
import math
import os
import re
import threading
import zipfile
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.choices.datasets import Points
from core.choices.fields import Mistake
from core.experiment.experiment import Experiment, read_experiment
from core.project import tensors
from core.project.archive import Project, load, save
from core.runs.curves import COLUMNS, NO_CURVES
from tests.core.project.making import PNG, a_project, an_archive, content, loaded, rezipped


def test_a_project_is_loaded_as_it_was_saved_bit_for_bit(project: Project, tmp_path: Path) -> None:
    save(project, tmp_path / "a.downhill")
    again = load(tmp_path / "a.downhill")
    assert content(again) == content(project)
    assert again.experiment == project.experiment
    assert [record.experiment for record in again.records] == [record.experiment for record in project.records]
    assert again.records[1].last.train_loss is not None
    assert math.isnan(again.records[1].last.train_loss)
    assert again.records[1].last.validation_loss == math.inf
    assert again.records[1].last.test_loss == -math.inf
    assert again.records[1].last.train_accuracy is None
    assert again.records[0].state is not None
    assert again.records[0].state.values["best"] == {"best": 1 / 3, "worst": math.inf}


def test_loaded_arrays_cannot_be_changed(archive: bytes, tmp_path: Path) -> None:
    record = loaded(archive, tmp_path).records[0]
    assert record.state is not None
    for array in (record.rows[0], record.row, record.curves.values, record.state.arrays["row"]):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


def test_the_smallest_project_is_an_experiment(tmp_path: Path) -> None:
    path = tmp_path / "a.downhill"
    save(Project(Experiment()), path)
    with zipfile.ZipFile(path) as file:
        assert file.namelist() == ["experiment.json"]
        assert json.loads(file.read("experiment.json"))["format_version"] == 1
    assert content(load(path)) == content(Project(Experiment()))


def test_a_run_that_has_just_begun_is_saved_too(project: Project, tmp_path: Path) -> None:
    record = replace(project.records[0], curves=NO_CURVES, outcome=None, state=None)
    save(Project(Experiment(), (record,)), tmp_path / "a.downhill")
    again = load(tmp_path / "a.downhill")
    assert (again.records[0].outcome, again.records[0].state, len(again.records[0].curves)) == (None, None, 0)


def test_drawn_points_lie_in_a_table_of_their_own(archive: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        assert file.read("points.csv").decode().splitlines()[1] == "0.1,-0.3333333333333333,0"
        for name in ("experiment.json", "records/0001.json"):
            assert b"points" in file.read(name)
            assert b"1e-300" not in file.read(name)


def test_a_record_of_points_since_redrawn_keeps_its_own(project: Project, tmp_path: Path) -> None:
    data = project.experiment.data.model_copy(update={"source": Points(points=((1.5, 2.5, 0),))})
    other = project.records[0].experiment.model_copy(update={"data": data})
    save(replace(project, records=(replace(project.records[0], experiment=other),)), tmp_path / "a.downhill")
    again = load(tmp_path / "a.downhill")
    assert again.records[0].experiment == other
    assert again.experiment == project.experiment


def test_no_points_drawn_yet(tmp_path: Path) -> None:
    experiment = read_experiment({"data": {"source": "points"}})
    save(Project(experiment), tmp_path / "a.downhill")
    assert load(tmp_path / "a.downhill").experiment == experiment


def test_variants_with_settings_that_no_json_knows_are_saved(tmp_path: Path) -> None:
    experiment = read_experiment({"variants": [{"name": "odd", "settings": {"training.clip": math.inf}}]})
    save(Project(experiment), tmp_path / "a.downhill")
    assert load(tmp_path / "a.downhill").experiment.variants[0].settings == {"training.clip": "Infinity"}


# -- what cannot be loaded ---------------------------------------------------------------------------------------


def test_files_that_are_not_there_or_no_file(tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"^a\.downhill: there is no such file$"):
        load(tmp_path / "a.downhill")
    with pytest.raises(Mistake, match=f"^{re.escape(tmp_path.name)}: it could not be read"):
        load(tmp_path)


def _json(**changes: Any) -> bytes:
    return json.dumps({"format_version": 1} | changes).encode()


NETWORK = {"layers": [{"kind": "dense", "id": "a"}, {"kind": "dense", "id": "b", "units": "many"}]}


@pytest.mark.parametrize(
    ("entries", "sentence"),
    [
        ({"experiment.json": None}, "experiment.json: expected an entry of this name, found none"),
        ({"experiment.json": b"{"}, "experiment.json: expected JSON: Expecting property name"),
        (
            {"experiment.json": b"{}"},
            "experiment.json: format_version: expected a whole number from 1, got None",
        ),
        (
            {"experiment.json": b'{"format_version": true}'},
            "experiment.json: format_version: expected a whole number from 1, got True",
        ),
        (
            {"experiment.json": _json(format_version=2), "news.bin": b"?"},
            "it was made by a newer Downhill (format 2, and this one reads up to 1): update Downhill to open it",
        ),
        (
            {"experiment.json": _json(network=NETWORK)},
            'experiment.json: network.layers[1].units: expected a whole number from 1 to 4096, got "many"',
        ),
        (
            {"experiment.json": _json(training={"optimizer": {"kind": "sdg"}})},
            'experiment.json: training.optimizer: expected a "kind" that is one of sgd, adam',
        ),
        (
            {"experiment.json": _json(network={"layers": [{"kind": "dropout", "rate": 1.0}]})},
            "experiment.json: network.layers[0].rate: expected a number from 0 to 0.95, got 1.0",
        ),
        ({"experiment.json": _json(colour="red")}, "experiment.json: colour: there is no setting of this name"),
        ({"experiment.json": _json(data={"source": "points"}), "points.csv": None}, "expected them in points.csv"),
        ({"points.csv": b"x,y\n"}, 'points.csv: line 1: expected x1,x2,class, got "x,y"'),
        ({"points.csv": b"x1,x2,class\n1,2,0\n1,2\n"}, 'points.csv: line 3: expected x₁, x₂ and class, got "1,2"'),
        (
            {"points.csv": b"x1,x2,class\n1,nan,0\n"},
            "experiment.json: data.source.points[0][1]: expected a number from -1e+06 to 1e+06, got nan",
        ),
        ({"thumbnail.png": b"GIF89a"}, "thumbnail.png: expected a PNG picture"),
        ({"records/0001.json": b'{"name": 5}'}, "records/0001.json: name: "),
        ({"records/0001.json": None}, "records/0001.json: expected an entry of this name, found none"),
        ({"rows/0001.safetensors": None}, "rows/0001.safetensors: expected an entry of this name, found none"),
        ({"states/0001.safetensors": None}, "states/0001.safetensors: expected an entry of this name"),
        ({"states/0002.safetensors": b""}, "states/0002.safetensors: expected no such entry, for its record has no"),
        ({"curves/0001.safetensors": b"12345"}, "curves/0001.safetensors: the file ends too early"),
        ({"../evil.json": b"{}"}, 'expected names inside the file, got "../evil.json"'),
        ({"/etc/passwd": b""}, 'expected names inside the file, got "/etc/passwd"'),
        ({"records/../../evil": b""}, 'expected names inside the file, got "records/../../evil"'),
        ({"rows\\0001": b""}, 'expected names inside the file, got "rows'),
        ({"C:evil": b""}, 'expected names inside the file, got "C:evil"'),
        ({"notes.txt": b"hello"}, 'expected no such entry, got "notes.txt"'),
        ({"models/0001.safetensors": b""}, 'expected no such entry, got "models/0001.safetensors"'),
        ({"records/00011.json": b""}, 'expected no such entry, got "records/00011.json"'),
        ({"thumbnail.png": PNG + bytes(5 << 20)}, '"thumbnail.png": expected at most 4.0 MB, got 5.0 MB'),
    ],
)
def test_each_fault_has_its_sentence(
    entries: dict[str, bytes | None], sentence: str, archive: bytes, tmp_path: Path
) -> None:
    with pytest.raises(Mistake, match=re.escape(sentence)) as caught:
        loaded(rezipped(archive, entries), tmp_path)
    assert str(caught.value).startswith("file.downhill: ")


@pytest.mark.parametrize(
    ("path", "value", "sentence"),
    [
        (("experiment", "training", "loss"), "guess", "records/0001.json: experiment.training.loss: expected one of"),
        (("parameters",), 18, "rows/0001.safetensors: expected epochs, rows, row and last_row of 18 weights"),
        (("outcome",), "bored", "records/0001.json: outcome: expected 'epochs', 'early stopping', 'diverged' or"),
        (("steps",), -1, "records/0001.json: steps: expected a whole number from 0"),
        (("seconds",), None, "records/0001.json: seconds: expected a number from 0"),
        (("metrics", "test_loss"), "low", 'records/0001.json: metrics.test_loss: expected a number, got "low"'),
        (("metrics", "best"), 1, "records/0001.json: metrics.best: there is no setting of this name"),
        (("interventions", 0, "old"), True, "records/0001.json: interventions[0].old: expected a number, got"),
        (("experiment",), "spiral", "records/0001.json: experiment: "),
        (("state",), [1], "records/0001.json: state: "),
        (("versions",), {"torch": 2}, "records/0001.json: versions.torch: "),
    ],
)
def test_each_fault_in_a_record_has_its_place(
    path: tuple[str | int, ...], value: Any, sentence: str, archive: bytes, tmp_path: Path
) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        plain = json.loads(file.read("records/0001.json"))
    here = plain
    for step in path[:-1]:
        here = here[step]
    here[path[-1]] = value
    with pytest.raises(Mistake, match=re.escape(sentence)):
        loaded(rezipped(archive, {"records/0001.json": json.dumps(plain).encode()}), tmp_path)


ROWS: dict[str, Any] = {
    "epochs": np.array([0, 1]),
    "rows": np.zeros((2, 17), np.float32),
    "row": np.zeros(17, np.float32),
    "last_row": np.zeros(17, np.float32),
}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"row": np.zeros(16, np.float32)}, "expected epochs, rows, row and last_row of 17 weights"),
        ({"epochs": np.zeros(0, np.int64), "rows": np.zeros((0, 17), np.float32)}, "expected epochs, rows, row"),
        ({"epochs": np.array(1)}, "expected epochs, rows, row"),
        ({"more": np.zeros(1)}, "expected epochs, rows, row"),
        ({"row": np.zeros(17)}, "expected rows of one kind of numbers, float32 or float64"),
        ({"epochs": np.zeros(2)}, "expected rows of one kind of numbers, float32 or float64, and whole epochs"),
        ({"epochs": np.array([1, 1])}, "expected epochs in order, none twice"),
        ({"epochs": np.array([-1, 1])}, "expected epochs in order, none twice"),
    ],
)
def test_rows_that_do_not_fit_are_a_mistake(
    changes: dict[str, Any], sentence: str, archive: bytes, tmp_path: Path
) -> None:
    data = io.BytesIO()
    tensors.write(data, ROWS | changes)
    with pytest.raises(Mistake, match=f"rows/0001.safetensors: {sentence}"):
        loaded(rezipped(archive, {"rows/0001.safetensors": data.getvalue()}), tmp_path)


CURVES: dict[str, Any] = {column: np.arange(2.0) for column in COLUMNS} | {"spans": np.ones(2, np.int64)}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"more": np.zeros(2)}, "expected the columns epoch, step, .* and spans"),
        ({"spans": np.ones(2)}, "expected the columns"),
        ({"step": np.zeros(3)}, "expected columns of one length, of float64"),
        ({"step": np.zeros(2, np.float32)}, "expected columns of one length, of float64"),
        ({"spans": np.array([0, 1])}, "expected spans of at least 1, those above in pairs"),
        ({"spans": np.array([4, 1])}, "expected spans of at least 1, those above in pairs"),
        ({"epoch": np.array([1.0, 0.0])}, "expected epochs in order, with their steps"),
        ({"step": np.array([1.0, np.nan])}, "expected epochs in order, with their steps"),
    ],
)
def test_curves_that_are_none_are_a_mistake(
    changes: dict[str, Any], sentence: str, archive: bytes, tmp_path: Path
) -> None:
    data = io.BytesIO()
    tensors.write(data, CURVES | changes)
    with pytest.raises(Mistake, match=f"curves/0001.safetensors: {sentence}"):
        loaded(rezipped(archive, {"curves/0001.safetensors": data.getvalue()}), tmp_path)


def test_curves_of_before_their_seconds_were_told_have_none(archive: bytes, tmp_path: Path) -> None:
    data = io.BytesIO()
    tensors.write(data, {name: values for name, values in CURVES.items() if name != "seconds"})
    curves = loaded(rezipped(archive, {"curves/0001.safetensors": data.getvalue()}), tmp_path).records[0].curves
    assert np.isnan(curves["seconds"]).all()
    np.testing.assert_array_equal(curves["step"], CURVES["step"])


def test_a_hostile_file_cannot_fill_the_screen_or_steer_it(archive: bytes, tmp_path: Path) -> None:
    with pytest.raises(Mistake) as caught:
        loaded(rezipped(archive, {"experiment.json": _json(**{"\x1b[2J\ud800" * 1000: 1})}), tmp_path)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


# -- what cannot be saved ----------------------------------------------------------------------------------------


def test_too_many_runs_are_a_mistake_before_anything_is_written(project: Project, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match="a file holds at most 1,000 runs; delete some of them"):
        save(replace(project, records=project.records[:1] * 1001), tmp_path / "a.downhill")
    assert not list(tmp_path.iterdir())


def test_what_could_not_be_loaded_again_is_not_saved(project: Project, tmp_path: Path) -> None:
    with pytest.raises(Mistake, match=r"a.downhill: thumbnail.png: 5.0 MB are more than the 4.0 MB that a file can"):
        save(replace(project, thumbnail=PNG + bytes(5 << 20)), tmp_path / "a.downhill")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("allowed", [0, 100, 5000])
def test_a_disk_that_fills_up_while_saving_leaves_the_old_file(
    allowed: int, project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.downhill"
    save(Project(Experiment()), path)
    old = path.read_bytes()

    class FullDisk(io.BytesIO):
        def write(self, data: Any) -> int:
            if self.tell() + memoryview(data).nbytes > allowed:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return super().write(data)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda self, mode: FullDisk())
        with pytest.raises(Mistake, match="could not be saved, the disk is full"):
            save(project, path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def _save_often(path: str, name: str, times: int) -> None:
    project = replace(a_project(), experiment=Experiment(name=name))
    for _ in range(times):
        save(project, Path(path))


def test_two_programs_that_save_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.downhill"
    names = ("one", "two")
    save(Project(Experiment(name="one")), path)
    programs = [get_context("spawn").Process(target=_save_often, args=(str(path), name, 20)) for name in names]
    for program in programs:
        program.start()
    seen = set()
    while any(program.is_alive() for program in programs):
        seen.add(load(path).experiment.name)
    for program in programs:
        program.join()
    assert [program.exitcode for program in programs] == [0, 0]
    assert seen <= set(names)
    assert len(load(path).records) == 3
    assert list(tmp_path.iterdir()) == [path]


def test_two_threads_that_save_one_file_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "a.downhill"
    threads = [threading.Thread(target=_save_often, args=(str(path), name, 10)) for name in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert load(path).experiment.name in ("one", "two")
    assert list(tmp_path.iterdir()) == [path]


def test_saving_twice_gives_the_same_bytes(project: Project, archive: bytes, tmp_path: Path) -> None:
    assert an_archive(project, tmp_path) == archive
