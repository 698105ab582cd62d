"""The page of the batches: the core's numbers, drawn where they are, and asked for only while it can be seen."""

from typing import Any

import numpy as np
import pytest

from app.gradients.batches import VIEW, sizes_of
from core.probes.batch_gradients import batch_gradients


def asked(stage: Any) -> list[bool]:
    return [wanted for view, wanted in stage.watched if view == VIEW]


def opened(stage: Any, experiment: Any = None, width: int = 830) -> Any:
    stage.start(experiment)
    stage.open(width)
    stage.part.turn(stage.part.batches)
    stage.until(lambda: stage.part.batches.picture is not None)
    return stage.part.batches


def test_the_batch_size_that_is_set_is_among_those_that_are_looked_at(make: Any) -> None:
    assert sizes_of(make(batch_size=10).training) == (1, 10, 32, 128)
    assert sizes_of(make(batch_size=7).training) == (1, 7, 10, 32, 128)
    assert sizes_of(make(batch_size="all").training) == (1, 10, 32, 128)


def test_numbers_are_those_of_the_core_and_lie_where_they_are(stage: Any, make: Any, drive: Any) -> None:
    page = opened(stage, make(batch_size=7))
    row = stage.history.current[0].rows[0]
    wanted = drive(batch_gradients((1, 7, 10, 32, 128)), stage.session.scene, row)
    np.testing.assert_array_equal(page.picture.cosine, wanted.cosine)
    np.testing.assert_array_equal(page.picture.ratio, wanted.ratio)
    assert page.angles.sizes == (1, 7, 10, 32, 64)  # the last one is all of them
    x, y = (np.concatenate(part) for part in zip(*(dots.getData() for dots in page.angles.dots), strict=True))
    assert len(x) == 5 * 50
    first = y[np.abs(x) < 0.5]
    np.testing.assert_allclose(np.sort(first), np.sort(wanted.angle[0, 0]))
    x, y = page.ratios.medians.getData()
    np.testing.assert_allclose(10 ** y[0], np.median(wanted.ratio[0, 0]), rtol=0.2)
    assert "A batch of 7 points" in page.note.text()
    assert f"{np.median(wanted.angle[0, 1]):.2g}°" in page.note.text()
    assert "1/9 of its work: 10 steps an epoch" in page.note.text()
    head, rows = page.angles.read(1.2, 0)
    assert head == "batch size 7"
    assert rows[0][2] == f"{np.median(wanted.angle[0, 1]):.2g}°"
    assert page.angles.read(-0.9, 0)[1] == ()


def test_nothing_is_asked_while_it_is_hidden(stage: Any) -> None:
    stage.start()
    stage.open()
    stage.train(5)
    assert not any(asked(stage))
    stage.part.turn(stage.part.batches)
    stage.until(lambda: stage.part.batches.picture is not None)
    assert asked(stage)[-1]
    stage.part.turn(stage.part.time)
    assert not asked(stage)[-1]


def test_all_samples_as_one_batch_have_no_noise(stage: Any, make: Any) -> None:
    page = opened(stage, make(batch_size="all"))
    assert page.note.text() == "Each step takes all 64 samples: no noise, but one step an epoch."
    assert page.picture.angle[0, -1, 0] == pytest.approx(0, abs=0.1)


def test_where_there_is_little_room_one_plot_is_chosen(stage: Any) -> None:
    page = opened(stage, width=400)
    assert (page.angles.isVisible(), page.ratios.isVisible()) == (True, False)
    page.chosen.setCurrentIndex(1)
    page.chosen.activated.emit(1)
    assert (page.angles.isVisible(), page.ratios.isVisible()) == (False, True)
    stage.part.widget.resize(830, 220)
    stage.until(page.angles.isVisible)
    assert page.ratios.isVisible()
    assert not page.chosen.isVisible()
