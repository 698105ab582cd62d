"""The style sheet over Qt's Fusion style: radii, borders and the focus ring; colours and lengths come from the tokens.

A widget takes part by its dynamic property ``class`` (see ``set_class``): buttons are primary, chip, flat, segment or
tool; labels are title, caption, value, metric or link; a frame is card, band or line; a line edit is plain; a text is
code. Spin boxes are left to Fusion: with a border of their own Qt 6.11 lays their field out one pixel wide.
"""

from collections.abc import Mapping
from string import Template

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.shell.tokens import Sizes
from core.resources import RESOURCES

_SHEET = Template("""
QWidget { outline: none; }
QMainWindow { background: $bg; }
QMainWindow::separator { background: $bg; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: $accent; }
QSplitter::handle { background: $bg; }
QSplitter::handle:hover { background: $accent; }
QDockWidget > QWidget, QScrollArea, QScrollArea > QWidget > QWidget, QStackedWidget {
  background: $panel; border: none; }

QLabel { background: transparent; }
QLabel[class="title"] { font-weight: 600; }
QLabel[class="caption"] { color: $text2; font-size: ${small}px; }
QLabel[class="axis"] { color: $text2; font-size: ${axis}px; }
QLabel[class="value"] { font-size: ${small}px; font-weight: 600; }
QLabel[class="metric"] { font-size: ${metric}px; font-weight: 600; }
QLabel[class="link"], QLabel[own="true"] { color: $accent; }
QLabel[class="pill-ok"], QLabel[class="pill-warn"], QLabel[class="pill-err"], QLabel[class="pill"] {
  border-radius: 9px; padding: 1px 8px; font-size: ${axis}px; font-weight: 600; }
QLabel[class="pill"] { color: $accent; background: $soft; }
QLabel[class="pill-ok"] { color: $ok; background: $okSoft; }
QLabel[class="pill-warn"] { color: $warn; background: $warnSoft; }
QLabel[class="pill-err"] { color: $err; background: $errSoft; }

QFrame[class="card"] { background: $panel; border: 1px solid $border; border-radius: 8px; }
QFrame[class="stepper"] { background: $raise; border: 1px solid $border; border-radius: 6px; }
QFrame[class="stepper"]:hover { border-color: $strong; }
QFrame[class="band"] { background: $raise; border: none; border-radius: 6px; }
QFrame[class="chip"] { background: $panel; border: 1px solid $border; border-radius: 6px; }
QWidget[class="panel"] { background: $panel; }
QWidget[class="toolbar"] { background: $panel; border-bottom: 1px solid $border; }
QLabel[class="formula"] { background: $raise; border-radius: 6px; padding: 6px 10px; font-size: ${primary}px; }
QFrame[class="banner-info"] { background: $soft; border-bottom: 1px solid $border; }
QFrame[class="banner-warn"] { background: $warnSoft; border-bottom: 1px solid $border; }
QFrame[class="banner-err"] { background: $errSoft; border-bottom: 1px solid $border; }
QFrame[class="line"] { background: $border; border: none; max-height: 1px; min-height: 1px; }
QFrame[class="upright"] { background: $border; border: none; max-width: 1px; min-width: 1px; }

QPushButton, QToolButton {
  color: $text; background: $panel; border: 1px solid $border; border-radius: 6px;
  padding: 0 9px; min-height: ${button}px; font-size: ${small}px; }
QPushButton:hover, QToolButton:hover { background: $raise; }
QPushButton:pressed, QToolButton:pressed { background: $border; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; background: $panel; }
QPushButton:focus, QToolButton:focus { border: 2px solid $accent; padding: 0 8px; min-height: ${button_focus}px; }
QPushButton:checked, QToolButton:checked { color: $accent; background: $soft; border-color: $accent; }
QPushButton[class="primary"] {
  color: white; background: $fill; border: 1px solid $fill; padding: 0 15px; min-height: ${primary_button}px;
  font-size: ${primary}px; font-weight: 600; }
QPushButton[class="primary"]:hover { background: $fill_hover; }
QPushButton[class="primary"]:pressed { background: $fill_pressed; }
QPushButton[class="primary"]:disabled { color: $disabled; background: $raise; border-color: $border; }
QPushButton[class="primary"]:focus { border: 2px solid $text; padding: 0 14px; min-height: ${primary_focus}px; }
QPushButton[class="chip"], QToolButton[class="chip"] { min-height: ${row_button}px; }
QPushButton[class="flat"] {
  color: $accent; background: transparent; border: 1px solid transparent; padding: 0 7px; font-weight: 600; }
QPushButton[class="flat"]:hover { background: $soft; }
QPushButton[class="flat"]:focus { border: 2px solid $accent; padding: 0 6px; }
QPushButton[class="flat"]:disabled { color: $disabled; }
QPushButton[class="segment"] {
  color: $text2; background: transparent; border: 1px solid transparent; padding: 0 7px; min-height: 20px; }
QPushButton[class="segment"]:hover { background: $raise; }
QPushButton[class="segment"]:checked { color: $accent; background: $soft; }
QPushButton[class="segment"]:focus { border: 2px solid $accent; padding: 0 6px; min-height: 18px; }
QToolButton[class="tool"], QPushButton[class="tool"] {
  background: transparent; border: 1px solid transparent; padding: 0 5px; min-height: ${row_button}px;
  min-width: ${tool_width}px; }
QToolButton[class="tool"]:hover, QPushButton[class="tool"]:hover { background: $raise; }
QToolButton[class="tool"]:pressed, QPushButton[class="tool"]:pressed { background: $border; }
QToolButton[class="tool"]:checked, QPushButton[class="tool"]:checked { color: $accent; background: $soft; }
QToolButton[class="tool"]:focus, QPushButton[class="tool"]:focus {
  border: 2px solid $accent; padding: 0 4px; min-height: ${row_focus}px; }
QToolButton[class="small"] {
  background: transparent; border: 1px solid transparent; padding: 0 2px; min-height: 20px; min-width: 20px; }
QToolButton[class="small"]:hover { background: $raise; }
QToolButton[class="small"]:focus { border: 2px solid $accent; padding: 0 1px; min-height: 18px; min-width: 20px; }
QToolButton[class="joined"] { border-color: transparent; min-height: ${joined_button}px; }
QToolButton[class="joined"]:focus { border-color: $accent; }
QToolButton::menu-indicator { image: none; width: 0; }

QAbstractSpinBox { font-size: ${small}px; min-height: ${field}px; }
QComboBox, QLineEdit {
  color: $text; background: $raise; border: 1px solid $border; border-radius: 6px; padding: 0 8px;
  min-height: ${field}px; font-size: ${small}px; selection-background-color: $fill; selection-color: white; }
QComboBox:hover, QLineEdit:hover { border-color: $strong; }
QComboBox:focus, QLineEdit:focus {
  border: 2px solid $accent; padding: 0 7px; min-height: ${field_focus}px; }
QComboBox:disabled, QLineEdit:disabled { color: $disabled; }
QComboBox[own="true"]:disabled, QLineEdit[own="true"]:disabled { color: $text2; }
QComboBox:editable { padding-right: 0; }
QComboBox::drop-down { border: none; width: 24px; subcontrol-origin: padding; subcontrol-position: center right; }
QComboBox::down-arrow { image: url("$style/down.svg"); width: 12px; height: 12px; }
QComboBox QAbstractItemView {
  color: $text; background: $panel; border: 1px solid $border; padding: 4px; outline: none;
  selection-background-color: $soft; selection-color: $text; }
QComboBox QAbstractItemView::item { min-height: ${button}px; padding: 0 6px; border-radius: 4px; }
QLineEdit[class="plain"] { background: transparent; border: 1px solid transparent; padding: 0; min-height: 16px; }
QLineEdit[class="plain"]:hover { border-color: $border; }
QLineEdit[class="plain"]:focus { border: 1px solid $accent; padding: 0; }
QPlainTextEdit, QTextEdit {
  color: $text; background: $raise; border: 1px solid $border; border-radius: 6px; padding: 6px;
  selection-background-color: $fill; selection-color: white; }
QPlainTextEdit:focus, QTextEdit:focus { border: 2px solid $accent; padding: 5px; }
QPlainTextEdit[class="code"] {
  background: $canvas; border: 1px solid transparent; border-radius: 0; padding: 4px 10px; }
QPlainTextEdit[class="code"]:focus { border: 1px solid $accent; padding: 4px 10px; }

QCheckBox, QRadioButton { background: transparent; spacing: 8px; font-size: ${small}px; min-height: 20px; }
QCheckBox:disabled, QRadioButton:disabled { color: $disabled; }
QCheckBox::indicator, QTreeView::indicator, QTableView::indicator, QListView::indicator, QGroupBox::indicator {
  width: 14px; height: 14px; border: 1px solid $strong; border-radius: 4px; background: $panel; }
QCheckBox::indicator:hover { border-color: $accent; }
QCheckBox::indicator:checked, QTreeView::indicator:checked, QTableView::indicator:checked,
QListView::indicator:checked, QGroupBox::indicator:checked {
  background: $fill; border-color: $fill; image: url("$style/check.svg"); }
QCheckBox::indicator:indeterminate { background: $fill; border-color: $fill; image: url("$style/dash.svg"); }
QCheckBox::indicator:disabled { border-color: $disabled; }
QCheckBox::indicator:checked:disabled { background: $disabled; border-color: $disabled; }
QCheckBox:focus, QRadioButton:focus { color: $accent; }
QCheckBox::indicator:focus { border: 2px solid $accent; width: 12px; height: 12px; }
QCheckBox::indicator:checked:focus { border: 2px solid $text; width: 12px; height: 12px; }
QRadioButton::indicator {
  width: 14px; height: 14px; border: 1px solid $strong; border-radius: 8px; background: $panel; }
QRadioButton::indicator:hover { border-color: $accent; }
QRadioButton::indicator:checked {
  width: 6px; height: 6px; border: 5px solid $fill; border-radius: 8px; background: white; }
QRadioButton::indicator:focus { border-color: $accent; }
QGroupBox { border: 1px solid $border; border-radius: 8px; margin-top: 10px; padding: 12px 8px 8px 8px; }
QGroupBox::title { subcontrol-origin: margin; left: 10px; padding: 0 4px; color: $text2; }

QSlider { background: transparent; min-height: 20px; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $border; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $fill_line; }
QSlider::handle:horizontal {
  width: 10px; height: 10px; margin: -5px 0; border: 2px solid $fill_line; border-radius: 7px; background: $panel; }
QSlider::handle:horizontal:hover { background: $soft; }
QSlider::handle:horizontal:focus { background: $fill_line; border-color: $text; }
QSlider::groove:vertical { width: 4px; border-radius: 2px; background: $border; }
QSlider::add-page:vertical { width: 4px; border-radius: 2px; background: $fill_line; }
QSlider::handle:vertical {
  width: 10px; height: 10px; margin: 0 -5px; border: 2px solid $fill_line; border-radius: 7px; background: $panel; }
QSlider::handle:vertical:focus { background: $fill_line; border-color: $text; }
QSlider::sub-page:horizontal:disabled { background: $disabled; }
QSlider::handle:horizontal:disabled { border-color: $disabled; }

QProgressBar {
  background: $border; border: none; border-radius: 3px; min-height: 6px; max-height: 6px; color: transparent; }
QProgressBar::chunk { background: $fill_line; border-radius: 3px; }

QTabWidget::pane { border: none; border-top: 1px solid $border; background: $panel; top: -1px; }
QTabWidget::tab-bar { left: 0; }
QTabBar { background: $panel; qproperty-drawBase: 0; font-size: ${small}px; }
QTabBar::tab {
  color: $text2; background: transparent; border: none; border-bottom: 2px solid transparent;
  padding: 0 12px; min-height: ${tab}px; }
QTabBar::tab:hover { color: $text; background: $raise; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:disabled { color: $disabled; }
QTabBar::tab:focus { color: $accent; }
QTabBar::tear { image: none; width: 0; }
QTabBar QToolButton { background: $panel; border: none; border-radius: 0; min-height: ${tab}px; padding: 0; }

QToolBar { background: $panel; border: none; border-bottom: 1px solid $border; spacing: 4px; padding: 0 8px; }
QToolBar#below { border-bottom: none; border-top: 1px solid $border; padding: 0; }
QToolBar::separator { background: $border; width: 1px; margin: 12px 6px; }
QStatusBar { background: $panel; color: $text2; border-top: 1px solid $border; font-size: ${axis}px; }
QStatusBar::item { border: none; }
QStatusBar QLabel { color: $text2; font-size: ${axis}px; }
QMenuBar { background: $panel; color: $text; font-size: ${small}px; padding: 2px 6px; }
QMenuBar::item { background: transparent; padding: 4px 8px; border-radius: 4px; }
QMenuBar::item:selected, QMenuBar::item:pressed { background: $soft; }
QMenu { background: $panel; color: $text; border: 1px solid $border; padding: 4px; font-size: ${small}px; }
QMenu::item { padding: 5px 20px 5px 10px; border-radius: 4px; }
QMenu::item:selected { background: $soft; }
QMenu::item:disabled { color: $disabled; }
QMenu::icon { padding-left: 8px; }
QMenu::separator { height: 1px; background: $border; margin: 4px 6px; }
QMenu::indicator { width: 14px; height: 14px; left: 4px; }
QMenu::indicator:checked { image: url("$style/tick.svg"); }
QToolTip { color: $text; background: $panel; border: 1px solid $border; padding: 4px 6px; font-size: ${small}px; }

QAbstractItemView {
  background: $panel; alternate-background-color: $canvas; border: none; gridline-color: $panel;
  selection-background-color: $soft; selection-color: $text; font-size: ${small}px; }
QAbstractItemView::item:hover { background: $raise; }
QAbstractItemView::item:selected { background: $soft; color: $text; }
QTableView::item, QTreeView::item { min-height: ${button}px; padding: 0 8px; border-bottom: 1px solid $border; }
QListView::item { min-height: ${button}px; padding: 0 6px; border-radius: 4px; }
QTableView:focus, QTreeView:focus, QListView:focus { border: 1px solid $accent; }
QListView[class="cards"], QListView[class="cards"]:focus { border: none; }
QHeaderView { background: $panel; }
QHeaderView::section {
  color: $text2; background: $panel; border: none; border-bottom: 1px solid $border; padding: 0 8px;
  min-height: ${row}px; font-size: ${small}px; }
QTableCornerButton::section { background: $panel; border: none; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $strong; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QAbstractScrollArea::corner { background: transparent; }
""")


