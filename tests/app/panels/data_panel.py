"""What tests of the data panel do to it."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QWidget

from app.document.document import Document
from app.panels.data import DataPanel
from app.shell.icons import Icons
from app.shell.panes import Scroller
from app.shell.theme import Theme
from app.work.messages import Scene
from app.work.session import Session
from core.choices.datasets import DATASETS, Points, Table, facts_of
from core.datasets.load import load
from core.experiment.architecture import architecture

Show = Callable[[QWidget, int, int], None]
Drag = Callable[[QSlider, list[float]], None]
Narrow = Callable[[QWidget, int, int], Scroller]

PLANES = [
    tag
    for tag, row in DATASETS.items()
    if row.settings not in (Points, Table) and facts_of(row.settings.model_validate({})).plane
]
IMAGES = [tag for tag, row in DATASETS.items() if row.settings not in (Points, Table) and tag not in PLANES]


def shown_panel(document: Document, session: Session, icons: Icons, theme: Theme, show: Show) -> DataPanel:
    """Return the panel, wide and high enough for all of it."""
    panel = DataPanel(document, session, theme, icons, ask=lambda parent: None)
    show(panel, 260, 1600)
    return panel


def click(widget: QWidget) -> None:
    QTest.mouseClick(widget, Qt.MouseButton.LeftButton)


def settle(panel: DataPanel) -> None:
    """Wait until the rows of the data set chosen last are there."""
    patience = time.monotonic() + 20
    while panel.form is not None and panel.form.growing:
        assert time.monotonic() < patience
        QApplication.processEvents()


def prepare(session: Session, document: Document) -> None:
    """Tell what the session tells when the data of the experiment are loaded."""
    experiment = document.experiment
    dataset = load(experiment.data)
    session.scenes = (Scene(experiment, architecture(experiment, dataset.facts), dataset),)
    session.prepared.emit(session.scenes)
