"""What tests of the data panel do to it."""

import time

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from app.document.document import Document
from app.panels.data import DataPanel
from app.work.messages import Scene
from app.work.session import Session
from core.datasets.load import load
from core.experiment.architecture import architecture


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
