"""How a report writes numbers, moments and settings."""

import math
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.choices.activations import ACTIVATIONS
from core.choices.datasets import DATASETS
from core.choices.fields import OneOf, Tagged
from core.choices.initializers import INITIALIZERS
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import SCHEDULES
from core.experiment.network import Dense, Dropout
from core.experiment.settings import title_of

NONE = "–"
_MINUS = "\N{MINUS SIGN}"
_SEEDS = 10_000_000
_MOST_ITEMS = 12  # of a list that is written out
_ROWS = {row.settings: row for table in (OPTIMIZERS, SCHEDULES, INITIALIZERS, DATASETS) for row in table.values()}


def number(value: float | None, digits: int = 4) -> str:
    """Write what was measured with so many significant digits, a dash where there is nothing."""
    if value is None:
        return NONE
    if not math.isfinite(value):
        return "not finite"
    return f"{value:#.{digits}g}".rstrip(".").replace("-", _MINUS)


def exact(value: float) -> str:
    """Write a number that somebody has set, as short as it can be."""
    return f"{value:.6g}".replace("e-0", "e-").replace("-", _MINUS)


def percent(share: float | None, decimals: int = 1) -> str:
    """Write a share, of 0 … 1, in percent."""
    if share is None:
        return NONE
    return f"{100 * share:.{decimals}f}\N{NO-BREAK SPACE}%" if math.isfinite(share) else "not finite"


def counted(count: int, what: str) -> str:
    """Write a number of things: 1 sample, 1,200 samples."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def were(count: int, what: str) -> str:
    """Write that a number of things were: 1 value was, 3 values were."""
    return f"{counted(count, what)} {'was' if count == 1 else 'were'}"


def listed(names: list[str] | tuple[str, ...], most: int = _MOST_ITEMS) -> str:
    """Write names one after the other, the first ones if there are many."""
    shown = list(names[:most])
    return ", ".join([*shown, f"and {len(names) - most:,} more"] if len(names) > most else shown)


def joined(names: list[str]) -> str:
    """Write names as a sentence has them: a, b and c."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def duration(seconds: float) -> str:
    """Write a time as people say it."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"


def moment(text: str) -> str:
    """Write a time of ISO 8601 in words; as it is where it is none."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return text
    return f"{found.day} {found:%B %Y, %H:%M} {found.tzname() or ''}".strip()


# -- settings ----------------------------------------------------------------------------------------------------------


def settings(model: BaseModel, leave: tuple[str, ...] = (), above: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield title, value and formula of each setting of a model; of a group, its settings one by one.

    leave: fields to be left out; above: the title of the group, which is told before each of its settings.
    """
    for name, info in type(model).model_fields.items():
        if name in ("kind", *leave):
            continue
        value = getattr(model, name)
        title = info.title or name.replace("_", " ")
        full = f"{above}: {title_of(info, name)}" if above else title
        if isinstance(value, Tagged):
            row = _ROWS.get(type(value))
            yield full, kind(value), row.formula if row else ""
            yield from settings(value, leave, kind(value))
        elif isinstance(value, BaseModel):
            yield from settings(value, leave, title)
        else:
            yield full, setting(value, info.metadata), _formula(info)


def kind(value: Tagged) -> str:
    """Return the title of a choice."""
    row = _ROWS.get(type(value))
    return row.title if row else value.kind


def setting(value: Any, limits: Sequence[object] = ()) -> str:
    """Write the value of a setting; limits: those of its field, of which a table knows the titles."""
    match value:
        case None | False:
            text = "off"
        case Dense():
            text = f"{value.units} {ACTIVATIONS[value.activation].title}"
        case Dropout():
            text = f"dropout {value.rate:g}"
        case Tagged():
            text = kind(value)
        case True | BaseModel():
            text = "on"
        case int():
            text = f"{value:,}" if value < _SEEDS else str(value)  # a seed is a name rather than a number
        case float():
            text = exact(value)
        case tuple():
            text = counted(len(value), "item") if len(value) > _MOST_ITEMS else ", ".join(map(setting, value))
        case _:
            tables = (limit.options for limit in limits if isinstance(limit, OneOf))
            option = next((options[value] for options in tables if value in options), value)
            text = str((option if isinstance(option, str) else getattr(option, "title", "")) or value)
    return text or NONE


def _formula(info: FieldInfo) -> str:
    extra = info.json_schema_extra
    return str(extra.get("formula", "")) if isinstance(extra, dict) else ""
