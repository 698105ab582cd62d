"""A stage with a past run and one under way."""

import pytest
from PySide6.QtWidgets import QApplication

from app.shell.icons import Icons
from app.shell.theme import Theme
from core.runs.record import Record
from tests.app.timeline.stage import Stage, experiment, trained


@pytest.fixture(scope="session")
def past() -> Record:
    """A run of 12 epochs, all of which are kept."""
    return trained(experiment(), "Past")[0]


@pytest.fixture
def stage(qapp: QApplication, past: Record) -> Stage:
    """A past run at place 0 and one under way at place 1, of which 6 epochs are done."""
    stage = Stage((past,))
    stage.train(6)
    return stage


@pytest.fixture
def icons(qapp: QApplication) -> Icons:
    theme = Theme("light")
    theme.apply()
    return Icons(theme)
