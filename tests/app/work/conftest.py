"""What the tests of the background thread share."""

from collections.abc import Iterator

import pytest

from app.work.session import Session


@pytest.fixture
def session(qapp: object) -> Iterator[Session]:
    """A session whose thread runs."""
    session = Session()
    session.start()
    yield session
    session.stop()
