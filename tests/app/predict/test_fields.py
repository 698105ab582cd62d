"""Fields to type a sample in: their ranges are those of the data."""

import numpy as np
import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.predict.fields import Fields, range_of, ranges
from app.shell.theme import Theme
from core.datasets.load import load
from core.experiment.data import Data


@pytest.mark.parametrize(
    ("values", "least", "most", "middle", "step"),
    [
        ([0.0, 1.0, 10.0], 0, 10, 1, 1),  # whole numbers stay whole
        ([-5.034, 0.02, 4.96], -5.04, 4.96, 0.02, 0.01),
        ([0.1, 0.2, 0.3], 0.1, 0.3, 0.2, 0.001),
        ([3.0, 3.0], 2, 4, 3, 1),
        ([0, 50_000, 1_234_567], 0, 1_235_000, 50_000, 1000),
        ([1e-7, 2e-7, 3e-7], 1e-7, 3e-7, 2e-7, 1e-9),
    ],
)
def test_a_range_holds_all_numbers_in_even_steps(
    values: list[float], least: float, most: float, middle: float, step: float
) -> None:
    found = range_of("x", np.array(values, float))
    assert (found.least, found.most, found.middle) == pytest.approx((least, most, middle), rel=1e-9)
    assert found.step == pytest.approx(step)
    assert found.least <= min(values) or len(set(values)) == 1
    assert found.most >= max(values) or len(set(values)) == 1


def test_ranges_are_those_of_the_training_samples() -> None:
    dataset = load(Data())
    found = ranges(dataset)
    assert [column.name for column in found] == ["x₁", "x₂"]
    for place, column in enumerate(found):
        values = dataset.train.raw[:, place]
        assert column.least <= values.min() < column.least + column.step
        assert column.most >= values.max() > column.most - column.step


def test_a_number_beyond_the_data_may_be_typed_and_is_marked(theme: Theme, qtbot: QtBot) -> None:
    fields = Fields(theme)
    qtbot.addWidget(fields)
    fields.set_ranges((range_of("a", np.array([0.0, 10.0])), range_of("b", np.array([-1.0, 0.5, 1.0]))))
    fields.show()
    assert fields.values.tolist() == [[5, 0.5]]
    assert [note.isVisible() for note in fields.outside] == [False, False]
    with qtbot.waitSignal(fields.changed):
        fields.fields[0].field.setFocus()
        fields.fields[0].field.selectAll()
        QTest.keyClicks(fields.fields[0].field, "12,5\r")
    assert fields.values.tolist() == [[12.5, 0.5]]
    assert [note.isVisible() for note in fields.outside] == [True, False]
    assert fields.outside[0].text() == "outside the data, 0 to 10"
    with qtbot.waitSignal(fields.changed):
        fields.fields[0].slider.setValue(3)
    assert fields.values.tolist() == [[3, 0.5]]
    assert not fields.outside[0].isVisible()
