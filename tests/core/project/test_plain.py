import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choices.fields import Mistake
from core.project.plain import from_json, spelled, to_json, unspelled

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec="utf-8")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner),
    max_leaves=10,
)
WORDS = ("NaN", "Infinity", "-Infinity")


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), VALUES))
def test_what_is_written_is_read_again(value: dict[str, Any]) -> None:
    assert repr(from_json(to_json(value))) == repr(spelled(value))


@pytest.mark.parametrize(("number", "word"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity")])
def test_numbers_that_are_not_finite_are_written_as_words(number: float, word: str) -> None:
    assert from_json(to_json({"a": [{"b": number}, (number,)]})) == {"a": [{"b": word}, [word]]}
    assert repr(unspelled({"a": [{"b": word}, 1, None, "x"]})) == repr({"a": [{"b": number}, 1, None, "x"]})


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (b"", "expected JSON: Expecting value"),
        (b"[1]", r"expected an object in braces, got \[1\]"),
        (b"{'a': 1}", "expected JSON: Expecting property name"),
        (b'{"a": 1} {}', "expected JSON: Extra data"),
        (b'{"a": "\xff"}', "expected JSON: 'utf-8'"),
        (b'{"a": NaN}', "expected JSON, got NaN, which is no number of JSON"),
        (b'{"a": -Infinity}', "expected JSON, got -Infinity"),
        (b'{"a": 1e999}', 'expected a number that a computer can hold, got "1e999"'),
        (b'{"a": ' + b"9" * 5000 + b"}", "expected JSON: Exceeds the limit"),
        (b'{"a": 1, "b": 2, "a": 3}', 'expected names that differ, got "a" twice'),
        (b'{"a": ' + b"[" * 32 + b"]" * 32 + b"}", "expected at most 32 brackets within each other"),
        (b'{"a":' * 100_000, "expected at most 32 brackets within each other"),
    ],
)
def test_anything_but_strict_and_shallow_json_is_a_mistake(text: bytes, sentence: str) -> None:
    with pytest.raises(Mistake, match=sentence):
        from_json(text)


def test_brackets_in_strings_do_not_count_and_unclosed_strings_take_no_time() -> None:
    assert from_json(b'{"a": "' + b"[" * 100 + b'\\"{{"}') == {"a": "[" * 100 + '"{{'}
    with pytest.raises(Mistake):
        from_json(b'{"' + b'\\"' * 1_000_000)
