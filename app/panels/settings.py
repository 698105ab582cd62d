"""What a form knows of a field of a frozen model: its words, its limits, and the scale of its slider. No Qt here."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from app.shell.widgets.numbers import read
from core.choices.fields import Kinds, OneOf, Real, Whole

Limits = Whole | Real | OneOf | Kinds
_POSITIONS = 1000  # of a logarithmic slider


@dataclass(frozen=True)
class Setting:
    """A field of a model, by its path in the experiment.

    limits: None for a bool and for a group. model: of a group; for one of several kinds what all of them share.
    optional: None is a value too, which means off. percent: a share of 1, shown as percent.
    """

    path: str
    title: str
    sentence: str
    formula: str
    default: Any
    limits: Limits | None = None
    model: type[BaseModel] | None = None
    optional: bool = False
    percent: bool = False

    @property
    def name(self) -> str:
        """The last word of the path."""
        return self.path.rpartition(".")[2]


def settings_of(model: type[BaseModel], path: str) -> tuple[Setting, ...]:
    """Return the fields of a model that a form can show, in their order; lists and texts are not among them."""
    found = (setting_of(model, name, f"{path}.{name}") for name in model.model_fields)
    return tuple(setting for setting in found if setting is not None)


def setting_of(model: type[BaseModel], name: str, path: str) -> Setting | None:
    """Return a field of a model, or None if a form cannot show it."""
    info = model.model_fields[name]
    annotation, metadata, optional = _unwrapped(info)
    limits = next((item for item in metadata if isinstance(item, Whole | Real | OneOf | Kinds)), None)
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    if limits is None and annotation is not bool and not is_model:
        return None
    extra = info.json_schema_extra
    formula = str(extra.get("formula", "")) if isinstance(extra, Mapping) else ""
    return Setting(
        path=path,
        title=info.title or name.replace("_", " ").capitalize(),
        sentence=info.description or "",
        formula=formula,
        default=info.default,
        limits=limits,
        model=annotation if is_model else None,
        optional=optional,
    )


def _unwrapped(info: FieldInfo) -> tuple[Any, list[Any], bool]:
    """Return the type of a field, what is noted with it, and whether it may be None."""
    annotation, metadata, optional = info.annotation, list(info.metadata), False
    if get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation):
        optional = True
        rest = [argument for argument in get_args(annotation) if argument is not NoneType]
        if len(rest) == 1:
            annotation = rest[0]
        if get_origin(annotation) is Annotated:
            annotation, *noted = get_args(annotation)
            metadata += noted
    return annotation, metadata, optional


def title_of(option: object, tag: str) -> str:
    """Return the words for an option of OneOf: the title of its row, the text given with it, or its tag."""
    title = option if isinstance(option, str) else getattr(option, "title", "")
    return str(title) or tag.replace("_", " ").capitalize()


# -- sliders -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Scale:
    """How the positions 0 … ``positions`` of a slider stand for numbers.

    step: between two positions of an even scale; 0: the scale is logarithmic. zero: its position 0 stands for 0.
    """

    least: float
    most: float
    positions: int
    step: float = 0.0
    whole: bool = False
    zero: bool = False

    def value(self, position: int) -> float | int:
        """Return the number at a position, rounded to what a hand can aim at."""
        if self.zero and position == 0:
            return 0.0
        if self.step:
            number = min(round(self.least + position * self.step, 6), self.most)
        else:
            exact = self.least * (self.most / self.least) ** (position / self.positions)
            number = min(max(float(f"{exact:.2g}"), self.least), self.most)
        return round(number) if self.whole else number

    def position(self, value: float) -> int:
        """Return the position nearest to a number; a number beyond the scale stands at its end."""
        if self.zero and value <= 0:
            return 0
        clipped = min(max(value, self.least), self.most)
        if self.step:
            return round((clipped - self.least) / self.step)
        share = math.log(clipped / self.least) / math.log(self.most / self.least)
        return max(round(share * self.positions), 1 if self.zero else 0)


def scale_of(setting: Setting) -> Scale | None:
    """Return the scale of a number's slider, which may be narrower than its limits; None where none would be of use.

    A logarithmic one spans what is usual: three powers of ten on both sides of the default; a whole number goes from
    its least to some hundred times its default.
    """
    default = setting.default
    usual = default if isinstance(default, int | float) and default > 0 else None
    if isinstance(setting.limits, Whole):
        return _whole_scale(setting.limits, usual or 10)
    if isinstance(setting.limits, Real):
        return _log_scale(setting.limits, usual) if setting.limits.log else _even_scale(setting.limits)
    return None


def _whole_scale(limits: Whole, usual: float) -> Scale | None:
    span = limits.most - limits.least
    if span <= 100:
        return Scale(limits.least, limits.most, span, step=1, whole=True)
    if limits.least < 1:  # a seed: one is as good as another
        return None
    most = min(limits.most, 10 ** (math.floor(math.log10(usual)) + 2))
    return Scale(limits.least, most, _POSITIONS, whole=True)


def _log_scale(limits: Real, usual: float | None) -> Scale:
    zero = limits.least == 0 and not limits.above
    power = round(math.log10(usual or (1e-3 if zero else 1.0)))
    least, most = max(limits.least, 10.0 ** (power - 3)), min(limits.most, 10.0 ** (power + 3))
    return Scale(least, most, _POSITIONS, zero=zero)


def _even_scale(limits: Real) -> Scale | None:
    span = limits.most - limits.least
    if span > 10:
        return None
    step = 0.01 if span <= 1 else 0.1
    least = step if limits.above and limits.least == 0 else limits.least
    return Scale(least, limits.most, max(1, round((limits.most - least) / step)), step)


# -- numbers as text ---------------------------------------------------------------------------------------------------


def text_of(setting: Setting, value: Any) -> str:
    """Write a number as its field shows it: so that reading it gives the same number."""
    if isinstance(value, str):
        return value
    if setting.percent:
        return f"{_written(value * 100)} %"
    return str(value) if isinstance(value, int) else _written(value)


def _written(value: float) -> str:
    text = f"{value:.12g}"
    if 0 < abs(value) < 1e-3:  # 1.5e-4 is shorter than 0.00015
        mantissa, _, exponent = f"{value:.11e}".partition("e")
        text = f"{mantissa.rstrip('0').rstrip('.')}e{exponent}"
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa}e{int(exponent)}" if e else text


def value_of(setting: Setting, text: str) -> Any:
    """Read what was typed into the field of a number; what is none is returned as it is, for the model to refuse."""
    plain = text.strip()
    limits = setting.limits
    if isinstance(limits, Whole):
        if limits.word and plain.lower() == limits.word:
            return limits.word
        if re.fullmatch(r"[+-]?\d{1,3}([ ,.'’]\d{3})+", plain):  # thousands
            plain = re.sub(r"[ ,.'’]", "", plain)
        number = read(plain)
        return text.strip() if number is None else int(number) if number.is_integer() else number
    share = setting.percent or plain.endswith("%")
    number = read(plain.removesuffix("%").strip())
    if number is None:
        return text.strip()
    return round(number / 100, 12) if share else number
