"""What leaves as files and comes back: code beside the network, models of other formats, answers to own samples."""

import csv
from pathlib import Path

import numpy as np
from PySide6.QtCore import QPoint, Qt

from app.selftest.checks import wait
from app.selftest.hands import Hands
from app.selftest.trial import Trial
from core.exchange.model import Model
from core.exchange.reading import read_model

TABLE = "x₁,x₂\n1,2\n-3,0.5\n4,-4\n"
RAW = np.array([[1, 2], [-3, 0.5], [4, -4]])


def test_the_code_follows_the_canvas_and_selects_on_it(trial: Trial, hands: Hands) -> None:
    program = trial.program
    trial.turn("code")
    view = program.code.widget
    wait(lambda: "nn.Linear(2, 4),  # Dense 1" in view.toPlainText(), "no code")
    hands.press_spot("more", "a")
    wait(lambda: "nn.Linear(2, 5),  # Dense 1" in view.toPlainText(), "the code does not follow")
    hands.press_spot("name", "b")
    lines = view.toPlainText().split("\n")
    wait(lambda: [lines[line].strip() for line in view.lines][:1] == ["nn.Linear(5, 3),  # Dense 2"], "not marked")
    line = next(place for place, text in enumerate(lines) if "# Dense 1" in text)
    view.verticalScrollBar().setValue(line)
    box = view.blockBoundingGeometry(view.document().findBlockByNumber(line)).translated(view.contentOffset())
    hands.click(view.viewport(), QPoint(40, round(box.center().y())))
    assert program.selection.layer == "a"
    trial.ready()


def test_a_model_leaves_as_onnx_and_comes_back_by_a_drop(trial: Trial, hands: Hands, folder: Path) -> None:
    program, path = trial.program, folder / "net.onnx"
    trial.one_epoch()
    row = trial.row()
    hands.choose_in_bar("File", "Export model", "ONNX…")
    hands.name_file(str(path))
    banner = program.window.banner
    wait(
        lambda: banner.text.text().startswith("Exported: net.onnx. Read back, its predictions for"), "not exported", 120
    )
    hands.press_spot("more", "a")  # another network, which may be lost
    assert hands.drop_file(str(path), hands.view.viewport())
    trial.discard()
    hands.active()
    wait(lambda: program.trainer.start is not None, "not opened", 60)
    trial.ready()
    np.testing.assert_array_equal(trial.row(), row)
    trial.wait_drawn(row)
    assert [layer.name for layer in trial.experiment.network.layers] == ["Dense 1", "Dense 2"]
    hands.view.setFocus()
    trial.one_epoch()
    assert not np.array_equal(trial.row(), row)
    (record,) = program.history.current
    assert record.origin is not None
    assert (record.origin.run, record.origin.file) == ("net.onnx", True)
    np.testing.assert_array_equal(record.rows[0], row)


def test_the_network_answers_to_a_table_and_to_what_is_typed_now_and_then(
    trial: Trial, hands: Hands, folder: Path
) -> None:
    program = trial.program
    trial.one_epoch()
    trial.turn("predict")
    part = program.predict
    wait(lambda: len(part.widget.fields.fields) == 2, "no fields")
    hands.write(part.widget.fields.fields[0].field, "1.5")
    hands.write(part.widget.fields.fields[1].field, "-2")
    wait(lambda: part.found is not None and part.widget.answer.title.text() in ("−1", "+1"), "no answer")
    wait(lambda: np.array_equal(part.widget.fields.values, [[1.5, -2]]), "not typed")

    table, saved = folder / "in.csv", folder / "out.csv"
    table.write_text(TABLE, encoding="utf-8")
    assert hands.drop_file(str(table), part.widget)
    wait(lambda: part.asked is not None and part.found is not None and len(part.found) == 3, "no answers")
    assert trial.experiment.data.source.kind == "circle"  # the table did not become the data
    hands.click(part.save_button)
    hands.name_file(str(saved))
    wait(saved.exists, "not saved")
    scene = program.session.scene
    assert scene is not None
    model = Model(scene.architecture, trial.row(), scene.dataset.preparation, scene.dataset.facts)
    rows = list(csv.DictReader(saved.read_text(encoding="utf-8").splitlines()))
    told = [float(row["probability of +1"]) for row in rows]
    np.testing.assert_allclose(told, model.predict(RAW)[:, 0], rtol=1e-9)
    wait(lambda: program.timeline.travel.epochs, "the run has no moments")
    program.timeline.travel.first()
    shown = program.live.shown
    assert shown is not None
    wait(lambda: shown.name in part.widget.heading.text(), "the answers are not those of the start")
    program.timeline.travel.now()
    wait(lambda: "as it is now" in part.widget.heading.text(), "the answers are not those of now")


def test_the_network_is_written_as_a_drawing(trial: Trial, hands: Hands, folder: Path) -> None:
    path = folder / "net.svg"
    hands.choose_in_bar("File", "Export picture", "Canvas (SVG, PNG)…")
    hands.name_file(str(path))
    wait(path.exists, "no drawing")
    assert "Dense 1" in path.read_text(encoding="utf-8")
    banner = trial.program.window.banner
    wait(lambda: banner.text.text() == "Exported: net.svg.", "not told")
    assert banner.action.text() == "Show folder"


def test_a_run_of_the_table_is_exported_from_its_menu(trial: Trial, hands: Hands, folder: Path) -> None:
    program, path = trial.program, folder / "first.safetensors"
    trial.one_epoch()
    row = trial.row()
    hands.key(Qt.Key.Key_R)
    trial.ready()
    trial.one_epoch()
    trial.turn("runs")
    table = program.runs_table
    wait(lambda: table.sorted.rowCount() == 2, "no two runs")
    hands.context_menu(table.table.viewport(), hands.cell(table.table, 0, 2))
    before = hands.menu()
    hands.choose("Export")
    wait(lambda: hands.menu() is not before, "no formats", 5)
    hands.choose("safetensors…")
    hands.name_file(str(path))
    wait(
        lambda: program.window.banner.text.text().startswith("Exported: first.safetensors, first.json."),
        "not exported",
        120,
    )
    np.testing.assert_array_equal(read_model(path).row, row)
