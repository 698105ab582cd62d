"""A session with its thread."""

from collections.abc import Iterator

import pytest

from app.work.session import Session


@pytest.fixture
def session() -> Iterator[Session]:
    session = Session()
    session.start()
    yield session
    session.stop()
