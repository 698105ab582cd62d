"""The two small windows of the help menu: the keys, and what this program is."""

import platform
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QCoreApplication, Qt, qVersion
from PySide6.QtGui import QFontDatabase, QIcon
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMessageBox,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from app.shell.style import set_class
from core.resources import RESOURCES
from core.runs.versions import VERSION

_COLUMNS = 3
LICENCES = RESOURCES / "licences.txt"  # made by packaging/: a checkout has none


def _tr(text: str) -> str:
    return QCoreApplication.translate("Help", text)


def show_keys(window: QWidget, table: Mapping[str, Sequence[tuple[str, str]]]) -> QDialog:
    """Open a window that lists all keys, by menu, beside which one can go on working."""
    dialog = QDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(_tr("Keyboard shortcuts"))
    row = QHBoxLayout(dialog)
    row.setContentsMargins(24, 20, 24, 20)
    row.setSpacing(40)
    columns = _shared_out(table)
    for groups in columns:
        column = QVBoxLayout()
        column.setSpacing(8)
        for title in groups:
            heading = QLabel(title)
            set_class(heading, "title")
            column.addWidget(heading)
            column.addLayout(_list(table[title]))
            column.addSpacing(8)
        column.addStretch(1)
        row.addLayout(column)
    dialog.show()
    return dialog


def _shared_out(table: Mapping[str, Sequence[tuple[str, str]]]) -> list[list[str]]:
    """Share the groups out among columns of about the same height, in their order."""
    whole = sum(len(rows) + 2 for rows in table.values())
    columns: list[list[str]] = [[]]
    height = 0
    for title, rows in table.items():
        if columns[-1] and height + len(rows) / 2 > whole / _COLUMNS and len(columns) < _COLUMNS:
            columns.append([])
            height = 0
        columns[-1].append(title)
        height += len(rows) + 2
    return columns


def _list(rows: Sequence[tuple[str, str]]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(16)
    grid.setVerticalSpacing(4)
    for place, (keys, text) in enumerate(rows):
        key = QLabel(keys)
        set_class(key, "value")
        what = QLabel(text)
        set_class(what, "caption")
        grid.addWidget(key, place, 0)
        grid.addWidget(what, place, 1)
    grid.setColumnStretch(1, 1)
    return grid


def show_about(window: QWidget, torch_version: str) -> QMessageBox:
    """Open a window that says what this is, beside which one can go on working."""
    box = QMessageBox(window)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setWindowTitle(_tr("About Downhill"))
    box.setIconPixmap(QIcon(str(RESOURCES / "downhill.svg")).pixmap(64))
    box.setText(
        _tr("Downhill {0}: build a neural network by dragging layers, press Train, and see it learn.").format(VERSION)
    )
    loaded = torch_version or _tr("not loaded yet")
    box.setInformativeText(
        _tr("MIT licence. Python {0}, PyTorch {1}, Qt {2} (LGPL).").format(
            platform.python_version(), loaded, qVersion()
        )
    )
    if LICENCES.is_file():
        licences = box.addButton(_tr("Licences…"), QMessageBox.ButtonRole.HelpRole)
        licences.clicked.disconnect()  # which would close the box
        licences.clicked.connect(lambda: show_licences(window))
        box.addButton(QMessageBox.StandardButton.Ok)
    box.setModal(False)
    box.show()
    return box


def show_licences(window: QWidget) -> QDialog:
    """Open a window with the licences of all that an installed program is made of."""
    dialog = QDialog(window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(_tr("Licences"))
    dialog.resize(820, 600)
    text = QPlainTextEdit(LICENCES.read_text(encoding="utf-8"))
    text.setReadOnly(True)
    text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
    text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
    text.setAccessibleName(_tr("Licences"))
    column = QVBoxLayout(dialog)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(text)
    dialog.show()
    return dialog
