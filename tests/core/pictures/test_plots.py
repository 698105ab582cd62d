"""The table of plots: each is drawn for the data that it is for, in each of its forms, and shows what was computed."""

import csv
import io
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from core.datasets.load import load
from core.exchange.model import Model
from core.experiment.experiment import read_experiment
from core.experiment.variants import Run
from core.pictures import answers, boundary, making
from core.pictures.look import CLASSES, NEGATIVE, POSITIVE, rgb
from core.pictures.making import answers_over_plane, at_epoch
from core.pictures.plots import PLOTS
from core.pictures.subject import Subject
from core.probes.digits import report
from core.probes.pictures import PlanePicture
from core.runs.recorder import Recorder
from core.training.loop import prepare, train

DATA: dict[str, Any] = {
    "binary": {"data": {"source": {"kind": "circle", "samples": 60}}},
    "classes": {"data": {"source": {"kind": "rings", "samples": 60}}, "training": {"loss": "cross_entropy"}},
    "numbers": {"data": {"source": {"kind": "plane", "samples": 60}}, "training": {"loss": "mean_squared_error"}},
    "images": {"data": {"source": "digits"}, "training": {"loss": "cross_entropy", "batch_size": 100}},
}
Find = Callable[[str], Subject]


@pytest.fixture(scope="module")
def subject() -> Find:
    """Return a function that gives a trained run on some data; each is trained once."""
    done: dict[str, Subject] = {}

    def find(name: str) -> Subject:
        if name not in done:
            plain = {**DATA[name], "training": {"epochs": 4, **DATA[name].get("training", {})}}
            experiment = read_experiment(plain)
            runs = [Run("A run", experiment)]
            recorder = Recorder(runs)
            for events in train(prepare(runs)):
                recorder.take(events)
            record = recorder.record(0)
            done[name] = Subject.of(record, load(experiment.data), record.row)
        return done[name]

    return find


@pytest.mark.parametrize("data", DATA)
@pytest.mark.parametrize("row", PLOTS.values(), ids=PLOTS)
def test_each_form_is_a_file_of_its_kind(subject: Find, data: str, row: Any) -> None:
    found = subject(data)
    lacks = row.lacks(found.dataset.facts)
    assert bool(lacks) == (
        (row.tag == "boundary" and data == "images")
        or (row.tag == "confusion" and data == "numbers")
        or (row.tag == "numbers" and data != "numbers")
    )
    if lacks:
        assert lacks.endswith(".")
        return
    forms = row.forms(found)
    assert set(forms) == set(row.suffixes)
    for suffix, make in forms.items():
        content = make(lambda done, total: None)
        if suffix == ".svg":
            assert ElementTree.fromstring(content).tag.endswith("}svg")
            assert make(lambda done, total: None) == content  # the same each time
        elif suffix == ".csv":
            assert content.decode().startswith("x₁,x₂,")
        else:
            assert Image.open(io.BytesIO(content)).format == suffix[1:].upper()


def test_print_size_is_300_dots_to_an_inch(subject: Find) -> None:
    image = Image.open(io.BytesIO(PLOTS["curves"].forms(subject("binary"))[".png"](lambda done, total: None)))
    assert image.width == pytest.approx(6.9 * 300, abs=2)


