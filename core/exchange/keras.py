"""The format "keras": a script in Keras 3, with the weights in an .npz file beside it.

Keras is no part of Downhill. What is written is read back with a stand-in for the few of its layers that are used,
which finds a wrong weight, order or input. That Keras itself says the same is tested, not looked at each time.
"""

import builtins
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import torch

from core.choices.activations import ACTIVATIONS, OUTPUT_ACTIVATIONS
from core.datasets.samples import Array
from core.exchange.code.keras_network import WEIGHTS, program
from core.exchange.package import Package
from core.exchange.script import save_arrays, standardization, subject


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the script and its weights, inputs × units as Keras holds them; return the paths of both."""
    model = package.model
    path.write_text(program(subject(package, path.stem)).text, encoding="utf-8", newline="\n")
    parts = [part for _layer, weight, bias in model.architecture.split(model.row) for part in (weight.T, bias)]
    arrays = {f"weights_{place}": part for place, part in enumerate(parts)}
    return path, save_arrays(path.with_suffix(WEIGHTS), arrays | standardization(package))


def predictor(path: Path) -> Callable[[Array], Array]:
    """Run the script with a stand-in for Keras, and return its ``predict``."""

    def take(name: str, *more: Any) -> Any:
        return _KERAS if name == "keras" else builtins.__import__(name, *more)

    space = {"__name__": "exported", "__file__": str(path), "__builtins__": vars(builtins) | {"__import__": take}}
    exec(compile(path.read_text(encoding="utf-8"), path.name, "exec"), space)
    predict: Callable[[Array], Array] = space["predict"]  # type: ignore[assignment]
    return predict


class _Dense:
    def __init__(self, units: int, activation: Any = "linear", **_start: Any) -> None:
        words = {row.keras: row.function for row in OUTPUT_ACTIVATIONS.values()}
        self.activation = words[activation] if isinstance(activation, str) else activation
        self.units = units


class _Sequential:
    def __init__(self, layers: Sequence[Any]) -> None:
        self.layers = [layer for layer in layers if isinstance(layer, _Dense)]

    def set_weights(self, weights: Sequence[Array]) -> None:
        self.weights = [torch.tensor(array) for array in weights]

    def predict(self, x: Array, **_settings: Any) -> Array:
        a = torch.tensor(x)
        for place, layer in enumerate(self.layers):
            weight, bias = self.weights[2 * place : 2 * place + 2]
            assert weight.shape[1] == len(bias) == layer.units
            a = layer.activation(a @ weight + bias)
        outputs: Array = a.numpy()
        return outputs


class _Unused:
    """What says how to start and how to train."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *values, **settings: None


def _leaky_relu(negative_slope: float) -> Callable[[Any], Any]:
    return lambda z: z.maximum(z * negative_slope)


_KERAS = SimpleNamespace(
    Input=lambda shape: None,
    Sequential=_Sequential,
    layers=SimpleNamespace(Dense=_Dense, Dropout=lambda rate: None, LeakyReLU=_leaky_relu),
    ops=SimpleNamespace(sin=ACTIVATIONS["sine"].function),
    initializers=_Unused(),
    regularizers=_Unused(),
)
