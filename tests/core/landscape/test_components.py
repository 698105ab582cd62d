"""Principal components against numpy's singular value decomposition."""

from typing import Any

import numpy as np
import pytest

from core.landscape import components as module
from core.landscape.components import Components, components


def drawn(values: list[float], count: int, width: int) -> list[Any]:
    """Return rows (width,) around a mean, whose centred matrix has these singular values and no more."""
    draws = np.random.default_rng(0)
    left = np.linalg.qr(draws.normal(size=(count, len(values) + 1)) - draws.normal())[0]
    left = np.linalg.qr(left - left.mean(axis=0))[0][:, : len(values)]
    right = np.linalg.qr(draws.normal(size=(width, len(values))))[0]
    return list((left * values) @ right.T + draws.normal(size=width))


def equal_to_numpy(found: Components, rows: list[Any], atol: float = 1e-9) -> None:
    x = np.stack(rows).astype(np.float64)
    values, vectors = np.linalg.svd(x - x.mean(axis=0), full_matrices=False)[1:]
    np.testing.assert_allclose(found.mean, x.mean(axis=0), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found.explained, (values**2 / (values**2).sum())[: len(found.axes)], atol=1e-13)
    np.testing.assert_allclose(found.axes @ found.axes.T, np.eye(len(found.axes)), atol=1e-13)
    for axis, wanted in zip(found.axes, vectors, strict=False):
        np.testing.assert_allclose(axis * np.sign(axis @ wanted), wanted, atol=atol)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("count", "width"), [(2, 9), (3, 2), (9, 9), (9, 300), (300, 9), (100, 5000), (150, 400), (400, 150)]
)
def test_rows_and_weights_of_any_number(bench: Any, count: int, width: int, dtype: Any) -> None:
    draws = np.random.default_rng(1)
    rows = list((draws.normal(size=(count, width)).cumsum(axis=0) + draws.normal(size=width)).astype(dtype))
    equal_to_numpy(bench.drive(components(rows)), rows)


@pytest.mark.parametrize(("count", "width"), [(6, 40), (40, 6), (120, 500), (500, 120)])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_rows_in_few_directions(bench: Any, rank: int, count: int, width: int) -> None:
    rows = drawn([3.0, 2.0, 0.5][:rank], count, width)
    found = bench.drive(components([*rows, rows[0], rows[-1]]))
    assert len(found.axes) == min(rank, 2)
    equal_to_numpy(found, [*rows, rows[0], rows[-1]])


@pytest.mark.parametrize(("count", "width"), [(20, 90), (90, 20), (120, 500), (500, 120)])
def test_a_second_component_that_is_much_smaller(bench: Any, count: int, width: int) -> None:
    rows = drawn([1.0, 1e-4, 1e-6], count, width)
    found = bench.drive(components(rows))
    assert found.explained[1] == pytest.approx(1e-8, rel=1e-4)
    equal_to_numpy(found, rows, atol=1e-6)


def test_what_rounding_moves_is_no_component(bench: Any) -> None:
    row = np.random.default_rng(0).normal(size=50)
    for rows in ([row], [row, row, row], [row, row * (1 + 1e-15)], [row * 0, row * 0]):
        found = bench.drive(components(rows))
        assert (found.axes.shape, found.explained) == ((0, 50), ())
        np.testing.assert_allclose(found.mean, rows[0], rtol=1e-12)
    line = [row + step * np.ones(50) for step in range(5)]
    assert len(bench.drive(components(line)).axes) == 1


def test_no_rows_and_rows_that_are_no_numbers(bench: Any) -> None:
    assert bench.drive(components([])).axes.shape == (0, 0)
    rows = drawn([3.0, 2.0], 8, 30)
    broken = [rows[0] * np.nan, np.where(np.arange(30) == 4, -np.inf, rows[0])]
    assert bench.drive(components(broken)).axes.shape == (0, 30)
    equal_to_numpy(bench.drive(components([broken[0], *rows, broken[1]])), rows)


@pytest.mark.parametrize("scale", [1e-200, 1e200])
def test_rows_of_any_size(bench: Any, scale: float) -> None:
    rows = drawn([3.0, 2.0, 1.0], 12, 30)
    usual, scaled = (bench.drive(components([row * size for row in rows])) for size in (1.0, scale))
    np.testing.assert_allclose(np.abs(np.sum(usual.axes * scaled.axes, axis=1)), 1, rtol=1e-12)
    assert scaled.explained == pytest.approx(usual.explained, rel=1e-12)


@pytest.mark.parametrize(("count", "width"), [(30, 200), (200, 30)])
def test_small_slices_change_nothing(bench: Any, monkeypatch: pytest.MonkeyPatch, count: int, width: int) -> None:
    rows = drawn([3.0, 2.0, 1.0], count, width)
    whole, few = bench.told(components(rows))
    monkeypatch.setattr(module, "_SLICE_NUMBERS", 7 * min(count, width))
    cut, many = bench.told(components(rows))
    assert len(many) > len(few) + 200 // 7
    np.testing.assert_allclose(cut.axes, whole.axes, atol=1e-12)
    assert cut.explained == pytest.approx(whole.explained, rel=1e-12)
