"""train: in this process, on small examples."""

import csv
import json
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.choices.fields import Mistake
from core.experiment.examples import read_example
from core.project import archive
from core.project.archive import Project, load
from core.runs.curves import COLUMNS

Command = Callable[..., Any]
KEYS = ["experiment", "device", "device_reason", "seconds", "runs"]
RUN_KEYS = {
    "name",
    "epochs",
    "best_epoch",
    "stopped",
    "steps",
    "steps_per_second",
    "train_loss",
    "validation_loss",
    "test_loss",
    "last_validation_loss",
    "train_accuracy",
    "validation_accuracy",
    "test_accuracy",
}


def trained(result: Any) -> dict[str, Any]:
    """Return the object that --json printed, and nothing else."""
    assert result.status == 0
    plain: dict[str, Any] = json.loads(result.out, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    return plain


class TestJson:
    def test_is_the_object_of_the_issue(self, core: Command) -> None:
        plain = trained(core("train", "xor", "--epochs", 2, "--json"))
        assert list(plain) == KEYS
        assert plain["experiment"] == "Exclusive or"
        assert plain["device"] == "cpu"
        assert plain["device_reason"].endswith(".")
        assert plain["seconds"] > 0
        (run,) = plain["runs"]
        assert set(run) == RUN_KEYS
        assert (run["name"], run["epochs"], run["stopped"], run["steps"]) == ("Exclusive or", 2, "epochs", 80)
        assert run["steps_per_second"] > 0
        assert all(0 < run[name] < 2 for name in ("train_loss", "validation_loss", "last_validation_loss"))
        assert all(0 <= run[name] <= 1 for name in ("train_accuracy", "validation_accuracy"))
        assert (run["test_loss"], run["test_accuracy"]) == (None, None)

    def test_what_does_not_exist_is_null(self, core: Command) -> None:
        settings = ["--set", "data.validation=0", "--epochs", 1]
        (run,) = trained(core("train", "plane", *settings, "--json"))["runs"]
        missing = {"validation_loss", "test_loss", "last_validation_loss"}
        missing |= {"train_accuracy", "validation_accuracy", "test_accuracy"}
        assert {name for name, value in run.items() if value is None} == missing

    def test_a_diverged_run_is_no_fault(self, core: Command) -> None:
        plain = trained(core("train", "learning-rates", "--epochs", 3, "--json"))
        stopped = {run["name"]: run["stopped"] for run in plain["runs"]}
        assert stopped == {"too small": "epochs", "stable": "epochs", "too large": "epochs", "divergent": "diverged"}

    def test_the_same_seed_gives_the_same_numbers(self, core: Command) -> None:
        def losses(seed: int) -> list[float]:
            runs = trained(core("train", "xor", "--epochs", 2, "--seed", seed, "--json"))["runs"]
            return [run["train_loss"] for run in runs]

        assert losses(1) == losses(1) != losses(2)

    def test_stays_one_object_whatever_is_written_beside(self, core: Command, folder: Path) -> None:
        outputs = ["--save", "a.downhill", "--csv", "a.csv", "--png", "a.png"]
        trained(core("train", "xor", "--epochs", 2, "--json", *outputs))
        assert sorted(file.name for file in folder.iterdir()) == ["a.csv", "a.downhill", "a.png"]


class TestSummary:
    def test_of_one_run(self, core: Command) -> None:
        result = core("train", "digits", "--epochs", 3)
        assert result.status == 0
        lines = result.out.splitlines()
        assert lines[0] == "Digits"
        assert [line.split()[0] for line in lines[1:-1]] == [
            "ended",
            "weights",
            "training",
            "validation",
            "test",
            "speed",
        ]
        assert "All 3 epochs are done." in result.out
        assert "those of epoch 3, the best, are kept" in result.out
        assert re.search(r"test +loss [0-9.]+, accuracy [0-9.]+ %", result.out)
        assert lines[-1].startswith("Trained in ")

    def test_of_several_runs_is_a_table(self, core: Command) -> None:
        result = core("train", "learning-rates", "--epochs", 3)
        lines = result.out.splitlines()
        assert re.match(r" +run +ended +epochs +best epoch +training loss +validation loss", lines[1])
        assert [line.split("  ")[1] for line in lines[2:6]] == ["too small", "stable", "too large", "divergent"]
        assert "diverged" in lines[5]
        assert "test" not in lines[1]  # there are no test data
        assert "learning rate 100 is too high" in lines[6]

    def test_says_nothing_on_stderr_that_is_no_terminal(self, core: Command) -> None:
        assert core("train", "xor", "--epochs", 2).err == ""


class TestFiles:
    def test_the_saved_file_holds_what_was_trained(self, core: Command, folder: Path) -> None:
        result = core("train", "dropout", "--epochs", 4, "--set", "training.batch_size=20", "--save", "a.downhill")
        assert result.status == 0
        assert "a.downhill" in result.err
        project = load(folder / "a.downhill")
        assert project.experiment.training.epochs == 4
        assert [record.name for record in project.records] == ["without dropout", "dropout 0.5"]
        assert all(record.epochs == 4 and record.outcome == "epochs" for record in project.records)

    def test_a_device_of_this_time_is_not_saved(self, core: Command, folder: Path) -> None:
        core("train", "xor", "--epochs", 1, "--device", "cpu", "--save", "a.downhill")
        assert load(folder / "a.downhill").experiment.training.device == "auto"

    def test_the_table_has_a_line_for_every_epoch_of_every_run(self, core: Command, folder: Path) -> None:
        core("train", "batch-sizes", "--epochs", 3, "--csv", "a.csv")
        with (folder / "a.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert [row["run"] for row in rows] == [
            name for name in ("batch 1", "batch 16", "all samples") for _ in range(4)
        ]
        assert {"run", "epoch", "step", "train_loss", "validation_loss"} <= set(rows[0])
        assert all(math.isfinite(float(row["train_loss"])) for row in rows)

    def test_the_picture_is_one(self, core: Command, folder: Path) -> None:
        core("train", "xor", "--epochs", 2, "--png", "a.png")
        assert (folder / "a.png").read_bytes().startswith(b"\x89PNG")

    def test_a_json_file_is_an_experiment(self, core: Command, folder: Path) -> None:
        (folder / "own.json").write_text('{"name": "Own", "data": {"source": "moons"}, "training": {"epochs": 1}}')
        assert core("train", "own.json").out.startswith("Own\n")

    def test_what_cannot_be_saved_is_saved_elsewhere(
        self, core: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:

        save = archive.save

        def full(project: Project, path: Path) -> None:
            if path.name == "a.downhill" and not path.is_absolute():
                raise Mistake("a.downhill: could not be saved, the disk is full. What was there before is untouched.")
            save(project, path)

        monkeypatch.setattr(archive, "save", full)
        monkeypatch.setattr("tempfile.tempdir", str(folder))
        result = core("train", "xor", "--epochs", 2, "--save", "a.downhill")
        assert result.status == 1
        found = re.fullmatch(r"a\.downhill: could not be saved.* What was trained is in (.*)\n", result.err)
        assert found
        assert load(Path(found[1])).records[0].epochs == 2


class TestContinue:
    def test_going_on_equals_uninterrupted(self, core: Command, folder: Path) -> None:
        core("train", "digits", "--epochs", 6, "--save", "whole.downhill")
        core("train", "digits", "--epochs", 2, "--save", "part.downhill")
        result = core("train", "part.downhill", "--continue", "--epochs", 6, "--save", "on.downhill")
        assert result.status == 0
        whole, on = (load(folder / name).records[0] for name in ("whole.downhill", "on.downhill"))
        assert np.array_equal(whole.last_row, on.last_row)
        assert np.array_equal(whole.row, on.row)
        for column in set(COLUMNS) - {"seconds"}:
            assert np.array_equal(whole.curves[column], on.curves[column])

    def test_a_run_that_is_over_stays_as_it_is(self, core: Command, folder: Path) -> None:
        core("train", "learning-rates", "--epochs", 2, "--save", "part.downhill")
        result = core("train", "part.downhill", "--continue", "--epochs", 4, "--save", "on.downhill")
        assert result.status == 0
        records = load(folder / "on.downhill").records
        assert [(record.epochs, record.outcome) for record in records] == [(4, "epochs")] * 3 + [(1, "diverged")]

    def test_patience_can_be_raised(self, core: Command) -> None:
        patience = "training.early_stopping.patience"
        options = ["--set", "training.epochs=100", "--save", "a.downhill"]
        stopped = trained(core("train", "overfit", "--set", f"{patience}=3", *options, "--json"))["runs"][0]
        assert stopped["stopped"] == "early stopping"
        on = trained(core("train", "a.downhill", "--continue", "--set", f"{patience}=9", "--json"))["runs"][0]
        assert on["epochs"] >= stopped["epochs"] + 6

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            ([], "--continue: every run is over; raise --epochs"),
            (["--epochs", 9, "--set", "training.batch_size=5"], "--continue: training.batch_size is not what run"),
            (["--epochs", 9, "--set", "network.layers[0].units=5"], "--continue: network.layers is not what run"),
            (["--epochs", 9, "--set", "data.source.noise=0.3"], "--continue: data.source is not what run"),
            (
                ["--epochs", 9, "--set", 'training.early_stopping={"monitor": "validation_accuracy"}'],
                "--continue: training.early_stopping.monitor is not what run",
            ),
        ],
    )
    def test_says_why_not(self, core: Command, options: list[object], sentence: str) -> None:
        core("train", "xor", "--epochs", 2, "--save", "a.downhill")
        result = core("train", "a.downhill", "--continue", *options)
        assert result.status == 1
        assert result.err.startswith(sentence)

    def test_what_was_never_trained_cannot_go_on(self, core: Command) -> None:
        result = core("train", "xor", "--continue")
        assert result.status == 1
        assert result.err.startswith('--continue: run "Exclusive or" has not been trained')


