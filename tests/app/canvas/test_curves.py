"""Curves of the activations: the tables' own functions, evaluated by torch."""

import importlib

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QColor

from app.canvas.curves import Curve, both_curves, curve_icon, curves_probe, sample_curves
from app.shell.theme import Theme
from core.choices.activations import ACTIVATIONS


@pytest.fixture(scope="module")
def curves() -> dict[str, Curve]:
    return sample_curves()


def test_every_activation_has_a_curve(curves: dict[str, Curve]) -> None:
    assert list(curves) == list(ACTIVATIONS)


@pytest.mark.parametrize("tag", list(ACTIVATIONS))
def test_slope_is_the_derivative(curves: dict[str, Curve], tag: str) -> None:
    torch = importlib.import_module("torch")
    z = torch.tensor(curves[tag].z, requires_grad=True)
    value = ACTIVATIONS[tag].function(z)
    value.sum().backward()
    # The curve's own points include 0, where a kink has no derivative.
    away = curves[tag].z != 0
    assert curves[tag].slope[away] == pytest.approx(z.grad.numpy()[away], abs=1e-9)


def test_the_probe_returns_the_curves(curves: dict[str, Curve]) -> None:
    work = curves_probe(None, None)  # type: ignore[arg-type]
    assert next(work) is None
    with pytest.raises(StopIteration) as done:
        next(work)
    assert set(done.value.value) == set(curves)


@pytest.mark.parametrize("tag", list(ACTIVATIONS))
def test_curves_can_be_drawn(curves: dict[str, Curve], tag: str, theme: Theme) -> None:
    picture = both_curves(curves[tag], theme, 220, 110, 2.0)
    assert picture.deviceIndependentSize().toSize() == QSize(220, 110)
    icon = curve_icon(curves[tag], QColor("red")).pixmap(18, 18).toImage()
    inked = [icon.pixelColor(x, y).alpha() > 128 for x in range(icon.width()) for y in range(icon.height())]
    assert any(inked)


def test_a_curve_that_is_not_there_yet_leaves_room(theme: Theme) -> None:
    assert not curve_icon(None, theme.color("accent")).isNull()
