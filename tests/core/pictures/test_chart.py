"""Charts: paths of records on a plane, and what is written down is what is read."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from core.choices.fields import Mistake
from core.datasets.load import load
from core.experiment.architecture import architecture
from core.experiment.experiment import read_experiment
from core.experiment.variants import Run
from core.landscape.coordinates import coordinates
from core.landscape.directions import Planes
from core.landscape.values import PathDirections, Plane
from core.pictures.chart import Chart, chart, trace
from core.pictures.depth import Scale
from core.pictures.mesh import Camera
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.loop import prepare, train

EXPERIMENT = read_experiment(
    {
        "data": {"source": {"kind": "circle", "samples": 60}},
        "network": {"layers": [{"kind": "dense", "id": "a", "name": "Dense 1", "units": 3}]},
        "training": {"epochs": 12, "batch_size": 10, "device": "cpu", "early_stopping": None},
    }
)


def records(epochs: int = 12) -> tuple[Record, Record]:
    """Return the record of a run as it was when some epochs were done, and that of its end."""
    run = Run("Adam", EXPERIMENT)
    recorder, under_way = Recorder([run]), None
    for events in train(prepare([run])):
        recorder.take(events)
        if under_way is None and events and recorder.record(0).epochs == epochs:
            under_way = recorder.record(0)
    assert under_way is not None
    return under_way, recorder.record(0)


def plane_of(record: Record) -> Plane:
    """Return the plane of the principal components of a run's path."""
    scene = architecture(EXPERIMENT, load(EXPERIMENT.data).facts)
    work = Planes(PathDirections(tuple(record.rows.values()))).at(scene, record.last_row)
    while True:
        try:
            next(work)
        except StopIteration as done:
            found: Plane = done.value
            return found


class TestTrace:
    def test_has_every_kept_row_with_the_loss_that_was_measured(self) -> None:
        _, record = records()
        plane = plane_of(record)
        found = trace(record, plane, 3)
        known = coordinates(plane, list(record.rows.values()))
        np.testing.assert_array_equal(found.places, known.places)
        np.testing.assert_array_equal(found.epochs, list(record.rows))
        np.testing.assert_array_equal(found.losses, record.curves["train_loss"])
        assert (found.name, found.place, found.off) == ("Adam", 3, known.largest)
        assert found.epochs[found.best] == record.best_epoch

    def test_of_a_run_that_goes_on_ends_where_it_is_now(self) -> None:
        under_way, record = records(epochs=5)
        plane = plane_of(record)
        found = trace(under_way, plane, 0, (0.25, -1.5))
        assert found.epochs.tolist() == [0, 1, 2, 3, 4, 5, 5.5]
        assert found.places[-1].tolist() == [0.25, -1.5]
        assert np.isnan(found.losses[-1])
        last = trace(under_way, plane, 0).places[-1]
        assert len(trace(under_way, plane, 0, (float(last[0]), float(last[1]))).places) == 6  # it rests at an epoch

    def test_of_a_run_that_was_stopped_within_an_epoch_ends_with_its_last_row(self) -> None:
        _, record = records()
        moved = record.last_row + np.float32(1)
        plane = plane_of(record)
        found = trace(replace(record, last_row=moved), plane, 0)
        assert found.epochs[-2:].tolist() == [12, 12.5]
        np.testing.assert_array_equal(found.places[-1], coordinates(plane, [moved]).places[0])

    def test_of_very_many_rows_is_thinned_and_keeps_start_best_and_end(self) -> None:
        _, record = records()
        rows = {epoch: np.full(record.parameters, epoch, np.float32) for epoch in range(2000)}
        long = replace(record, rows=rows, best_epoch=777, last_row=rows[1999])
        found = trace(long, plane_of(record), 0)
        assert len(found.epochs) < 700
        assert (found.epochs[0], found.epochs[-1], found.epochs[found.best]) == (0, 1999, 777)
        assert np.isnan(found.losses[20:]).all()  # what was not measured is not told


class TestChart:
    def test_that_was_written_down_is_read_as_it_was(self, picture: Any, trace: Any) -> None:
        loss = np.array([[0.5, np.nan, np.inf], [0.25, 0.1, 0.3], [1.0, 2.0, 1e300]])
        paths = [trace([(0, 0), (np.nan, np.nan), (1, 1)], best=2), trace([(1, 0)], name="Ünï", off=0.1)]
        made = chart("A title", picture(loss), paths).with_surface(Camera(20.0, 30.0, 2.0))
        read = Chart.read(made.written())
        for field in ("xs", "ys", "loss"):
            np.testing.assert_array_equal(getattr(read, field), getattr(made, field))
        for one, other in zip(read.traces, made.traces, strict=True):
            np.testing.assert_array_equal(one.places, other.places)
            np.testing.assert_array_equal(one.losses, other.losses)
            assert (one.name, one.best, one.off) == (other.name, other.best, other.off)
        left = {"xs", "ys", "loss", "traces"}
        assert read.model_dump(exclude=left) == made.model_dump(exclude=left)
        assert isinstance(read.scale, Scale)
        assert isinstance(read.camera, Camera)

    @pytest.mark.parametrize("text", [b"", b"{}", b"[1]", b'{"title": 3}', b"\xff\xfe\x00"])
    def test_anything_else_is_refused_in_a_sentence(self, text: bytes) -> None:
        with pytest.raises(Mistake, match="Expected a landscape that the window has written down"):
            Chart.read(text)

    def test_leaves_out_paths_without_a_finite_place(self, picture: Any, trace: Any, bowl: Any) -> None:
        assert chart("", picture(bowl), [trace([(np.nan, np.nan)]), trace([(0, 0)])]).traces[0].places.tolist() == [
            [0, 0]
        ]

    def test_colours_are_logarithmic_where_losses_lie_far_apart(self, picture: Any, bowl: Any) -> None:
        assert chart("", picture(bowl)).scale.log
        assert not chart("", picture(bowl + 5)).scale.log
        assert not chart("", picture(bowl - 1)).scale.log

    def test_heights_far_above_the_start_share_a_colour(self, picture: Any, trace: Any, bowl: Any) -> None:
        bowl[0, :4] = 1e6
        made = chart("", picture(bowl), [trace([(0, 0), (1, 1)])])  # its first loss is 1
        assert made.clipped == pytest.approx(made.scale.loss(14))
        assert 8 < float(made.clipped or 0) < 20
        assert chart("", picture(bowl), [trace([(0, 0)])], Scale(True, -2.0, 6.0)).clipped is None

    @pytest.mark.parametrize("loss", [np.array([[0.5, 0.4, 0.7]]), np.array([[0.5]]), np.full((5, 5), np.nan)])
    def test_what_is_no_surface_has_none(self, picture: Any, loss: Any) -> None:
        assert chart("", picture(loss)).with_surface().camera is None

    def test_a_surface_is_seen_from_where_it_does_not_hide_the_path(self, picture: Any, trace: Any) -> None:
        x = np.linspace(-2, 2, 41)
        wall = np.where((x > 0.5) & (x < 1.5), 1.0, 0.0)[None] + np.full((41, 1), 0.1)
        for side, places in ((1.75, "right"), (-0.5, "left")):
            made = chart("", picture(wall), [trace([(side, y) for y in np.linspace(-1.8, 1.8, 30)])])
            camera = made.with_surface().camera
            assert camera is not None
            ahead = np.array([[1.0, 0, 0], [-1.0, 0, 0]])
            _, (right, left) = camera.project(ahead, 1, 1)
            assert (right < left) == (places == "right")
