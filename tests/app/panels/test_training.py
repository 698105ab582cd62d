"""The panel of training: every widget edits its path, undo brings it back, a drag is one undo step."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QSlider, QWidget

from app.document.document import Document
from app.panels.binding import DocumentBinding
from app.panels.editors import ChoiceEditor, Editor, NumberEditor, OptionalNumberEditor, SwitchEditor
from app.panels.form import Form
from app.panels.rows import Row
from app.panels.settings import settings_of, text_of
from app.panels.training import TrainingPanel
from app.shell.icons import Icons
from app.shell.panes import Scroller
from app.shell.theme import Theme
from app.work.session import Phase, Session
from app.work.trainer import LIVE, Trainer
from core.choices.fields import Real, Whole
from core.choices.losses import LOSSES
from core.choices.optimizers import OPTIMIZERS
from core.choices.schedules import SCHEDULES
from core.experiment.comparisons import comparison
from core.experiment.training import Training
from core.training.events import EpochDone, Metrics

Show = Callable[[QWidget, int, int], None]
Drag = Callable[[QSlider, list[float]], None]
Narrow = Callable[[QWidget, int, int], Scroller]


@pytest.fixture
def panel(
    document: Document, session: Session, trainer: Trainer, theme: Theme, icons: Icons, show: Show
) -> TrainingPanel:
    panel = TrainingPanel(document, session, trainer, theme, icons)
    show(panel, 392, 1200)
    return panel


def work(editor: Editor) -> None:
    """Change the value of an editor as a user does, whatever kind it is."""
    if isinstance(editor, SwitchEditor | OptionalNumberEditor):
        QTest.mouseClick(editor.switch, Qt.MouseButton.LeftButton)
    elif isinstance(editor, ChoiceEditor):
        editor.combo.setFocus()
        last = editor.combo.count() - 1
        key = Qt.Key.Key_Up if editor.combo.currentIndex() == last else Qt.Key.Key_Down
        QTest.keyClick(editor.combo, key)
    else:
        assert isinstance(editor, NumberEditor)
        limits = editor.setting.limits
        assert isinstance(limits, Whole | Real)
        text = "7" if isinstance(limits, Whole) and limits.most >= 7 else "2" if isinstance(limits, Whole) else "0.37"
        editor.field.setFocus()
        editor.field.selectAll()
        QTest.keyClicks(editor.field, text)
        QTest.keyClick(editor.field, Qt.Key.Key_Return)


def shown(row: Row) -> Any:
    """Return what the widgets of a row say, not what they keep."""
    editor = row.editor
    if isinstance(editor, SwitchEditor | OptionalNumberEditor):
        return editor.switch.isChecked()
    if isinstance(editor, ChoiceEditor):
        return editor.combo.currentData()
    assert isinstance(editor, NumberEditor)
    position = editor.slider.value() if editor.slider is not None else None
    return editor.field.text(), position


def settle(panel: TrainingPanel) -> None:
    """Wait until the rows of what was chosen last are there."""
    patience = time.monotonic() + 20
    while any(form.growing for form in panel.findChildren(Form)):
        assert time.monotonic() < patience
        QApplication.processEvents()


def open_all(panel: TrainingPanel) -> None:
    """Open what is folded."""
    settle(panel)
    for part in panel.form.parts.values():
        fold = getattr(part, "fold", None)
        if fold is not None and fold.isVisible() and not fold.opened:
            QTest.mouseClick(fold, Qt.MouseButton.LeftButton)


CASES = [
    *(({"training.optimizer": tag}, f"optimizer {tag}") for tag in OPTIMIZERS),
    *(({"training.schedule": tag}, f"schedule {tag}") for tag in SCHEDULES),
    ({"training.early_stopping": {}}, "early stopping"),
]


@pytest.mark.parametrize("settings", [case for case, _ in CASES], ids=[name for _, name in CASES])
def test_every_widget_edits_its_path_and_undo_brings_it_back(
    panel: TrainingPanel, document: Document, settings: dict[str, Any]
) -> None:
    document.set(settings, "begin")
    open_all(panel)
    settle(panel)
    binding = DocumentBinding(document)
    paths = [row.setting.path for row in panel.form.rows()]
    for path in paths:
        row = panel.form.row(path)
        before, seen, steps = document.experiment, shown(row), document.undo_stack.index()
        old = binding.value(path)
        work(row.editor)
        new = binding.value(path)
        assert new != old, path
        assert document.undo_stack.index() == steps + 1, path
        changed = shown(panel.form.row(path))
        assert changed != seen, path
        document.undo_stack.undo()
        assert document.experiment == before
        assert shown(panel.form.row(path)) == seen, path
        document.undo_stack.redo()
        assert shown(panel.form.row(path)) == changed, path
        assert binding.value(path) == new
        document.undo_stack.undo()
        open_all(panel)
        settle(panel)


def test_every_field_of_every_row_of_every_table_has_a_row(panel: TrainingPanel, document: Document) -> None:
    open_all(panel)
    for path, rows in (("training.optimizer", OPTIMIZERS), ("training.schedule", SCHEDULES)):
        for tag, row in rows.items():
            document.set({path: tag}, "choose")
            settle(panel)
            there = {row.setting.path for row in panel.form.rows()}
            wanted = {setting.path for setting in settings_of(row.settings, path)}
            fields = {f"{path}.{name}" for name in row.settings.model_fields if name != "kind"}
            assert wanted == fields, tag
            assert wanted <= there, tag
    names = {row.setting.path.split(".")[1] for row in panel.form.rows() if row.setting.path.startswith("training.")}
    assert names == set(Training.model_fields)


def test_a_drag_of_the_learning_rate_is_one_undo_step(panel: TrainingPanel, document: Document, drag: Drag) -> None:
    editor = panel.form.row("training.optimizer.learning_rate").editor
    assert isinstance(editor, NumberEditor)
    assert editor.slider is not None
    steps = document.undo_stack.index()
    drag(editor.slider, [0.3, 0.2, 0.1])
    assert document.undo_stack.index() == steps + 1
    assert document.undo_stack.undoText() == "Change learning rate"
    first = document.experiment.training.optimizer.learning_rate
    assert first < 0.1
    drag(editor.slider, [0.4, 0.5])
    assert document.undo_stack.index() == steps + 2
    document.undo_stack.undo()
    assert document.experiment.training.optimizer.learning_rate == first
    assert editor.field.text() == text_of(editor.setting, first)
    document.undo_stack.undo()
    assert document.experiment.training.optimizer.learning_rate == 0.1
    assert editor.field.text() == "0.1"


def test_only_losses_that_fit_can_be_chosen_and_the_others_say_why(panel: TrainingPanel, document: Document) -> None:
    document.set({"data.source": "plane", "training.loss": "huber"}, "begin")
    editor = panel.form.row("training.loss").editor
    assert isinstance(editor, ChoiceEditor)
    editor.combo.setFocus()
    for place, row in enumerate(LOSSES.values()):
        item = editor.combo.options.item(place)
        assert item.isEnabled() == ("regression" in row.heads), row.tag
        if not item.isEnabled():
            why = item.data(Qt.ItemDataRole.AccessibleDescriptionRole)
            assert why == f"{row.title} does not fit data with numbers to predict"
    QTest.keyClick(editor.combo, Qt.Key.Key_Down)  # passes over hinge, the last: none is left
    assert document.experiment.training.loss == "huber"
    QTest.keyClick(editor.combo, Qt.Key.Key_Up)
    assert document.experiment.training.loss == "mean_absolute_error"


def test_the_dropout_rate_is_there_with_dropout_layers_and_sets_all_of_them(
    panel: TrainingPanel, document: Document
) -> None:
    row = panel.form.row("network.dropout")
    assert row.isVisible()
    editor = row.editor
    assert isinstance(editor, NumberEditor)
    assert editor.field.text() == "0.2"
    network = document.experiment.network
    two = network.insert(0, network.layers[1].model_copy(update={"id": "c", "rate": 0.5}))
    document.edit_network(two, "Insert")
    assert editor.field.text() == ""
    assert editor.field.placeholderText() == "differs"
    work(editor)
    assert [layer.rate for layer in document.experiment.network.layers if layer.kind == "dropout"] == [0.37, 0.37]
    assert editor.field.text() == "0.37"
    document.edit_network(document.experiment.network.remove("b").remove("c"), "Remove")
    assert not row.isVisible()


def test_each_setting_explains_itself_with_formula_and_sentence(panel: TrainingPanel, document: Document) -> None:
    document.set({"training.early_stopping": {}}, "begin")
    for row in panel.form.rows():
        assert row.help is not None
        assert row.help.sentence
        acts = "acts at the next step" in row.help.sentence
        assert acts == (row.setting.path in LIVE), row.setting.path
    loss = panel.form.row("training.loss").help
    assert loss is not None
    assert loss.formula == LOSSES["binary_cross_entropy"].formula
    document.set({"training.loss": "hinge"}, "choose")
    assert loss.formula == LOSSES["hinge"].formula


def test_what_needs_a_restart_says_so_and_restarts(
    panel: TrainingPanel, document: Document, trainer: Trainer, session: Session
) -> None:
    assert not panel.band.isVisible()
    assert not panel.live.isVisible()
    event = EpochDone(0, 1, 10, Metrics(), 0.0, 0.1, 0, 0, None)
    session.happened.emit((event,))
    assert panel.live.isVisible()
    assert "act at the next step" in panel.live.text()
    session._set_phase(Phase.OVER)
    assert panel.live.text() == "Training is over. Train starts anew, with the settings as they are here."
    session._set_phase(Phase.PAUSED)
    assert "act at the next step" in panel.live.text()
    document.set({"training.optimizer.learning_rate": 0.2}, "live")
    assert not panel.band.isVisible()
    work(panel.form.row("training.epochs").editor)
    assert trainer.stale
    assert panel.band.isVisible()
    QTest.mouseClick(panel.band.button, Qt.MouseButton.LeftButton)
    assert not trainer.stale
    assert not panel.band.isVisible()
    assert session.phase is Phase.PREPARING


def test_waited_is_shown_while_early_stopping_is_on(panel: TrainingPanel, document: Document) -> None:
    assert not panel.waited.isVisible()
    document.set({"training.early_stopping": {"patience": 5}}, "on")
    settle(panel)
    assert panel.waited.isVisible()
    panel.set_waited(3, 5)
    assert panel.waited.text.text() == "waited 3 of 5 epochs"
    assert (panel.waited.bar.value(), panel.waited.bar.maximum()) == (3, 5)
    document.set({"training.early_stopping.patience": 2}, "patience")
    assert panel.waited.text.text() == "waited 2 of 2 epochs"
    document.undo_stack.undo()
    document.undo_stack.undo()
    assert not panel.waited.isVisible()


def test_the_device_and_its_reason(panel: TrainingPanel) -> None:
    assert not panel.device.isVisible()
    panel.set_device("CPU: PyTorch finds no GPU that it can use here.")
    assert panel.device.isVisible()
    assert panel.device.text() == "CPU: PyTorch finds no GPU that it can use here."


def test_another_experiment_is_shown(panel: TrainingPanel, document: Document) -> None:
    opened = document.experiment.model_copy(update={"training": Training(epochs=12)})
    document.open(opened, None)
    epochs = panel.form.row("training.epochs").editor
    assert isinstance(epochs, NumberEditor)
    assert epochs.field.text() == "12"
    optimizer = panel.form.row("training.optimizer").editor
    assert isinstance(optimizer, ChoiceEditor)
    assert optimizer.combo.currentText() == "Adam"


@pytest.mark.parametrize("presentation", [False, True])
@pytest.mark.parametrize("size", [(360, 700), (320, 400)])
def test_nothing_is_cut_and_all_can_be_scrolled_to(
    panel: TrainingPanel,
    document: Document,
    theme: Theme,
    narrow: Narrow,
    size: tuple[int, int],
    presentation: bool,
) -> None:
    theme.set(presentation=presentation)
    try:
        document.set({"training.early_stopping": {}, "training.schedule": "plateau"}, "all")
        open_all(panel)
        settle(panel)
        panel.set_device("CPU: 3.2 times as fast as the GPU (NVIDIA H200) for networks of this size, as measured here.")
        scroller = narrow(panel, *size)
        assert scroller.verticalScrollBar().maximum() > 0
        for label in panel.findChildren(QLabel):
            if label.isVisible() and not label.wordWrap():
                assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()), label.text()
        for row in panel.form.rows():
            for stop in row.stops():
                if stop.isVisible():
                    assert stop.mapTo(panel, QPoint(stop.width(), 0)).x() <= panel.width(), row.setting.path
        last = panel.form.row("training.device")
        last.stops()[0].setFocus()
        scroller.ensureWidgetVisible(last)
        assert not last.visibleRegion().isEmpty()
    finally:
        theme.set(presentation=False)


def test_after_larger_type_names_are_as_narrow_as_before(panel: TrainingPanel, theme: Theme) -> None:
    QApplication.processEvents()
    before = [row.label_width() for row in panel.form.rows()]
    theme.set(presentation=True)
    QApplication.processEvents()
    assert max(row.label_width() for row in panel.form.rows()) > max(before)
    theme.set(presentation=False)
    QApplication.processEvents()
    assert [row.label_width() for row in panel.form.rows()] == before


def test_names_are_of_one_width_whatever_their_size_hints(panel: TrainingPanel) -> None:
    """After a change of theme, the size hints of some of them are larger than the width that all were given."""
    settle(panel)
    rows = [row for row in panel.form.rows() if row.isVisible()]
    rows[0].label.setText("with a hint that is wider than the names of all others")
    QApplication.processEvents()
    assert all(row.wide for row in rows)
    assert len({row.label.width() + row.inset for row in rows}) == 1


def test_rows_come_one_by_one_and_are_shown_together(panel: TrainingPanel, document: Document) -> None:
    document.set({"training.early_stopping": {}}, "on")
    group = panel.form.parts["training.early_stopping"]
    (form,) = group.findChildren(Form)
    counts = []
    while form.growing:
        counts.append(len(form.parts))
        assert not panel.waited.isVisible()
        assert [row.setting.path for row in group.rows()] == ["training.early_stopping"]
        form._growth.timeout.emit()  # a turn of the event loop
    assert counts == [0, 1, 2, 3, 4]
    assert panel.waited.isVisible()
    assert len(list(group.rows())) == 5


def test_rows_of_what_is_no_longer_chosen_wait_until_it_is_again(panel: TrainingPanel, document: Document) -> None:
    document.set({"training.schedule": "plateau"}, "choose")
    schedule = panel.form.parts["training.schedule"]
    plateau = next(form for form in schedule.findChildren(Form) if form.growing)
    plateau._growth.timeout.emit()
    document.undo_stack.undo()
    settle(panel)
    assert not plateau.complete
    assert [row.setting.path for row in schedule.rows()] == ["training.schedule"]
    document.undo_stack.redo()
    settle(panel)
    wanted = {setting.path for setting in settings_of(SCHEDULES["plateau"].settings, "training.schedule")}
    assert wanted <= {row.setting.path for row in schedule.rows()}


def test_what_the_runs_of_a_comparison_set_by_themselves_is_told(panel: TrainingPanel, document: Document) -> None:
    assert panel.varied.isHidden()
    values = {"training.optimizer.learning_rate": [0.1, 0.2], "network.dropout": [0.0, 0.5]}
    document.edit(comparison(document.experiment, values), "compare")
    assert panel.varied.text() == (
        "4 runs are compared. Each sets for itself: learning rate, dropout rate. "
        "Shown is learning rate 0.1, no dropout."
    )
    document.undo_stack.undo()
    assert panel.varied.isHidden()
