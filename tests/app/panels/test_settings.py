"""What a form knows of fields: their words, scales and numbers as text."""

from typing import Annotated

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.panels.settings import Setting, scale_of, setting_of, settings_of, text_of, value_of
from core.choices.datasets import DATASETS
from core.choices.fields import Frozen, Real, Whole, setting
from core.choices.optimizers import OPTIMIZERS, SGD
from core.choices.schedules import SCHEDULES
from core.experiment.network import Dropout
from core.experiment.training import Training

MODELS: list[tuple[type[Frozen], str]] = [
    (Training, "training"),
    (Dropout, "network.dropout"),
    *((row.settings, "training.optimizer") for row in OPTIMIZERS.values()),
    *((row.settings, "training.schedule") for row in SCHEDULES.values()),
    *((row.settings, "data.source") for row in DATASETS.values()),
]
NUMBERS = [
    found for model, path in MODELS for found in settings_of(model, path) if isinstance(found.limits, Whole | Real)
]


def named(number: Setting) -> str:
    return number.path


def test_a_field_tells_its_words() -> None:
    rate = setting_of(SGD, "learning_rate", "training.optimizer.learning_rate")
    assert rate is not None
    assert (rate.name, rate.title, rate.formula) == ("learning_rate", "Learning rate", "w ← w − η·∂J/∂w")
    assert rate.sentence.startswith("How far each step goes")


def test_optional_groups_and_numbers_are_seen_through() -> None:
    found = {setting.name: setting for setting in settings_of(Training, "training")}
    assert found["clip"].optional
    assert isinstance(found["clip"].limits, Real)
    assert found["early_stopping"].optional
    assert found["early_stopping"].model is not None
    assert not found["penalty"].optional
    assert list(found) == list(Training.model_fields)


def test_what_no_form_can_show_is_left_out() -> None:
    class Odd(Frozen):
        names: tuple[str, ...] = ()
        text: str = ""
        number: Annotated[int, Whole(0, 3)] = setting(1, "Number")

    assert [found.name for found in settings_of(Odd, "odd")] == ["number"]


@pytest.mark.parametrize("number", NUMBERS, ids=named)
def test_every_slider_gives_numbers_within_the_limits_and_finds_them_again(number: Setting) -> None:
    scale = scale_of(number)
    if scale is None:
        return
    limits = number.limits
    assert isinstance(limits, Whole | Real)
    values = [scale.value(position) for position in range(scale.positions + 1)]
    assert values == sorted(values)
    for value in values:
        assert limits.least <= value <= limits.most
        assert not (isinstance(limits, Real) and limits.above and value == limits.least)
        assert scale.value(scale.position(value)) == pytest.approx(value, rel=0.02)
    if isinstance(number.default, int | float) and number.default > 0:
        assert scale.value(scale.position(number.default)) == pytest.approx(number.default, rel=0.02, abs=0.01)


def test_a_penalty_of_0_stands_at_the_left_end() -> None:
    penalty = setting_of(Training.model_fields["penalty"].default.__class__, "l2", "training.penalty.l2")
    assert penalty is not None
    scale = scale_of(penalty)
    assert scale is not None
    assert scale.value(0) == 0
    assert scale.position(0) == 0
    assert scale.position(1e-9) == 1


def test_a_seed_has_no_slider() -> None:
    seed = setting_of(Training, "seed", "training.seed")
    assert seed is not None
    assert scale_of(seed) is None


@pytest.mark.parametrize("number", NUMBERS, ids=named)
@given(share=st.floats(0, 1))
def test_reading_what_was_written_gives_the_same_number(number: Setting, share: float) -> None:
    limits = number.limits
    assert isinstance(limits, Whole | Real)
    value = limits.least + (limits.most - limits.least) * share
    exact: float | int = round(value) if isinstance(limits, Whole) else float(f"{value:.12g}")
    assert value_of(number, text_of(number, exact)) == exact


RATE = setting_of(SGD, "learning_rate", "rate")
EPOCHS = setting_of(Training, "epochs", "epochs")
BATCH = setting_of(Training, "batch_size", "batch")


@pytest.mark.parametrize(
    ("number", "text", "value"),
    [
        (RATE, "0.03", 0.03),
        (RATE, "0,03", 0.03),
        (RATE, " 1e-3 ", 0.001),
        (RATE, "1e−3", 0.001),
        (RATE, "5 %", 0.05),
        (RATE, "a lot", "a lot"),
        (RATE, "nan", "nan"),
        (EPOCHS, "1,000", 1000),
        (EPOCHS, "1 000", 1000),
        (EPOCHS, "12.0", 12),
        (EPOCHS, "12.5", 12.5),
        (BATCH, "ALL", "all"),
    ],
)
def test_numbers_are_read_as_people_write_them(number: Setting, text: str, value: object) -> None:
    assert value_of(number, text) == value
    assert type(value_of(number, text)) is type(value)


def test_a_share_is_written_as_percent() -> None:
    share = Setting("data.validation", "Validation share", "", "", 0.2, Real(0, 0.9), percent=True)
    assert text_of(share, 0.2) == "20 %"
    assert value_of(share, "35") == 0.35
    assert value_of(share, "35 %") == 0.35
