"""Garbage is looked for in Qt's thread, never in the one that trains."""

import gc
import threading
from collections.abc import Iterator

import pytest

from app.work.garbage import Garbage


class Ring:
    """Garbage that tells in which thread it dies."""

    died: list[int]

    def __init__(self, died: list[int]) -> None:
        self.died = died
        self.own = self

    def __del__(self) -> None:
        self.died.append(threading.get_ident())


@pytest.fixture
def garbage() -> Iterator[Garbage]:
    found = Garbage()
    found.start()
    yield found
    found.stop()
    assert gc.isenabled()


def test_what_another_thread_throws_away_dies_where_it_is_looked_for(garbage: Garbage) -> None:
    died: list[int] = []

    def work() -> None:
        for _ in range(20_000):
            Ring(died)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert died == []
    garbage.look()
    assert len(died) == 20_000
    assert set(died) == {threading.get_ident()}
