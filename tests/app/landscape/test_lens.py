"""The lens: planes that hold still, paths where they belong, numbers that are true."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from app.landscape.chosen import Chosen, Trails
from app.landscape.frames import LandscapeFrame, NoLandscape
from app.landscape.lens import Lens
from core.landscape.values import Ask, Weight
from core.training.events import Row

ASK = Ask(9, levels=())


def least_squares(frame: LandscapeFrame, row: Row) -> tuple[Any, float]:
    """Return where a row lies on the plane of a picture, and how far off, by numpy."""
    plane = frame.picture.plane
    axes = np.stack([axis.astype(float) for axis in (plane.d1, plane.d2) if axis is not None], axis=1)
    way = row.astype(float) - plane.row
    found = np.linalg.lstsq(axes, way, rcond=None)[0]
    return found, float(np.linalg.norm(way - axes @ found))


@pytest.mark.parametrize("kind", ["random", "pca"])
@pytest.mark.parametrize("look", ["path", "now"])
def test_paths_lie_where_least_squares_puts_them(lab: Any, experiment: Any, kind: Any, look: Any) -> None:
    trail, other = lab.trail(experiment()), lab.trail(experiment(seed=2), 3, live=False)
    row = trail.rows[-1] + np.float32(0.01)
    frame = lab.look(Chosen(kind=kind, look=look), trail, other, row=row).frame
    live, past = frame.paths
    assert (live.live, past.live, past.place) == (True, False, 3)
    for path, rows in ((live, (*trail.rows, row)), (past, other.rows)):
        assert len(path.places) == len(rows)
        for place, kept in zip(path.places, rows, strict=True):
            np.testing.assert_allclose(place, least_squares(frame, kept)[0], atol=1e-4)
        assert path.off == pytest.approx(least_squares(frame, rows[-1])[1], abs=1e-4)
        length = np.linalg.norm(rows[-1].astype(float) - rows[0])
        assert path.relative == pytest.approx(path.off / length, abs=1e-4)


def test_the_whole_path_is_in_the_picture(lab: Any, experiment: Any) -> None:
    frame = lab.look(Chosen(), lab.trail(experiment()), lab.trail(experiment(seed=2), 1, live=False)).frame
    left, low, width, height = frame.picture.span
    for path in frame.paths:
        assert (path.places >= (left, low)).all()
        assert (path.places <= (left + width, low + height)).all()


def test_the_losses_of_now_are_those_of_the_plane_and_of_the_run(lab: Any, experiment: Any) -> None:
    trail = lab.trail(experiment())
    followed = lab.look(Chosen(kind="random", look="now"), trail).frame
    live = followed.live
    assert live is not None
    assert live.on_plane == pytest.approx(live.true, rel=1e-5)
    assert live.true == pytest.approx(followed.picture.centre_loss, rel=1e-5)
    assert live.now == pytest.approx((0.0, 0.0), abs=1e-6)
    whole = lab.look(Chosen(), trail).frame
    assert whole.live is not None
    assert whole.live.true == pytest.approx(live.true, rel=1e-6)
    nearest = whole.picture.plane.at(*whole.live.now)
    there = lab.look(Chosen(kind="random", look="now"), trail, row=nearest).frame
    assert whole.live.on_plane == pytest.approx(there.picture.centre_loss, rel=1e-4)


def test_a_plane_holds_still_while_the_run_moves_on_it(lab: Any, experiment: Any) -> None:
    trail, scene = lab.trail(experiment()), lab.scene(experiment())
    trails = Trails()
    trails.now = (trail,)
    lens = Lens(Chosen(), trails)
    probe = lens.probe(ASK)
    first = lab.drive(probe, scene, trail.rows[-1])
    moved = trail.rows[-1] * np.float32(1.01)
    second = lab.drive(probe, scene, moved)
    assert second.frame.picture is first.frame.picture  # nothing of it had to be computed anew
    assert second.slices < first.slices
    assert second.frame.live.now != first.frame.live.now


def test_a_run_that_leaves_the_picture_gets_a_new_one_that_does_not_flip(lab: Any, experiment: Any) -> None:
    trail, scene = lab.trail(experiment()), lab.scene(experiment())
    trails = Trails()
    trails.now = (replace(trail, rows=trail.rows[:12]),)
    lens = Lens(Chosen(), trails)
    probe = lens.probe(ASK)
    first = lab.drive(probe, scene, trail.rows[11]).frame
    far = trail.rows[0] + 8 * (trail.rows[-1] - trail.rows[0])
    left, low, width, height = first.picture.span
    at = least_squares(first, far)[0]
    assert not (left <= at[0] <= left + width and low <= at[1] <= low + height)
    lens._made_at -= 10  # it has had its time
    trails.now = (replace(trail, rows=(*trail.rows, far)),)
    second = lab.drive(probe, scene, far).frame
    left, low, width, height = second.picture.span
    assert second.live is not None
    assert left < second.live.now[0] < left + width
    assert low < second.live.now[1] < low + height
    assert np.dot(first.picture.plane.d1.astype(float), second.picture.plane.d1.astype(float)) > 0


def test_following_keeps_the_axes_and_moves_the_centre(lab: Any, experiment: Any) -> None:
    trail, scene = lab.trail(experiment()), lab.scene(experiment())
    trails = Trails()
    trails.now = (trail,)
    probe = Lens(Chosen(kind="random", look="now"), trails).probe(ASK)
    first = lab.drive(probe, scene, trail.rows[3]).frame
    second = lab.drive(probe, scene, trail.rows[-1]).frame
    np.testing.assert_array_equal(first.picture.plane.d1, second.picture.plane.d1)
    assert first.picture.span == second.picture.span
    np.testing.assert_array_equal(second.picture.plane.row, trail.rows[-1])
    way = np.array(second.paths[0].places[0]) - np.array(first.paths[0].places[0])
    np.testing.assert_allclose(way, -least_squares(first, trail.rows[-1])[0], atol=1e-4)


def test_the_coordinates_of_chosen_weights_are_their_values(lab: Any, experiment: Any) -> None:
    trail, scene = lab.trail(experiment()), lab.scene(experiment())
    chosen = Chosen(kind="weights", weights=(Weight("one", 1, 0), Weight("output", 0, None)))
    row = trail.rows[-1]
    frame = lab.look(chosen, trail).frame
    first, output = scene.architecture.dense
    places = first.start + 1 * first.inputs + 0, output.bias_start
    assert frame.live is not None
    np.testing.assert_allclose(frame.live.now, row[list(places)], rtol=1e-5)
    np.testing.assert_allclose(frame.paths[0].places[:-1], np.stack(trail.rows)[:, list(places)], rtol=1e-4, atol=1e-6)


def test_one_weight_makes_a_line_with_the_tangent_where_the_run_is(lab: Any, experiment: Any) -> None:
    trail = lab.trail(experiment())
    told = lab.look(Chosen(kind="weights", look="now", weights=(Weight("one", 0, 1),)), trail)
    picture = told.frame.picture
    assert picture.plane.d2 is None
    assert picture.loss.shape == (1, 9)
    assert told.frame.live.now[0] == pytest.approx(picture.plane.middle[0], abs=1e-6)


def test_the_line_goes_from_the_start_to_now(lab: Any, experiment: Any) -> None:
    trail = lab.trail(experiment())
    frame = lab.look(Chosen(kind="line"), trail).frame
    places = frame.paths[0].places
    assert places[0, 0] == pytest.approx(0, abs=1e-5)
    assert places[-1, 0] == pytest.approx(1, abs=1e-5)
    picture = frame.picture
    assert picture.xs[0] < 0
    assert picture.xs[-1] > 1
    assert picture.plane.middle[0] == pytest.approx(1, abs=1e-5)
    assert frame.live is not None
    assert picture.centre_loss == pytest.approx(frame.live.true, rel=1e-4)


def test_three_runs_end_on_their_plane(lab: Any, experiment: Any) -> None:
    trails = [lab.trail(experiment(seed=seed), seed, live=seed == 1) for seed in (1, 2, 3)]
    frame = lab.look(Chosen(kind="runs", runs=(1, 2, 3)), *trails).frame
    for path in frame.paths:
        assert path.relative < 1e-4
        assert path.on_plane == pytest.approx(path.true, rel=1e-3)


def test_at_rest_the_plane_of_three_runs_goes_through_where_they_are_now(lab: Any, experiment: Any) -> None:
    told, scene = Trails(), lab.scene(experiment())
    told.now = tuple(lab.trail(experiment(seed=seed), seed, live=seed == 1) for seed in (1, 2, 3))
    lens = Lens(Chosen(kind="runs", runs=(1, 2, 3)), told)
    early, late = told.now[0].rows[5], told.now[0].rows[-1]
    lab.drive(lens.probe(ASK), scene, early)
    live = lab.drive(lens.probe(ASK), scene, late).frame
    assert live.live.relative > 1e-2  # while it trains the plane stays
    rest = lab.drive(lens.probe(Ask(11)), scene, late).frame
    assert rest.live.relative < 1e-4
    again = lab.drive(lens.probe(Ask(11)), scene, late).frame
    assert again.picture.plane is rest.picture.plane


def test_the_plane_of_three_runs_stays_and_the_picture_follows(lab: Any, experiment: Any) -> None:
    told, scene = Trails(), lab.scene(experiment())
    told.now = tuple(lab.trail(experiment(seed=seed), seed, live=seed == 1) for seed in (1, 2, 3))
    probe = Lens(Chosen(kind="runs", look="now", runs=(1, 2, 3)), told).probe(ASK)
    first = lab.drive(probe, scene, told.now[0].rows[-1]).frame
    second = lab.drive(probe, scene, told.now[0].rows[5]).frame
    np.testing.assert_array_equal(first.picture.plane.d1, second.picture.plane.d1)
    for frame in (first, second):
        assert frame.live is not None
        assert frame.picture.plane.middle == pytest.approx(frame.live.now, abs=1e-5)
    assert first.picture.span != second.picture.span


def test_what_cannot_be_drawn_is_told_in_a_sentence(lab: Any, experiment: Any) -> None:
    trail = lab.trail(experiment())
    told = lab.look(Chosen(kind="weights", weights=(Weight("elsewhere", 0, 0),)), trail)
    assert isinstance(told.final, NoLandscape)
    assert "elsewhere" in told.final.sentence
    assert isinstance(lab.look(Chosen(kind="runs", runs=(0, 7, 9)), trail).final, NoLandscape)


def test_at_rest_coarse_pictures_come_first(lab: Any, experiment: Any) -> None:
    chosen = Chosen(kind="random", resolution=35)
    told = lab.look(chosen, lab.trail(experiment()), ask=chosen.ask(13, 0, 0, live=False))
    assert [len(frame.picture.xs) for frame in told.coarse] == [9, 17, 33]
    assert len(told.frame.picture.xs) == 35
    live = lab.look(chosen, lab.trail(experiment()), ask=chosen.ask(13, 0, 0, live=True))
    assert live.coarse == ()
    assert len(live.frame.picture.xs) == 25


def test_the_range_widens_the_picture_and_leaves_the_plane(lab: Any, experiment: Any) -> None:
    trail, scene = lab.trail(experiment()), lab.scene(experiment())
    trails = Trails()
    trails.now = (trail,)
    lens = Lens(Chosen(), trails)
    one = lab.drive(lens.probe(ASK), scene, trail.rows[-1]).frame.picture
    two = lab.drive(lens.probe(ASK, 2.0), scene, trail.rows[-1]).frame.picture
    assert two.span[2] == pytest.approx(2 * one.span[2])
    np.testing.assert_array_equal(one.plane.d1, two.plane.d1)


def test_the_place_of_a_row_is_found_on_skew_axes_too(lab: Any, experiment: Any) -> None:
    frame = lab.look(Chosen(kind="random", seed=5), lab.trail(experiment())).frame
    row = frame.picture.plane.at(0.4, -0.2)
    assert frame.place_of(row) == pytest.approx((0.4, -0.2), abs=1e-4)
    np.testing.assert_allclose(frame.place_of(row), least_squares(frame, row)[0], atol=1e-5)


def test_the_penalty_is_part_of_the_loss_only_where_it_is_chosen() -> None:
    assert not Chosen().ask(10, 0.1, 0.2, live=True).with_penalty
    ask = Chosen(penalty=True).ask(10, 0.1, 0.2, live=False)
    assert (ask.l1, ask.l2) == (0.1, 0.2)


def test_a_large_network_is_drawn_coarser_while_it_trains() -> None:
    assert Chosen().ask(100_000, 0, 0, live=True).resolution == 21
    assert Chosen(resolution=11).ask(100_000, 0, 0, live=True).resolution == 11
    assert Chosen().ask(100_000, 0, 0, live=False).resolution == 51


def test_trails_of_one_row_are_no_paths(lab: Any, experiment: Any) -> None:
    trail = lab.trail(experiment(), rows=1)
    told = lab.look(Chosen(kind="random"), trail, row=trail.rows[0])
    assert isinstance(told.final, LandscapeFrame)
    assert told.frame.paths[0].relative == 0.0
