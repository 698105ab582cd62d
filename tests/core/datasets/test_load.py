"""From settings to parts: every set, features, standardization, and nothing of the test part in between."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.choices.datasets import DATASETS, MNIST, Circle, Digits, Gaussians, Points, Spiral, Table, facts_of
from core.choices.features import FEATURES
from core.choices.fields import Tagged
from core.datasets.load import load
from core.datasets.samples import Dataset
from core.experiment.data import Data

SMALL = [tag for tag, row in DATASETS.items() if row.maker.startswith("planes:") and tag != "points"]


def parts(dataset: Dataset) -> list[Any]:
    return [dataset.train, dataset.validation, dataset.test]


def source(tag: str) -> Tagged:
    return DATASETS[tag].settings(kind=tag)


@pytest.mark.parametrize("tag", [*SMALL, "digits"])
def test_every_set_that_needs_no_file(tag: str) -> None:
    data = Data(source=source(tag), validation=0.2, test=0.1)
    dataset, again = load(data), load(data)
    assert dataset.facts == facts_of(data.source)
    samples = dataset.facts.samples
    assert [len(part) for part in parts(dataset)] == [
        samples - round(0.2 * samples) - round(0.1 * samples),
        round(0.2 * samples),
        round(0.1 * samples),
    ]
    for part, same in zip(parts(dataset), parts(again), strict=True):
        assert (part.raw == same.raw).all()
        assert (part.labels == same.labels).all()
        assert not part.raw.flags.writeable
        assert not part.labels.flags.writeable
        inputs = dataset.preparation.apply(part.raw)
        assert inputs.shape == (len(part), 64 if tag == "digits" else 2)
        assert inputs.dtype == np.float32
    rows = {
        row.tobytes() + label.tobytes()
        for part in parts(dataset)
        for row, label in zip(part.raw, part.labels, strict=True)
    }
    assert len(rows) > 0.75 * samples


@pytest.mark.parametrize("tag", [tag for tag in SMALL if facts_of(source(tag)).classes])
def test_every_part_has_every_class(tag: str) -> None:
    dataset = load(Data(source=source(tag), validation=0.2, test=0.2))
    whole = np.bincount(np.concatenate([part.labels for part in parts(dataset)]))
    for part, share in zip(parts(dataset), (0.6, 0.2, 0.2), strict=True):
        assert np.abs(np.bincount(part.labels) - share * whole).max() <= 1


@given(features=st.lists(st.sampled_from(sorted(FEATURES)), min_size=1, unique=True))
def test_features(features: list[str]) -> None:
    dataset = load(Data(source=Circle(samples=20), features=tuple(features)))
    x1, x2 = dataset.train.raw.T
    columns = {
        "x1": x1, "x2": x2, "x1_squared": x1**2, "x2_squared": x2**2, "x1_x2": x1 * x2,
        "sin_x1": np.sin(x1), "sin_x2": np.sin(x2),
    }  # fmt: skip
    inputs = dataset.preparation.apply(dataset.train.raw)
    assert inputs == pytest.approx(np.stack([columns[tag] for tag in features], axis=1).astype(np.float32))


@pytest.mark.parametrize("tag", FEATURES)
def test_the_code_of_a_feature_is_its_function(tag: str) -> None:
    x1, x2 = np.random.default_rng(0).normal(size=(2, 50))
    assert (eval(FEATURES[tag].code, {"np": np, "x1": x1, "x2": x2}) == FEATURES[tag].function(x1, x2)).all()


@pytest.mark.parametrize(
    ("settings", "features"),
    [(Gaussians(), ("x1", "x2")), (Spiral(), tuple(FEATURES)), (Digits(), ("x1", "x2"))],
)
def test_standardization_is_fitted_on_the_training_part_alone(settings: Tagged, features: tuple[str, ...]) -> None:
    plain = load(Data(source=settings, features=features, validation=0.3, test=0.2))
    dataset = load(Data(source=settings, features=features, validation=0.3, test=0.2, standardize=True))
    before = plain.preparation.apply(plain.train.raw).astype(np.float64)
    mean, deviation = dataset.preparation.mean, dataset.preparation.deviation
    assert mean is not None
    assert deviation is not None
    assert mean.dtype == deviation.dtype == np.float32
    assert mean == pytest.approx(before.mean(axis=0), abs=1e-6)
    assert deviation == pytest.approx(np.where(before.std(axis=0) == 0, 1, before.std(axis=0)), rel=1e-5)

    after = dataset.preparation.apply(dataset.train.raw)
    assert after.mean(axis=0) == pytest.approx(np.zeros(after.shape[1]), abs=1e-4)
    varying = before.std(axis=0) > 0
    assert after.std(axis=0) == pytest.approx(varying.astype(float), abs=1e-4)
    # The others are shifted and scaled by the same numbers, so they miss 0 and 1 by a little.
    others = dataset.preparation.apply(dataset.validation.raw)
    assert np.abs(others.mean(axis=0)).max() > 1e-3


def test_inputs_that_never_change_become_0(tmp_path: Path) -> None:
    path = tmp_path / "constant.csv"
    path.write_text("a,b,c,y\n" + "".join(f"0.1,{1e9 + 0.1},{i},{i % 2}\n" for i in range(30)))
    dataset = load(Data(source=Table(path=str(path)), standardize=True))
    assert dataset.preparation.deviation is not None
    assert dataset.preparation.deviation[:2].tolist() == [1, 1]
    for part in (dataset.train, dataset.validation):
        assert (dataset.preparation.apply(part.raw)[:, :2] == 0).all()


def test_a_csv_file_of_two_columns_has_features(tmp_path: Path) -> None:
    path = tmp_path / "two.csv"
    path.write_text("a,b,y\n" + "".join(f"{i},{-i},{i % 2}\n" for i in range(10)))
    dataset = load(Data(source=Table(path=str(path)), features=("x1_x2",), validation=0))
    assert dataset.preparation.features == ("x1_x2",)
    assert sorted(dataset.preparation.apply(dataset.train.raw)[:, 0].tolist()) == sorted(
        -float(i * i) for i in range(10)
    )


def test_a_csv_file_of_other_columns_has_none(tmp_path: Path) -> None:
    path = tmp_path / "three.csv"
    path.write_text("a,b,c,y\n" + "".join(f"{i},1,2,{i / 2}\n" for i in range(20)))
    dataset = load(Data(source=Table(path=str(path)), features=("x1_x2",)))
    assert dataset.preparation.features == ()
    assert dataset.preparation.apply(dataset.train.raw).shape == (16, 3)
    assert dataset.train.labels.dtype == np.float64


def test_points_drawn_by_hand() -> None:
    points = tuple((float(i), float(-i), i % 2) for i in range(10))
    dataset = load(Data(source=Points(points=points), validation=0.2))
    assert [len(part) for part in parts(dataset)] == [8, 2, 0]
    assert dataset.validation.labels.tolist() in ([0, 1], [1, 0])


def test_empty_parts() -> None:
    dataset = load(Data(source=Circle(samples=50), validation=0, test=0))
    assert [len(part) for part in parts(dataset)] == [50, 0, 0]
    assert dataset.preparation.apply(dataset.test.raw).shape == (0, 2)


def test_another_split_seed_splits_otherwise() -> None:
    first, second = (load(Data(source=Circle(), split_seed=seed)) for seed in (0, 1))
    assert (first.validation.raw != second.validation.raw).any()


def test_mnist_keeps_its_own_test_part(mnist_dir: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNHILL_DATA", str(mnist_dir))
    dataset = load(Data(source=MNIST(), validation=0.2, test=0.5))
    assert [len(part) for part in parts(dataset)] == [48_000, 12_000, 10_000]
    assert dataset.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    share = np.bincount(dataset.train.labels) / np.bincount(
        np.concatenate([dataset.train.labels, dataset.validation.labels])
    )
    assert share == pytest.approx(np.full(10, 0.8), abs=1e-3)
    inputs = dataset.preparation.apply(dataset.test.raw[:100])
    assert (inputs.min(), inputs.max()) == (0, 1)
    for part in parts(dataset):
        # Bytes, each sample once: 55 MB in all, and no part keeps a larger array alive.
        assert part.raw.dtype == np.uint8
        assert part.raw.base is None
