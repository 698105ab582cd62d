"""The picture of the curves: what it shows, and that all of it can be read."""

import io
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.image import imread

from core.experiment.experiment import Experiment
from core.pictures.curves import draw, png
from core.pictures.look import run_look
from core.runs.curves import COLUMNS, Curves
from core.runs.record import Record
from core.training.events import Metrics, Outcome

EPOCHS = 50


def record(
    name: str = "Spiral",
    *,
    epochs: int = EPOCHS,
    scale: float = 1.0,
    validation: bool = True,
    accuracy: bool = True,
    outcome: Outcome = "epochs",
    last_loss: float | None = None,
) -> Record:
    """Return a record with made-up curves: losses that fall from ``scale``, accuracies that rise."""
    x = np.arange(epochs + 1)
    values = np.full((len(x), len(COLUMNS)), np.nan)
    values[:, COLUMNS.index("epoch")] = x
    values[:, COLUMNS.index("train_loss")] = scale * (0.2 + 0.5 * np.exp(-x / 10))
    if last_loss is not None:
        values[-1, COLUMNS.index("train_loss")] = last_loss
    if validation:
        values[:, COLUMNS.index("validation_loss")] = scale * (0.25 + 0.5 * np.exp(-x / 10))
    if accuracy:
        values[:, COLUMNS.index("train_accuracy")] = 1 - 0.5 * np.exp(-x / 10)
    if accuracy and validation:
        values[:, COLUMNS.index("validation_accuracy")] = 0.98 - 0.5 * np.exp(-x / 10)
    row = np.zeros(3, np.float32)
    return Record(
        name=name,
        experiment=Experiment(),
        device="cpu",
        device_reason="",
        parameters=3,
        started="",
        seconds=1.0,
        steps=10,
        epochs=epochs,
        curves=Curves(values, np.ones(len(x), np.int64)),
        interventions=(),
        outcome=outcome,
        message="",
        best_epoch=min(30, epochs),
        metrics=Metrics(),
        last=Metrics(),
        rows={0: row},
        row=row,
        last_row=row,
        state=None,
        versions={},
    )


CASES = {
    "one run": [record()],
    "no validation": [record(validation=False)],
    "regression": [record(accuracy=False)],
    "one epoch": [record(epochs=0)],
    "four runs": [record(f"run {i}", scale=1 + i / 5) for i in range(4)],
    "a divergence": [record("fine"), record("gone", epochs=3, outcome="diverged", last_loss=1e30)],
    "infinite": [record(last_loss=np.inf)],
    "nothing finite": [record(epochs=0, validation=False, accuracy=False, last_loss=np.nan)],
    "far apart": [record("near", scale=1e-6), record("far", scale=1e3)],
    "sixteen runs": [record(f"seed {i}", scale=1 + i / 20) for i in range(16)],
    "sixty runs": [record(f"a rather long name of run number {i}") for i in range(60)],
    "strange names": [record(name) for name in ("$x^", "_hidden", "", "漢字", "a" * 80, "line\nbreak", "%s {}")],
}  # fmt: skip


def extents(figure: Figure) -> dict[str, Any]:
    """Return where the parts of a figure lie, each with all its texts, in pixels."""
    canvas: Any = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    parts = {f"axes {place}": axes.get_tightbbox(renderer) for place, axes in enumerate(figure.axes)}
    parts["legend"] = figure.legends[0].get_window_extent(renderer)
    parts["title"] = figure.texts[0].get_window_extent(renderer)
    return {**parts, "figure": figure.bbox}


def line_styles(axes: Any) -> list[str]:
    """Return the style of each line, as matplotlib calls it."""
    return [line.get_linestyle() for line in axes.lines]


@pytest.mark.parametrize("records", CASES.values(), ids=CASES)
class TestAnyRuns:
    def test_are_drawn_to_png(self, records: list[Record]) -> None:
        image = imread(io.BytesIO(png("A title", records)))
        assert image.shape[0] > 500
        assert image.shape[1] > 700
        assert image[..., :3].min() < 0.3  # something is drawn

    @pytest.mark.filterwarnings("ignore:Glyph")
    def test_nothing_is_cut_off_and_nothing_overlaps(self, records: list[Record]) -> None:
        boxes = extents(draw("A title that is rather long, as the question of an experiment may be", records))
        whole = boxes.pop("figure")
        for name, box in boxes.items():
            assert min(box.x0, box.y0) >= 0, name
            assert box.x1 <= whole.width, name
            assert box.y1 <= whole.height, name
        for (name, box), (other_name, other) in combinations(boxes.items(), 2):
            assert not box.padded(-1).overlaps(other.padded(-1)), f"{name} and {other_name}"


def test_training_is_thin_and_solid_validation_thicker_and_dashed() -> None:
    axes = draw("", [record()]).axes[0]
    training, validation, ring = axes.lines
    x, y = (np.asarray(ring.get_data()[side], float) for side in (0, 1))
    assert training.get_linewidth() < validation.get_linewidth()
    assert line_styles(axes)[:2] == ["-", "--"]
    assert (x.tolist(), ring.get_marker()) == ([30], "o")
    assert y == pytest.approx(0.25 + 0.5 * np.exp(-3))


def test_runs_have_the_colours_of_the_program() -> None:
    axes = draw("", CASES["four runs"]).axes[0]
    assert [line.get_color() for line in axes.lines[::3]] == ["#c4209a", "#005a41", "#86690a", "#1a1f29"]


def test_no_two_runs_look_the_same() -> None:
    looks = [run_look(place) for place in range(40)]
    assert len(set(looks)) == len(looks)


def test_the_legend_names_runs_and_lines() -> None:
    figure = draw("", CASES["a divergence"])
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["fine", "gone", "training", "validation", "best epoch", "diverged"]


def test_names_are_shown_as_they_are() -> None:
    figure = draw("$x^", CASES["strange names"])
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names[:2] == ["$x^", "_hidden"]
    assert len(names[4]) == 30


def test_what_is_far_apart_has_a_logarithmic_axis() -> None:
    assert draw("", CASES["far apart"]).axes[0].get_yscale() == "log"
    assert draw("", CASES["one run"]).axes[0].get_yscale() == "linear"


def test_a_divergence_does_not_press_the_others_flat() -> None:
    axes = draw("", CASES["a divergence"]).axes[0]
    assert axes.get_ylim()[1] < 1
    assert axes.get_title(loc="left").startswith("Loss, up to 0.7")


def test_regression_has_no_accuracy() -> None:
    assert len(draw("", CASES["regression"]).axes) == 1
    assert len(draw("", CASES["one run"]).axes) == 2
