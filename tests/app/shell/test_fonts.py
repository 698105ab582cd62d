"""Fonts where a system has none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtGui import QFontDatabase
from pytestqt.qtbot import QtBot

from app.shell import fonts

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
from PySide6.QtGui import QFont, QGuiApplication, QRawFont
from app.shell import fonts
qt = QGuiApplication([])
fonts.provide()
print(QRawFont.fromFont(QFont()).familyName())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have their own")
def test_a_system_without_fonts_gets_some(tmp_path: Path) -> None:
    (tmp_path / "fonts.conf").write_text(
        f'<?xml version="1.0"?><fontconfig><cachedir>{tmp_path / "cache"}</cachedir></fontconfig>'
    )
    bare = {"FONTCONFIG_FILE": str(tmp_path / "fonts.conf"), "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
    told = subprocess.run(
        [sys.executable, "-c", SCRIPT], env={**os.environ, **bare}, capture_output=True, text=True, check=True
    )
    assert told.stdout == "DejaVu Sans\n"


def test_a_system_with_fonts_is_left_alone(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    added: list[str] = []
    monkeypatch.setattr(QFontDatabase, "addApplicationFont", added.append)
    monkeypatch.setattr(QFontDatabase, "families", lambda: ["Cantarell", "Monospace", "Sans Serif", "Serif"])
    fonts.provide()
    assert added == []
