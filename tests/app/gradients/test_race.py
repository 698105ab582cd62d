"""The race: the core's laps, drawn step by step, with arrows that point where they should; asked for once."""

from time import thread_time
from typing import Any

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF, Qt

from app.gradients.race import OWN, VIEW
from app.gradients.race_plot import ARROWS
from app.gradients.track import STEPS, Track, racers, racing, usual_weights, weight_place
from app.landscape.chosen import WIDE
from app.shell.selection import Weight as Clicked
from core.choices.optimizers import OPTIMIZERS, SGD
from core.landscape.courses import COURSES
from core.landscape.race import fair, on_course, on_network, race
from core.landscape.values import Weight


def opened(stage: Any, course: str = "ravine", experiment: Any = None) -> Any:
    stage.start(experiment)
    stage.open()
    page = stage.part.race
    page.course.setCurrentIndex(page.course.findData(course))
    stage.part.turn(page)
    stage.until(lambda: page.frame is not None)
    page._play.stop()
    page._go(0)
    return page


def finished(work: Any) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as done:
            return done.value


def test_every_optimizer_races_and_so_does_momentum() -> None:
    found = [racer.optimizer for racer in racers()]
    assert {settings.kind for settings in found} == set(OPTIMIZERS)
    assert [settings.momentum for settings in found if isinstance(settings, SGD)] == [0.0, 0.9]


@pytest.mark.parametrize("course", ["ravine", "saddle"])
def test_laps_are_those_of_the_core_each_at_the_rate_that_suits_it(stage: Any, course: str) -> None:
    page = opened(stage, course)
    slope, start = on_course(COURSES[course]), COURSES[course].start
    wanted = finished(race(slope, start, finished(fair(slope, start, racers(), STEPS)), STEPS))
    for lap, own in zip(page.frame.laps, wanted, strict=True):
        assert lap.racer == own.racer
        np.testing.assert_array_equal(lap.places, own.places)
    column, row = 70, 20
    loss = COURSES[course].loss(page.frame.xs[column], page.frame.ys[row])
    assert page.frame.loss[row, column] == pytest.approx(loss)


def test_a_race_on_two_weights_of_the_network_holds_all_others(stage: Any, drive: Any) -> None:
    page = opened(stage)
    stage.train(5)
    page.course.setCurrentIndex(page.course.findData(OWN))
    page._ask()
    stage.until(lambda: page.frame is not None)
    frame, scene = page.frame, stage.session.scene
    record = stage.history.current[0]
    assert frame.track.weights == usual_weights(scene)
    at = [weight_place(scene, weight) for weight in frame.track.weights]
    np.testing.assert_array_equal(frame.laps[0].places[0], record.rows[0][at].astype(float))
    slope, _ = on_network(scene, record.last_row, frame.track.weights)
    places = np.array([[frame.xs[3], frame.ys[30]], [frame.xs[20], frame.ys[20]]])
    losses, _ = finished(slope(torch.tensor(places)))
    np.testing.assert_allclose(frame.loss[[30, 20], [3, 20]], losses.numpy(), rtol=1e-5)
    good = np.concatenate([lap.places[lap.losses <= lap.losses[0]] for lap in frame.laps])
    assert frame.xs[0] <= good[:, 0].min() <= good[:, 0].max() <= frame.xs[-1]
    assert frame.ys[0] <= good[:, 1].min() <= good[:, 1].max() <= frame.ys[-1]
    assert page.plot.bottom.label.toPlainText() == "Output: w1,1"


def test_a_weight_that_is_clicked_takes_the_place_of_the_older_one(stage: Any) -> None:
    page = opened(stage, OWN)
    before = page.frame
    stage.selection.select_weight(Clicked("l0", 2, 1))
    stage.until(lambda: page.frame is not None and page.frame is not before)
    assert page.frame.track.weights == (before.track.weights[1], Weight("l0", 2, 1))
    stage.part.turn(stage.part.time)
    asked = len(stage.watched)
    stage.selection.select_weight(Clicked("l0", 1, 1))
    assert len([view for view, _ in stage.watched[asked:] if view == VIEW]) == 0


def test_it_is_asked_for_once_and_not_while_hidden(stage: Any) -> None:
    stage.start()
    stage.open()
    assert VIEW not in [view for view, _ in stage.watched]
    page = opened(stage)
    stage.train(3)
    assert [wanted for view, wanted in stage.watched if view == VIEW] == [True, False]
    page._toggle()
    assert page._play.isActive()
    stage.part.widget.hide()
    assert not page._play.isActive()


