"""Values with limits: what they take, and the sentence that they say otherwise."""

import math
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from core.choices.fields import (
    Frozen,
    Kinds,
    Mistake,
    OneOf,
    Real,
    Tagged,
    Whole,
    place,
    sentence,
    setting,
    shown,
    table,
)
from core.choices.optimizers import OPTIMIZERS, Adam
from core.experiment.experiment import read_experiment


class Square(Tagged):
    kind: Literal["square"] = "square"
    side: Annotated[float, Real(0, 10, above=True)] = setting(1.0, "Side")


class Circle(Tagged):
    kind: Literal["circle"] = "circle"
    radius: Annotated[int, Whole(1, 5, word="huge")] = setting(2, "Radius")


SHAPES: dict[str, type[Square] | type[Circle]] = {"square": Square, "circle": Circle}


class Drawing(Frozen):
    colour: Annotated[str, OneOf({"red": "Red", "blue": "Blue"})] = "red"
    shapes: tuple[Annotated[Square | Circle, Kinds(SHAPES)], ...] = ()


def refused(value: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        Drawing.model_validate(value)
    return sentence(caught.value)


def test_limits_are_taken_and_what_is_beyond_them_is_not() -> None:
    drawing = Drawing.model_validate(
        {
            "shapes": [
                {"kind": "circle", "radius": 5},
                {"kind": "circle", "radius": "huge"},
                {"kind": "square", "side": 10},
            ]
        }
    )
    assert [shape.model_dump() for shape in drawing.shapes] == [
        {"kind": "circle", "radius": 5},
        {"kind": "circle", "radius": "huge"},
        {"kind": "square", "side": 10.0},
    ]
    assert isinstance(drawing.shapes[2].model_dump()["side"], float)


@pytest.mark.parametrize("radius", [0, 6, 2.5, 2.0, True, "2", None, [2], 10**400])
def test_a_whole_number_out_of_its_limits(radius: Any) -> None:
    expected = 'shapes[0].radius: expected a whole number from 1 to 5 or "huge", got '
    assert refused({"shapes": [{"kind": "circle", "radius": radius}]}) == expected + shown(radius)


@pytest.mark.parametrize("side", [0, -1, 10.5, math.nan, math.inf, -math.inf, True, "1", None, 10**400])
def test_a_number_out_of_its_limits(side: Any) -> None:
    expected = "shapes[0].side: expected a number above 0 to 10, got "
    assert refused({"shapes": [{"kind": "square", "side": side}]}) == expected + shown(side)


def test_a_word_that_is_none_of_the_options() -> None:
    assert refused({"colour": "green"}) == 'colour: expected one of red, blue, got "green"'
    assert refused({"colour": ["red"]}) == "colour: expected one of red, blue, got ['red']"


@pytest.mark.parametrize("shape", [{}, {"kind": "oval"}, {"kind": 5}, 5, None, {"kind": ["square"]}])
def test_a_kind_that_is_none_of_the_table(shape: Any) -> None:
    expected = 'shapes[0]: expected a "kind" that is one of square, circle, got '
    assert refused({"shapes": [shape]}) == expected + shown(shape)


def test_a_bare_tag_stands_for_its_defaults() -> None:
    assert Drawing.model_validate({"shapes": ["square"]}) == Drawing(shapes=(Square(),))


def test_unknown_missing_and_ill_formed_values() -> None:
    assert refused({"size": 5}) == "size: there is no setting of this name"
    assert (
        refused({"shapes": [{"kind": "square", "radius": 1}]}) == "shapes[0].radius: there is no setting of this name"
    )
    assert refused({"colour": 1, "shapes": [1]}).endswith("(and 1 more)")
    assert refused({"shapes": 5}) == "shapes: expected a list, got 5"
    assert refused([]) == "expected names and values in braces, got []"

    class Pair(Frozen):
        first: int

    with pytest.raises(ValidationError) as caught:
        Pair.model_validate({})
    assert sentence(caught.value, "pair") == "pair.first: expected a value, found none"


def test_places_and_values_are_written_as_in_a_file() -> None:
    assert place(("network", "layers", 1, "units")) == "network.layers[1].units"
    assert place(("training", "optimizer", "kind:adam", "beta1")) == "training.optimizer.beta1"
    assert shown("many") == '"many"'
    assert shown([1, 2]) == "[1, 2]"
    assert shown("x" * 100) == '"' + "x" * 58 + "…"


def test_a_value_never_changes() -> None:
    with pytest.raises(ValidationError):
        Adam().learning_rate = 5  # type: ignore[misc]
    assert Adam() == Adam()
    assert hash(Adam()) == hash(Adam())


def test_two_rows_of_one_tag_are_a_fault_of_the_program() -> None:
    row = next(iter(OPTIMIZERS.values()))
    with pytest.raises(ValueError, match="two rows of a table have the same tag"):
        table(row, row)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@given(
    st.dictionaries(st.sampled_from(["name", "data", "network", "training", "variants", "canvas"]) | st.text(), JSON)
)
def test_any_plain_data_are_an_experiment_or_a_mistake(value: dict[str, Any]) -> None:
    try:
        experiment = read_experiment(value)
    except Mistake as mistake:
        said = str(mistake)
    else:
        assert repr(read_experiment(experiment.model_dump(mode="json"))) == repr(experiment)
        return
    assert "pydantic" not in said
