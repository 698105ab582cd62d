"""A setting of an experiment, found by its path: its words, its limits and its value as it is now."""

from collections.abc import Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from core.choices.fields import Kinds, Mistake, OneOf, Real, Whole, shown
from core.experiment.experiment import Experiment
from core.experiment.variants import EVERY_LAYER, steps_of

Limits = Whole | Real | OneOf | Kinds


@dataclass(frozen=True)
class Setting:
    """A field. limits: None for a bool and for a group of settings, whose ``model`` is then given.

    value: as it is now; the default, where the group that it belongs to is off. optional: None is a value too: off.
    """

    path: str
    title: str
    limits: Limits | None
    model: type[BaseModel] | None
    default: Any
    value: Any
    optional: bool


def setting_at(experiment: Experiment, path: str) -> Setting:
    """Return the setting at a path, written as for ``override``; raises Mistake where there is none."""
    if path in EVERY_LAYER:
        kind, field = EVERY_LAYER[path]
        layer = next((layer for layer in experiment.network.layers if isinstance(layer, kind)), None)
        if layer is None:
            raise Mistake(f"{path}: the network has no {kind.__name__} layer to set; insert one")
        return _setting(layer, field, path)
    here: Any = experiment
    *way, name = steps_of(path)
    for step in way:
        here = _inner(here, step, path)
    if not isinstance(here, BaseModel) or name not in type(here).model_fields:
        raise Mistake(f"{path}: there is no setting {shown(name)} here")
    return _setting(here, str(name), path)


def _inner(here: Any, step: str | int, path: str) -> Any:
    if isinstance(here, BaseModel) and step in type(here).model_fields:
        value = getattr(here, str(step))
        if value is None:  # a group that is off, such as early stopping
            model = _unwrapped(type(here).model_fields[str(step)])[0]
            value = model() if isinstance(model, type) and issubclass(model, BaseModel) else None
        return value
    if isinstance(here, Sequence) and not isinstance(here, str):
        for place, item in enumerate(here):
            if step in (place, getattr(item, "id", place)):
                return item
    raise Mistake(f"{path}: there is no setting {shown(step)} here")


def _setting(model: BaseModel, name: str, path: str) -> Setting:
    info = type(model).model_fields[name]
    annotation, noted, optional = _unwrapped(info)
    group = annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
    limits = next((item for item in noted if isinstance(item, Whole | Real | OneOf | Kinds)), None)
    return Setting(path, title_of(info, name), limits, group, info.default, getattr(model, name), optional)


def title_of(info: FieldInfo, name: str) -> str:
    """Return the title of a field, as it is written within a sentence: with a small letter unless it is a symbol."""
    title = info.title or name.replace("_", " ")
    return title if title[1:2].isupper() or len(title) < 3 else title[:1].lower() + title[1:]


def _unwrapped(info: FieldInfo) -> tuple[Any, list[Any], bool]:
    """Return the type of a field, what is noted with it, and whether it may be None."""
    annotation, noted = info.annotation, list(info.metadata)
    optional = get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation)
    if optional:
        rest = [argument for argument in get_args(annotation) if argument is not NoneType]
        annotation = rest[0] if len(rest) == 1 else annotation
    if get_origin(annotation) is Annotated:
        annotation, *more = get_args(annotation)
        noted += more
    return annotation, noted, optional
