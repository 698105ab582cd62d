"""Data are chosen by their pictures, set by sliders, drawn by hand, and opened from a file."""

from pathlib import Path

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QSlider, QToolButton

from app.panels.editors import NumberEditor
from app.panels.table_dialog import TableDialog
from app.selftest.checks import wait
from app.selftest.hands import Ctrl, Hands, Right
from app.selftest.trial import Trial
from app.work.session import Phase
from core.choices.datasets import Points
from core.experiment.experiment import read_experiment
from tests.e2e.conftest import SMALL


def number(trial: Trial, field: str) -> NumberEditor:
    """Return the editor of a setting of the data set."""
    form = trial.program.data.form
    assert form is not None
    editor = form.row(f"data.source.{field}").editor
    assert isinstance(editor, NumberEditor)
    return editor


def setting(trial: Trial, field: str) -> object:
    return getattr(trial.experiment.data.source, field)


def points(trial: Trial) -> tuple[tuple[float, float, int], ...]:
    source = trial.experiment.data.source
    assert isinstance(source, Points)
    return source.points


def test_a_thumbnail_chooses_its_data_and_everything_follows(trial: Trial, hands: Hands) -> None:
    hands.click(trial.program.data.tiles.tiles["spiral"])
    assert trial.experiment.data.source.kind == "spiral"
    trial.ready()
    facts = trial.program.session.scenes[0].dataset.facts
    assert trial.program.output.boundary.facts == facts
    hands.key(Qt.Key.Key_Z, Ctrl)
    assert trial.experiment.data.source.kind == "circle"


def test_thumbnails_work_by_the_arrow_keys_and_enter_and_space_still_trains(trial: Trial, hands: Hands) -> None:
    tiles = trial.program.data.tiles
    hands.click(tiles.tiles["circle"])
    hands.key(Qt.Key.Key_Right)
    assert trial.experiment.data.source.kind == "circle"
    hands.key(Qt.Key.Key_Return)
    chosen = trial.experiment.data.source.kind
    assert chosen == list(tiles.tiles)[1]
    trial.ready()
    hands.key(Qt.Key.Key_Space)
    wait(lambda: trial.phase.value == "training", "Space on a tile does not train")
    assert trial.experiment.data.source.kind == chosen


def test_a_slider_is_dragged_in_one_undo_step_and_a_number_typed(trial: Trial, hands: Hands) -> None:
    before = trial.experiment
    slider = number(trial, "noise").slider
    assert isinstance(slider, QSlider)
    hands.slide(slider, 0.8)
    assert setting(trial, "noise") != 0
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Z, Ctrl)
    assert trial.experiment == before
    hands.write(number(trial, "samples").field, "160")
    assert setting(trial, "samples") == 160
    trial.ready()
    train = trial.program.session.scenes[0].dataset.train
    assert len(train) == 128
    wait(lambda: "128 train" in trial.program.window.status.samples.text(), "the status bar tells other samples")


def test_a_bad_number_is_refused_with_a_sentence_and_what_was_set_stays(trial: Trial, hands: Hands) -> None:
    form = trial.program.data.form
    assert form is not None
    row = form.row("data.source.samples")
    before = trial.experiment
    hands.write(number(trial, "samples").field, "many")
    assert trial.experiment == before
    assert row.message is not None
    assert "It stays as it was." in row.message.text()


def test_new_sample_draws_another_seed(trial: Trial, hands: Hands) -> None:
    before = setting(trial, "seed")
    button = number(trial, "seed").findChild(QToolButton)
    assert button is not None
    hands.click(button)
    assert setting(trial, "seed") != before


def test_features_are_switched_and_the_last_one_stays(trial: Trial, hands: Hands) -> None:
    features = trial.program.data.features
    hands.click(features.chips["x1_x2"])
    assert list(trial.experiment.data.features) == ["x1", "x2", "x1_x2"]
    card = trial.program.canvas.scene.network.cards[0]
    assert card.plan.labels[-1] == "x₁x₂"
    for tag in ("x1", "x2", "x1_x2"):
        hands.click(features.chips[tag])
    assert list(trial.experiment.data.features) == ["x1_x2"]
    assert features.refusal.isVisible()
    assert features.chips["x1_x2"].isChecked()


def test_points_are_drawn_by_mouse_and_keys_erased_and_cleared(trial: Trial, hands: Hands) -> None:
    data = trial.program.data
    hands.click(data.tiles.tiles["points"])
    pad, part = data.points.pad, data.points
    middle = pad.rect().center()
    hands.click(pad, middle)
    hands.click(pad, middle + QPoint(30, 0), button=Right)
    assert [point[2] for point in points(trial)] == [1, 0]
    hands.stroke(pad, [middle + QPoint(-60 + step, -40) for step in range(0, 60, 10)])
    sprayed = len(points(trial))
    assert sprayed > 4
    hands.key(Qt.Key.Key_3)
    hands.key(Qt.Key.Key_Up)
    hands.key(Qt.Key.Key_Return)
    assert points(trial)[-1] == (0.0, 0.25, 2)
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Z, Ctrl)
    hands.key(Qt.Key.Key_Z, Ctrl)
    assert len(points(trial)) == 2  # the spray is one step, the point by keys another
    hands.click(part.eraser)
    hands.click(pad, middle)
    assert [point[2] for point in points(trial)] == [0]
    hands.click(part.clear)
    assert points(trial) == ()
    assert not trial.program.window.toolbar.train.isEnabled()


def test_a_table_dropped_on_the_window_is_imported_after_a_look_at_its_columns(
    trial: Trial, hands: Hands, folder: Path
) -> None:
    path = folder / "heights.csv"
    lines = [f"{i},{i % 7},{'tall' if i % 3 else 'short'}" for i in range(60)]
    path.write_text("\n".join(["age,weight,kind", *lines]), encoding="utf-8")
    assert hands.drop_file(str(path), trial.program.canvas)
    dialog = hands.dialog(TableDialog)
    assert isinstance(dialog, TableDialog)
    wait(dialog.accept_button.isEnabled, "the table cannot be imported")
    hands.click(dialog.accept_button)
    wait(lambda: trial.experiment.data.source.kind == "csv", "the table is not imported")
    hands.active()
    trial.ready()
    assert trial.program.session.scenes[0].dataset.facts.classes == ("short", "tall")
    assert trial.program.data.table.file.text() == "heights.csv"


def test_nothing_of_the_data_before_is_shown_where_those_of_an_opened_file_cannot_be_had(
    trial: Trial, folder: Path
) -> None:
    program = trial.program
    assert program.output.scene is not None
    gone = {"kind": "csv", "path": str(folder / "gone.csv")}
    program.document.open(read_experiment(SMALL | {"data": {"source": gone}}), None)
    wait(lambda: program.session.phase is Phase.IDLE, "no data are missed")
    assert program.output.scene is None
    assert program.window.status.samples.text() == ""
    assert "gone.csv" in program.window.banner.text.text() + program.window.status.state.text()
