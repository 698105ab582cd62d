"""Everything that is written can be read: at the usual size and on a small screen, in light and dark."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.selftest.checks import pause, wait
from app.selftest.labels import unreadable
from app.selftest.trial import Trial
from core.experiment.examples import read_example

SIZES = ((1440, 900), (1024, 700))


@pytest.fixture
def small_again(trial: Trial) -> Iterator[Trial]:
    size = trial.program.window.size()
    yield trial
    trial.program.window.resize(size)


def settle(trial: Trial) -> None:
    """Wait until panels have shared out their room; they do so some turns after a change."""
    window = trial.program.window
    seen: list[object] = []

    def still() -> bool:
        now = [widget.geometry() for widget in window.findChildren(QWidget) if widget.isVisible()]
        same = bool(seen) and seen[-1] == now
        seen.append(now)
        pause(30)
        return same

    wait(still, "the window does not come to rest")


@pytest.mark.parametrize("example", ["spiral", "digits", "pass-the-class", "dropout"])
@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_off(small_again: Trial, example: str, size: tuple[int, int]) -> None:
    trial = small_again
    trial.program.files.start(read_example(example))
    trial.ready()
    trial.program.window.resize(*size)
    for mode in ("light", "dark"):
        trial.program.theme.set(mode=mode)
        settle(trial)
        assert unreadable(trial.program.window) == []
    trial.one_epoch()
    trial.hands.press_spot("unit", trial.experiment.network.layers[0].id, 0)
    settle(trial)
    assert unreadable(trial.program.window) == []


@pytest.mark.parametrize("size", SIZES)
def test_no_text_is_cut_off_in_the_other_tabs(small_again: Trial, size: tuple[int, int]) -> None:
    trial = small_again
    trial.program.files.start(read_example("digits"))
    trial.ready()
    trial.one_epoch()
    trial.program.window.resize(*size)
    trial.program.window.show_tab("runs")
    trial.program.window.right.tabs.setCurrentIndex(1)
    settle(trial)
    assert unreadable(trial.program.window) == []
    trial.program.window.right.tabs.setCurrentIndex(0)


def test_no_text_is_cut_off_in_presentation(small_again: Trial) -> None:
    trial = small_again
    trial.program.theme.set(presentation=True)
    settle(trial)
    assert unreadable(trial.program.window) == []


def test_after_presentation_everything_has_its_room_again(small_again: Trial) -> None:
    trial = small_again
    docks = trial.program.window.docks
    trial.program.window.reset_layout()
    settle(trial)
    before = [docks[name].width() for name in ("left", "right")]
    for on in (True, False):
        trial.program.theme.set(presentation=on)
        settle(trial)
    assert [docks[name].width() for name in ("left", "right")] == before
    trial.program.window.resize(*SIZES[1])
    settle(trial)
    assert unreadable(trial.program.window) == []


def test_what_is_cut_off_is_found(qtbot: QtBot, folder: Path) -> None:
    top = QWidget()
    qtbot.addWidget(top)
    column = QVBoxLayout(top)
    label, wrapped, button = QLabel("A sentence that is long"), QLabel("Several words"), QPushButton("Press here")
    wrapped.setWordWrap(True)
    for widget in (label, wrapped, button):
        column.addWidget(widget)
    top.resize(400, 200)
    top.show()
    qtbot.waitExposed(top)
    assert unreadable(top) == []
    label.setMaximumWidth(30)
    wrapped.setFixedSize(60, 12)
    button.setFixedWidth(20)
    pause(20)
    found = " ".join(unreadable(top))
    for text in ("A sentence that is long", "Several words", "Press here"):
        assert f'"{text}" is cut off' in found
    label.setMaximumWidth(1000)
    other = QLabel("Over it", top)
    other.setGeometry(label.geometry())
    other.show()
    assert any("overlap" in sentence for sentence in unreadable(top))
