"""The program that is tried out, and what its training has told so far."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QMessageBox

from app.selftest.checks import check, pause, wait
from app.selftest.hands import Hands, gone
from app.selftest.labels import unreadable
from app.shell.compose import Program
from app.work.session import Phase
from core.experiment.experiment import Experiment
from core.training.events import EpochDone, Event, Look, Looked, Row

EventT = TypeVar("EventT", bound=Event)

_LOAD = 60.0  # seconds that torch may take to be loaded
_LOOKS = 6  # at the window, half a second apart, until nothing in it is cut off
_FEWEST_COLORS = 40  # of a picture that shows something


class Trial:
    """A program in a window, hands on it, and ears."""

    def __init__(
        self,
        folder: Path,
        scratch: Path,
        say: Callable[[str], None] = print,
        size: tuple[int, int] = (1440, 900),
        experiment: Experiment | None = None,
    ) -> None:
        """Make a program that is not started yet; folder: where pictures and files go; scratch: for settings and what
        is put aside; experiment: an empty network where none is given."""
        self.folder = folder
        self.scratch = scratch
        self.say = say
        self.events: list[Event] = []
        store = QSettings(str(scratch / "settings.ini"), QSettings.Format.IniFormat)
        store.setValue("theme", "light")
        store.setValue("folder", str(folder))
        self.program = Program(experiment or Experiment(name="Spiral"), store, scratch / "state")
        self.program.window.resize(*size)
        self.program.session.happened.connect(self.events.extend)
        self.hands = Hands(self.program)

    # -- what training has told ----------------------------------------------------------------------------------

    @property
    def phase(self) -> Phase:
        """What the session is doing."""
        return self.program.session.phase

    @property
    def experiment(self) -> Experiment:
        """What is on the screen."""
        return self.program.document.experiment

    def told(self, kind: type[EventT]) -> list[EventT]:
        """Return what was told of a kind since the events were last cleared."""
        return [event for event in self.events if isinstance(event, kind)]

    def wait_for(self, phase: Phase, seconds: float = 20.0) -> None:
        """Wait until the session is that far."""
        wait(lambda: self.phase is phase, f"Training is not {phase.value}, but {self.phase.value}.", seconds)

    def ready(self) -> None:
        """Wait until a job waits for Train."""
        self.wait_for(Phase.PAUSED, _LOAD)

    def look(self) -> Looked:
        """Return the weights as they are now."""
        before = len(self.told(Looked))
        self.program.session.tell(Look(0))
        wait(lambda: len(self.told(Looked)) > before, "The training does not tell its weights.")
        return self.told(Looked)[-1]

    def row(self) -> Row:
        """Return the weights as they are now, as a row."""
        return self.look().row

    def one_epoch(self) -> None:
        """Train one epoch by its key, and wait until it is done."""
        self.events.clear()
        self.hands.key(Qt.Key.Key_S, Qt.KeyboardModifier.ShiftModifier)
        wait(lambda: self.told(EpochDone), "Shift+S does not train an epoch.")
        self.ready()

    def drawn_row(self) -> Row:
        """Return the weights and biases that the canvas draws, as a row."""
        parts = [part for pair in self.program.canvas.scene.live.weights for part in pair]
        return np.concatenate([np.asarray(part, np.float32).ravel() for part in parts] or [np.empty(0, np.float32)])

    def wait_drawn(self, row: Row) -> None:
        """Wait until the canvas draws these weights."""
        sentence = "The canvas does not draw the weights that the training has."
        wait(lambda: np.array_equal(self.drawn_row(), row), sentence)

    # -- dialogs -------------------------------------------------------------------------------------------------

    def discard(self) -> None:
        """Answer that what is unsaved may be lost."""
        box = self.hands.dialog(QMessageBox)
        assert isinstance(box, QMessageBox)
        self.hands.click(box.button(QMessageBox.StandardButton.Discard))
        gone(box, "The question about unsaved changes does not go away.")

    # -- pictures ------------------------------------------------------------------------------------------------

    def picture(self, name: str, both: bool = True) -> None:
        """Take a picture of the window, in light and in dark."""
        theme = self.program.theme
        before = theme.mode
        brightness = {}
        for mode in ("light", "dark") if both else (before,):
            theme.set(mode=mode)
            if self.phase is not Phase.TRAINING:  # in which links are never drawn in full quality
                self.settle()
            image = self.program.window.grab().toImage()
            path = self.folder / f"{name}-{mode}.png"
            check(image.save(str(path)), f"{path} could not be written.")
            check(_colors(image) >= _FEWEST_COLORS, f"{path.name} shows next to nothing.")
            brightness[mode] = _brightness(image)
            for _ in range(_LOOKS):  # a panel may be in the midst of laying itself out
                cut = unreadable(self.program.window)
                if not cut:
                    break
                pause(500)
            check(not cut, f"{path.name}: {' '.join(cut)}")
        theme.set(mode=before)
        if both:
            check(brightness["light"] > brightness["dark"] + 60, f"{name}: light and dark look alike.")

    def turn(self, tab: str) -> None:
        """Press the digit of a tab at the bottom, by the tab's name."""
        bottom = self.program.window.bottom
        place = [found.name for found in bottom.tabs].index(tab)
        self.hands.key(Qt.Key(Qt.Key.Key_1.value + place))
        check(bottom.name == tab, f"The key {place + 1} does not show the tab {tab}.")

    def settle(self) -> None:
        """Wait until what is drawn in small slices is drawn."""
        wait(lambda: self.program.canvas.sharp, "The canvas does not come to rest.", 10)


def _thumb(image: QImage) -> QImage:
    size = image.size() / 4
    return image.scaled(size).convertToFormat(QImage.Format.Format_RGB32)


def _pixels(image: QImage) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    small = _thumb(image)
    return np.frombuffer(small.constBits(), np.uint32).reshape(small.height(), -1)


def _colors(image: QImage) -> int:
    return len(np.unique(_pixels(image)))


def _brightness(image: QImage) -> float:
    """Return the mean of green, 0 … 255."""
    return float((_pixels(image) >> 8 & 255).mean())
