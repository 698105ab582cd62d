"""The surface under the hand: dragging turns, the wheel zooms, a click chooses; and it is painted in time."""

from time import perf_counter
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.landscape.frames import LandscapeFrame, Path
from app.landscape.surface import SurfaceView
from app.shell.theme import Theme
from core.pictures.depth import Scale
from core.pictures.mesh import Camera


@pytest.fixture
def surface(qtbot: QtBot, theme: Theme, picture: Any) -> SurfaceView:
    view = SurfaceView(theme)
    qtbot.addWidget(view)
    view.resize(420, 320)
    x = np.linspace(-1, 1, 51)
    losses = 0.05 + x[None] ** 2 + x[:, None] ** 2
    places = np.stack([np.linspace(-0.8, 0.1, 30)] * 2, axis=1)
    path = Path(0, "Run 1", places, 20, True, 0.1, 0.1, 0.0, 0.0)
    view.show_frame(LandscapeFrame(picture(losses), (path,), np.eye(2)), Scale(True, -1.4, 0.4))
    view.show()
    qtbot.waitExposed(view)
    return view


def test_it_is_painted_with_its_path(surface: SurfaceView, theme: Theme) -> None:
    image = surface.grab().toImage()
    colors = {image.pixelColor(x, y).name() for x in range(0, 420, 2) for y in range(0, 320, 2)}
    assert len(colors) > 50
    assert theme.series(0).name() in colors


def test_at_rest_it_is_painted_with_smooth_edges_piece_by_piece(surface: SurfaceView, qtbot: QtBot) -> None:
    rough = surface.grab().toImage()
    qtbot.waitUntil(lambda: surface.grab().toImage() != rough, timeout=5000)
    qtbot.waitUntil(lambda: surface._sharp is None and not surface._rest.isActive(), timeout=5000)
    smooth = surface.grab().toImage()
    surface.look(Camera(turn=10.0))
    surface.look(Camera())
    assert surface.grab().toImage() == rough
    qtbot.waitUntil(lambda: surface.grab().toImage() == smooth, timeout=5000)


def test_dragging_turns_and_does_not_choose(surface: SurfaceView) -> None:
    chosen: list[Any] = []
    surface.chosen.connect(chosen.append)
    before = surface.camera
    QTest.mousePress(surface, Qt.MouseButton.LeftButton, pos=QPoint(200, 160))
    QTest.mouseMove(surface, QPoint(240, 150))
    QTest.mouseRelease(surface, Qt.MouseButton.LeftButton, pos=QPoint(240, 150))
    assert surface.camera.turn == pytest.approx(before.turn + 20)
    assert surface.camera.tilt == pytest.approx(before.tilt - 5)
    assert chosen == []


def test_a_click_chooses_what_is_there_and_pointing_tells_it(surface: SurfaceView) -> None:
    chosen: list[Any] = []
    pointed: list[Any] = []
    surface.chosen.connect(chosen.append)
    surface.pointed.connect(pointed.append)
    x, y = surface.sight.seen(np.array([[0.4, 0.2]]))[0][0]
    QTest.mouseMove(surface, QPoint(round(x), round(y)))
    assert pointed[-1] == pytest.approx((0.4, 0.2), abs=0.05)
    QTest.mouseClick(surface, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    assert chosen == [pytest.approx((0.4, 0.2), abs=0.05)]
    QTest.mouseMove(surface, QPoint(2, 2))
    assert pointed[-1] is None


def test_the_wheel_zooms_and_a_double_click_resets(surface: SurfaceView) -> None:
    event = QWheelEvent(
        QPointF(200, 160),
        QPointF(surface.mapToGlobal(QPoint(200, 160))),
        QPoint(),
        QPoint(0, 240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(surface, event)
    assert surface.camera.zoom > 1.2
    QTest.mouseDClick(surface, Qt.MouseButton.LeftButton, pos=QPoint(200, 160))
    assert surface.camera == Camera()


def test_the_keyboard_turns_zooms_and_resets(surface: SurfaceView) -> None:
    QTest.keyClick(surface, Qt.Key.Key_Left)
    assert surface.camera.turn < Camera().turn
    QTest.keyClick(surface, Qt.Key.Key_Up)
    assert surface.camera.tilt > Camera().tilt
    QTest.keyClick(surface, Qt.Key.Key_Plus)
    assert surface.camera.zoom > 1
    QTest.keyClick(surface, Qt.Key.Key_Home)
    assert surface.camera == Camera()
    chosen: list[Any] = []
    surface.chosen.connect(chosen.append)
    QTest.keyClick(surface, Qt.Key.Key_Escape)
    assert chosen == []  # nothing was taken: it is left to the window
    surface.take((0.1, 0.1))
    QTest.keyClick(surface, Qt.Key.Key_Escape)
    assert chosen == [None]


def test_its_keys_are_not_those_of_the_canvas(surface: SurfaceView) -> None:
    zoomed: list[bool] = []
    action = QAction(surface)
    action.setShortcuts([QKeySequence("+"), QKeySequence("-")])
    action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
    action.triggered.connect(zoomed.append)
    surface.addAction(action)
    surface.setFocus()
    QTest.keyClick(surface, Qt.Key.Key_Plus)
    assert zoomed == []
    assert surface.camera.zoom > 1


def test_a_ring_shows_that_it_has_the_keyboard(surface: SurfaceView, theme: Theme) -> None:
    surface.clearFocus()
    assert surface.grab().toImage().pixelColor(1, 160) != theme.color("accent")
    surface.setFocus()
    assert surface.grab().toImage().pixelColor(1, 160) == theme.color("accent")


def test_turning_it_holds_up_the_window_for_less_than_a_frame(surface: SurfaceView) -> None:
    quickest = 1.0
    for turn in range(12):
        surface.look(Camera(turn=30.0 * turn))
        start = perf_counter()
        surface.repaint()
        quickest = min(quickest, perf_counter() - start)
    assert quickest < 0.016
