"""The tab, put together: ``widget`` is its pages, with words at the left that turn them."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QStackedWidget, QWidget

from app.document.document import Document
from app.gradients.batches import BatchesPage, BatchesWatcher
from app.gradients.clock import TimePage
from app.gradients.health import HealthWatcher
from app.gradients.layers import LayersPage
from app.gradients.page import Page, Segments
from app.gradients.race import RacePage
from app.gradients.rates import PATH, RatesPage
from app.plots.curves import CurvesView
from app.shell.drawn_export import Seen
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.widgets.labels import line
from app.timeline.moment import Moment
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.choices.fields import Mistake
from core.experiment.variants import override

_NARROW = 600  # pixels of a narrow dock


class _Tab(QWidget):
    """Words and pages: side by side, for the dock is low, or one below the other where it is narrow."""

    def __init__(self, segments: Segments, stack: QStackedWidget) -> None:
        super().__init__()
        self.segments, self.upright = segments, line(upright=True)
        self.box = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self.box.setContentsMargins(0, 0, 0, 0)
        self.box.setSpacing(0)
        for part in (segments, self.upright, stack):
            self.box.addWidget(part, int(part is stack))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the words where there is room for them."""
        super().resizeEvent(event)
        narrow = self.width() < _NARROW
        self.box.setDirection(QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight)
        self.segments.lie(narrow)
        self.upright.setVisible(not narrow)


class GradientsPart(QObject):
    """The tab. It asks for nothing while it cannot be seen.

    compared: an experiment whose variants are to be trained. refused: why something could not be set, in a sentence.
    """

    compared = Signal(object)
    refused = Signal(str)

    def __init__(
        self,
        document: Document,
        session: Session,
        history: History,
        trainer: Trainer,
        selection: Selection,
        curves: CurvesView,
        icons: Icons,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.document, self.session, self.trainer = document, session, trainer
        self.health = HealthWatcher(session, history, self)
        self.layers = LayersPage(icons, self.health)
        self.batches = BatchesPage(icons)
        self.batches_watcher = BatchesWatcher(session, self.batches, self)
        self.time = TimePage(icons, curves, history)
        self.rates = RatesPage(icons, session, history, trainer)
        self.race = RacePage(icons, session, history, selection)
        self.pages: tuple[Page, ...] = (self.layers, self.batches, self.time, self.rates, self.race)
        self.stack = QStackedWidget()
        for page in self.pages:
            self.stack.addWidget(page)
        titles = self.tr("Layers"), self.tr("Batches"), self.tr("Time"), self.tr("Learning rate"), self.tr("Race")
        self.segments = Segments(self.tr("What is shown of the gradients"), titles)
        self.segments.turned.connect(self.stack.setCurrentIndex)
        self.widget = _Tab(self.segments, self.stack)
        self.layers.mended.connect(self._mend)
        self.layers.rate_wanted.connect(lambda: self.turn(self.rates))
        self.time.mend_wanted.connect(self._train)
        self.rates.used.connect(self._use)
        self.rates.compared.connect(self.compared)
        self.race.mend_wanted.connect(self.race.mend_course)

    def show_moment(self, moment: Moment | None) -> None:
        """Show a moment in place of now, or now again, where something of a moment is shown."""
        self.health.show_moment(moment)
        self.batches_watcher.show_moment(moment)
        self.time.show_moment(moment)

    def drawn(self) -> Seen | str:
        """Return what can be exported of the page that is shown, or why there is nothing."""
        return self.pages[self.segments.group.checkedId()].drawn()

    def turn(self, page: Page) -> None:
        """Show a page."""
        self.segments.turn(self.pages.index(page))

    def _mend(self, settings: Mapping[str, Any], text: str) -> None:
        try:
            self.document.set(settings, text)
        except Mistake as mistake:
            self.refused.emit(str(mistake))

    def _use(self, rate: float) -> None:
        """Set the learning rate, also where variants have their own: then they are what is to be left behind."""
        experiment = self.document.experiment
        if any(PATH in variant.settings for variant in experiment.variants):
            experiment = experiment.model_copy(update={"variants": ()})
        self.document.edit(override(experiment, {PATH: rate}), self.tr("Use learning rate {0:g}").format(rate))

    def _train(self) -> None:
        if self.trainer.can_train and self.session.phase is not Phase.TRAINING:
            if self.trainer.stale or self.session.phase in (Phase.IDLE, Phase.OVER):
                self.trainer.rewind()
            self.session.go(epochs=10)
