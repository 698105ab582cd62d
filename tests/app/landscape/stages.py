"""A landscape tab with a real background thread, in a window of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QPoint, QPointF
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.landscape.frames import LandscapeFrame
from app.landscape.part import LandscapePart
from app.shell.selection import Selection
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer

WAIT = 20_000


@dataclass
class Stage:
    """A landscape tab on a document, in a window of its own."""

    qtbot: QtBot
    document: Document
    session: Session
    trainer: Trainer
    history: History
    selection: Selection
    part: LandscapePart

    def until(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=WAIT)

    def open(self, width: int = 900, height: int = 420) -> None:
        self.part.widget.resize(width, height)
        self.part.widget.show()
        self.qtbot.waitExposed(self.part.widget)

    def train(self, epochs: int) -> None:
        self.until(lambda: self.session.phase is Phase.PAUSED)
        before = self.history.current[0].epochs
        self.session.go(epochs=epochs)
        self.until(lambda: self.history.current[0].epochs == before + epochs)
        self.until(lambda: self.session.phase is Phase.PAUSED)

    def choose(self, **changes: Any) -> None:
        form = self.part.widget.form
        form.choose(replace(form.chosen, **changes))

    @property
    def frame(self) -> LandscapeFrame:
        frame = self.part.widget.frame
        assert frame is not None
        return frame

    def drawn(self, kind: str) -> bool:
        """Whether the final picture of these directions is shown."""
        frame = self.part.widget.frame
        return frame is not None and frame.picture.final and frame.picture.plane.kind == kind

    def point(self, place: tuple[float, float]) -> QPoint:
        """Return where a place of the plane lies on the contour map, in pixels of its viewport."""
        contours = self.part.widget.contours
        found: QPoint = contours.mapFromScene(contours.view.mapViewToScene(QPointF(*place)))
        return found
