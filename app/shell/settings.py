"""What the program remembers from one start to the next: view state, never part of an experiment."""

from pathlib import Path

from PySide6.QtCore import QByteArray, QSettings

from core.experiment.memory import KEEP_BYTES

KEEP_CHOICES = tuple(size << 20 for size in (64, 128, 256, 512, 1024, 2048))  # bytes
_MOST_RECENT = 10


class Settings:
    """Typed access to the store that the system keeps for the program; what is missing or odd counts as default."""

    def __init__(self, store: QSettings) -> None:
        self.store = store

    @property
    def theme(self) -> str:
        """The theme: system, light or dark."""
        mode = self.store.value("theme")
        return mode if isinstance(mode, str) and mode in ("system", "light", "dark") else "system"

    @theme.setter
    def theme(self, mode: str) -> None:
        self.store.setValue("theme", mode)

    @property
    def presentation(self) -> bool:
        """Whether type and lines are larger."""
        return self._flag("presentation", False)

    @presentation.setter
    def presentation(self, on: bool) -> None:
        self.store.setValue("presentation", on)

    @property
    def autosave_seconds(self) -> int:
        """How often unsaved work is put aside; 0 never."""
        return self._number("autosave_seconds", 60)

    @autosave_seconds.setter
    def autosave_seconds(self, seconds: int) -> None:
        self.store.setValue("autosave_seconds", seconds)

    @property
    def keep_bytes(self) -> int:
        """What the kept rows of runs may take, one of KEEP_CHOICES."""
        kept = self._number("keep_bytes", KEEP_BYTES)
        return kept if kept in KEEP_CHOICES else KEEP_BYTES

    @keep_bytes.setter
    def keep_bytes(self, size: int) -> None:
        self.store.setValue("keep_bytes", size)

    @property
    def folder(self) -> Path:
        """Where the last file was opened or saved."""
        kept = self.store.value("folder")
        return Path(kept) if isinstance(kept, str) and kept and Path(kept).is_dir() else Path.home()

    @folder.setter
    def folder(self, folder: Path) -> None:
        self.store.setValue("folder", str(folder))

    @property
    def recent_files(self) -> tuple[Path, ...]:
        """The files opened or saved last, newest first."""
        kept = self.store.value("recent_files")
        # A store in text form gives back a list of one as a text.
        names = [kept] if isinstance(kept, str) else kept if isinstance(kept, list) else []
        return tuple(Path(name) for name in names if isinstance(name, str) and name)

    def add_recent(self, path: Path) -> None:
        """Put a file first among those opened last."""
        others = [other for other in self.recent_files if other != path]
        self.store.setValue("recent_files", [str(other) for other in [path, *others][:_MOST_RECENT]])

    def forget_recent(self, path: Path | None = None) -> None:
        """Forget a file, or all of them."""
        left = [] if path is None else [str(other) for other in self.recent_files if other != path]
        self.store.setValue("recent_files", left)

    def layout(self, part: str) -> QByteArray | None:
        """Return the layout of a part of the window, as Qt has saved it."""
        kept = self.store.value(f"layout/{part}")
        return kept if isinstance(kept, QByteArray) else None

    def set_layout(self, part: str, state: QByteArray) -> None:
        """Remember the layout of a part of the window."""
        self.store.setValue(f"layout/{part}", state)

    def forget_layout(self) -> None:
        """Forget all layouts."""
        self.store.remove("layout")

    def _flag(self, name: str, default: bool) -> bool:
        kept = self.store.value(name, default)
        return kept == "true" if isinstance(kept, str) else bool(kept)

    def _number(self, name: str, default: int) -> int:
        kept = self.store.value(name, default)
        try:
            return max(0, int(kept)) if isinstance(kept, int | str | float) else default
        except ValueError:
            return default
