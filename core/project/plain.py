"""JSON, strictly: what a file may hold is bounded and plain, and so is what is written."""

import json
import math
import re
from typing import Any

from core.choices.fields import Mistake, shown

_DEEPEST = 32
# A string, closed or not, or a bracket. The possessive *+ never goes back, so a hostile text takes no longer to read.
_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)
_SPELLED = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def to_json(value: Any) -> bytes:
    """Return plain data as JSON; numbers that are not finite are written as strings (see ``spelled``)."""
    return json.dumps(spelled(value), indent=1, allow_nan=False).encode()


def from_json(text: bytes) -> dict[str, Any]:
    """Return the object that JSON describes; raises Mistake for anything that is not strict, plain JSON."""
    if _depth(text) > _DEEPEST:
        raise Mistake(f"expected at most {_DEEPEST} brackets within each other")
    try:
        value = json.loads(
            text.decode(), parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=_without_doubles
        )
    except Mistake:
        raise
    except ValueError as error:  # also a number of thousands of digits, and text that is not UTF-8
        raise Mistake(f"expected JSON: {error}") from None
    if not isinstance(value, dict):
        raise Mistake(f"expected an object in braces, got {shown(value)}")
    return value


def spelled(value: Any) -> Any:
    """Return plain data with NaN and the infinities as the strings "NaN", "Infinity" and "-Infinity"."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [spelled(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    return value


def unspelled(value: Any) -> Any:
    """Return plain data with the strings of ``spelled`` as numbers again."""
    if isinstance(value, dict):
        return {key: unspelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unspelled(item) for item in value]
    return _SPELLED.get(value, value) if isinstance(value, str) else value


def _depth(text: bytes) -> int:
    depth = deepest = 0
    for token in _TOKEN.finditer(text):
        if token[0] in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token[0] in b"]}":
            depth -= 1
    return deepest


def _refuse_constant(word: str) -> Any:
    raise Mistake(f"expected JSON, got {word}, which is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise Mistake(f"expected a number that a computer can hold, got {shown(text)}")
    return number


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value: dict[str, Any] = {}
    for key, item in pairs:
        if key in value:
            raise Mistake(f"expected names that differ, got {shown(key)} twice")
        value[key] = item
    return value
