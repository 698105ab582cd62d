"""The page of the learning rate: the core's test, drawn; what its buttons do; and that the network stays as it was."""

from typing import Any

import numpy as np
import pytest

from app.gradients.rates import PATH, VIEW, range_probe
from core.choices.optimizers import SGD
from core.experiment.experiment import Experiment
from core.experiment.variants import Variant, expand, override
from core.training.events import Look, Looked
from core.training.rates import three_rates


def looked(stage: Any) -> Looked:
    before = len([event for event in stage.events if isinstance(event, Looked)])
    stage.session.tell(Look(0))
    stage.until(lambda: len([event for event in stage.events if isinstance(event, Looked)]) > before)
    return [event for event in stage.events if isinstance(event, Looked)][-1]


def opened(stage: Any, experiment: Any = None) -> Any:
    stage.start(experiment)
    stage.open()
    stage.part.turn(stage.part.rates)
    return stage.part.rates


def shown(stage: Any, experiment: Any) -> Any:
    page = opened(stage, experiment)
    page.mend.click()
    stage.until(lambda: page.picture is not None)
    return page


@pytest.fixture
def plain(make: Any) -> Experiment:
    found: Experiment = make(optimizer={"kind": "sgd", "learning_rate": 0.001}, batch_size=5)
    return found


def test_nothing_is_asked_before_the_button_is_pressed(stage: Any) -> None:
    page = opened(stage)
    stage.train(3)
    assert VIEW not in [view for view, _ in stage.watched]
    assert page.mend.text() == "Find a learning rate"


def test_the_picture_is_the_cores_and_the_network_stays_as_it_was(stage: Any, plain: Any, drive: Any) -> None:
    page = opened(stage, plain)
    stage.train(2)
    before = looked(stage)
    page.mend.click()
    stage.until(lambda: page.picture is not None)
    after = looked(stage)
    np.testing.assert_array_equal(before.row, after.row)
    assert before.step == after.step
    wanted = drive(range_probe, stage.session.scene, stage.history.current[0].rows[0])
    np.testing.assert_array_equal(page.picture.losses, wanted.losses)
    assert page.picture.suggested == wanted.suggested
    assert page.reason.text == wanted.reason
    x, y = page.plot.smooth.getData()
    np.testing.assert_allclose(x, np.log10(wanted.rates))
    np.testing.assert_array_equal(y, wanted.smoothed)
    at, _ = page.plot.marks[0].getData()
    assert at[0] == pytest.approx(np.log10(wanted.suggested))
    assert page.plot.read(at[0], 0)[1][0][1] == "loss"
    assert stage.watched[-1] == (VIEW, False)  # it is asked for once


def test_it_begins_with_the_weights_of_now_where_that_is_chosen(stage: Any, plain: Any) -> None:
    page = shown(stage, plain)
    first = page.picture
    stage.train(20)
    page.start.setCurrentIndex(1)
    page.find_rate.click()
    stage.until(lambda: page.picture is not first)
    np.testing.assert_array_equal(page.picture.row, stage.history.current[0].last_row)
    assert not np.array_equal(page.picture.row, first.row)


def test_its_rate_is_used_and_the_test_stays_to_be_seen(stage: Any, plain: Any) -> None:
    page = shown(stage, plain)
    picture = page.picture
    page.use.click()
    assert stage.document.experiment.training.optimizer == SGD(learning_rate=picture.suggested)
    stage.ready()
    assert page.picture is picture
    assert not page.use.isEnabled()
    stage.document.set({"training.batch_size": 20}, "another")
    stage.ready()
    assert page.picture is None  # of other batches
    assert page.mend.isVisible()


def test_a_rate_is_also_used_where_variants_had_their_own(stage: Any, plain: Any) -> None:
    variants = tuple(Variant(name=f"rate {rate}", settings={PATH: rate}) for rate in (0.1, 0.2))
    page = shown(stage, plain.model_copy(update={"variants": variants}))
    page.use.click()
    assert stage.document.experiment.variants == ()
    assert stage.document.experiment.training.optimizer.learning_rate == page.picture.suggested


def test_three_rates_are_compared_and_shown_side_by_side(stage: Any, plain: Any) -> None:
    page = shown(stage, plain)
    compared: list[Experiment] = []
    stage.part.compared.connect(compared.append)
    page.compare.click()
    rates = three_rates(page.picture)
    assert rates is not None
    runs = expand(compared[0])
    assert [run.experiment.training.optimizer.learning_rate for run in runs] == [rate.value for rate in rates]
    assert [run.name.rpartition(" ")[0] for run in runs] == ["too small", "stable", "too large"]
    assert not page.pictures.isVisible()
    stage.document.edit(compared[0], "compare")
    stage.ready()
    stage.until(lambda: len(stage.history.current) == 3)
    stage.session.go(epochs=5)
    stage.until(page.pictures.isVisible)
    stage.until(lambda: page.pictures.plots[0].runs and len(page.pictures.plots[0].runs[0].curves) == 6)
    for plot, head, record in zip(page.pictures.plots, page.pictures.heads, stage.history.current, strict=True):
        assert head.text() == record.name
        np.testing.assert_array_equal(plot._lines[0][0].getData()[1], record.curves["train_loss"])
    ranges = [plot.view.viewRange()[1] for plot in page.pictures.plots]
    assert ranges[0] == ranges[1] == ranges[2]
    page.find_rate.click()
    stage.until(lambda: not page.pictures.isVisible())


def test_a_test_without_a_suggestion_says_so(stage: Any, make: Any) -> None:
    zeros = {"kind": "zeros"}
    experiment = make((3,), "relu", optimizer={"kind": "sgd", "learning_rate": 0.1}, batch_size=5)
    settings = {"network.initializer": zeros, "network.output.initializer": zeros}
    page = shown(stage, override(experiment, settings))
    if page.picture.suggested is None:
        assert "fell at no learning rate" in page.reason.text
        assert not page.use.isVisible()
        assert not page.compare.isVisible()
