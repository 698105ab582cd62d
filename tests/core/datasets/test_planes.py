"""The sets of the plane: places, labels and noise against the published formulas, written again point by point."""

from collections.abc import Callable
from math import cos, exp, floor, hypot, pi, sin
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choices.datasets import (
    DATASETS,
    Checkerboard,
    Circle,
    Gaussians,
    Moons,
    MultiGaussian,
    PassTheClass,
    Plane,
    Points,
    Rings,
    Ripple,
    SlantedPlane,
    Spiral,
    Xor,
    facts_of,
)
from core.choices.fields import Mistake, Tagged
from core.datasets.samples import Samples

GENERATED = [tag for tag, row in DATASETS.items() if issubclass(row.settings, Plane)]


def make(settings: Tagged) -> Samples:
    row = DATASETS[settings.kind]
    found: Samples = row.find(row.maker)(settings)
    return found


def settings_of(tag: str, **values: Any) -> Tagged:
    return DATASETS[tag].settings(**values)


# The formulas of TensorFlow Playground's dataset.ts, a point at a time; +1 and −1 are classes 1 and 0 here.


def playground_circle(x: float, y: float) -> float:
    return 1 if hypot(x, y) < 5 * 0.5 else 0


def playground_xor(x: float, y: float) -> float:
    return 1 if x * y >= 0 else 0


def playground_plane(x: float, y: float) -> float:
    return -1 + (x + y + 10) / 20 * 2


def playground_gaussian(x: float, y: float) -> float:
    label = 0.0
    for cx, cy, sign in ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1)):
        distance = hypot(x - cx, y - cy)
        new = sign * (1 - min(distance, 2) / 2)
        if abs(new) > abs(label):
            label = new
    return label


def ripples(x: float, y: float) -> float:
    r = hypot(x, y)
    return cos(2 * r) * exp(-r / 4)


def board_of_three(x: float, y: float) -> float:
    return 1 if (floor((x + 5) / (10 / 3)) + floor((y + 5) / (10 / 3))) % 2 == 0 else 0


@pytest.mark.parametrize(
    ("settings", "formula"),
    [
        (Circle(samples=999), playground_circle),
        (Xor(samples=999), playground_xor),
        (SlantedPlane(samples=999), playground_plane),
        (MultiGaussian(samples=999), playground_gaussian),
        (Ripple(samples=999), ripples),
        (Checkerboard(samples=999, squares=3), board_of_three),
        (Checkerboard(samples=999, squares=2), playground_xor),
    ],
)
def test_labels_without_noise_are_the_formula(settings: Tagged, formula: Callable[[float, float], float]) -> None:
    made = make(settings)
    assert made.labels == pytest.approx([formula(x, y) for x, y in made.raw.tolist()])


@pytest.mark.parametrize("arms", [2, 3, 4, 5])
def test_spiral_without_noise_is_the_formula(arms: int) -> None:
    made = make(Spiral(samples=101, arms=arms))
    place = 0
    for arm in range(arms):
        n = 101 // arms + (arm < 101 % arms)
        for i in range(n):
            r = i / n * 5
            t = 1.75 * i / n * 2 * pi + 2 * pi / arms * arm
            assert made.raw[place] == pytest.approx([r * sin(t), r * cos(t)])
            assert made.labels[place] == (1 - arm if arms == 2 else arm)
            place += 1
    assert place == 101


def test_circle_leaves_a_gap() -> None:
    made = make(Circle(samples=2000))
    radius = np.hypot(*made.raw.T)
    assert radius[made.labels == 1].max() < 2.5
    assert 3.5 <= radius[made.labels == 0].min() < radius.max() < 5


def test_xor_leaves_a_gap_of_its_padding() -> None:
    raw = np.abs(make(Xor(samples=2000)).raw)
    assert raw.min() >= 0.3
    assert raw.max() <= 5.3


@pytest.mark.parametrize(("noise", "variance"), [(0, 0.5), (0.25, 2.25), (0.5, 4)])
def test_gaussians_have_centre_and_variance_of_the_formula(noise: float, variance: float) -> None:
    made = make(Gaussians(samples=40_000, noise=noise))
    for label, centre in ((1, 2), (0, -2)):
        cloud = made.raw[made.labels == label]
        assert cloud.mean(axis=0) == pytest.approx([centre, centre], abs=0.05)
        assert cloud.var(axis=0) == pytest.approx([variance, variance], rel=0.05)


def test_moons_are_half_circles_that_reach_into_each_other() -> None:
    made = make(Moons(samples=1000))
    upper, lower = made.raw[made.labels == 1], made.raw[made.labels == 0]
    assert np.hypot(upper[:, 0] + 1.65, upper[:, 1] + 0.825) == pytest.approx(np.full(500, 3.3))
    assert np.hypot(lower[:, 0] - 1.65, lower[:, 1] - 0.825) == pytest.approx(np.full(500, 3.3))
    assert upper[:, 1].min() >= -0.825
    assert lower[:, 1].max() <= 0.825
    # As in scikit-learn's make_moons they come as near to each other as half a radius.
    apart = np.linalg.norm(upper[:, None] - lower[None], axis=2)
    assert apart.min() == pytest.approx(3.3 / 2, abs=0.05)


