"""What lies ahead of the network: whose steps are drawn, where they lie on the plane, and how they are told."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.landscape.ahead import OFF, OWN, StepChoice, Wanted
from app.landscape.arrows import downhill, first_step, later_steps
from app.landscape.chosen import WIDE, Chosen, Trails
from app.landscape.frames import Ahead, LandscapeFrame
from app.landscape.lens import Lens
from app.landscape.step_section import StepSection
from app.shell.icons import Icons
from core.choices.optimizers import OPTIMIZERS, SGD, Adam, OptimizerSettings
from core.experiment.training import Penalty, Training
from core.landscape.stepping import Stepping
from core.landscape.steps import steps
from core.landscape.values import Ask

ASK = Ask(9, levels=())
NAN = float("nan")


# -- whose steps -------------------------------------------------------------------------------------------------------


def test_the_experiments_own_optimizer_steps_with_its_rate_penalty_and_clipping() -> None:
    training = Training(optimizer=Adam(beta1=0.5), penalty=Penalty(l1=0.1, l2=0.2), clip=3.0)
    found = StepChoice().stepping(training, Adam(beta1=0.5, learning_rate=0.7))
    assert found == Stepping(Adam(beta1=0.5, learning_rate=0.7), 10, 0.1, 0.2, 3.0)
    assert StepChoice(OFF).stepping(training, training.optimizer).count == 0


@pytest.mark.parametrize("tag", OPTIMIZERS)
def test_every_optimizer_can_be_chosen_with_any_rate(tag: str) -> None:
    found = StepChoice(tag).stepping(Training(), SGD()).optimizer
    assert found == OPTIMIZERS[tag].settings(kind=tag)
    other = StepChoice(tag, 3.0).stepping(Training(), SGD()).optimizer
    assert other == OPTIMIZERS[tag].settings(kind=tag, learning_rate=3.0)


def test_while_it_trains_fewer_steps_are_found_and_none_of_a_large_network() -> None:
    wanted = Wanted(Stepping(SGD()))
    assert wanted.affordable(WIDE, live=True).count == 0
    assert wanted.affordable(WIDE, live=False).count == 10
    assert wanted.affordable(WIDE - 1, live=True).count == 4
    assert Wanted(Stepping(SGD(), 2)).affordable(9, live=True).count == 2


# -- on the plane ------------------------------------------------------------------------------------------------------


def looked(lab: Any, experiment: Any, chosen: Chosen, wanted: Wanted, ask: Ask = ASK) -> LandscapeFrame:
    trails = Trails()
    trails.now = (lab.trail(experiment()),)
    told = lab.drive(Lens(chosen, trails).probe(ask, 1.0, wanted), lab.scene(experiment()), trails.now[0].rows[-1])
    frame: LandscapeFrame = told.frame
    return frame


@pytest.mark.parametrize("chosen", [Chosen(), Chosen(kind="random", look="now"), Chosen(kind="line")], ids=str)
def test_steps_lie_where_their_rows_do_and_have_their_true_losses(lab: Any, experiment: Any, chosen: Chosen) -> None:
    stepping = Stepping(Adam(learning_rate=0.1), 4)
    frame = looked(lab, experiment, chosen, Wanted(stepping))
    row = lab.trail(experiment()).rows[-1]
    found = lab.drive(steps(stepping, ASK), lab.scene(experiment()), row).final
    assert frame.ahead is not None
    np.testing.assert_allclose(frame.ahead.places, [frame.place_of(step) for step in found.rows], atol=1e-4)
    np.testing.assert_allclose(frame.ahead.losses, found.losses)
    assert frame.ahead.losses[0] == pytest.approx(frame.live.true if frame.live else NAN)


def test_the_slope_is_that_of_the_picture_where_the_network_stands_in_its_middle(lab: Any, experiment: Any) -> None:
    frame = looked(lab, experiment, Chosen(kind="random", look="now"), Wanted(Stepping(SGD(), 3)))
    assert frame.ahead is not None
    assert frame.ahead.slope == pytest.approx(frame.picture.slope, rel=1e-4)
    alone = looked(lab, experiment, Chosen(kind="random", look="now"), Wanted(Stepping(SGD(), 0)))
    assert alone.ahead is not None
    assert alone.ahead.slope == pytest.approx(frame.picture.slope, rel=1e-4)
    assert alone.ahead.places.shape == (1, 2)


def test_a_step_along_an_axis_lies_in_the_plane_and_another_one_does_not(lab: Any, experiment: Any) -> None:
    stepping = Stepping(SGD(learning_rate=0.5), 1)
    row = lab.trail(experiment()).rows[-1]
    step = lab.drive(steps(stepping, ASK), lab.scene(experiment()), row).final.rows[1] - row
    frame = looked(lab, experiment, Chosen(kind="random", look="now"), Wanted(stepping))
    d1, d2 = frame.picture.plane.d1, frame.picture.plane.d2
    assert d2 is not None
    axes = np.stack([d1, d2]).astype(float)
    inside, *_ = np.linalg.lstsq(axes.T, step.astype(float), rcond=None)
    share = np.linalg.norm(axes.T @ inside) / np.linalg.norm(step)
    assert frame.ahead is not None
    assert frame.ahead.share == pytest.approx(share, rel=1e-3)


def test_steps_ahead_of_a_point_that_was_taken_begin_there(lab: Any, experiment: Any) -> None:
    row = lab.trail(experiment()).rows[3] + np.float32(0.25)
    frame = looked(lab, experiment, Chosen(), Wanted(Stepping(SGD(), 2), row))
    assert frame.ahead is not None
    assert frame.ahead.places[0] == pytest.approx(frame.place_of(row), abs=1e-4)


def test_the_same_steps_are_found_once_and_coarse_pictures_show_them_at_once(lab: Any, experiment: Any) -> None:
    trails = Trails()
    trails.now = (lab.trail(experiment()),)
    lens, scene, row = Lens(Chosen(), trails), lab.scene(experiment()), trails.now[0].rows[-1]
    wanted, ask = Wanted(Stepping(SGD(), 2)), Ask(17, levels=(9,))
    first = lab.drive(lens.probe(ask, 1.0, wanted), scene, row)
    assert [frame.ahead for frame in first.coarse] == [None, None]  # the picture does not wait for them
    again = lab.drive(lens.probe(Ask(17, levels=(9,)), 1.0, wanted), scene, row)
    assert [frame.ahead is None for frame in again.coarse] == [False]
    other = lab.drive(lens.probe(ask, 1.0, Wanted(Stepping(SGD(learning_rate=1.0), 2))), scene, row)
    assert not np.allclose(other.frame.ahead.places[1], first.frame.ahead.places[1])


def test_arrows_point_down_the_gradient_and_along_the_first_step(lab: Any, experiment: Any) -> None:
    frame = looked(lab, experiment, Chosen(kind="random", look="now"), Wanted(Stepping(SGD(learning_rate=0.5), 3)))
    assert frame.ahead is not None
    way, step, later = downhill(frame), first_step(frame), later_steps(frame)
    assert way is not None
    assert step is not None
    assert later is not None
    np.testing.assert_allclose(way[0], frame.ahead.places[0])
    down = way[1] - way[0]
    assert np.dot(down, frame.ahead.slope) < 0
    # Plain gradient descent goes along −g, whose part in the plane is what the arrow shows.
    along = step[1] - step[0]
    assert np.dot(along, down) / np.linalg.norm(along) / np.linalg.norm(down) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(step[:2], frame.ahead.places[:2])
    np.testing.assert_allclose(later, frame.ahead.places[1:])
    for arrow in (way, step):
        barbs = arrow[[3, 5]] - arrow[1]
        assert (barbs @ (arrow[1] - arrow[0]) < 0).all()


def test_nothing_is_drawn_where_nothing_lies_ahead(picture: Any) -> None:
    frame = LandscapeFrame(picture(np.ones((9, 9))), (), np.eye(2))
    assert (downhill(frame), first_step(frame), later_steps(frame)) == (None, None, None)
    flat = LandscapeFrame(frame.picture, (), np.eye(2), Ahead(np.zeros((1, 2)), np.ones(1), (0.0, 0.0), SGD()))
    assert (downhill(flat), first_step(flat), later_steps(flat)) == (None, None, None)
    lost = Ahead(np.array([[0.0, 0.0], [NAN, NAN]]), np.array([1.0, NAN]), (1.0, 0.0), SGD())
    gone = LandscapeFrame(frame.picture, (), np.eye(2), lost)
    assert downhill(gone) is not None
    assert first_step(gone) is None


# -- the section -------------------------------------------------------------------------------------------------------


@pytest.fixture
def section(qtbot: QtBot, icons: Icons) -> StepSection:
    section = StepSection(icons)
    qtbot.addWidget(section)
    section.resize(300, 200)
    section.show()
    qtbot.waitExposed(section)
    return section


def ahead(*losses: float, optimizer: OptimizerSettings | None = None) -> Ahead:
    places = np.zeros((len(losses), 2))
    return Ahead(places, np.array(losses), (1.0, 0.0), optimizer or SGD(), 0.25 if len(losses) > 1 else NAN)


def test_it_says_whether_a_step_overshoots(section: StepSection) -> None:
    section.show_ahead(ahead(0.21, 0.19, 0.1))
    assert [line.text() for line in section.lines] == [
        "One step: loss 0.21 → 0.19",
        "2 steps: loss 0.1",
        "25 % of a step lies in the plane",
    ]
    section.show_ahead(ahead(0.21, 0.35, 0.1))
    assert section.lines[0].text() == "One step overshoots: loss 0.21 → 0.35"
    section.show_ahead(ahead(0.21, 0.35, NAN))
    assert section.lines[1].text() == "After 2 steps the loss is no number any more"
    section.show_ahead(ahead(0.21, NAN))
    assert "overshoots" in section.lines[0].text()
    section.show_ahead(ahead(0.21))
    assert "when training pauses" in section.lines[0].text()


def test_a_small_change_of_the_loss_is_told_with_digits_enough(section: StepSection) -> None:
    section.show_ahead(ahead(0.65012, 0.64991))
    assert section.lines[0].text() == "One step: loss 0.65012 → 0.64991"


def test_what_was_chosen_before_is_not_told_as_what_is_chosen_now(section: StepSection) -> None:
    section.rate.slider.setValue(section.rate.slider.maximum())
    chosen = section.choice.of(SGD())
    section.show_ahead(ahead(0.21, 0.19))
    assert section.lines[0].text() == "finding the steps …"
    section.show_ahead(ahead(0.21, 3.0, optimizer=chosen))
    assert "overshoots" in section.lines[0].text()
    # A schedule's rate moves on by itself: what is known is told until the next is.
    section.show_ahead(ahead(0.21, 0.2))
    assert section.lines[0].text() == "One step: loss 0.21 → 0.2"


def test_another_optimizer_comes_with_its_own_rate_and_a_rate_is_chosen_by_hand(section: StepSection) -> None:
    section.show_own(Adam(learning_rate=0.02))
    assert section.optimizer.currentText() == "As in training: Adam"
    assert section.rate.value == 0.02
    choices: list[StepChoice] = []
    section.changed.connect(choices.append)
    section.changed.connect(lambda _choice: section.show_own(Adam(learning_rate=0.02)))
    section.rate.field.setFocus()
    section.rate.field.selectAll()
    QTest.keyClicks(section.rate.field, "3")
    QTest.keyClick(section.rate.field, Qt.Key.Key_Return)
    assert choices == [StepChoice(OWN, 3.0)]
    section.optimizer.setFocus()
    QTest.keyClick(section.optimizer, Qt.Key.Key_Down)
    assert choices[-1] == StepChoice("sgd")
    assert section.rate.value == SGD().learning_rate
    QTest.keyClick(section.optimizer, Qt.Key.Key_Home)
    assert choices[-1] == StepChoice(OFF)
    assert not section.rate.isEnabled()
    assert not section.lines[0].isVisible() or not section.lines[0].text()
