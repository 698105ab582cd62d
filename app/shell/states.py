"""What runs need to go on from: asked of the training before they are saved or exported."""

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

from app.work.session import Phase, Session
from core.training.events import Event, Save, Saved

_STATE_MS = 2000  # how long to wait for training to tell its state


def with_states(session: Session, then: Callable[[], object], parent: QObject) -> None:
    """Have the runs that are under way tell their state, so that it is in their records; then go on."""
    if session.phase in (Phase.PAUSED, Phase.TRAINING):
        _Await(session, then, parent).start()
    else:
        then()


class _Await(QObject):
    """Waits until every run under way has told its state, though not for ever, then goes on."""

    def __init__(self, session: Session, then: Callable[[], object], parent: QObject) -> None:
        super().__init__(parent)
        self.session = session
        self.then = then
        self._left = len(session.scenes)
        self._timer = QTimer(self, interval=_STATE_MS, singleShot=True)
        self._timer.timeout.connect(self._go_on)

    def start(self) -> None:
        """Ask."""
        self.session.happened.connect(self._take)
        self.session.tell(Save())
        self._timer.start()

    def _take(self, events: tuple[Event, ...]) -> None:
        self._left -= sum(isinstance(event, Saved) for event in events)
        if self._left <= 0:
            self._go_on()

    def _go_on(self) -> None:
        self._timer.stop()
        self.session.happened.disconnect(self._take)
        self.deleteLater()
        # The history may hear of the states after this object.
        QTimer.singleShot(0, self.then)
