"""The picture of a landscape: what it shows, and that extreme losses do not spoil it."""

import io
from typing import Any

import numpy as np
import pytest
from matplotlib.image import imread

from core.landscape.values import Coordinates, LandscapePicture, Plane, frozen
from core.pictures.landscape import Trace, draw, levels, png


def picture(loss: Any, **changes: Any) -> LandscapePicture:
    """Return a picture of losses (m, n) over −2 … 2."""
    count, high = loss.shape[1], loss.shape[0]
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


def bowl(size: int = 21) -> Any:
    x = np.linspace(-2, 2, size)
    return x**2 + x[:, None] ** 2 + 0.01


def trace(places: Any, best: int | None = None, name: str = "Adam") -> Trace:
    places = np.array(places, np.float64)
    return Trace(name, Coordinates(frozen(places), np.full(len(places), 0.25), 1.0), best)


def texts(figure: Any) -> list[str]:
    legend = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    axes = figure.axes[0]
    return [axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel(), *legend]


def test_says_which_loss_over_which_axes() -> None:
    shown = texts(draw("Spiral", picture(bowl(), with_penalty=True, part="validation")))
    assert shown[:3] == [
        "Validation loss with the penalty, 1,500 samples",
        "random direction 1",
        "random direction 2",
    ]


def test_shows_each_path_and_how_far_it_lies_off() -> None:
    paths = [trace([(1, 1), (0.5, 0), (0, 0)], best=1), trace([(-1, 1), (0, 0)], name="_$GD$")]
    figure = draw("Spiral", picture(bowl()), paths)
    assert texts(figure)[3:] == [
        "Adam, up to 25% off the plane",
        "_$GD$, up to 25% off the plane",
        "start",
        "best epoch",
    ]
    lines = [tuple(np.asarray(line.get_xdata()).tolist()) for line in figure.axes[0].lines]
    assert [line for line in lines if len(line) == 3] == [(1.0, 0.5, 0.0)] * 2  # the line and its casing
    assert figure.axes[0].get_xlim() == (-2, 2)


def test_a_path_without_a_finite_place_is_left_out() -> None:
    figure = draw("Spiral", picture(bowl()), [trace([(np.nan, np.nan)])])
    assert not figure.axes[0].lines
    assert png("Spiral", picture(bowl()), [trace([(0, 0), (np.nan, np.nan)], best=1)])


def test_a_line_has_its_tangent() -> None:
    x: Any = np.linspace(-2, 2, 21)
    figure = draw("Spiral", picture((x**2 + 0.5 * x)[None]))
    lines: Any = figure.axes[0].lines
    curve, _, tangent = lines
    np.testing.assert_allclose(np.asarray(curve.get_ydata(), np.float64), np.asarray(x**2 + 0.5 * x))
    (left, right), (low, high) = np.asarray(tangent.get_data(), np.float64)
    assert (high - low) / (right - left) == pytest.approx(0.5)
    assert figure.axes[0].texts[0].get_text() == "slope 0.5"


class TestBands:
    def test_are_logarithmic_where_losses_lie_far_apart(self) -> None:
        borders, logarithmic, cut = levels(bowl())
        assert (logarithmic, cut) == (True, False)
        np.testing.assert_allclose(borders[1:] / borders[:-1], borders[1] / borders[0])
        assert (borders[0], borders[-1]) == pytest.approx((0.01, 8.01))

    def test_are_even_where_losses_are_near_or_not_positive(self) -> None:
        for loss in (bowl() + 5, bowl() - 1):
            borders, logarithmic, _ = levels(loss)
            assert not logarithmic
            np.testing.assert_allclose(np.diff(borders), borders[1] - borders[0])

    def test_leave_out_what_lies_far_above_all_others(self) -> None:
        loss = bowl()
        loss[0, :4] = 1e6
        borders, _, cut = levels(loss)
        assert cut
        assert borders[-1] < 8

    def test_of_a_flat_loss_rise(self) -> None:
        for value in (0.0, 0.7, -3.0):
            borders, logarithmic, cut = levels(np.full((5, 5), value))
            assert (np.diff(borders) > 0).all()
            assert not logarithmic
            assert not cut


@pytest.mark.parametrize(
    "loss",
    [
        bowl(3),
        np.full((9, 9), 0.3),
        np.full((9, 9), np.nan),
        np.full((9, 9), np.inf),
        np.where(bowl(9) > 3, np.nan, bowl(9)),
        np.where(bowl(9) > 3, np.inf, bowl(9) - 1),
        np.where(bowl(9) > 3, 1e300, bowl(9)),
        np.array([[0.5]]),
        np.array([[0.5, np.nan, np.inf]]),
        np.array([[0.5, 0.4, 0.7]]),
    ],
)
def test_every_grid_becomes_a_picture(loss: Any) -> None:
    image = imread(io.BytesIO(png("A title with $ and _", picture(loss), [trace([(0, 0), (1, 1)])])))
    assert image.shape[0] > 500
    assert image.shape[1] > 700
