"""Forms follow their models: a made-up row of a made-up table gets its editors by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QWidget

from app.panels.editors import ChoiceEditor, NumberEditor, OptionalNumberEditor, SwitchEditor
from app.panels.form import Form, Words
from app.panels.settings import settings_of
from app.shell.icons import Icons
from app.shell.panes import Scroller
from tests.app.panels.flight import Alarm, Flight, Holder, Plain, Slow, Sputnik

Show = Callable[[QWidget, int, int], None]
Drag = Callable[[QSlider, list[float]], None]
Narrow = Callable[[QWidget, int, int], Scroller]


@pytest.fixture
def holder() -> Holder:
    return Holder()


@pytest.fixture
def form(icons: Icons, holder: Holder, show: Show) -> Form:
    form = Form(icons, holder, settings_of(Flight, "flight"), Words(numbers={"flight.crew": "nobody"}))
    holder.then = form.refresh
    show(form, 400, 600)
    return form


def choose(editor: object, title: str) -> None:
    """Choose an option by keyboard: with its first letters."""
    assert isinstance(editor, ChoiceEditor)
    editor.combo.setFocus()
    QTest.keyClicks(editor.combo, title)
    if editor.combo.currentText() != editor.combo.itemText(editor.combo.findData(editor.value)):
        editor.combo.activated.emit(editor.combo.currentIndex())


def type_into(editor: object, text: str) -> None:
    assert isinstance(editor, NumberEditor)
    editor.field.setFocus()
    editor.field.selectAll()
    QTest.keyClicks(editor.field, text)
    QTest.keyClick(editor.field, Qt.Key.Key_Return)


def unfold(form: Form) -> None:
    part: Any = form.parts["flight.rocket"]
    QTest.mouseClick(part.fold, Qt.MouseButton.LeftButton)


def paths(form: Form) -> list[str]:
    return [row.setting.path.removeprefix("flight.") for row in form.rows()]


def test_every_field_has_the_editor_of_its_kind(form: Form) -> None:
    assert paths(form) == [
        "rocket",
        "rocket.thrust",
        "pace",
        "crew",
        "alarm",
        "weights.heavy",
        "height",
    ]
    kinds = {path: type(form.row(f"flight.{path}").editor) for path in paths(form)}
    assert kinds["rocket"] is ChoiceEditor
    assert kinds["rocket.thrust"] is NumberEditor
    assert kinds["alarm"] is SwitchEditor
    assert form.row("flight.weights.heavy").label.text() == "Heavy weight"


def test_choosing_another_row_brings_its_own_settings(form: Form, holder: Holder) -> None:
    unfold(form)
    assert isinstance(form.row("flight.rocket.crewed").editor, SwitchEditor)
    choose(form.row("flight.rocket").editor, "Sputnik")
    assert holder.value_now.rocket == Sputnik()
    assert paths(form)[:4] == ["rocket", "rocket.thrust", "rocket.beeps", "rocket.tilt"]
    assert isinstance(form.row("flight.rocket.tilt").editor, OptionalNumberEditor)
    assert isinstance(form.row("flight.rocket.beeps").editor, ChoiceEditor)
    help_ = form.row("flight.rocket").help
    assert help_ is not None
    assert help_.formula == "beep"
    assert "The first one." in help_.sentence


def test_what_all_kinds_share_is_seen_and_the_rest_is_folded(form: Form) -> None:
    part: Any = form.parts["flight.rocket"]
    assert form.row("flight.rocket.thrust").isVisible()
    assert "rocket.stages" not in paths(form)
    assert part.fold.text() == "More of Saturn V"
    QTest.mouseClick(part.fold, Qt.MouseButton.LeftButton)
    stages = form.row("flight.rocket.stages")
    assert stages.isVisible()
    QTest.mouseClick(part.fold, Qt.MouseButton.LeftButton)
    assert not stages.isVisible()


def test_where_nothing_is_shared_nothing_is_folded(form: Form) -> None:
    part: Any = form.parts["flight.pace"]
    assert not part.fold.isVisible()
    choose(form.row("flight.pace").editor, "Slow")
    assert not part.fold.isVisible()
    assert form.row("flight.pace.every").isVisible()


def test_a_group_that_is_off_is_switched_on_and_comes_back_as_it_was(form: Form, holder: Holder) -> None:
    switch = form.row("flight.alarm").editor
    assert isinstance(switch, SwitchEditor)
    QTest.mouseClick(switch.switch, Qt.MouseButton.LeftButton)
    assert holder.value_now.alarm == Alarm()
    type_into(form.row("flight.alarm.wait").editor, "7")
    QTest.mouseClick(switch.switch, Qt.MouseButton.LeftButton)
    assert holder.value_now.alarm is None
    assert "alarm.wait" not in paths(form)
    QTest.keyClick(switch.switch, Qt.Key.Key_Return)
    assert holder.value_now.alarm == Alarm(wait=7)


def test_a_number_that_is_off(form: Form, holder: Holder) -> None:
    choose(form.row("flight.rocket").editor, "Sputnik")
    unfold(form)
    editor = form.row("flight.rocket.tilt").editor
    assert isinstance(editor, OptionalNumberEditor)
    assert not editor.number.isVisible()
    QTest.mouseClick(editor.switch, Qt.MouseButton.LeftButton)
    assert holder.value("flight.rocket.tilt") == 1.0
    type_into(editor.number, "0.25")
    assert holder.value("flight.rocket.tilt") == 0.25
    QTest.mouseClick(editor.switch, Qt.MouseButton.LeftButton)
    assert holder.value("flight.rocket.tilt") is None
    QTest.mouseClick(editor.switch, Qt.MouseButton.LeftButton)
    assert holder.value("flight.rocket.tilt") == 0.25


def test_a_word_in_place_of_a_number(form: Form, holder: Holder) -> None:
    editor = form.row("flight.crew").editor
    assert isinstance(editor, NumberEditor)
    assert editor.box is not None
    assert editor.slider is not None
    assert editor.box.text() == "nobody"
    QTest.mouseClick(editor.box, Qt.MouseButton.LeftButton, pos=QPoint(8, editor.box.height() // 2))
    assert holder.value("flight.crew") == "none"
    assert not editor.slider.isEnabled()
    QTest.mouseClick(editor.box, Qt.MouseButton.LeftButton, pos=QPoint(8, editor.box.height() // 2))
    assert holder.value("flight.crew") == 3
    type_into(editor, "Nobody")
    assert holder.value("flight.crew") == "none"


@pytest.mark.parametrize("text", ["many", "5000", "0", "2.5", ""])
def test_bad_input_is_refused_in_a_sentence_and_the_old_value_kept(form: Form, holder: Holder, text: str) -> None:
    row = form.row("flight.crew")
    editor = row.editor
    assert isinstance(editor, NumberEditor)
    editor.field.setFocus()
    editor.field.selectAll()
    QTest.keyClick(editor.field, Qt.Key.Key_Delete)
    QTest.keyClicks(editor.field, text)
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert holder.value("flight.crew") == 3
    assert editor.field.text() == "3"
    assert row.message is not None
    assert row.message.isVisible()
    assert row.message.text().startswith('Expected a whole number from 1 to 1000 or "none", got ')
    assert row.message.text().endswith("It stays as it was.")
    type_into(editor, "4")
    assert holder.value("flight.crew") == 4
    assert not row.message.isVisible()


def test_esc_takes_back_what_was_typed(form: Form, holder: Holder) -> None:
    editor = form.row("flight.height").editor
    assert isinstance(editor, NumberEditor)
    editor.field.setFocus()
    editor.field.selectAll()
    QTest.keyClicks(editor.field, "12")
    QTest.keyClick(editor.field, Qt.Key.Key_Escape)
    assert editor.field.text() == "0"
    QTest.keyClick(editor.field, Qt.Key.Key_Return)
    assert holder.value_now.height == 0
    assert not holder.done


def test_a_drag_is_one_gesture_and_the_field_follows(form: Form, holder: Holder, drag: Drag) -> None:
    editor = form.row("flight.rocket.thrust").editor
    assert isinstance(editor, NumberEditor)
    assert editor.slider is not None
    drag(editor.slider, [0.7, 0.8, 0.9])
    assert len(holder.done) == 3
    assert {merge for _, _, merge in holder.done} == {"flight.rocket.thrust"}
    assert {text for _, text, _ in holder.done} == {"Change thrust"}
    assert holder.ended == 1
    assert editor.field.text() == f"{holder.value('flight.rocket.thrust'):g}"


def test_arrow_keys_step_and_leaving_ends_the_gesture(form: Form, holder: Holder) -> None:
    editor = form.row("flight.rocket.thrust").editor
    assert isinstance(editor, NumberEditor)
    assert editor.slider is not None
    editor.slider.setFocus()
    QTest.keyClick(editor.slider, Qt.Key.Key_Right)
    QTest.keyClick(editor.slider, Qt.Key.Key_Right)
    assert len(holder.done) == 2
    assert holder.value("flight.rocket.thrust") > 1
    assert holder.ended == 0
    QTest.keyClick(editor.slider, Qt.Key.Key_Tab)
    assert holder.ended == 1
    assert editor.field.hasFocus()
    QTest.keyClick(editor.field, Qt.Key.Key_Down)
    QTest.keyClick(editor.field, Qt.Key.Key_Down)
    assert holder.value("flight.rocket.thrust") == pytest.approx(1.0)


def turn_wheel(widget: QWidget) -> QWheelEvent:
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event


def test_the_wheel_changes_nothing_without_the_focus(form: Form, holder: Holder) -> None:
    slider = form.row("flight.rocket.thrust").editor
    assert isinstance(slider, NumberEditor)
    assert slider.slider is not None
    choice = form.row("flight.rocket").editor
    assert isinstance(choice, ChoiceEditor)
    turn_wheel(slider.slider)
    turn_wheel(choice.combo)
    assert not holder.done
    slider.slider.setFocus()
    turn_wheel(slider.slider)
    assert holder.done


def test_options_that_would_not_do_say_why(form: Form, holder: Holder) -> None:
    holder.refused = {"slow": "There is no time"}
    editor = form.row("flight.pace").editor
    assert isinstance(editor, ChoiceEditor)
    editor.combo.setFocus()
    place = editor.combo.findData("slow")
    assert not editor.combo.options.item(place).isEnabled()
    assert editor.combo.options.item(place).data(Qt.ItemDataRole.AccessibleDescriptionRole) == "There is no time"
    QTest.keyClick(editor.combo, Qt.Key.Key_Down)
    assert holder.value("flight.pace") == Plain()
    holder.refused = {}
    QTest.keyClick(editor.combo, Qt.Key.Key_Return)  # opens the list
    assert editor.combo.options.item(place).isEnabled()
    QTest.keyClick(editor.combo.view(), Qt.Key.Key_Down)
    QTest.keyClick(editor.combo.view(), Qt.Key.Key_Return)
    assert holder.value("flight.pace") == Slow()


def test_tab_goes_through_the_rows_in_the_order_in_which_they_are_seen(form: Form) -> None:
    choose(form.row("flight.rocket").editor, "Sputnik")  # rebuilds rows above others
    QApplication.processEvents()
    tops = [row.mapTo(form, QPoint(0, 0)).y() for row in form.rows() if row.isVisible()]
    assert tops == sorted(tops)
    stops = [stop for stop in form.stops() if stop.isVisible()]
    stops[0].setFocus()
    seen = [stops[0]]
    for _ in stops[1:]:
        QTest.keyClick(seen[-1], Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        assert focused is not None
        seen.append(focused)
    assert seen == stops


def test_every_editor_has_a_name_for_screen_readers(form: Form) -> None:
    for stop in form.stops():
        assert stop.accessibleName() or getattr(stop, "text", lambda: "")(), stop


@pytest.mark.parametrize("width", [180, 240, 300, 400, 600])
def test_nothing_is_cut_in_any_width(form: Form, narrow: Narrow, width: int) -> None:
    narrow(form, width, 900)
    for row in form.rows():
        if not row.isVisible():
            continue
        assert row.label.width() >= row.label.fontMetrics().size(0, row.label.text()).width()
        for stop in row.stops():
            edge = stop.mapTo(form, QPoint(stop.width(), 0)).x()
            assert edge <= form.width(), row.setting.path
