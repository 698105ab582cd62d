"""The moment that time travel shows, on the landscape: where it lies, and its losses on the plane and truly."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.landscape.frames import LandscapeFrame
from app.landscape.readings import percent
from app.landscape.watcher import Watcher
from app.shell.widgets.numbers import written
from app.work.messages import Probe, Scene
from app.work.session import Phase
from core.landscape.values import Ask, Place, Plane, RowsPicture
from core.training.events import Row

_VIEW = "landscape: moment"


@dataclass(frozen=True, eq=False)
class _Moment:
    row: Row
    start: Row  # of its run
    name: str


class MomentMark(QObject):
    """Asks the background thread where a moment lies, one question at a time, and again when the plane has moved.

    found: a place of the plane and what is to be told of it, in a sentence; or None, where no moment is shown.
    """

    found = Signal(object, str)

    def __init__(self, watcher: Watcher, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.watcher = watcher
        self._moment: _Moment | None = None
        self._plane: Plane | None = None
        self._asked: tuple[_Moment, Plane] | None = None
        self._answer: tuple[Place, str] | None = None
        watcher.session.framed.connect(self._frame)
        watcher.session.prepared.connect(lambda _scenes: self._begin())
        watcher.session.failed.connect(lambda *_: self._give_up())

    def _begin(self) -> None:
        """Forget the plane of the job before: the network may be another one."""
        self.show(None)
        self._plane = None

    @property
    def active(self) -> bool:
        """Whether a moment is shown."""
        return self._moment is not None

    def show(self, row: Row | None, start: Row | None = None, name: str = "") -> None:
        """Show weights (P,) of a run that began with others, by a name; None: nothing more."""
        if row is None:
            if self._moment is not None:
                self._moment = self._asked = self._answer = None
                self.watcher.session.watch(_VIEW, None)
                self.found.emit(None, "")
            return
        self._moment = _Moment(row, row if start is None else start, name)
        self._ask()

    def look(self, frame: LandscapeFrame) -> None:
        """Take the picture that is shown now."""
        if frame.picture.plane is not self._plane:
            self._plane = frame.picture.plane
            self._ask()
        if self._answer is not None:
            self.found.emit(*self._answer)

    def _ask(self) -> None:
        scene = self.watcher.scene
        if self._moment is None or self._plane is None or scene is None or self._asked is not None:
            return
        self._asked = self._moment, self._plane
        penalty = self.watcher.document.experiment.training.penalty
        live = self.watcher.session.phase is Phase.TRAINING
        ask = self.watcher.chosen.ask(scene.architecture.parameters, penalty.l1, penalty.l2, live=live)
        # The row only lets it be drawn once.
        self.watcher.session.watch(_VIEW, _probe(self._plane, self._moment.row, ask), row=self._moment.row)

    def _frame(self, view: str, picture: Any) -> None:
        if view != _VIEW or self._asked is None:
            return
        (moment, plane), self._asked = self._asked, None
        if moment is not self._moment or plane is not self._plane:
            self._ask()
        if self._moment is not None and isinstance(picture, RowsPicture):
            x, y = picture.coordinates.places[0].tolist()
            away = float(np.linalg.norm(moment.row.astype(np.float64) - moment.start))
            off = float(picture.coordinates.off_plane[0]) / away if away > 0 else 0.0
            words = self.tr("{0}: loss on the plane {1}, true {2}, {3} of its way off it")
            losses = written(float(picture.on_plane[0])), written(float(picture.true[0]))
            self._answer = (x, y), words.format(moment.name, *losses, percent(off))
            self.found.emit(*self._answer)

    def _give_up(self) -> None:
        self._asked = None


def _probe(plane: Plane, row: Row, ask: Ask) -> Probe:
    def probe(scene: Scene, given: Row) -> Any:
        from core.landscape.surface import on_plane

        return (yield from on_plane(plane, [row], ask)(scene, given))

    return probe