@pytest.mark.parametrize(("count", "radii"), [(2, (5 / 3, 5)), (3, (1, 3, 5)), (5, (5 / 9, 15 / 9, 25 / 9, 35 / 9, 5))])
def test_rings_have_the_radii_of_the_formula(count: int, radii: tuple[float, ...]) -> None:
    made = make(Rings(samples=500, rings=count))
    for ring, radius in enumerate(radii):
        points = made.raw[made.labels == (1 - ring if count == 2 else ring)]
        assert len(points) in (500 // count, 500 // count + 1)
        assert np.hypot(*points.T) == pytest.approx(np.full(len(points), radius))


@pytest.mark.parametrize("tag", GENERATED)
@given(samples=st.integers(2, 300), seed=st.integers(0, 999_999_999), noise=st.sampled_from([0.0, 0.1, 0.5, 1.0]))
def test_any_settings_give_exactly_so_many_samples_of_the_facts(
    tag: str, samples: int, seed: int, noise: float
) -> None:
    settings = settings_of(tag, samples=samples, seed=seed, noise=noise)
    made, facts = make(settings), facts_of(settings)
    assert made.raw.shape == (samples, 2)
    assert made.raw.dtype == np.float64
    assert made.labels.shape == (samples,)
    assert np.isfinite(made.raw).all()
    if facts.classes:
        assert made.labels.dtype == np.int64
        assert 0 <= made.labels.min() <= made.labels.max() < len(facts.classes)
    else:
        assert made.labels.dtype == np.float64
        assert np.abs(made.labels).max() <= 1.2 + 1.2 * noise


@pytest.mark.parametrize("tag", [tag for tag in GENERATED if tag != "gaussians"])
def test_points_lie_within_the_span_at_playground_noise(tag: str) -> None:
    settings = settings_of(tag, samples=5000, noise=0.5)
    low, high = facts_of(settings).span
    raw = make(settings).raw
    assert low <= raw.min()
    assert raw.max() <= high
    assert raw.max() - raw.min() > 0.75 * (high - low)


@pytest.mark.parametrize("tag", [*GENERATED, "pass_the_class"])
def test_the_same_seed_makes_the_same_samples(tag: str) -> None:
    first, again, other = (make(settings_of(tag, samples=50, seed=seed)) for seed in (3, 3, 4))
    assert (first.raw == again.raw).all()
    assert (first.labels == again.labels).all()
    if tag != "spiral":  # which is the same at any seed, without noise
        assert (first.raw != other.raw).any()


@pytest.mark.parametrize("tag", [tag for tag in GENERATED if facts_of(settings_of(tag)).classes])
@pytest.mark.parametrize("samples", [500, 501])
def test_classes_are_about_equally_large(tag: str, samples: int) -> None:
    settings = settings_of(tag, samples=samples)
    counts = np.bincount(make(settings).labels, minlength=len(facts_of(settings).classes))
    even = samples / len(counts)
    assert (np.abs(counts - even) <= (0.15 * even if tag in ("xor", "checkerboard") else 1)).all()


@pytest.mark.parametrize("tag", ["circle", "xor", "checkerboard", "plane", "multi_gaussian", "ripple"])
def test_noise_changes_labels_and_no_places(tag: str) -> None:
    clean, noisy = (make(settings_of(tag, samples=500, noise=noise)) for noise in (0.0, 0.5))
    assert (clean.raw == noisy.raw).all()
    assert (clean.labels != noisy.labels).mean() > 0.1


@pytest.mark.parametrize("tag", ["spiral", "moons", "rings"])
def test_noise_moves_places_and_keeps_labels(tag: str) -> None:
    clean, some, much = (make(settings_of(tag, samples=500, noise=noise)) for noise in (0.0, 0.25, 0.5))
    assert (clean.labels == much.labels).all()
    # The same seed strays in the same direction, so that a slider moves points smoothly.
    assert much.raw - clean.raw == pytest.approx(2 * (some.raw - clean.raw))
    assert np.abs(much.raw - clean.raw).max() > 0.4


def test_noise_of_the_spiral_is_that_of_playground() -> None:
    clean, noisy = (make(Spiral(samples=5000, noise=noise)) for noise in (0.0, 0.5))
    strayed = noisy.raw - clean.raw
    assert np.abs(strayed).max() == pytest.approx(0.5, abs=0.01)
    assert strayed.std() == pytest.approx(0.5 / 3**0.5, rel=0.05)


def test_pass_the_class_makes_four_lectures_and_five_hours_a_close_call() -> None:
    made = make(PassTheClass(samples=50_000))
    lectures, hours = made.raw.T
    assert ((lectures >= 0) & (lectures <= 10) & (lectures == np.rint(lectures))).all()
    assert ((hours >= 0) & (hours <= 12)).all()
    assert 0.4 < made.labels.mean() < 0.6

    def passing(at_lectures: float, at_hours: float) -> float:
        near = (lectures == at_lectures) & (np.abs(hours - at_hours) < 0.6)
        assert near.sum() > 50
        return float(made.labels[near].mean())

    assert 0.5 < passing(4, 5) < 0.7
    assert passing(1, 2) < 0.1
    assert passing(8, 9) > 0.9


def test_points_are_those_drawn() -> None:
    settings = Points(points=((0.5, -1, 0), (2, 3, 1), (-7.5, 0, 1)))
    made, facts = make(settings), facts_of(settings)
    assert made.raw.tolist() == [[0.5, -1], [2, 3], [-7.5, 0]]
    assert made.labels.tolist() == [0, 1, 1]
    assert facts.classes == ("−1", "+1")
    assert facts.span == (-7.5, 7.5)
    assert facts_of(Points(points=((0, 0, 0), (1, 1, 4)))).classes == tuple(f"class {i + 1}" for i in range(5))


@pytest.mark.parametrize("points", [(), ((0, 0, 1),), ((0, 0, 2), (1, 1, 2))])
def test_points_of_one_class_are_refused(points: tuple[tuple[float, float, int], ...]) -> None:
    with pytest.raises(Mistake, match=r"^data\.source\.points: expected points of at least 2 classes"):
        facts_of(Points(points=points))
