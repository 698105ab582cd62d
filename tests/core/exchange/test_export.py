"""Export: verified before it is put in place, whole or not at all."""

import errno
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.choices.activations import ACTIVATIONS
from core.choices.fields import Mistake
from core.choices.losses import LOSSES
from core.exchange import script
from core.exchange.export import export
from core.exchange.formats import FORMATS
from core.training.events import Metrics


@pytest.mark.parametrize("form", FORMATS.values(), ids=FORMATS)
class TestEachFormat:
    def test_is_written_and_read(self, trained: Callable[[str], Any], form: Any, tmp_path: Path) -> None:
        package = trained("2-D binary").package()
        written = export(package, form, tmp_path / f"model{form.suffixes[0]}")
        assert sorted(tmp_path.iterdir()) == sorted(written.files)
        assert 0 <= written.difference <= 1e-5
        module = form.load()
        if hasattr(module, "predictions"):
            found, samples = module.predictions(written.files[0]), package.all_samples()
        else:
            found, samples = module.predictor(written.files[0])(package.samples), package.samples
        assert written.samples == len(samples) > 0
        assert found == pytest.approx(package.model.predict(samples), abs=1e-5)

    def test_replaces_what_is_there(self, trained: Callable[[str], Any], form: Any, tmp_path: Path) -> None:
        path = tmp_path / f"model{form.suffixes[0]}"
        path.write_text("old")
        export(trained("2-D binary").package(), form, path)
        assert path.read_bytes() != b"old"

    def test_what_cannot_be_written_leaves_what_is_there(
        self, trained: Callable[[str], Any], form: Any, tmp_path: Path
    ) -> None:
        path = tmp_path / "none" / f"model{form.suffixes[0]}"
        with pytest.raises(Mistake, match="could not be saved, there is no such folder"):
            export(trained("2-D binary").package(), form, path)

    def test_names_its_files(self, form: Any) -> None:
        assert all(f"OUT{suffix}" in form.formula for suffix in form.suffixes)


def test_predictions_that_differ_are_never_written(
    trained: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.py").write_text("old")
    for wrong in (0.5, np.nan):
        monkeypatch.setattr(script, "predictor", lambda path, wrong=wrong: lambda raw: np.full((len(raw), 1), wrong))
        with pytest.raises(Mistake, match=r"model\.py: not written, for its predictions would differ by"):
            export(trained("2-D binary").package(), FORMATS["python"], tmp_path / "model.py")
    assert [file.name for file in tmp_path.iterdir()] == ["model.py"]
    assert (tmp_path / "model.py").read_text() == "old"


def test_files_of_one_name_stay_with_their_own_weights(trained: Callable[[str], Any], tmp_path: Path) -> None:
    # The two scripts have one ending: the later one replaces the other. All else must be left as it is.
    for order in (("python", "notebook", "keras"), ("keras", "python", "notebook"), ("notebook", "keras", "python")):
        written: dict[Path, tuple[Any, Any]] = {}
        for tag, moment in zip(order, ("start", 2, "last"), strict=True):
            form, package = FORMATS[tag], trained("2-D binary").package(moment)
            path = tmp_path / f"model{form.suffixes[0]}"
            export(package, form, path)
            written[path] = form, package
            for file, (own, of) in written.items():
                found = own.load().predictor(file)(of.samples)
                assert found == pytest.approx(of.model.predict(of.samples), abs=1e-5)


def test_no_two_formats_have_a_file_beside_the_main_one_in_common(
    trained: Callable[[str], Any], tmp_path: Path
) -> None:
    beside = [
        file.name
        for form in FORMATS.values()
        for file in export(trained("2-D binary").package(), form, tmp_path / f"model{form.suffixes[0]}").files[1:]
    ]
    assert len(set(beside)) == len(beside) == 6


@pytest.mark.parametrize("tag", ["python", "notebook", "keras", "safetensors", "csv"])
@pytest.mark.parametrize("place", [0, 1])
def test_if_one_file_cannot_be_written_none_is_replaced(
    trained: Callable[[str], Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tag: str, place: int
) -> None:
    path = tmp_path / f"model{FORMATS[tag].suffixes[0]}"
    files = export(trained("2-D binary").package("start"), FORMATS[tag], path).files
    before = {file: file.read_bytes() for file in files}
    own = os.fsync
    left = [place]

    def full(handle: int) -> None:
        if not left[0]:
            raise OSError(errno.ENOSPC, "full")
        left[0] -= 1
        own(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Mistake, match="the disk is full"):
        export(trained("2-D binary").package("last"), FORMATS[tag], path)
    monkeypatch.undo()
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before


class TestMoments:
    def test_each_has_its_row_and_its_words(self, trained: Callable[[str], Any]) -> None:
        found = trained("2-D binary")
        record = found.record
        for moment, row, words in (
            ("start", record.rows[0], "the start weights"),
            ("best", record.rows[record.best_epoch], f"the weights of epoch {record.best_epoch}, the best"),
            ("last", record.last_row, "the weights of epoch 5, the last"),
            (2, record.rows[2], "the weights of epoch 2"),
        ):
            package = found.package(moment)
            assert np.array_equal(package.model.row, row)
            assert package.weights == words

    def test_the_metrics_are_those_of_the_row(self, trained: Callable[[str], Any]) -> None:
        found = trained("2-D binary")
        measured = {name: value for name, value in vars(found.record.metrics).items() if value is not None}
        assert found.package("last").metrics == measured
        assert found.package(2).metrics["validation_loss"] == found.record.curves["validation_loss"][2]
        assert "test_loss" not in found.package(2).metrics

    def test_what_is_not_finite_is_no_metric(self, trained: Callable[[str], Any]) -> None:
        found = trained("2-D binary")
        record = replace(found.record, metrics=Metrics(train_loss=float("nan"), validation_loss=0.5))
        assert found._replace(record=record).package("last").metrics == {"validation_loss": 0.5}

    def test_an_epoch_that_was_not_kept(self, trained: Callable[[str], Any]) -> None:
        with pytest.raises(Mistake, match="the weights of epoch 99 were not kept; the nearest are of 5"):
            trained("2-D binary").package(99)


def test_every_choice_is_exported_by_one_of_the_cases(trained: Callable[[str], Any], all_cases: list[str]) -> None:
    built = [trained(case).package().model.architecture for case in all_cases]
    assert {layer.activation for each in built for layer in each.dense} >= set(ACTIVATIONS)
    assert {each.loss.tag for each in built} == set(LOSSES)