class TestBoundary:
    def test_the_animation_has_a_frame_for_each_kept_epoch(self, subject: Find) -> None:
        told: list[tuple[int, int]] = []
        found = subject("binary")
        content = PLOTS["boundary"].forms(found)[".gif"](lambda *one: told.append(one))
        image: Any = Image.open(io.BytesIO(content))
        assert image.n_frames == len(found.record.rows) == 5
        assert told == [(done, 5) for done in range(1, 6)]
        assert image.width == 640

    def test_at_most_120_frames_and_each_moment_is_computed_once(
        self, subject: Find, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        found = subject("binary")
        rows = {epoch: found.record.rows[epoch % 5] for epoch in range(300)}
        rows[7] = np.full_like(rows[7], np.nan)  # is left out
        record = found.record.__class__(**{**vars(found.record), "rows": rows})
        looked: list[int] = []
        titles: list[str] = []
        whole = making.answers_over_plane

        def look(one: Subject) -> PlanePicture:
            looked.append(1)
            return whole(one)

        def gif(moments: list[int], frame: Callable[[int], boundary.Panel], *_rest: object) -> bytes:
            titles.extend(frame(moment).title for moment in [*moments, moments[0]])
            return b""

        monkeypatch.setattr(making, "answers_over_plane", look)
        monkeypatch.setattr(making, "gif", gif)
        PLOTS["boundary"].forms(Subject.of(record, found.dataset, found.row))[".gif"](lambda done, total: None)
        assert len(looked) == 120
        assert len(titles) == 121
        assert "Epoch 7" not in titles
        assert titles[-2] == "Epoch 299"

    @pytest.mark.parametrize("data", ["binary", "classes", "numbers"])
    def test_the_table_holds_what_the_model_says_of_each_point(self, subject: Find, data: str) -> None:
        found = subject(data)
        model = Model(found.architecture, found.row, found.dataset.preparation, found.dataset.facts)
        content = PLOTS["boundary"].forms(found)[".csv"](lambda done, total: None)
        header, *rows = csv.reader(io.StringIO(content.decode()))
        assert header == ["x₁", "x₂", *model.output_names]
        numbers = np.array(rows, float)
        assert len(np.unique(numbers[:, :2], axis=0)) == len(numbers) == making.RESOLUTION**2
        assert numbers[0, 0] < numbers[-1, 0]
        assert numbers[0, 1] > numbers[-1, 1]
        assert numbers[:, 2:] == pytest.approx(model.predict(numbers[:, :2]), abs=1e-5)

    def test_titles_tell_the_losses_of_the_curves(self, subject: Find) -> None:
        record = subject("binary").record
        loss, validation = record.curves["train_loss"][3], record.curves["validation_loss"][3]
        assert at_epoch(record, 3) == f"Epoch 3, training loss {loss:#.3g}, validation {validation:#.3g}"
        assert at_epoch(record, 99) == "Epoch 99"

    def test_colours_are_those_of_the_answers(self, subject: Find) -> None:
        picture = answers_over_plane(subject("binary"))
        sure = PlanePicture(**{**vars(picture), "shade": np.array([[-1.0, 1.0], [0.0, np.nan]])})
        found = boundary.pixels(sure)
        for place, colour in (((0, 0), NEGATIVE), ((0, 1), POSITIVE)):
            np.testing.assert_array_equal(found[place], np.rint(rgb(colour) * 0.78 + 255 * 0.22))
        np.testing.assert_array_equal(found[1, 0], found[1, 1])

    def test_classes_have_their_colours_and_pale_where_unsure(self, subject: Find) -> None:
        picture = answers_over_plane(subject("classes"))
        given = {"shade": np.array([[1.0, 1 / 3]]), "winner": np.array([[2, 2]], np.uint8)}
        sure, unsure = boundary.pixels(PlanePicture(**{**vars(picture), **given}))[0].astype(float)
        np.testing.assert_array_equal(sure, np.rint(rgb(CLASSES[2]) * 0.78 + 255 * 0.22))
        assert unsure.min() > 235

    def test_more_than_four_panels_go_on_below(self, subject: Find) -> None:
        found = subject("classes")
        panels = [boundary.Panel(f"Run {place}", answers_over_plane(found)) for place in range(5)]
        figure = boundary.draw(panels, found.dataset)
        assert [axes.get_title(loc="left") for axes in figure.axes] == [
            *(f"Run {place}" for place in range(5)),
            *[""] * 3,
        ]

    def test_points_are_thinned_where_they_hide_the_colours(self, subject: Find) -> None:
        experiment = read_experiment({"data": {"source": {"kind": "circle", "samples": 5000}}})
        data = load(experiment.data)
        picture = answers_over_plane(subject("binary"))
        axes = boundary.draw([boundary.Panel("", picture)], data).axes[0]
        assert [np.shape(dots.get_offsets()) for dots in axes.collections] == [(600, 2), (600, 2)]


class TestAnswers:
    def test_every_count_of_the_confusion_matrix_is_written(self, subject: Find) -> None:
        found = subject("images").look(report())
        axes = answers.draw_confusion(found, subject("images").dataset.facts.classes).axes[0]
        written = {
            tuple(map(round, text.get_position()[::-1])): int(text.get_text().replace(",", "")) for text in axes.texts
        }
        counts = {(row, column): int(n) for (row, column), n in np.ndenumerate(found.counts) if n}
        assert written == counts

    def test_predicted_numbers_stand_against_the_true_ones(self) -> None:
        true, predicted = np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.0, 1.5])
        axes = answers.draw_numbers(true, predicted, "test").axes[0]
        np.testing.assert_array_equal(axes.collections[0].get_offsets(), np.stack([true, predicted], axis=1))
        assert axes.get_xlabel() == "true number, test samples"

    def test_images_have_their_titles(self) -> None:
        figure = answers.draw_images([np.eye(8)] * 12, [f"{place}" for place in range(12)])
        assert [axes.get_title() for axes in figure.axes if axes.images] == [f"{place}" for place in range(12)]
