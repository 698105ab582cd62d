"""The import of a CSV file: preview, target, inputs, faults."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.panels.data import DataPanel
from app.panels.table_dialog import TableDialog
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.work.session import Session
from core.choices.datasets import Table

Show = Callable[[QWidget, int, int], None]
LEFT = Qt.MouseButton.LeftButton
FLOWERS = "name,length,width,kind\n" + "".join(
    f"flower {i},{i % 7}.5,{i % 5},{('setosa', 'virginica', 'other')[i % 3]}\n" for i in range(60)
)


@pytest.fixture
def flowers(tmp_path: Path) -> Path:
    path = tmp_path / "flowers.csv"
    path.write_text(FLOWERS)
    return path


@pytest.fixture
def panel(document: Document, session: Session, theme: Theme, icons: Icons, show: Show, flowers: Path) -> DataPanel:
    panel = DataPanel(document, session, theme, icons, ask=lambda parent: flowers)
    show(panel, 260, 1200)
    return panel


def opened(panel: DataPanel, qtbot: QtBot) -> TableDialog:
    """Wait until the dialog is there and has read the file."""
    qtbot.waitUntil(lambda: panel.table_import.dialog is not None)
    dialog = panel.table_import.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.facts is not None or dialog.fault.isVisible())
    return dialog


def checked(dialog: TableDialog) -> list[str]:
    return [item.text() for item in dialog._items() if item.checkState() == Qt.CheckState.Checked]


def check(dialog: TableDialog, name: str) -> None:
    item = next(item for item in dialog._items() if item.text() == name)
    box = dialog.inputs.visualItemRect(item)
    dialog.inputs.scrollToItem(item)
    QTest.mouseClick(dialog.inputs.viewport(), LEFT, pos=dialog.inputs.visualItemRect(item).center())
    dialog.inputs.setFocus()
    QTest.keyClick(dialog.inputs, Qt.Key.Key_Space)
    assert box.isValid()


def test_a_table_is_imported_in_one_undo_step(
    panel: DataPanel, document: Document, qtbot: QtBot, flowers: Path
) -> None:
    before = document.experiment
    QTest.mouseClick(panel.rows["csv"].button, LEFT)
    dialog = opened(panel, qtbot)
    assert dialog.target.currentText() == "kind"
    assert checked(dialog) == ["length", "width"]  # the names are no numbers
    assert dialog.status.text() == "60 samples, 2 inputs, 3 classes: other, setosa, virginica"
    QTest.mouseClick(dialog.accept_button, LEFT)
    source = document.experiment.data.source
    assert source == Table(path=str(flowers), target="kind", columns=("length", "width"))
    assert document.experiment.data.standardize
    assert document.experiment.training.loss == "cross_entropy"
    assert document.undo_stack.count() == 1
    assert panel.rows["csv"].button.isChecked()
    assert panel.table.text.text() == "60 samples. Predicts kind (3 classes) from length, width."
    assert panel.features.isVisible()  # two columns are a plane
    document.undo_stack.undo()
    assert document.experiment == before
    assert not panel.table.isVisible()


def test_the_target_leaves_the_inputs_and_comes_back(panel: DataPanel, qtbot: QtBot, document: Document) -> None:
    QTest.mouseClick(panel.rows["csv"].button, LEFT)
    dialog = opened(panel, qtbot)
    dialog.target.setFocus()
    QTest.keyClicks(dialog.target, "width")
    qtbot.waitUntil(lambda: dialog.facts is not None)
    assert checked(dialog) == ["length"]
    QTest.keyClick(dialog.target, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: dialog.facts is not None)
    assert checked(dialog) == ["width"]
    dialog.task.setCurrentIndex(dialog.task.findData("regression"))
    qtbot.waitUntil(lambda: dialog.facts is not None)
    assert dialog.status.text() == "60 samples, 1 input, a number to predict"
    QTest.mouseClick(dialog.accept_button, LEFT)
    assert document.experiment.training.loss == "mean_squared_error"


def test_a_column_that_is_no_number_is_refused_with_its_row(panel: DataPanel, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.rows["csv"].button, LEFT)
    dialog = opened(panel, qtbot)
    check(dialog, "name")
    qtbot.waitUntil(dialog.fault.isVisible)
    assert 'row 2, column "name": expected a number, found "flower 0"' in dialog.fault.text()
    assert not dialog.accept_button.isEnabled()
    check(dialog, "name")
    qtbot.waitUntil(lambda: dialog.facts is not None)
    assert dialog.accept_button.isEnabled()
    dialog._check_all(False)
    assert dialog.fault.text() == "Choose at least one column to predict from."
    assert not dialog.accept_button.isEnabled()
    dialog.reject()


def test_columns_can_be_chosen_anew(panel: DataPanel, document: Document, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.rows["csv"].button, LEFT)
    QTest.mouseClick(opened(panel, qtbot).accept_button, LEFT)
    document.set({"data.standardize": False}, "off")
    QTest.mouseClick(panel.table.button, LEFT)
    qtbot.waitUntil(lambda: panel.table_import.dialog is not None)
    dialog = opened(panel, qtbot)
    assert checked(dialog) == ["length", "width"]
    assert not dialog.standardize.isChecked()
    check(dialog, "width")
    qtbot.waitUntil(lambda: dialog.facts is not None)
    QTest.mouseClick(dialog.accept_button, LEFT)
    source = document.experiment.data.source
    assert isinstance(source, Table)
    assert source.columns == ("length",)


def test_one_comes_back_to_a_table_and_to_drawn_points(panel: DataPanel, document: Document, qtbot: QtBot) -> None:
    QTest.mouseClick(panel.rows["csv"].button, LEFT)
    QTest.mouseClick(opened(panel, qtbot).accept_button, LEFT)
    table = document.experiment.data.source
    QTest.mouseClick(panel.tiles.tiles["points"], LEFT)
    QTest.mouseClick(panel.points.pad, LEFT)
    points = document.experiment.data.source
    QTest.mouseClick(panel.tiles.tiles["circle"], LEFT)
    QTest.mouseClick(panel.rows["csv"].button, LEFT)
    assert document.experiment.data.source == table
    QTest.mouseClick(panel.tiles.tiles["points"], LEFT)
    assert document.experiment.data.source == points


def test_a_file_that_is_no_table_says_why(panel: DataPanel, document: Document, qtbot: QtBot, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    before = document.experiment
    panel.import_table(empty)
    qtbot.waitUntil(panel.table_import.fault.isVisible)
    assert panel.table_import.fault.text().startswith("empty.csv: expected one row per sample, found an empty file")
    assert document.experiment == before
    panel.import_table(tmp_path / "missing.csv")
    qtbot.waitUntil(lambda: "missing.csv" in panel.table_import.fault.text().lower())
    document.open(before, None)
    assert not panel.table_import.fault.isVisible()


def test_a_table_that_has_gone_says_so(panel: DataPanel, document: Document, tmp_path: Path) -> None:
    document.set({"data.source": {"kind": "csv", "path": str(tmp_path / "gone.csv")}}, "choose")
    assert panel.table.fault.isVisible()
    assert panel.table.file.text() == "gone.csv"
