"""A document with a session and a trainer that train nothing, and hands that drag a slider."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QStyle, QStyleOptionSlider, QWidget
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.shell.icons import Icons
from app.shell.panes import Scroller
from app.shell.theme import Theme
from app.work.session import Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment, read_experiment


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    theme = Theme("light")
    theme.apply()
    return theme


@pytest.fixture
def icons(theme: Theme) -> Icons:
    return Icons(theme)


@pytest.fixture
def experiment() -> Experiment:
    return read_experiment(
        {
            "data": {"source": {"kind": "circle", "samples": 100}},
            "network": {
                "layers": [
                    {"kind": "dense", "id": "a", "name": "Dense 1", "units": 3},
                    {"kind": "dropout", "id": "b", "name": "Dropout 1", "rate": 0.2},
                ]
            },
            "training": {"optimizer": {"kind": "sgd", "learning_rate": 0.1}},
        }
    )


@pytest.fixture
def document(experiment: Experiment) -> Iterator[Document]:
    document = Document(experiment)
    yield document
    document.close()


@pytest.fixture
def session() -> Iterator[Session]:
    """Return a session whose thread is not started: what is asked of it waits."""
    session = Session()
    yield session
    session.stop()


@pytest.fixture
def trainer(document: Document, session: Session) -> Trainer:
    trainer = Trainer(document, session)
    trainer.rewind()
    return trainer


@pytest.fixture
def show(qtbot: QtBot) -> Iterator[Callable[[QWidget, int, int], None]]:
    """Return a function that shows a widget in a size, scrolled as the window does."""

    kept: list[Scroller] = []

    def shown(widget: QWidget, width: int, height: int) -> None:
        scroller = Scroller([widget], 100)
        kept.append(scroller)
        qtbot.addWidget(scroller)
        scroller.resize(width, height)
        with qtbot.waitExposed(scroller):
            scroller.show()
        scroller.activateWindow()

    yield shown
    kept.clear()


def handle(slider: QSlider) -> QPoint:
    """Return the middle of a slider's handle."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    return slider.style().subControlRect(control, option, part, slider).center()


@pytest.fixture
def narrow() -> Callable[[QWidget, int, int], Scroller]:
    """Return a function that makes what a shown widget scrolls in this small, or as small as it can be."""

    def narrowed(widget: QWidget, width: int, height: int) -> Scroller:
        scroller = widget.window()
        assert isinstance(scroller, Scroller)
        scroller.resize(width, height)
        QApplication.processEvents()
        scroller.resize(scroller.size().expandedTo(scroller.minimumSizeHint()))
        QApplication.processEvents()
        return scroller

    return narrowed


@pytest.fixture
def drag() -> Callable[[QSlider, list[float]], None]:
    """Return a function that drags a slider's handle through shares of its width with the mouse."""

    def dragged(slider: QSlider, shares: list[float]) -> None:
        start = handle(slider)
        QTest.mousePress(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, start)
        place = start
        for share in shares:
            place = QPoint(round(8 + share * (slider.width() - 16)), start.y())
            QTest.mouseMove(slider, place)
            QApplication.processEvents()
        QTest.mouseRelease(slider, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)

    return dragged
