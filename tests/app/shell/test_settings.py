"""What is remembered, and that odd values do no harm."""

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QSettings

from app.shell.settings import Settings


def reopened(settings: Settings) -> Settings:
    """Return the settings as the next start of the program reads them."""
    settings.store.sync()
    return Settings(QSettings(settings.store.fileName(), QSettings.Format.IniFormat))


def test_at_first_everything_is_as_usual(settings: Settings) -> None:
    assert (settings.theme, settings.presentation, settings.autosave_seconds) == ("system", False, 60)
    assert settings.recent_files == ()
    assert settings.layout("docks") is None
    assert settings.folder == Path.home()


def test_what_is_set_is_there_at_the_next_start(settings: Settings, tmp_path: Path) -> None:
    settings.theme = "dark"
    settings.presentation = True
    settings.autosave_seconds = 0
    settings.folder = tmp_path
    settings.set_layout("docks", QByteArray(b"abc"))
    settings.add_recent(tmp_path / "a.downhill")
    again = reopened(settings)
    assert (again.theme, again.presentation, again.autosave_seconds) == ("dark", True, 0)
    assert again.folder == tmp_path
    assert again.layout("docks") == QByteArray(b"abc")
    assert again.recent_files == (tmp_path / "a.downhill",)


def test_recent_files_are_newest_first_without_doubles_and_ten(settings: Settings, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.downhill" for number in range(12)]
    for path in [*paths, paths[5]]:
        settings.add_recent(path)
    assert settings.recent_files[:2] == (paths[5], paths[11])
    assert len(settings.recent_files) == 10
    settings.forget_recent(paths[5])
    assert paths[5] not in settings.recent_files
    settings.forget_recent()
    assert reopened(settings).recent_files == ()


@pytest.mark.parametrize("odd", ["sepia", 7, ["light", "dark"], None])
def test_odd_values_count_as_none(settings: Settings, odd: object) -> None:
    for name in ("theme", "autosave_seconds", "folder", "recent_files", "layout/docks"):
        settings.store.setValue(name, odd)
    assert settings.theme == "system"
    assert settings.autosave_seconds in (60, 7)
    assert settings.folder == Path.home()
    assert settings.layout("docks") is None
    assert isinstance(settings.recent_files, tuple)


def test_the_layout_is_forgotten_alone(settings: Settings) -> None:
    settings.theme = "dark"
    settings.set_layout("docks", QByteArray(b"abc"))
    settings.forget_layout()
    assert settings.layout("docks") is None
    assert settings.theme == "dark"
