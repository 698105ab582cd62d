"""The predict tab: its answers are those of the model with the weights that are shown."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog

from app.predict.view import MANY, NOTHING, ONE
from app.shell.widgets.numbers import written
from core.exchange.inputs import read_picture
from core.training.events import EpochDone
from tests.app.predict.conftest import PLANE, WAIT, Stage

DIGITS: dict[str, Any] = {
    "data": {"source": "digits"},
    "network": {"layers": [{"kind": "dense", "id": "a", "units": 4}]},
    "training": {"loss": "cross_entropy"},
}
REGRESSION = {"data": {"source": {"kind": "ripple", "samples": 60}}, "training": {"loss": "mean_squared_error"}}
MakeTable = Callable[[str], Path]
RAW: list[list[float]] = [[1, 2], [-3, 0.5], [4, -4]]
TABLE = "x₁,x₂\n1,2\n-3,0.5\n4,-4\n"


def typed(stage: Stage, *numbers: float) -> None:
    """Type a sample."""
    stage.qtbot.waitUntil(lambda: len(stage.part.widget.fields.fields) == len(numbers), timeout=WAIT)
    for field, number in zip(stage.part.widget.fields.fields, numbers, strict=True):
        field.field.setText(str(number))
        field.field.editingFinished.emit()


def percent(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def test_before_the_data_are_there_it_says_so(stage: Stage) -> None:
    view = stage.part.widget
    view.show()
    assert view.pages.currentIndex() == NOTHING
    assert view.hint.text() == "The data are not there yet."
    assert stage.part.open() is None
    stage.part.read((Path("in.csv"),))
    assert stage.hints == ["The data are not there yet."]


def test_a_typed_sample_is_answered_with_how_sure_that_is(stage: Stage) -> None:
    stage.start()
    typed(stage, 1.5, -2)
    (output,) = stage.answered([[1.5, -2]])[0]
    answer = stage.part.widget.answer
    name, sure = ("+1", output) if output > 0.5 else ("−1", 1 - output)
    assert stage.part.widget.pages.currentIndex() == ONE
    assert answer.title.text() == name
    assert answer.note.text() == f"{percent(sure)} sure, says the run as it is now"
    assert answer.bars.names == ("−1", "+1")
    assert answer.bars.texts() == [percent(1 - output), percent(output)]
    assert not stage.part.save_button.isEnabled()


def test_the_answer_changes_with_the_training(stage: Stage) -> None:
    stage.start()
    typed(stage, 1.5, -2)
    before = stage.answered([[1.5, -2]])
    rows: list[Any] = []
    stage.session.happened.connect(
        lambda events: rows.extend(e.row for e in events if isinstance(e, EpochDone) and e.epoch == 3)
    )
    stage.session.go(epochs=3)
    stage.qtbot.waitUntil(lambda: bool(rows), timeout=WAIT)
    assert not np.allclose(stage.answered([[1.5, -2]], rows[0]), before)


def test_other_weights_that_are_shown_answer_by_their_name(stage: Stage) -> None:
    stage.start()
    typed(stage, 1.5, -2)
    now = stage.answered([[1.5, -2]])
    row = stage.rows[0] * 3
    stage.part.show_row(row, "Epoch 7 of Run 1")
    then = stage.answered([[1.5, -2]], row)
    assert not np.allclose(then, now)
    assert stage.part.widget.answer.note.text().endswith("says Epoch 7 of Run 1")
    stage.part.show_row(None, "")
    stage.answered([[1.5, -2]])
    assert stage.part.widget.answer.note.text().endswith("says the run as it is now")


def test_a_number_is_predicted_without_how_sure_that_is(stage: Stage) -> None:
    stage.start(REGRESSION)
    typed(stage, 1, 2)
    (output,) = stage.answered([[1, 2]])[0]
    answer = stage.part.widget.answer
    assert answer.title.text() == written(output, 5)
    assert answer.note.text() == "predicted by the run as it is now"
    assert not answer.bars.isVisible()


def test_scores_are_no_probabilities(stage: Stage) -> None:
    stage.start({**PLANE, "training": {"loss": "hinge"}})
    typed(stage, 1, 2)
    (output,) = stage.answered([[1, 2]])[0]
    assert stage.part.widget.answer.title.text() == ("+1" if output > 0 else "−1")
    assert "scores, not probabilities" in stage.part.widget.answer.note.text()


def test_a_table_is_answered_row_by_row_and_can_be_saved(stage: Stage, table: MakeTable, tmp_path: Path) -> None:
    stage.start()
    stage.part.read((table(TABLE),))
    stage.qtbot.waitUntil(lambda: stage.part.asked is not None, timeout=WAIT)
    outputs = stage.answered(RAW)[:, 0]
    view = stage.part.widget
    assert view.pages.currentIndex() == MANY
    model = view.table.answers
    assert model.titles == ["Sample", "x₁", "x₂", "Prediction", "Sure", "probability of +1"]
    rows = [[str(model.data(model.index(row, column))) for column in range(6)] for row in range(model.rowCount())]
    assert rows[1][:4] == ["2", "−3", "0.5", "+1" if outputs[1] > 0.5 else "−1"]
    assert [row[5] for row in rows] == [written(output) for output in outputs]
    assert view.heading.text() == "in.csv, 3 samples: the answers of the run as it is now"

    stage.part.save_button.click()
    (dialog,) = view.findChildren(QFileDialog)
    assert Path(dialog.selectedFiles()[0]).name == "in-predictions.csv"
    path = tmp_path / "out.csv"
    dialog.fileSelected.emit(str(path))
    dialog.reject()
    stage.qtbot.waitUntil(lambda: stage.hints[-1] == "Saved: out.csv", timeout=WAIT)
    saved = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    assert [(float(row["x₁"]), float(row["x₂"])) for row in saved] == [tuple(row) for row in RAW]
    assert [float(row["probability of +1"]) for row in saved] == pytest.approx(list(outputs), rel=1e-12)
    assert [row["prediction"] for row in saved] == ["+1" if output > 0.5 else "−1" for output in outputs]


def test_a_table_stays_while_its_data_do_and_goes_with_them(stage: Stage, table: MakeTable) -> None:
    stage.start()
    stage.part.read((table(TABLE),))
    stage.qtbot.waitUntil(lambda: stage.part.asked is not None, timeout=WAIT)
    stage.start({**PLANE, "network": {"layers": [{"kind": "dense", "id": "a", "units": 5}]}})
    stage.answered(RAW)
    assert stage.part.widget.pages.currentIndex() == MANY
    stage.start(DIGITS)
    assert stage.part.asked is None
    assert stage.part.widget.pages.currentIndex() == NOTHING
    assert "drawn in the Output panel" in stage.part.widget.hint.text()


def test_put_away_goes_back_to_what_was_typed(stage: Stage, table: MakeTable) -> None:
    stage.start()
    typed(stage, 1, 2)
    assert not stage.part.back_button.isEnabled()
    stage.part.read((table(TABLE),))
    stage.qtbot.waitUntil(lambda: stage.part.asked is not None, timeout=WAIT)
    stage.part.back_button.click()
    assert stage.part.widget.pages.currentIndex() == ONE
    stage.answered([[1, 2]])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x₁,x₂\n1,a\n", 'in.csv, row 2, column "x₂": expected a number, found "a"'),
        ("a,b,c\n1,2,3\n", "in.csv: expected 2 columns (x₁, x₂), found 3"),
    ],
)
def test_what_is_wrong_with_a_table_is_told_in_a_sentence(
    stage: Stage, table: MakeTable, text: str, sentence: str
) -> None:
    stage.start()
    stage.part.read((table(text),))
    stage.qtbot.waitUntil(lambda: bool(stage.faults), timeout=WAIT)
    assert stage.faults[0].startswith(sentence)
    assert stage.part.asked is None


def test_a_picture_is_answered_and_shown_as_the_network_is_given_it(stage: Stage, tmp_path: Path) -> None:
    stage.start(DIGITS)
    path = tmp_path / "one.png"
    grey = np.full((40, 30), 255, np.uint8)
    grey[5:35, 12:18] = 0
    Image.fromarray(grey).save(path)
    stage.part.read((path,))
    stage.qtbot.waitUntil(lambda: stage.part.asked is not None, timeout=WAIT)
    raw = read_picture(path, stage.model())
    outputs = stage.answered(raw)[0]
    answer = stage.part.widget.answer
    assert answer.title.text() == str(outputs.argmax())
    assert answer.bars.texts() == [percent(output) for output in outputs]
    assert answer.picture.isVisible()
    shown = answer.picture.pixmap().toImage().pixelColor(56, 56).lightness()
    assert shown == pytest.approx(255 * raw[0].reshape(8, 8)[4, 4] / 16, abs=2)
    assert stage.part.widget.fields.isHidden()


def test_several_pictures_are_a_table_by_the_names_of_their_files(stage: Stage, tmp_path: Path) -> None:
    stage.start(DIGITS)
    paths = tuple(tmp_path / f"{name}.png" for name in "ab")
    for place, path in enumerate(paths):
        grey = np.zeros((8, 8), np.uint8)
        grey[2:6, 2 + place] = 255
        Image.fromarray(grey).save(path)
    stage.part.read(paths)
    stage.qtbot.waitUntil(lambda: stage.part.asked is not None, timeout=WAIT)
    stage.answered(np.concatenate([read_picture(path, stage.model()) for path in paths]))
    model = stage.part.widget.table.answers
    assert [model.data(model.index(row, 0)) for row in range(2)] == ["a.png", "b.png"]
    assert model.titles[:3] == ["Sample", "Prediction", "Sure"]


def test_tables_and_pictures_can_be_dropped_and_other_files_are_left_to_the_window(
    stage: Stage, table: MakeTable, tmp_path: Path
) -> None:
    stage.start()
    view = stage.part.widget
    assert not drop(view, tmp_path / "net.onnx")
    assert not drop(view, tmp_path / "a.downhill")
    assert drop(view, table(TABLE))
    stage.qtbot.waitUntil(lambda: stage.part.asked is not None, timeout=WAIT)
    stage.answered(RAW)


def drop(view: Any, path: Path) -> bool:
    """Drop a file; return whether it was welcome."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    action, left, plain = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(20, 20), action, mime, left, plain)
    entered.ignore()
    QApplication.sendEvent(view, entered)
    if entered.isAccepted():
        QApplication.sendEvent(view, QDropEvent(QPointF(20, 20), action, mime, left, plain))
    return entered.isAccepted()