class TestBadInput:
    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["spirl"], 'there is no file or example "spirl"; did you mean spiral'),
            (["none.downhill"], "none.downhill: there is no such file"),
            (["spiral", "--epochs", 0], "training.epochs: expected a whole number from 1 to 1000000, got 0"),
            (["spiral", "--seed", -1], "training.seed: expected a whole number from 0 to"),
            (["digits", "--set", "network.dropout=1.0"], "network.layers[1].rate: expected a number from 0 to 0.95"),
            (["spiral", "--set", "network.dropout=0.5"], "network.dropout: the network has no Dropout layer"),
            (["spiral", "--set", "training.optimizer=adm"], 'training.optimizer: expected a "kind" that is one of sgd'),
            (["spiral", "--set", "training.clip=NaN"], "training.clip: expected a number above 0"),
            (["spiral", "--set", "training.nothing=1"], 'training.nothing: there is no setting "nothing" here'),
            (["spiral", "--save", "none/a.downhill"], "none/a.downhill: there is no folder none; make it first"),
            (["spiral", "--save", "a.zip"], "a.zip: expected the name of a file that ends in .downhill"),
            (["spiral", "--csv", "none/a.csv"], "none/a.csv: there is no folder none"),
            (["spiral", "--png", "a.jpg"], "a.jpg: expected the name of a file that ends in .png"),
        ],
    )
    def test_is_one_clear_sentence(self, core: Command, folder: Path, words: list[object], sentence: str) -> None:
        result = core("train", *words)
        assert result.status == 1
        assert result.out == ""
        assert result.err.startswith(sentence)
        assert result.err.count("\n") == 1
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize(
        "words", [["spiral", "--set", "epochs"], ["spiral", "--device", "tpu"], ["spiral", "--epochs", "x"]]
    )
    def test_usage(self, core: Command, words: list[str]) -> None:
        assert core("train", *words).status == 2

    def test_an_error_among_the_problems_forbids_it(self, core: Command) -> None:
        result = core("train", "plane", "--set", "training.loss=cross_entropy")
        assert result.status == 1
        assert "error: training.loss: " in result.err
        assert "  mend: Take mean squared error" in result.err
        assert result.err.endswith("1 problem stands in the way of training.\n")

    @pytest.mark.parametrize("name", ["plane", "circle", "digits"])
    def test_an_absurd_learning_rate_ends_by_itself(self, core: Command, name: str) -> None:
        result = core("train", name, "--set", "training.optimizer.learning_rate=1e9", "--epochs", 2, "--json")
        assert "With a learning rate of 1e+09 training will hardly stay finite." in result.err
        trained(result)

    def test_a_data_folder_without_the_files(
        self, core: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("DOWNHILL_DATA", str(folder))
        result = core("train", "mnist", "--epochs", 1)
        assert result.status == 1
        assert result.out == ""
        assert result.err.count("\n") == 1


def test_changed_settings_are_those_of_the_run(core: Command, folder: Path) -> None:
    core("train", "xor", "--set", "network.layers.dense-1.units=3", "--epochs", 1, "--save", "a.downhill")
    record = load(folder / "a.downhill").records[0]
    assert record.parameters == 3 * 2 + 3 + 3 + 1
    assert read_example("xor").network.layers[0].model_dump()["units"] == 4
