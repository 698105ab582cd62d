"""Names of runs on the map: none covers another or a mark, and none is there where there is no room."""

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from pytestqt.qtbot import QtBot

from app.landscape.contours import ContourMap
from app.landscape.frames import LandscapeFrame, Path
from app.shell.theme import Theme
from core.pictures.depth import Scale


@pytest.fixture
def contours(qtbot: QtBot, theme: Theme) -> ContourMap:
    found = ContourMap(theme)
    qtbot.addWidget(found)
    found.resize(420, 420)
    found.show()
    qtbot.waitExposed(found)
    return found


def show(contours: ContourMap, picture: Any, *ends: tuple[float, float]) -> None:
    paths = [
        Path(place, f"Run {place + 1}", np.array([[0.9, -0.9], end]), -1, place == 0, 1.0, 1.0, 0.0, 0.0)
        for place, end in enumerate(ends)
    ]
    contours.show_frame(LandscapeFrame(picture(np.ones((9, 9))), tuple(paths), np.eye(2)), Scale())


def shown(contours: ContourMap) -> list[QRectF]:
    """Return the room of each name that is shown, in pixels."""
    view = contours.viewportTransform()
    items = [over for _, over in contours.names.items if over.isVisible()]
    return [item.deviceTransform(view).mapRect(item.boundingRect()) for item in items]


def test_names_stand_beside_where_runs_are_now_and_apart_from_each_other(contours: ContourMap, picture: Any) -> None:
    show(contours, picture, (-0.6, 0.6), (-0.55, 0.6), (0.97, 0.0))
    rooms = shown(contours)
    assert len(rooms) == 3
    map_room = contours.view.sceneBoundingRect()
    for place, room in enumerate(rooms):
        assert map_room.contains(room)
        assert not any(room.intersects(other) for other in rooms[:place])
    now = contours.view.mapViewToScene(QPointF(0.97, 0.0)).x()
    assert rooms[2].right() < now  # there is no room at its right


def test_one_that_has_no_room_is_left_out_and_so_are_all_on_a_small_map(contours: ContourMap, picture: Any) -> None:
    show(contours, picture, *[(0.0, 0.001 * place) for place in range(9)])
    assert 1 <= len(shown(contours)) < 9
    contours.resize(160, 160)
    assert shown(contours) == []
    contours.resize(420, 420)
    assert len(shown(contours)) >= 1


def test_a_single_run_and_one_beyond_the_map_have_no_name(contours: ContourMap, picture: Any) -> None:
    show(contours, picture, (0.0, 0.0))
    assert shown(contours) == []
    show(contours, picture, (0.0, 0.0), (5.0, 0.0), (float("nan"), 0.0))
    assert len(shown(contours)) == 1
    contours.clear_frame()
    assert shown(contours) == []
