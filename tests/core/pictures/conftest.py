"""Pictures of losses without a network, and paths on them."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from core.landscape.values import LandscapePicture, Plane
from core.pictures.chart import Trace


def a_picture(loss: Any, **changes: Any) -> LandscapePicture:
    """Return a picture of losses (m, n) over −2 … 2; a single row is a line."""
    high, count = loss.shape
    axes = np.eye(4)
    two = high > 1
    home = (0.0, 0.0)
    plane = Plane("random", axes[3], axes[0], axes[1] if two else None, home, home, (2.0, 2.0), (1.0, float(two)))
    given: dict[str, Any] = {
        "plane": plane,
        "xs": np.linspace(-2, 2, count) if count > 1 else np.zeros(1),
        "ys": np.linspace(-2, 2, high) if two else np.zeros(1),
        "loss": loss,
        "level": 0,
        "final": True,
        "part": "train",
        "samples": 1500,
        "indices": np.arange(1500),
        "with_penalty": False,
        "centre_loss": float(loss[high // 2, count // 2]),
        "slope": (0.5, 0.0),
        "seconds": 0.1,
    }
    return LandscapePicture(**given | changes)


def a_trace(places: Any, best: int | None = None, name: str = "Adam", **changes: Any) -> Trace:
    """Return the path of a run, an epoch to a place, its loss falling from 1."""
    places = np.array(places, np.float64)
    epochs = np.arange(len(places))
    given: dict[str, Any] = {"name": name, "place": 0, "epochs": epochs, "places": places, "losses": 1 / (1 + epochs)}
    return Trace(**given | {"best": best, "off": 0.25} | changes)


@pytest.fixture
def picture() -> Callable[..., LandscapePicture]:
    return a_picture


@pytest.fixture
def trace() -> Callable[..., Trace]:
    return a_trace


@pytest.fixture
def bowl() -> Any:
    """Losses (21, 21) around a minimum in the middle, from 0.01 on."""
    x = np.linspace(-2, 2, 21)
    return x**2 + x[:, None] ** 2 + 0.01
