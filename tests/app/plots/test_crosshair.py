"""The crosshair of the curves and its read-out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.plots.curves import CurvesView
from app.shell.icons import Icons
from app.shell.theme import Theme
from tests.app.plots.curves_shown import point_at, settle, shown

if TYPE_CHECKING:
    from tests.app.plots.conftest import Hand, Make


@pytest.fixture
def view(qtbot: QtBot, theme: Theme, icons: Icons) -> CurvesView:
    return shown(qtbot, theme, icons)


def test_crosshair_tells_all_visible_runs(qtbot: QtBot, view: CurvesView, hand: Hand, make: Make) -> None:
    runs = [make.run("first", 0), make.run("second", 1, epochs=40), make.run("old", 2, faint=True)]
    view.set_runs([*runs, make.run("hidden", 3, visible=False)])
    settle(qtbot, view)
    point_at(qtbot, view, hand, 64.2)
    text = view.read_out.label.text()
    assert view.read_out.isVisible()
    assert "epoch 64" in text
    for run, epoch in ((runs[0], 64), (runs[1], 40)):
        assert run.name in text
        assert f"{run.curves['validation_loss'][epoch]:.3g}" in text
    assert "old" not in text
    assert "hidden" not in text
    assert view.loss.hair.value() == 64

    def gone() -> bool:
        hand.move(view.board.viewport(), QPoint(2, 2))
        return not view.read_out.isVisible()

    qtbot.waitUntil(gone)


def test_crosshair_tells_what_was_changed(qtbot: QtBot, view: CurvesView, hand: Hand, make: Make) -> None:
    view.set_runs([make.run(interventions=(make.change(200, 0.03, 0.01),))])
    settle(qtbot, view)
    point_at(qtbot, view, hand, 20)
    assert "learning rate 0.03 → 0.01" in view.read_out.label.text()


def test_read_out_stays_within_the_board(qtbot: QtBot, view: CurvesView, hand: Hand, make: Make) -> None:
    view.set_runs([make.run(f"a run with a rather long name {n}", n) for n in range(9)])
    settle(qtbot, view)
    for epoch in (1, 50, 99, 120):
        point_at(qtbot, view, hand, epoch)
        assert view.board.rect().contains(view.read_out.geometry())


def test_arrow_keys_move_the_crosshair(qtbot: QtBot, view: CurvesView, make: Make) -> None:
    view.set_runs([make.run()])
    settle(qtbot, view)
    view.board.setFocus()
    QTest.keyClick(view.board, Qt.Key.Key_Left)
    assert view.loss.hair.value() == 100
    QTest.keyClick(view.board, Qt.Key.Key_Left)
    QTest.keyClick(view.board, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert view.loss.hair.value() == 89
    assert "epoch 89" in view.read_out.label.text()