def test_too_many_columns_to_type_want_a_table(stage: Stage, tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"c{place}" for place in range(60)]
    rows = np.random.default_rng(0).normal(size=(20, 61)).tolist()
    text = [",".join([*names, "y"]), *(",".join(map(str, row)) for row in rows)]
    path.write_text("\n".join(text), encoding="utf-8")
    data = {"source": {"kind": "csv", "path": str(path), "task": "regression"}}
    stage.start({"data": data, "training": {"loss": "mean_squared_error"}})
    assert stage.part.widget.pages.currentIndex() == NOTHING
    assert stage.part.widget.hint.text() == "A sample has 60 numbers, too many to type: drop a table here."
    stage.part.read((path,))
    stage.qtbot.waitUntil(lambda: stage.part.asked is not None, timeout=WAIT)
    stage.answered(np.array(rows)[:, :60])
    assert len(stage.part.widget.table.answers.titles) == 14


def test_nothing_is_computed_while_it_is_not_seen(stage: Stage, table: MakeTable) -> None:
    stage.start()
    typed(stage, 1, 2)
    stage.answered([[1, 2]])
    stage.part.widget.hide()
    stage.part.found = None
    frames: list[str] = []
    stage.session.framed.connect(lambda view, _picture: frames.append(view))
    done: list[Any] = []
    stage.session.happened.connect(lambda events: done.extend(e for e in events if isinstance(e, EpochDone)))
    stage.session.go(epochs=5)
    stage.qtbot.waitUntil(lambda: len(done) >= 5, timeout=WAIT)
    assert frames == []
    stage.part.widget.show()
    stage.qtbot.waitUntil(lambda: stage.part.found is not None, timeout=WAIT)
