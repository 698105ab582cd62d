"""A landscape as files: what is read back is what was computed."""

import csv
import io
from typing import Any

import numpy as np
import pytest

from core.landscape.files import TABLES, arrays, table
from core.landscape.values import LandscapePicture, Plane


def a_picture(*, two: bool = True) -> LandscapePicture:
    """Return a picture whose middle is not where its plane goes through."""
    row, d1, d2 = (np.array(values, np.float32) for values in ([1, 2, 3], [1, 0, 0], [0, 2, 0]))
    middle = (0.5, -1.0 if two else 0.0)
    plane = Plane("pca", row, d1, d2 if two else None, (0.0, 0.0), middle, (2.0, 1.0), (1.0, 2.0))
    loss: Any = np.array([[0.1, np.nan, 0.3], [1e-300, 0.5, np.inf], [0.7, 1 / 3, 0.9]])[: 3 if two else 1]
    return LandscapePicture(
        plane=plane,
        xs=np.array([-1.5, 0.5, 2.5]),
        ys=np.array([-2.0, -1.0, 0.0]) if two else np.zeros(1),
        loss=loss,
        level=0,
        final=True,
        part="train",
        samples=2,
        indices=np.array([3, 8]),
        with_penalty=False,
        centre_loss=0.5,
        slope=(0.0, 0.0),
        seconds=0.0,
    )


@pytest.mark.parametrize("two", [True, False])
def test_arrays_begin_at_the_middle(two: bool) -> None:
    picture = a_picture(two=two)
    found = np.load(io.BytesIO(arrays(picture)))
    assert set(found) == {"row", "d1", "d2", "x", "y", "loss", "indices", "offset"}
    np.testing.assert_array_equal(found["loss"], picture.loss)
    np.testing.assert_array_equal(found["indices"], [3, 8])
    np.testing.assert_array_equal(found["row"], [1.5, 0, 3] if two else [1.5, 2, 3])
    assert found["x"].tolist() == [-2, 0, 2]
    assert found["y"].tolist() == ([-1, 0, 1] if two else [0])
    for j, y in enumerate(found["y"]):
        for i, x in enumerate(found["x"]):
            point = found["row"] + x * found["d1"] + y * found["d2"]
            np.testing.assert_array_equal(point, picture.plane.at(float(picture.xs[i]), float(picture.ys[j])))


def test_the_table_has_a_line_for_each_point_to_the_last_digit() -> None:
    picture = a_picture()
    lines = list(csv.DictReader(io.StringIO(table(picture).decode())))
    x, y = np.meshgrid(picture.xs, picture.ys)
    for name, values in (("x", x), ("y", y), ("loss", picture.loss)):
        np.testing.assert_array_equal([float(line[name]) for line in lines], values.ravel())


def test_each_has_its_ending() -> None:
    assert TABLES["npz"](a_picture()).startswith(b"PK")
    assert TABLES["csv"](a_picture()).startswith(b"x,y,loss\n")
