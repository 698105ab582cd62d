"""The application as the desktop sees it, and About."""

import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QMessageBox, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.shell import about
from core.runs.versions import VERSION

ROOT = Path(__file__).resolve().parents[3]


HANDED = """
import sys
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from app.shell.application import Application
qt = Application(sys.argv[:1])
assert not qt.windowIcon().isNull()
qt.handed.connect(print)
qt.sendEvent(qt, QFileOpenEvent(QUrl.fromLocalFile("/tmp/mine.downhill")))
"""


def test_a_file_that_macos_hands_over_is_told() -> None:
    """In a process of its own, for the tests have an application already, of which there is one."""
    said = subprocess.run([sys.executable, "-c", HANDED], cwd=ROOT, capture_output=True, text=True, check=True)
    assert Path(said.stdout.strip()) == Path("/tmp/mine.downhill")


def buttons(box: QMessageBox) -> dict[str, QPushButton]:
    return {button.text().replace("&", ""): button for button in box.findChildren(QPushButton)}


@pytest.fixture
def window(qtbot: QtBot) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    return window


def test_about_tells_the_version_and_in_a_checkout_no_licences(window: QWidget) -> None:
    box = about.show_about(window, "2.13")
    assert f"Downhill {VERSION}" in box.text()
    assert "PyTorch 2.13" in box.informativeText()
    assert list(buttons(box)) == ["OK"]
    box.close()


def test_about_shows_the_licences_that_came_with_the_installer(
    window: QWidget, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    licences = tmp_path / "licences.txt"
    licences.write_text("torch 2.13: BSD-3-Clause", encoding="utf-8")
    monkeypatch.setattr(about, "LICENCES", licences)
    box = about.show_about(window, "2.13")
    QTest.mouseClick(buttons(box)["Licences…"], Qt.MouseButton.LeftButton)
    assert box.isVisible()
    (dialog,) = (found for found in window.findChildren(QDialog) if found is not box)
    assert dialog.findChildren(QPlainTextEdit)[0].toPlainText() == "torch 2.13: BSD-3-Clause"
    dialog.close()
    QTest.mouseClick(buttons(box)["OK"], Qt.MouseButton.LeftButton)
    assert not box.isVisible()