def style_sheet(colors: Mapping[str, str], sizes: Sizes) -> str:
    """Return the style sheet of a theme."""
    control = sizes.row - 4
    lengths = {
        "axis": sizes.axis,
        "small": sizes.small,
        "primary": sizes.primary,
        "metric": sizes.metric,
        "row": sizes.row,
        "tab": sizes.row - 2,  # without the line under it
        # Qt adds the border to a minimum height: 1 px on both sides, 2 px under the focus.
        "field": control - 2,
        "field_focus": control - 4,
        "button": control - 2,
        "button_focus": control - 4,
        "row_button": sizes.row - 2,
        "joined_button": sizes.row - 5,  # in a frame; Qt gives a tool button 3 px more than it says
        "row_focus": sizes.row - 4,
        "primary_button": sizes.row + 2,
        "primary_focus": sizes.row,
        "tool_width": sizes.row - 12,
    }
    mixed = {
        "fill_hover": _mix(colors["fill"], colors["text"], 0.12),
        "fill_pressed": _mix(colors["fill"], colors["text"], 0.24),
        # A line beside panel needs the brighter violet in the dark theme.
        "fill_line": colors["accent"],
        "scroll": _mix(colors["border"], colors["strong"], 0.45),
    }
    names = {**colors, **mixed, **{name: str(value) for name, value in lengths.items()}}
    return _SHEET.substitute(names, style=(RESOURCES / "style").as_posix())


def set_class(widget: QWidget, name: str) -> None:
    """Give a widget its class in the style sheet, or another one."""
    widget.setProperty("class", name)
    if widget.testAttribute(Qt.WidgetAttribute.WA_WState_Polished):
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)


def _mix(first: str, second: str, share: float) -> str:
    """Return the colour that lies at ``share`` of the way from the first to the second, both #rrggbb."""
    parts = [
        round(int(first[i : i + 2], 16) * (1 - share) + int(second[i : i + 2], 16) * share) for i in range(1, 7, 2)
    ]
    return "#" + "".join(f"{part:02x}" for part in parts)
