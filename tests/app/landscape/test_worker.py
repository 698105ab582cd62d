"""What the background thread does for views that take long: coarse frames on the way, and a share of the time."""

from collections.abc import Generator
from time import perf_counter
from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from app.work.messages import Scene
from app.work.session import Phase, Session
from core.experiment.variants import Run
from core.training.events import Look, Looked, Row

WAIT = 20_000


def prepared(session: Session, qtbot: QtBot, experiment: Any) -> None:
    session.prepare((Run("Run", experiment(epochs=100_000)),))
    qtbot.waitUntil(lambda: session.phase is Phase.PAUSED, timeout=WAIT)


def test_what_a_probe_yields_is_a_frame_on_the_way(session: Session, qtbot: QtBot, experiment: Any) -> None:
    frames: list[Any] = []
    session.framed.connect(lambda _view, picture: frames.append(picture))
    prepared(session, qtbot, experiment)

    def probe(_scene: Scene, _row: Row) -> Generator[Any, None, str]:
        for picture in ("coarse", None, "fine"):
            before = len(frames)
            yield picture
            start = perf_counter()
            # A frame that is not fetched gives way to the next, so wait until the window has this one.
            while picture is not None and len(frames) == before and perf_counter() - start < 5:
                yield None
        return "final"

    session.watch("view", probe)
    qtbot.waitUntil(lambda: "final" in frames, timeout=WAIT)
    assert frames == ["coarse", "fine", "final"]


@pytest.mark.parametrize("share", [0.2, 0.5])
def test_views_have_the_share_of_the_time_that_they_ask_for(
    session: Session, qtbot: QtBot, experiment: Any, share: float
) -> None:
    steps: list[int] = []
    session.happened.connect(lambda events: steps.extend(event.step for event in events if isinstance(event, Looked)))
    prepared(session, qtbot, experiment)
    spent: list[float] = []

    def endless(_scene: Scene, _row: Row) -> Generator[None, None, None]:
        while True:
            start = perf_counter()
            while perf_counter() - start < 0.002:
                pass
            spent.append(perf_counter() - start)
            yield

    session.watch("view", endless, share=share)
    session.go()
    qtbot.waitUntil(lambda: session.phase is Phase.TRAINING, timeout=WAIT)
    spent.clear()
    start = perf_counter()
    qtbot.wait(1500)
    found = sum(spent) / (perf_counter() - start)
    session.pause()
    session.tell(Look())
    qtbot.waitUntil(lambda: bool(steps), timeout=WAIT)
    assert steps[-1] > 0
    assert share * 0.6 < found < share * 1.2
