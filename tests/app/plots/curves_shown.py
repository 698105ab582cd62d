"""Curves on the screen, for tests of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.plots.curves import CurvesView
from app.shell.icons import Icons
from app.shell.theme import Theme

if TYPE_CHECKING:
    from tests.app.plots.conftest import Hand


def shown(qtbot: QtBot, theme: Theme, icons: Icons) -> CurvesView:
    """Return the curves with their controls, shown."""
    view = CurvesView(theme, icons)
    qtbot.addWidget(view)
    qtbot.addWidget(view.controls)
    view.resize(800, 260)
    view.show()
    view.controls.show()
    qtbot.waitExposed(view)
    return view


def settle(qtbot: QtBot, view: CurvesView) -> None:
    """Wait until all that was asked for is drawn."""
    qtbot.waitUntil(lambda: not view._timer.isActive())
    QApplication.processEvents()


def point_at(qtbot: QtBot, view: CurvesView, hand: Hand, epoch: float) -> None:
    """Move the mouse over an epoch, until pyqtgraph, which leaves out moves in quick succession, has taken note."""
    centre = view.loss.view.sceneBoundingRect().center()
    x = view.loss.view.mapViewToScene(QPointF(epoch, 0)).x()

    def there() -> bool:
        hand.move(view.board.viewport(), view.board.mapFromScene(QPointF(x, centre.y())))
        return view.epoch is not None and abs(view.epoch - epoch) < 1

    qtbot.waitUntil(there)
