"""A made-up model with a setting of every kind, and what keeps its value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ValidationError

from core.choices.fields import Frozen, Kinds, Mistake, OneOf, Real, Tagged, Whole, sentence, setting, table


class Rocket(Tagged):
    """A made-up optimizer."""

    thrust: Annotated[float, Real(0, 100, log=True)] = setting(1.0, "Thrust", "How hard it pushes.", "F")


class Saturn(Rocket):
    kind: Literal["saturn"] = "saturn"
    stages: Annotated[int, Whole(1, 3)] = setting(3, "Stages", "How many burn out.")
    crewed: bool = setting(True, "Crewed", "Whether anyone is aboard.")


class Sputnik(Rocket):
    kind: Literal["sputnik"] = "sputnik"
    beeps: Annotated[str, OneOf({"high": "High", "low": "Low"})] = setting("low", "Beeps", "How it sounds.")
    tilt: Annotated[float, Real(0, 1)] | None = setting(None, "Tilt", "How far it leans.")


class Plain(Tagged):
    kind: Literal["plain"] = "plain"


class Slow(Tagged):
    kind: Literal["slow"] = "slow"
    every: Annotated[int, Whole(1, 1000)] = setting(5, "Every", "How often.")


class Alarm(Frozen):
    loud: bool = setting(False, "Loud", "Whether it rings.")
    wait: Annotated[int, Whole(0, 10)] = setting(2, "Wait", "How long it waits.")


class Weights(Frozen):
    heavy: Annotated[float, Real(0, 1)] = setting(0.5, "Heavy", "How heavy.")


@dataclass(frozen=True)
class Row:
    tag: str
    title: str
    formula: str
    sentence: str
    settings: type[Tagged]


ROCKETS = table(
    Row("saturn", "Saturn V", "F = ma", "The big one.", Saturn),
    Row("sputnik", "Sputnik", "beep", "The first one.", Sputnik),
)
PACES = table(Row("plain", "Plain", "1", "As it is.", Plain), Row("slow", "Slow", "1/n", "Now and then.", Slow))


class Flight(Frozen):
    rocket: Annotated[Rocket, Kinds(ROCKETS)] = setting(Saturn(), "Rocket", "What flies.")
    pace: Annotated[Tagged, Kinds(PACES)] = setting(Plain(), "Pace", "How fast.")
    crew: Annotated[int | Literal["none"], Whole(1, 1000, word="none")] = setting(3, "Crew", "Who is aboard.")
    alarm: Alarm | None = setting(None, "Alarm", "What wakes them.")
    weights: Weights = setting(Weights(), "Weight", "What it carries.")
    height: Annotated[float, Real(0, 1e6)] = setting(0.0, "Height", "How high.")


@dataclass
class Holder:
    """Keeps a flight, and what was done to it."""

    value_now: Flight = field(default_factory=Flight)
    done: list[tuple[Mapping[str, Any], str, str]] = field(default_factory=list)
    ended: int = 0
    refused: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[], None] = lambda: None

    def value(self, path: str) -> Any:
        here: Any = self
        for name in path.split(".")[1:]:
            here = getattr(self.value_now if here is self else here, name)
        return here

    def edit(self, settings: Mapping[str, Any], text: str, merge: str = "") -> None:
        plain = self.value_now.model_dump()
        for path, value in settings.items():
            *groups, last = path.split(".")[1:]
            here = plain
            for name in groups:
                here = here[name]
            here[last] = value.model_dump() if isinstance(value, BaseModel) else value
        try:
            self.value_now = Flight.model_validate(plain)
        except ValidationError as error:
            raise Mistake(sentence(error, "flight")) from None
        self.done.append((settings, text, merge))
        self.then()

    def end_merge(self) -> None:
        self.ended += 1

    def refusals(self, path: str, tags: Iterable[str]) -> Mapping[str, str]:
        assert path.startswith("flight.")
        return {tag: why for tag, why in self.refused.items() if tag in tags}
