"""Settings given on the command line."""

import argparse

import pytest

from core.choices.fields import Mistake
from core.cli.settings import changed, parse
from core.experiment.examples import read_example


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("training.epochs=50", "training.epochs", 50),
        ("training.optimizer=sgd", "training.optimizer", "sgd"),
        ("training.early_stopping=null", "training.early_stopping", None),
        ('training.optimizer={"kind": "adam"}', "training.optimizer", {"kind": "adam"}),
        ("data.standardize=true", "data.standardize", True),
        ("name=a=b", "name", "a=b"),
        ("name=", "name", ""),
    ],
)
def test_a_value_is_json_or_a_word(text: str, path: str, value: object) -> None:
    assert parse(text) == (path, value)


@pytest.mark.parametrize("text", ["training.epochs", "=5", ""])
def test_path_and_value_are_both_needed(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=r"expected path=value"):
        parse(text)


def test_a_setting_that_every_variant_sets_itself_is_refused() -> None:
    with pytest.raises(Mistake, match=r"training\.seed: has no effect here, .* seed 0, seed 1"):
        changed(read_example("seeds"), {"training.seed": 3})
    with pytest.raises(Mistake, match=r"training\.optimizer\.learning_rate: has no effect here"):
        changed(read_example("optimizers"), {"training.optimizer.learning_rate": 0.1})


def test_a_value_that_cannot_be_is_told_before_that() -> None:
    with pytest.raises(Mistake, match=r"rate: expected a number from 0 to 0\.95, got 1\.0"):
        changed(read_example("dropout"), {"network.dropout": 1.0})


def test_other_settings_are_taken() -> None:
    assert changed(read_example("seeds"), {"training.epochs": 3}).training.epochs == 3
