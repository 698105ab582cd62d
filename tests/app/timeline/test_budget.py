"""The memory of kept rows: its menu, what is remembered, and that runs hold to it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

from app.shell.settings import KEEP_CHOICES, Settings
from app.timeline.budget import BudgetMenu
from core.experiment.memory import KEEP_BYTES
from core.training.keeping import capacity


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


def test_a_choice_of_the_menu_is_told_and_remembered(qapp: QApplication, settings: Settings) -> None:
    told: list[int] = []
    menu = BudgetMenu(settings, told.append)
    actions = {action.text(): action for action in menu.actions()}
    assert list(actions) == ["64 MiB", "128 MiB", "256 MiB", "512 MiB", "1 GiB", "2 GiB"]
    assert [text for text, action in actions.items() if action.isChecked()] == ["256 MiB"]
    actions["2 GiB"].trigger()
    assert told == [2 << 30]
    settings.store.sync()
    again = Settings(QSettings(settings.store.fileName(), QSettings.Format.IniFormat))
    assert again.keep_bytes == 2 << 30
    menu = BudgetMenu(again, told.append)
    assert [action.text() for action in menu.actions() if action.isChecked()] == ["2 GiB"]


@pytest.mark.parametrize("odd", ["many", -1, 0, 1 << 60, None])
def test_an_odd_setting_counts_as_the_default(settings: Settings, odd: object) -> None:
    settings.store.setValue("keep_bytes", odd)
    assert settings.keep_bytes == KEEP_BYTES


def test_a_run_of_mnist_keeps_hundreds_of_moments_within_each_choice() -> None:
    parameters = 784 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10
    for size in KEEP_CHOICES:
        rows = capacity(parameters, 1, size)
        assert 4 * parameters * rows <= size
        assert rows >= 150
