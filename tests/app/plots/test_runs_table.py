"""The table of runs: what differs, how they are sorted, and what can be done with one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from app.plots.differing import differing
from app.plots.runs_model import ACCURACY, ENDED, EPOCHS, NAME, SETTINGS, TRAIN, VALIDATION, RunRow
from app.plots.runs_table import RunsTable
from app.shell.theme import Theme
from core.exchange.formats import FORMATS
from core.experiment.experiment import Experiment, read_experiment

if TYPE_CHECKING:
    from tests.app.plots.conftest import Lab


@pytest.fixture
def rows(lab: Lab) -> list[RunRow]:
    records = [
        lab.small("long", epochs=12, early_stopping={"patience": 30}),
        lab.small("short", epochs=2),
        lab.small("number", source={"kind": "plane", "samples": 60}, loss="huber", epochs=3),
    ]
    return [RunRow(record, place, current=place == 2) for place, record in enumerate(records)]


@pytest.fixture
def table(qtbot: QtBot, theme: Theme, rows: list[RunRow]) -> RunsTable:
    table = RunsTable(theme)
    qtbot.addWidget(table)
    table.resize(1000, 260)
    table.show()
    qtbot.waitExposed(table)
    table.set_runs(rows)
    QApplication.processEvents()
    return table


def text(table: RunsTable, row: int, column: int) -> str:
    return str(table.sorted.index(row, column).data())


def names(table: RunsTable) -> list[str]:
    return [text(table, row, NAME) for row in range(table.sorted.rowCount())]


def click(table: RunsTable, row: int, column: int) -> None:
    place = table.table.visualRect(table.sorted.index(row, column)).center()
    QTest.mouseClick(table.table.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_numbers_are_those_of_the_records(table: RunsTable, rows: list[RunRow]) -> None:
    metrics = rows[0].record.metrics
    assert text(table, 0, TRAIN) == f"{metrics.train_loss:.3g}"
    assert text(table, 0, VALIDATION) == f"{metrics.validation_loss:.3g}"
    assert text(table, 0, ACCURACY) == f"{metrics.validation_accuracy:.1%}".replace("%", " %")
    assert [text(table, row, EPOCHS) for row in range(3)] == ["12", "2", "3"]
    assert text(table, 2, ACCURACY) == "–"
    assert text(table, 0, ENDED) == "all epochs done"
    assert table.sorted.index(0, ENDED).data(Qt.ItemDataRole.ToolTipRole) == rows[0].record.message


def test_a_run_is_under_way_once_it_has_come_somewhere(table: RunsTable, rows: list[RunRow]) -> None:
    for steps, told in ((0, "no epoch yet"), (1, "under way")):
        record = replace(rows[2].record, steps=steps, outcome=None)
        table.set_runs([*rows[:2], RunRow(record, 2, current=True)])
        assert text(table, 2, ENDED) == told


def test_click_on_a_title_sorts_by_number(table: RunsTable, rows: list[RunRow]) -> None:
    header = table.table.horizontalHeader()

    def click_title(column: int) -> None:
        place = QPoint(header.sectionViewportPosition(column) + 30, header.height() // 2)
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)

    assert names(table) == ["long", "short", "number"]
    click_title(EPOCHS)
    assert [text(table, row, EPOCHS) for row in range(3)] == ["2", "3", "12"]
    assert table.sorted.headerData(EPOCHS, Qt.Orientation.Horizontal, Qt.ItemDataRole.DisplayRole) == "Epochs ↑"
    click_title(EPOCHS)
    assert [text(table, row, EPOCHS) for row in range(3)] == ["12", "3", "2"]
    click_title(ACCURACY)
    assert text(table, 2, ACCURACY) == "–"


def test_restore_and_delete_carry_the_selected_record(qtbot: QtBot, table: RunsTable, rows: list[RunRow]) -> None:
    assert not table.restore_button.isEnabled()
    click(table, 1, TRAIN)
    with qtbot.waitSignal(table.restore) as restored:
        QTest.mouseClick(table.restore_button, Qt.MouseButton.LeftButton)
    assert restored.args == [rows[1].record]
    with qtbot.waitSignal(table.delete) as deleted:
        QTest.mouseClick(table.delete_button, Qt.MouseButton.LeftButton)
    assert deleted.args == [rows[1].record]
    with qtbot.waitSignal(table.delete):
        QTest.keyClick(table.table, Qt.Key.Key_Delete)


def test_a_run_that_is_under_way_can_be_neither_deleted_nor_renamed(table: RunsTable) -> None:
    click(table, 2, TRAIN)
    assert table.restore_button.isEnabled()
    assert not table.delete_button.isEnabled()
    assert not table.rename_button.isEnabled()
    told: list[Any] = []
    table.delete.connect(told.append)
    QTest.keyClick(table.table, Qt.Key.Key_Delete)
    assert told == []
    assert [action.text() for action in table.menu(table.sorted.index(2, 0)).actions()] == [
        "Restore setup",
        "Hide curves",
        "Export",
    ]


def test_any_run_can_be_exported_from_its_menu_in_every_format(
    qtbot: QtBot, table: RunsTable, rows: list[RunRow]
) -> None:
    for row in (1, 2):
        click(table, row, TRAIN)
        (export,) = [action.menu() for action in table.menu(table.sorted.index(row, 0)).actions() if action.menu()]
        actions = export.actions()  # type: ignore[attr-defined]
        assert [action.text() for action in actions] == [f"{form.title}…" for form in FORMATS.values()]
        with qtbot.waitSignal(table.export) as asked:
            actions[3].trigger()
        assert asked.args == [list(FORMATS.values())[3], rows[row].place]


def test_name_is_typed(qtbot: QtBot, table: RunsTable, rows: list[RunRow]) -> None:
    click(table, 0, NAME)
    QTest.mouseClick(table.rename_button, Qt.MouseButton.LeftButton)
    editor = table.table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "better")
    with qtbot.waitSignal(table.rename) as renamed:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == [rows[0].record, "better"]


def test_check_box_and_enter_show_and_hide_a_run(qtbot: QtBot, table: RunsTable, rows: list[RunRow]) -> None:
    rect = table.table.visualRect(table.sorted.index(1, NAME))
    with qtbot.waitSignal(table.visibility) as told:
        QTest.mouseClick(
            table.table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(rect.left() + 16, rect.center().y())
        )
    assert told.args == [rows[1].record, False]
    click(table, 0, TRAIN)
    with qtbot.waitSignal(table.visibility) as told:
        QTest.keyClick(table.table, Qt.Key.Key_Return)
    assert told.args == [rows[0].record, False]


def test_selection_stays_when_runs_come_and_go(table: RunsTable, rows: list[RunRow]) -> None:
    click(table, 1, TRAIN)
    table.set_runs(rows)
    assert table.selected is not None
    assert table.selected.record is rows[1].record
    table.set_runs(rows[1:])
    assert table.selected is not None
    assert table.selected.record is rows[1].record
    table.set_runs([])
    assert table.selected is None
    assert table.empty.isVisible()


def test_every_column_can_be_read_at_1000_pixels(table: RunsTable) -> None:
    view = table.table
    for row in range(3):
        for column in (TRAIN, VALIDATION, ACCURACY, EPOCHS, ENDED):
            room = view.visualRect(table.sorted.index(row, column)).width() - 16
            assert view.fontMetrics().horizontalAdvance(text(table, row, column)) <= room
    assert view.horizontalScrollBar().maximum() == 0


def test_rows_are_updated_quickly(table: RunsTable, rows: list[RunRow], lab: Lab) -> None:
    assert lab.quickest(lambda: table.set_runs(rows)) < 0.004


# -- what differs ----------------------------------------------------------------------------------------------------


def experiments(*changes: dict[str, Any]) -> list[Experiment]:
    base = {"data": {"source": "circle"}, "network": {"layers": [{"kind": "dense", "id": "a", "name": "Dense 1"}]}}
    return [read_experiment(base | change) for change in changes]


DROP = {"kind": "dropout", "id": "d", "name": "Dropout 1"}
DENSE = {"kind": "dense", "id": "a", "name": "Dense 1"}


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        (({}, {}), ["", ""]),
        (({}, {"name": "other", "question": "why?"}), ["", ""]),
        (
            ({"training": {"optimizer": {"kind": "sgd", "learning_rate": rate}}} for rate in (0.03, 0.3)),
            ["learning rate 0.03", "learning rate 0.3"],
        ),
        (
            ({"training": {"optimizer": kind}} for kind in ("adam", "rmsprop")),
            ["Adam, learning rate 0.001", "RMSprop, learning rate 0.01"],
        ),
        (({}, {"training": {"early_stopping": {"patience": 7}}}), ["early stopping off", "early stopping on"]),
        (
            ({"training": {"early_stopping": {"patience": wait}}} for wait in (3, 9)),
            ["patience 3", "patience 9"],
        ),
        (
            ({"network": {"layers": [DENSE, DROP | {"rate": rate}]}} for rate in (0, 0.5)),
            ["dropout 0", "dropout 0.5"],
        ),
        (
            ({"network": {"layers": [DENSE | {"activation": g}]}} for g in ("relu", "tanh")),
            ["Dense 1: activation ReLU", "Dense 1: activation Tanh"],
        ),
        (
            ({"network": {"layers": [DENSE]}}, {"network": {"layers": [DENSE, DROP]}}),
            ["8 tanh", "8 tanh – dropout 0.2"],
        ),
        (({"training": {"loss": loss}} for loss in ("hinge", "huber")), ["loss Hinge", "loss Huber"]),
        (({"data": {"source": kind}} for kind in ("xor", "digits")), ["Exclusive or", "Digits 8×8"]),
        (({"training": {"seed": seed}} for seed in (1, 2, 2)), ["seed 1", "seed 2", "seed 2"]),
    ],
)
def test_what_differs_is_told_and_nothing_else(changes: Any, wanted: list[str]) -> None:
    assert differing(experiments(*changes)) == wanted


def test_column_of_what_differs_is_filled(table: RunsTable) -> None:
    assert "epochs 12" in text(table, 0, SETTINGS)
    assert "Plane" in text(table, 2, SETTINGS)
