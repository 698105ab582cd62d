"""The numbers beside the landscape."""

import numpy as np
from pytestqt.qtbot import QtBot

from app.landscape.frames import Path
from app.landscape.readings import Readings
from app.plots.spots import run_icon
from app.shell.theme import Theme
from app.shell.tokens import MARKERS, SERIES


def test_every_run_has_the_mark_that_it_has_everywhere(qtbot: QtBot) -> None:
    readings = Readings(theme := Theme())
    qtbot.addWidget(readings)
    places = range(SERIES * len(MARKERS))
    readings.show_paths([Path(at, f"run {at}", np.zeros((1, 2)), -1, False, 0.1, 0.1, 0.0, 0.0) for at in places])

    def marks() -> list[bool]:
        shown = [row[0].pixmap().toImage() for row in readings._rows]
        return [one == run_icon(theme, at).pixmap(12).toImage() for at, one in zip(places, shown, strict=True)]

    assert all(marks())
    theme.set("light" if theme.dark else "dark")
    assert all(marks())
