"""The building blocks of every value that is saved in a file: frozen models and numbers with limits.

A field carries all that its surroundings need to know: the limits (for the form, the check and the file),
a title, a sentence and the lecture's formula. ``Whole(1, 4096)`` both refuses 5000 and tells a spin box its range.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    ValidationError,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema


class Frozen(BaseModel):
    """A value: it never changes, knows no key that it was not told of, and equals whatever holds the same."""

    # A variant may hold any number, also one that JSON has not; it must not turn into null without a word.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, ser_json_inf_nan="strings")


class Tagged(Frozen):
    """Settings of one choice; ``kind`` is the tag of its row, fixed by each subclass."""

    kind: str


class Choice(Protocol):
    """What every row of every table has."""

    @property
    def tag(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def formula(self) -> str: ...
    @property
    def sentence(self) -> str: ...


class SettledChoice(Choice, Protocol):
    """A row whose choice has settings of its own."""

    @property
    def settings(self) -> type[Tagged]: ...


# Marks the tags that pydantic puts into the location of a fault, which name no place in a file.
_MARK = "kind:"

RowT = TypeVar("RowT", bound=Choice)


def table(*rows: RowT) -> dict[str, RowT]:
    """Return the rows by tag, in the order given, which is the order on the screen."""
    by_tag = {row.tag: row for row in rows}
    if len(by_tag) != len(rows):
        raise ValueError("two rows of a table have the same tag")
    return by_tag


def _expected(what: str) -> PydanticCustomError:
    # Becomes the second half of "place: expected …, got …".
    return PydanticCustomError("expected", "{what}", {"what": what})


@dataclass(frozen=True)
class Whole:
    """Limits of a whole number, both ends included; ``word`` is a word allowed in its place."""

    least: int
    most: int
    word: str = ""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: Any) -> int | str:
            if isinstance(value, int) and not isinstance(value, bool) and self.least <= value <= self.most:
                return value
            if self.word and value == self.word:
                return self.word
            instead = f' or "{self.word}"' if self.word else ""
            raise _expected(f"a whole number from {self.least} to {self.most}{instead}")

        return core_schema.no_info_plain_validator_function(check)


@dataclass(frozen=True)
class Real:
    """Limits of a number, both ends included unless ``above`` is set (then the lower end is excluded).

    ``log`` asks a form for a logarithmic slider.
    """

    least: float
    most: float
    above: bool = False
    log: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: Any) -> float:
            number = isinstance(value, int | float) and not isinstance(value, bool)
            # Compared before it is converted: a whole number may be too large for a float.
            if number and self.least <= value <= self.most and not (self.above and value == self.least):
                return float(value)
            bound = "above" if self.above else "from"
            raise _expected(f"a number {bound} {self.least:g} to {self.most:g}")

        return core_schema.no_info_plain_validator_function(check)


@dataclass(frozen=True)
class OneOf:
    """A tag out of a few: the keys of a table, or words given here with their titles."""

    options: Mapping[str, object]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def check(value: Any) -> str:
            if isinstance(value, str) and value in self.options:
                return value
            raise _expected("one of " + ", ".join(self.options))

        return core_schema.no_info_plain_validator_function(check)


class Kinds:
    """One of several models, told apart by their ``kind``: the settings of a row of a table, or a kind of layer.

    A bare tag stands for the model's defaults: ``"adam"`` means ``{"kind": "adam"}``.
    """

    def __init__(self, rows: Mapping[str, SettledChoice] | Mapping[str, type[BaseModel]]) -> None:
        self.rows: dict[str, object] = dict(rows)
        self.models = {tag: row if isinstance(row, type) else row.settings for tag, row in rows.items()}

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        def from_tag(value: Any) -> Any:
            return {"kind": value} if isinstance(value, str) else value

        def kind_of(value: Any) -> str | None:
            kind = value.get("kind") if isinstance(value, Mapping) else getattr(value, "kind", None)
            return _MARK + kind if isinstance(kind, str) else None

        union = core_schema.tagged_union_schema(
            choices={_MARK + tag: handler.generate_schema(model) for tag, model in self.models.items()},
            discriminator=kind_of,
            custom_error_type="expected",
            custom_error_message='a "kind" that is one of ' + ", ".join(self.models),
        )
        return core_schema.no_info_before_validator_function(from_tag, union)


def setting(default: Any, title: str, sentence: str = "", formula: str = "") -> Any:
    """Return a field with its default, its title on the screen, a sentence and the lecture's formula."""
    return Field(default, title=title, description=sentence, json_schema_extra={"formula": formula})


class Mistake(ValueError):
    """Something the user can mend; the message is one clear sentence: where, expected, found, what to do."""


def place(location: tuple[int | str, ...]) -> str:
    """Write a location as ``network.layers[1].units``."""
    text = ""
    for step in location:
        if isinstance(step, str) and step.startswith(_MARK):
            continue
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def shown(value: object, most: int = 60) -> str:
    """Write a value that was found, as in a file, cut to ``most`` characters."""
    text = f'"{value}"' if isinstance(value, str) else repr(value)
    return text if len(text) <= most else text[: most - 1] + "…"


# What pydantic asks for in words of its own, in plain ones.
_EXPECTED = {
    "string_type": "a text",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "float_type": "a number",
    "tuple_type": "a list",
    "dict_type": "names and values in braces",
    "model_type": "names and values in braces",
}


def sentence(error: ValidationError, root: str = "") -> str:
    """Say the first fault that pydantic found as *place: expected …, got …*, and how many more there are."""
    faults = error.errors(include_url=False)
    fault = faults[0]
    where = place((root, *fault["loc"]) if root else fault["loc"])
    if fault["type"] == "expected":
        what = f"expected {fault['msg']}, got {shown(fault['input'])}"
    elif fault["type"] == "extra_forbidden":
        what = "there is no setting of this name"
    elif fault["type"] == "missing":
        what = "expected a value, found none"
    elif fault["type"] in _EXPECTED:
        what = f"expected {_EXPECTED[fault['type']]}, got {shown(fault['input'])}"
    elif fault["type"] == "value_error":
        what = str(cast(Any, fault)["ctx"]["error"])
    else:
        reason = fault["msg"][0].lower() + fault["msg"][1:]
        what = f"{reason.replace('input should be', 'expected')}, got {shown(fault['input'])}"
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return f"{where}: {what}{more}" if where else f"{what}{more}"