def test_it_plays_to_its_end_and_from_there_anew(stage: Any) -> None:
    page = opened(stage)
    page.speed.setCurrentIndex(2)
    page._toggle()
    stage.until(lambda: page.plot.step == STEPS)
    assert not page._play.isActive()
    assert page.slider.value() == STEPS
    stage.until(lambda: f"{STEPS} of {STEPS}:" in page.note.text())
    page._toggle()
    assert page.plot.step < STEPS
    page._toggle()
    page.slider.setValue(17)
    assert page.plot.step == 17
    page.after.click()
    assert page.plot.step == 18
    page.before.click()
    page.before.click()
    assert page.plot.step == 16
    stage.until(lambda: "16 of" in page.note.text())
    losses = [lap.losses[min(16, len(lap.losses) - 1)] for lap in page.frame.laps]
    assert page.numbers[0].text() == f"{losses[0]:.2g}"


def test_ways_and_arrows_lie_where_the_numbers_are(stage: Any) -> None:
    page = opened(stage)
    plot = page.plot
    page._go(2)
    lap = page.frame.laps[1]
    assert page.plot.racer == 1
    line = plot.ways[1].items[1].path()
    ends = [(line.elementAt(at).x, line.elementAt(at).y) for at in range(line.elementCount())]
    np.testing.assert_allclose(ends, lap.places[:3])
    ways = {}
    for name in ARROWS:
        path = plot.items[name].items[1].path()
        tail, tip = (np.array([path.elementAt(at).x, path.elementAt(at).y]) for at in (0, 1))
        np.testing.assert_allclose(tail, lap.places[2])
        ways[name] = tip - tail
    np.testing.assert_allclose(ways["step"], lap.steps[2], rtol=1e-6)
    for name, wanted in (("gradient", -lap.gradients[2]), ("momentum", -lap.momenta[2])):
        cosine = ways[name] @ wanted / np.linalg.norm(ways[name]) / np.linalg.norm(wanted)
        assert cosine == pytest.approx(1)
    page._go(60)  # where a step is too short to be seen
    path = plot.items["step"].items[1].path()
    way = np.array([path.elementAt(1).x - path.elementAt(0).x, path.elementAt(1).y - path.elementAt(0).y])
    assert np.hypot(*(way / (10, 4))) == pytest.approx(0.03)
    page.boxes["gradient"].setChecked(False)
    assert not plot.items["gradient"].items[0].isVisible()
    assert plot.items["momentum"].items[0].isVisible()
    page.radios[0].click()
    assert plot.racer == 0
    assert not plot.items["momentum"].items[0].isVisible()  # plain gradient descent has none
    page._go(STEPS)
    assert not plot.items["step"].items[0].isVisible()


def test_the_mouse_reads_losses_and_chooses_a_racer(stage: Any) -> None:
    page = opened(stage)
    page._go(3)
    plot, lap = page.plot, page.frame.laps[4]
    _, rows = plot.read(*lap.places[3])
    assert rows[0][1] == "loss here"
    assert lap.racer.name in [name for _, name, _ in rows]
    assert float(rows[0][2]) == pytest.approx(lap.losses[3], rel=0.05)

    class Click:
        def button(self) -> Any:
            return Qt.MouseButton.LeftButton

        def scenePos(self) -> QPointF:  # noqa: N802 (as Qt calls it)
            return QPointF(plot.view.mapViewToScene(QPointF(*lap.places[3])))

    plot._clicked(Click())
    assert plot.racer == 4
    assert page.radios[4].isChecked()


def test_a_network_that_is_too_large_is_refused_with_a_way_on(stage: Any, make: Any) -> None:
    stage.start(make((150, 140)))
    assert stage.session.scene.architecture.parameters >= WIDE
    stage.open()
    page = stage.part.race
    page.course.setCurrentIndex(page.course.findData(OWN))
    stage.part.turn(page)
    assert "takes too long" in page.missing.text()
    page.mend.click()
    stage.until(lambda: page.frame is not None)
    assert page.frame.track == Track("ravine")


def test_a_step_is_drawn_in_a_moment(stage: Any) -> None:
    page = opened(stage)
    page._go(STEPS - 1)
    best = float("inf")
    for _ in range(20):
        start = thread_time()
        page.plot.show_step(STEPS - 1)
        best = min(best, thread_time() - start)
    assert best < 0.008


def test_the_probe_needs_no_row_for_a_course(stage: Any, drive: Any) -> None:
    stage.start()
    frame = drive(racing(Track("ravine")), stage.session.scene, np.zeros(1, np.float32))
    assert len(frame.laps) == len(racers())
