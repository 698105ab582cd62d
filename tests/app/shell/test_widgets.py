"""The small widgets, worked by mouse, wheel and keys."""

from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.shell.icons import Icons
from app.shell.theme import Theme
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.header import Header
from app.shell.widgets.help import HelpButton, HelpCard, dismiss_card
from app.shell.widgets.labels import ElidedLabel, Metric
from app.shell.widgets.numbers import read, written
from app.shell.widgets.sliders import LinearSlider, LogSlider, ValueSlider
from app.shell.widgets.stepper import Stepper
from app.shell.widgets.switch import Switch

Show = Callable[..., QWidget]


def turn(widget: QWidget, delta: int) -> bool:
    """Turn the wheel over a widget; tell whether it took the event."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        middle,
        widget.mapToGlobal(middle),
        QPoint(),
        QPoint(0, delta),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


class Heard:
    """What signals have told, in order."""

    def __init__(self, **signals: Any) -> None:
        self.told: list[tuple[Any, ...]] = []
        for name, signal in signals.items():
            signal.connect(lambda *values, name=name: self.told.append((name, *values)))


# -- Stepper ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def stepper(icons: Icons, show: Show) -> Stepper:
    stepper = Stepper(icons, 1, 20, "Units")
    stepper.set_value(8)
    show(stepper)
    return stepper


def test_the_stepper_steps_with_its_buttons_within_its_limits(stepper: Stepper) -> None:
    heard = Heard(changed=stepper.changed)
    QTest.mouseClick(stepper.plus, Qt.MouseButton.LeftButton)
    QTest.mouseClick(stepper.minus, Qt.MouseButton.LeftButton)
    assert heard.told == [("changed", 9), ("changed", 8)]
    stepper.set_value(20)
    assert not stepper.plus.isEnabled()
    assert stepper.minus.isEnabled()
    assert len(heard.told) == 2


def test_the_stepper_takes_arrows_pages_and_typed_numbers(stepper: Stepper) -> None:
    heard = Heard(changed=stepper.changed)
    QTest.keyClick(stepper.field, Qt.Key.Key_Up)
    QTest.keyClick(stepper.field, Qt.Key.Key_PageDown)
    QTest.keyClick(stepper.field, Qt.Key.Key_PageUp)
    stepper.field.selectAll()
    QTest.keyClicks(stepper.field, "17")
    QTest.keyClick(stepper.field, Qt.Key.Key_Return)
    assert [value for _, value in heard.told] == [9, 1, 11, 17]


def test_the_stepper_refuses_a_number_beyond_its_limits(stepper: Stepper) -> None:
    stepper.field.selectAll()
    QTest.keyClicks(stepper.field, "0")
    QTest.keyClick(stepper.field, Qt.Key.Key_Return)
    stepper.field.clearFocus()
    assert stepper.value == 8


def test_the_stepper_adds_up_the_small_turns_of_a_touch_pad(stepper: Stepper) -> None:
    for _ in range(3):
        turn(stepper, 40)
    assert stepper.value == 9
    turn(stepper, -240)
    assert stepper.value == 7


def test_a_gesture_is_finished_once(stepper: Stepper, qtbot: QtBot) -> None:
    heard = Heard(changed=stepper.changed, finished=stepper.finished)
    with qtbot.waitSignal(stepper.finished):
        turn(stepper, 120)
        turn(stepper, 120)
        QTest.mouseClick(stepper.plus, Qt.MouseButton.LeftButton)
    assert heard.told == [("changed", 9), ("changed", 10), ("changed", 11), ("finished",)]


# -- Switch ----------------------------------------------------------------------------------------------------------


def test_a_switch_is_worked_by_mouse_and_by_enter(theme: Theme, show: Show) -> None:
    switch = Switch(theme, "Early stopping")
    show(switch)
    heard = Heard(toggled=switch.toggled)
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    QTest.keyClick(switch, Qt.Key.Key_Return)
    assert heard.told == [("toggled", True), ("toggled", False)]
    off = switch.grab().toImage()
    switch.click()
    assert switch.grab().toImage() != off


# -- sliders ---------------------------------------------------------------------------------------------------------


def drag(slider: ValueSlider, pixels: int) -> None:
    bar = slider.slider
    start = QPoint(bar.width() // 2, bar.height() // 2)
    bar.setSliderPosition((bar.minimum() + bar.maximum()) // 2)
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=start)
    for step in (1, 2, 3):
        QTest.mouseMove(bar, start + QPoint(pixels * step // 3, 0))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=start + QPoint(pixels, 0))


def test_a_drag_tells_every_change_and_one_release(theme: Theme, show: Show) -> None:
    slider = LinearSlider(theme, 0, 100, 1, "Samples")
    show(slider)
    slider.set_value(50)
    heard = Heard(changed=slider.changed, released=slider.released)
    drag(slider, 60)
    assert len(heard.told) > 2
    assert heard.told[-1] == ("released",)
    assert [name for name, *_ in heard.told].count("released") == 1
    assert slider.value > 50


@pytest.mark.parametrize(
    ("typed", "value"), [("0,03", 0.03), ("1e-4", 1e-4), ("1e\N{MINUS SIGN}4", 1e-4), ("3", 3.0), ("20000", 1000.0)]
)
def test_a_number_can_be_typed(theme: Theme, show: Show, typed: str, value: float) -> None:
    slider = LogSlider(theme, 0, 1000, "Learning rate")
    show(slider)
    heard = Heard(changed=slider.changed, released=slider.released)
    slider.field.selectAll()
    slider.field.insert(typed)  # QTest types no more than ASCII
    QTest.keyClick(slider.field, Qt.Key.Key_Return)
    assert heard.told == [("changed", value), ("released",)]


def test_what_is_no_number_is_taken_back(theme: Theme, show: Show) -> None:
    slider = LogSlider(theme, 0, 1000, "Learning rate")
    slider.set_value(0.03)
    show(slider)
    slider.field.selectAll()
    QTest.keyClicks(slider.field, "much")
    QTest.keyClick(slider.field, Qt.Key.Key_Return)
    assert (slider.value, slider.field.text()) == (0.03, "0.03")
    slider.field.selectAll()
    QTest.keyClicks(slider.field, "5")
    QTest.keyClick(slider.field, Qt.Key.Key_Escape)
    assert (slider.value, slider.field.text()) == (0.03, "0.03")


def test_a_logarithmic_slider_goes_from_nothing_over_powers_of_ten(theme: Theme, show: Show) -> None:
    slider = LogSlider(theme, 0, 1e9, "Learning rate", floor=1e-5, ceiling=10)
    show(slider)
    values: list[float] = []
    slider.changed.connect(values.append)
    bar = slider.slider
    for position in range(1, bar.maximum() + 1):
        bar.setValue(position)
    bar.setValue(0)
    assert values == [*sorted(values[:-1]), 0.0]
    assert values[0] == pytest.approx(1e-5, rel=0.05)
    assert values[-2] == 10
    slider.set_value(1e6)
    assert (slider.value, bar.value()) == (1e6, bar.maximum())


def test_a_share_is_shown_as_percent(theme: Theme, show: Show) -> None:
    slider = LinearSlider(theme, 0, 0.9, 0.05, "Validation", "%")
    show(slider)
    heard = Heard(changed=slider.changed)
    slider.set_value(0.2)
    assert slider.field.text() == "20 %"
    QTest.keyClick(slider.slider, Qt.Key.Key_Right)
    assert heard.told == [("changed", 0.25)]
    slider.field.selectAll()
    QTest.keyClicks(slider.field, "12.5 %")
    QTest.keyClick(slider.field, Qt.Key.Key_Return)
    assert slider.value == 0.125
    assert slider.field.text() == "12.5 %"


def test_a_whole_number_stays_whole(theme: Theme, show: Show) -> None:
    slider = LinearSlider(theme, 2, 100_000, 1, "Samples")
    show(slider)
    slider.field.selectAll()
    QTest.keyClicks(slider.field, "1,500")
    QTest.keyClick(slider.field, Qt.Key.Key_Return)
    assert slider.value == 1500
    assert slider.field.text() == "1,500"


def test_arrows_in_the_field_move_the_slider(theme: Theme, show: Show) -> None:
    slider = LinearSlider(theme, 0, 10, 1, "Rings")
    slider.set_value(5)
    show(slider)
    QTest.keyClick(slider.field, Qt.Key.Key_Up)
    QTest.keyClick(slider.field, Qt.Key.Key_Up)
    QTest.keyClick(slider.field, Qt.Key.Key_Down)
    assert slider.value == 6


def test_the_wheel_is_left_to_the_panel_unless_the_slider_has_the_focus(theme: Theme, show: Show, qtbot: QtBot) -> None:
    slider, other = LinearSlider(theme, 0, 10, 1, "Rings"), LinearSlider(theme, 0, 10, 1, "Arms")
    slider.set_value(5)
    show(slider, other)
    other.slider.setFocus()
    assert not turn(slider.slider, 120)
    assert slider.value == 5
    slider.slider.setFocus()
    qtbot.waitUntil(slider.slider.hasFocus)
    turn(slider.slider, 120)
    assert slider.value > 5


# -- combo, labels, numbers ------------------------------------------------------------------------------------------


def test_a_list_is_not_changed_by_the_wheel_and_opens_with_enter(show: Show, theme: Theme) -> None:
    combo = QuietCombo("Loss")
    combo.addItems(["Binary cross-entropy, the usual one for two classes", "Hinge"])
    show(combo)
    assert not turn(combo, -120)
    assert combo.currentIndex() == 0
    QTest.keyClick(combo, Qt.Key.Key_Return)
    assert combo.view().isVisible()
    combo.hidePopup()


def test_a_label_tells_in_its_tooltip_what_it_cuts(show: Show, qtbot: QtBot) -> None:
    label = ElidedLabel("a sentence that is too long for the little room there is")
    show(label).resize(120, 60)
    qtbot.waitUntil(lambda: label.shown.endswith("…"))
    assert label.toolTip() == label.text()
    label.setText("short")
    assert (label.shown, label.toolTip()) == ("short", "")


def test_a_metric_does_not_move_with_its_number(theme: Theme, show: Show) -> None:
    metric = Metric(theme, "Step", "888,888")
    show(metric)
    before = metric.sizeHint()
    for value in ("1", "11,111", "999,999"):
        metric.set_value(value)
        assert metric.sizeHint() == before
    assert metric.number.accessibleName() == "Step: 999,999"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0300001, "0.03"), (-0.27, "−0.27"), (1e-5, "1e−5"), (float("nan"), "NaN"), (float("-inf"), "−∞"), (0, "0")],
)
def test_numbers_are_written_as_people_write_them(value: float, text: str) -> None:
    assert written(value) == text


def test_numbers_are_read_back() -> None:
    for value in (0.03, -0.27, 1e-5, 1234.0):
        assert read(written(value, 6)) == value
    assert read("nan") is None
    assert read("") is None


# -- help ------------------------------------------------------------------------------------------------------------


def test_the_card_opens_beside_its_button_inside_the_window(icons: Icons, show: Show) -> None:
    button = HelpButton(icons, "Learning rate", "w ← w − η·g", "How far each step goes.")
    window = show(button)
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    card = window.findChild(HelpCard)
    assert card is not None
    assert card.isVisible()
    assert window.rect().contains(card.geometry())
    assert card.height() >= card.heightForWidth(card.width())
    QTest.keyClick(card, Qt.Key.Key_Escape)
    assert window.findChild(HelpCard) is None


def test_a_second_click_closes_the_card_and_another_button_takes_its_place(icons: Icons, show: Show) -> None:
    first, second = HelpButton(icons, "A", "", "One."), HelpButton(icons, "B", "", "Two.")
    window = show(first, second)
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    QTest.mouseClick(second, Qt.MouseButton.LeftButton)
    cards = window.findChildren(HelpCard)
    assert [card.opener for card in cards] == [second]
    QTest.mouseClick(second, Qt.MouseButton.LeftButton)
    assert window.findChild(HelpCard) is None
    assert not dismiss_card(window)


def test_a_header_has_a_help_button_only_with_something_to_tell(icons: Icons, show: Show) -> None:
    plain, helped = Header(icons, "Data"), Header(icons, "Training", "a note", "A sentence.")
    show(plain, helped)
    assert plain.findChild(HelpButton) is None
    assert helped.findChild(HelpButton) is not None
    plain.set_note("350 of 500")
    assert plain.note.text() == "350 of 500"
