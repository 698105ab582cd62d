"""The canvas folded to one line."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.canvas.strip import LayerStrip
from app.document.document import Document
from app.shell.theme import Theme
from core.experiment.experiment import Experiment


def test_strip_names_the_layers_and_leads_back(qtbot: QtBot, theme: Theme, spiral: Experiment) -> None:
    document = Document(spiral)
    strip = LayerStrip(document)
    qtbot.addWidget(strip)
    strip.resize(900, 40)
    strip.show()
    words = "Input (5)  →  Dense 1 (8, Tanh)  →  Dropout 1 (0.2)  →  Dense 2 (8, ReLU)  →  Output (1, Sigmoid)"
    assert strip.layers.text() == words
    document.set({"network.layers.a.units": 3}, "fewer")
    assert "Dense 1 (3, Tanh)" in strip.layers.text()
    with qtbot.waitSignal(strip.canvas_wanted):
        QTest.mouseClick(strip.back, Qt.MouseButton.LeftButton)
    document.close()
