"""Features as a graph of operators: what their code does, told by letting it run on names instead of numbers."""

from collections.abc import Callable
from types import SimpleNamespace

from core.choices.features import FEATURES, Feature

# Takes an ONNX operator and the names of its inputs, and returns the name of its result.
Apply = Callable[[str, tuple[str, ...]], str]
COLUMNS = ("x1", "x2")

_CODES = {tag: compile(row.code, tag, "eval") for tag, row in FEATURES.items()}


class _Named:
    """A value of which the name is known, not the numbers."""

    def __init__(self, name: str, apply: Apply) -> None:
        self.name = name
        self.apply = apply

    def __mul__(self, other: "_Named") -> "_Named":
        return _Named(self.apply("Mul", (self.name, other.name)), self.apply)

    def __pow__(self, exponent: int) -> "_Named":
        power = self
        for _ in range(exponent - 1):
            power = power * self
        return power

    def sin(self) -> "_Named":
        return _Named(self.apply("Sin", (self.name,)), self.apply)


def trace(feature: Feature, apply: Apply) -> str:
    """Return the name of a feature's result; ``apply`` is told of each operator on the way from x1 and x2."""
    numpy = SimpleNamespace(sin=_Named.sin)
    names = {name: _Named(name, apply) for name in COLUMNS}
    found: _Named = eval(_CODES[feature.tag], {"np": numpy, "__builtins__": {}, **names})
    return found.name
