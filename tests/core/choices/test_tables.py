"""Every row of every table is complete: tag, title, formula and sentence for the screen, limits for the form."""

import re
import subprocess
import sys
from collections.abc import Mapping
from typing import Any, get_args

import numpy as np
import pytest
import torch
from torch import nn

from core.choices.activations import ACTIVATIONS
from core.choices.datasets import DATASETS
from core.choices.features import FEATURES
from core.choices.fields import Choice, Tagged, table
from core.choices.initializers import INITIALIZERS
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS, torch_arguments
from core.choices.schedules import SCHEDULES

TABLES: Mapping[str, Mapping[str, Choice]] = {
    "activations": ACTIVATIONS,
    "datasets": DATASETS,
    "features": FEATURES,
    "initializers": INITIALIZERS,
    "losses": LOSSES,
    "optimizers": OPTIMIZERS,
    "schedules": SCHEDULES,
}
ROWS = [pytest.param(tag, row, id=f"{name}-{tag}") for name, rows in TABLES.items() for tag, row in rows.items()]
SETTLED = [
    pytest.param(row, id=f"{name}-{row.tag}")
    for name, rows in TABLES.items()
    for row in rows.values()
    if hasattr(row, "settings")
]


@pytest.mark.parametrize(("tag", "row"), ROWS)
def test_a_row_says_all_that_a_screen_shows(tag: str, row: Choice) -> None:
    assert row.tag == tag
    assert re.fullmatch(r"[a-z][a-z0-9_]*", tag), "tags are written in files and on command lines"
    for text in (row.title, row.formula, row.sentence):
        assert text
        assert text == text.strip()
    assert not row.sentence[0].islower() or row.sentence.startswith("nn.")
    assert row.sentence.endswith(".")


@pytest.mark.parametrize("name", TABLES)
def test_titles_differ_within_a_table(name: str) -> None:
    titles = [row.title for row in TABLES[name].values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("row", SETTLED)
def test_settings_carry_the_tag_of_their_row_and_words_for_every_field(row: Any) -> None:
    fields = row.settings.model_fields
    assert issubclass(row.settings, Tagged)
    assert get_args(fields["kind"].annotation) == (row.tag,)
    assert fields["kind"].default == row.tag
    for name, described in fields.items():
        if name != "kind":
            assert described.title, name
            assert described.description, name


@pytest.mark.parametrize("row", SETTLED)
def test_defaults_lie_within_their_own_limits(row: Any) -> None:
    settings = row.settings()
    assert row.settings.model_validate(settings.model_dump()) == settings
    assert row.settings.model_validate_json(settings.model_dump_json()) == settings


def test_two_rows_of_one_tag_are_refused() -> None:
    with pytest.raises(ValueError, match="same tag"):
        table(ACTIVATIONS["relu"], ACTIVATIONS["tanh"], ACTIVATIONS["relu"])


@pytest.mark.parametrize("row", OPTIMIZERS.values(), ids=lambda row: row.tag)
def test_torch_takes_the_arguments_of_every_optimizer(row: Any) -> None:
    settings = row.settings()
    arguments = torch_arguments(settings)
    assert "learning_rate" not in arguments
    assert "weight_decay" not in arguments
    parameter = nn.Parameter(torch.ones(3))
    parameter.grad = torch.ones(3)
    optimizer = getattr(torch.optim, row.torch)([parameter], lr=1.0, weight_decay=0.0, **arguments, **row.fused)
    optimizer.step()
    assert parameter.lt(1).all()


@pytest.mark.parametrize("row", OPTIMIZERS.values(), ids=lambda row: row.tag)
def test_every_setting_of_an_optimizer_reaches_torch(row: Any) -> None:
    settings = row.settings()
    arguments = torch_arguments(settings)
    flat = [
        *(value for value in arguments.values() if not isinstance(value, tuple)),
        *arguments.get("betas", ()),
    ]
    names = set(type(settings).model_fields) - {"kind", "learning_rate", "weight_decay"}
    assert sorted(map(float, flat)) == sorted(float(getattr(settings, name)) for name in names)


@pytest.mark.parametrize("row", FEATURES.values(), ids=lambda row: row.tag)
def test_the_code_of_a_feature_is_its_function(row: Any) -> None:
    x1, x2 = np.random.default_rng(0).normal(size=(2, 50))
    found = eval(row.code, {"np": np, "x1": x1, "x2": x2})
    np.testing.assert_array_equal(found, row.function(x1, x2))


def test_features_are_their_formulas() -> None:
    x1, x2 = np.array([2.0, -3.0]), np.array([0.5, 4.0])
    wanted: dict[str, Any] = {
        "x1": x1,
        "x2": x2,
        "x1_squared": [4.0, 9.0],
        "x2_squared": [0.25, 16.0],
        "x1_x2": [1.0, -12.0],
        "sin_x1": np.sin([2.0, -3.0]),
        "sin_x2": np.sin([0.5, 4.0]),
    }
    assert wanted.keys() == FEATURES.keys()
    for tag, values in wanted.items():
        np.testing.assert_allclose(FEATURES[tag].function(x1, x2), values, rtol=1e-15)


def test_reading_the_tables_costs_no_torch() -> None:
    names = ", ".join(f"core.choices.{name}" for name in TABLES)
    code = f"import sys, {names}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
