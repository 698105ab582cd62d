"""The output view: what it shows of which data, what it asks for, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.plots.output import OutputPanel
from app.shell.icons import Icons
from app.shell.panes import Scroller
from app.shell.selection import Neuron, Selection
from app.shell.theme import Theme
from core.probes.plane import plane
from core.training.events import Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

    from app.work.messages import Scene
    from core.runs.record import Record
    from tests.app.plots.conftest import Hand, Lab


class Desk:
    """A panel with someone who answers what it asks for."""

    def __init__(self, lab: Lab, theme: Theme, icons: Icons, record: Record) -> None:
        self.lab = lab
        self.record = record
        self.selection = Selection()
        self.document = Document(record.experiment)
        self.panel = OutputPanel(self.document, self.selection, theme, icons)
        self.scene: Scene = lab.scene(record)
        self.watched: dict[str, Any] = {}
        self.panel.watch.connect(self._watch)
        self.scroller = Scroller([self.panel], 320)
        self.scroller.resize(360, 800)

    def _watch(self, view: str, probe: Any, rate: float) -> None:
        assert rate > 0
        self.watched[view] = probe

    def begin(self) -> None:
        """Show the run."""
        self.panel.set_scene(self.scene)
        self.panel.set_start(self.record.rows[0])

    def answer(self, view: str) -> Any:
        """Do what is asked for, and give it to the panel."""
        picture = self.lab.drive(self.watched[view](self.scene, self.record.row))
        self.panel.take_frame(view, picture)
        return picture


@pytest.fixture
def make_desk(qtbot: QtBot, lab: Lab, theme: Theme, icons: Icons) -> Iterator[Any]:
    desks: list[Desk] = []

    def make(record: Record) -> Desk:
        desk = Desk(lab, theme, icons, record)
        desks.append(desk)
        qtbot.addWidget(desk.scroller)
        desk.scroller.show()
        qtbot.waitExposed(desk.scroller)
        desk.begin()
        QApplication.processEvents()
        return desk

    yield make
    for desk in desks:
        desk.document.close()


def digits(lab: Lab) -> Record:
    return lab.small("Digits", source={"kind": "digits"}, test=0.3, loss="cross_entropy", epochs=4, units=24)


def test_plane_shows_the_boundary_and_nothing_of_images(make_desk: Any, lab: Lab) -> None:
    desk = make_desk(lab.small())
    panel = desk.panel
    assert panel.boundary.isVisible()
    assert not panel.drawing.isVisible()
    assert not panel.answers.isVisible()
    assert not panel.asked.isVisible()
    assert panel.header.note.text() == "decision boundary"
    picture = lab.drive(plane(20, 8)(desk.scene, desk.record.row))
    panel.take_frame("plane", picture)
    assert panel.boundary.picture is picture
    assert desk.watched == {"report": None, "answer": None, "digit": None}


def test_metrics_are_written(make_desk: Any, lab: Lab) -> None:
    panel = make_desk(lab.small()).panel
    panel.set_metrics(Metrics(0.12345, 0.0987, None, 0.9, 0.96, None))
    metrics = [metric.number.text() for metric in (panel.train_loss, panel.validation_loss, panel.accuracy)]
    assert metrics == ["0.123", "0.0987", "96.0 %"]
    panel.set_metrics(Metrics())
    assert panel.validation_loss.number.text() == "–"


def test_numbers_have_no_accuracy(make_desk: Any, lab: Lab) -> None:
    panel = make_desk(lab.small(source={"kind": "plane", "samples": 60}, loss="huber", epochs=1)).panel
    assert not panel.accuracy.isVisible()
    assert panel.header.note.text() == "regression surface"


def test_neuron_is_named_with_its_formula_in_numbers(make_desk: Any, lab: Lab) -> None:
    desk = make_desk(lab.small())
    panel = desk.panel
    desk.selection.hover(Neuron("one", 2))
    assert panel.header.title.text() == "Dense 1 · neuron 3"
    assert panel.boundary.neuron == ("one", 2)
    panel.take_frame("plane", lab.drive(plane(20, 8, ("one", 2))(desk.scene, desk.record.row)))
    layer = desk.scene.architecture.dense[0]
    row = desk.record.row
    w = {"x₁": row[layer.start + 4], "x₂": row[layer.start + 5]}
    text = panel.formula.text().replace("\N{MINUS SIGN} ", "-").replace("\N{MINUS SIGN}", "-").replace("+ ", "")
    assert panel.formula.isVisible()
    for name, weight in w.items():
        assert f"{weight:.2f}·{name}" in text
    assert f"{row[layer.bias_start + 2]:.2f}," in text
    assert text.endswith("a = tanh(z)")
    desk.selection.hover(None)
    assert panel.header.title.text() == "Output"
    assert not panel.formula.isVisible()
    desk.selection.hover(Neuron("input", 1))
    assert panel.header.title.text() == "Input x₂"
    desk.selection.hover(Neuron("gone", 1))


def test_the_lectures_question_is_answered_before_and_after(make_desk: Any, lab: Lab) -> None:
    record = lab.small(source={"kind": "pass_the_class"}, standardize=True, epochs=30)
    desk = make_desk(record)
    panel = desk.panel
    assert "4 lectures attended, 5 hours" in panel.asked.text()
    picture = desk.answer("answer")
    before, now = (f"pass {float(value[0, 0]):.0%}".replace("%", " %") for value in (picture.before, picture.now))
    assert before != now
    assert panel.answered.text() == f"Before training the network said {before}; now it says {now}."
    assert panel.boundary.surface.question.items[0].isVisible()


def test_images_are_drawn_classified_and_judged(make_desk: Any, lab: Lab, hand: Hand) -> None:
    desk = make_desk(digits(lab))
    panel = desk.panel
    assert panel.drawing.isVisible()
    assert panel.answers.isVisible()
    assert not panel.boundary.isVisible()
    shown: list[Any] = []
    panel.image_shown.connect(shown.append)
    assert desk.watched["digit"] is None
    hand.draw(panel.drawing.pad, [(0.5, 0.1), (0.5, 0.9)])
    picture = desk.answer("digit")
    np.testing.assert_array_equal(picture.image, shown[-1])
    assert panel.drawing.bars.picture is picture
    report = desk.answer("report")
    assert panel.answers.report is report
    QTest.mouseClick(panel.drawing.clear, Qt.MouseButton.LeftButton)
    assert desk.watched["digit"] is None
    assert shown[-1] is None


def test_click_on_a_mistake_sends_it_through_the_network(make_desk: Any, lab: Lab) -> None:
    desk = make_desk(digits(lab))
    panel = desk.panel
    report = desk.answer("report")
    QApplication.processEvents()
    view = panel.answers.mistakes
    place = view.visualRect(view.table.index(0)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    picture = desk.answer("digit")
    assert picture.winner == report.mistakes.predicted[0]
    assert panel.drawing.pad.given


def test_a_table_of_classes_has_its_confusion_alone(make_desk: Any, lab: Lab, tmp_path: Any) -> None:
    path = tmp_path / "table.csv"
    rows = "\n".join(f"{i % 7},{i % 5},{i % 4},{'abc'[i % 3]}" for i in range(60))
    path.write_text(f"u,v,w,kind\n{rows}\n")
    desk = make_desk(lab.small(source={"kind": "csv", "path": str(path)}, loss="cross_entropy", epochs=1))
    panel = desk.panel
    assert panel.table_header.isVisible()
    assert panel.answers.isVisible()
    assert not panel.drawing.isVisible()
    assert not panel.boundary.isVisible()
    desk.answer("report")
    assert not panel.answers.mistakes.isVisible()


def test_hidden_panel_asks_for_nothing(make_desk: Any, lab: Lab) -> None:
    desk = make_desk(digits(lab))
    assert desk.watched["report"] is not None
    desk.scroller.hide()
    assert desk.watched["report"] is None
    desk.scroller.show()
    assert desk.watched["report"] is not None


def test_another_set_of_data_takes_the_view(make_desk: Any, lab: Lab) -> None:
    desk = make_desk(digits(lab))
    panel = desk.panel
    panel.set_scene(lab.scene(lab.small()))
    assert panel.boundary.isVisible()
    assert not panel.answers.isVisible()
    assert desk.watched["report"] is None
    panel.set_scene(None)
    assert panel.nothing.isVisible()
    assert not panel.boundary.isVisible()


def test_frames_of_other_views_are_left_alone(make_desk: Any, lab: Lab) -> None:
    make_desk(lab.small()).panel.take_frame("weights", object())


@pytest.mark.parametrize("width", [340, 360, 480])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_no_label_is_cut(make_desk: Any, lab: Lab, theme: Theme, mode: str, width: int) -> None:
    theme.set(mode)
    for record in (lab.small(), digits(lab), lab.small(source={"kind": "pass_the_class"}, epochs=2)):
        desk = make_desk(record)
        desk.scroller.resize(width, 800)
        if desk.watched["report"] is not None:
            desk.answer("report")
        desk.panel.set_metrics(Metrics(0.000123, 0.000123, None, 1.0, 1.0, None))
        QApplication.processEvents()
        assert desk.panel.width() <= desk.scroller.viewport().width() - 32
        for label in desk.panel.findChildren(QLabel):
            if label.isVisible() and label.text() and not label.wordWrap():
                assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width() + 1, label.text()
                assert desk.panel.rect().contains(label.mapTo(desk.panel, QPoint(label.width() - 1, 0)))
