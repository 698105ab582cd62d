"""Unsaved work put aside now and then, so that it survives a crash."""

import json
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QLockFile

from core.choices.fields import Mistake
from core.project.archive import Project, load, save

_MOST_KEPT = 5


@dataclass(frozen=True)
class Lost:
    """Work that a program which ended too early left behind. original: the file that it belongs to, if any."""

    path: Path
    name: str
    original: Path | None
    saved_at: datetime


class Recovery:
    """The file that this program's unsaved work is put into, and those that others have left.

    Each program has a file and a lock of its own, which ends with it: a file without one was left by a crash.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._id = secrets.token_hex(8)
        self._lock: QLockFile | None = None

    @property
    def path(self) -> Path:
        """The file of this program."""
        return self.folder / f"{self._id}.downhill"

    def keep(self, project: Project, original: Path | None) -> None:
        """Put work aside; raises Mistake where it cannot be."""
        about = {"name": project.experiment.name, "original": str(original) if original else ""}
        try:
            self._hold()
            self.path.with_suffix(".json").write_text(json.dumps(about), encoding="utf-8")
        except OSError as error:
            raise Mistake(
                f"{self.folder} could not be written to ({error.strerror}). Save it to another place."
            ) from None
        save(project, self.path)

    def forget(self) -> None:
        """Delete what was put aside: it is saved, or not wanted."""
        _delete(self.path)

    def close(self) -> None:
        """Delete what was put aside and let go of the lock."""
        self.forget()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def lost(self) -> tuple[Lost, ...]:
        """Return what programs that ended too early have left behind, newest first; the oldest are deleted."""
        found = []
        for path in self.folder.glob("*.downhill"):
            lock = QLockFile(str(path.with_suffix(".lock")))
            if path == self.path or not lock.tryLock(0):
                continue  # its program still runs
            lock.unlock()
            found.append(_about(path))
        found.sort(key=lambda lost: lost.saved_at, reverse=True)
        for old in found[_MOST_KEPT:]:
            _delete(old.path)
        return tuple(found[:_MOST_KEPT])

    def take(self, lost: Lost) -> Project:
        """Return what was left behind; raises Mistake if it is damaged."""
        return load(lost.path)

    def drop(self, lost: Lost) -> None:
        """Delete what was left behind."""
        _delete(lost.path)

    def _hold(self) -> None:
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._lock = QLockFile(str(self.path.with_suffix(".lock")))
            self._lock.setStaleLockTime(0)  # it ends with the program, however long that runs
            self._lock.tryLock(0)


def _about(path: Path) -> Lost:
    """Return what is known of a file that was left behind."""
    try:
        about = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
        name, original = str(about["name"]), str(about["original"])
    except (OSError, ValueError, KeyError, TypeError):
        name, original = path.stem, ""
    saved_at = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    return Lost(path, name, Path(original) if original else None, saved_at)


def _delete(path: Path) -> None:
    for file in (path, path.with_suffix(".json")):
        with suppress(OSError):  # a disk that may only be read refuses even where there is nothing to delete
            file.unlink(missing_ok=True)
