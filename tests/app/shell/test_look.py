"""Theme, style sheet, icons: every name resolves, every icon can be drawn, and nothing is cut off."""

import re

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QColor, QIcon, QImage, QPalette
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.shell.icons import FOLDER, Icons, icon_names
from app.shell.style import set_class, style_sheet
from app.shell.theme import Theme
from app.shell.tokens import DARK, LIGHT, PRESENTATION, SIZES
from app.shell.window import MainWindow
from tests.app.fitting import misfits


def pixels(icon: QIcon, size: int, ratio: float = 1.0, mode: QIcon.Mode = QIcon.Mode.Normal) -> NDArray[np.uint8]:
    """Return (height, width, 4) bytes BGRA."""
    image = icon.pixmap(QSize(size, size), ratio, mode).toImage()
    image = image.convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


def test_light_and_dark_have_the_same_names() -> None:
    assert LIGHT.keys() == DARK.keys()


@pytest.mark.parametrize("sizes", [SIZES, PRESENTATION])
@pytest.mark.parametrize("colors", [LIGHT, DARK])
def test_the_sheet_has_no_open_name_and_its_pictures_exist(colors: dict[str, str], sizes: object, qapp: object) -> None:
    sheet = style_sheet(colors, sizes)  # type: ignore[arg-type]
    assert "$" not in sheet
    named = re.findall(r'url\("([^"]+)"\)', sheet)
    assert named
    assert all(QImage(path).width() > 0 for path in named)


def test_a_class_takes_effect_at_once(theme: Theme, qtbot: QtBot) -> None:
    button = QPushButton("Train")
    qtbot.addWidget(button)
    before = button.sizeHint().height()
    set_class(button, "primary")
    button.ensurePolished()
    assert button.sizeHint().height() > before


@pytest.mark.parametrize("name", icon_names())
def test_every_icon_is_drawn_inside_its_box_in_the_colour_asked_for(name: str, icons: Icons) -> None:
    drawing = (FOLDER / f"{name}.svg").read_text(encoding="utf-8")
    assert 'viewBox="0 0 20 20"' in drawing
    assert "currentColor" in drawing
    picture = pixels(icons.get(name, "accent"), 80)
    alpha = picture[..., 3]
    assert alpha.any()
    assert not alpha[[0, -1]].any()
    assert not alpha[:, [0, -1]].any()
    expected = QColor(LIGHT["accent"])
    full = picture[alpha == 255][:, :3].astype(int)
    assert np.abs(full - [expected.blue(), expected.green(), expected.red()]).max() <= 2


def test_an_icon_is_sharp_on_a_fine_screen(icons: Icons) -> None:
    pixmap = icons.get("save").pixmap(QSize(18, 18), 2.0)
    assert pixmap.size() == QSize(36, 36)
    assert pixmap.devicePixelRatio() == 2


def test_an_icon_follows_the_theme_and_is_pale_where_disabled(theme: Theme, icons: Icons) -> None:
    icon = icons.get("plus")
    light = pixels(icon, 40)
    assert (pixels(icon, 40, mode=QIcon.Mode.Disabled) != light).any()
    theme.set(mode="dark")
    dark = pixels(icon, 40)
    assert dark[..., :3].max() > 200
    theme.set(mode="light")
    np.testing.assert_array_equal(pixels(icon, 40), light)


def test_an_icon_that_does_not_exist_is_refused(icons: Icons) -> None:
    with pytest.raises(KeyError, match="no icon nothing"):
        icons.get("nothing")


class Deep(QLabel):
    """Counts how often it is styled."""

    def __init__(self) -> None:
        super().__init__("deep")
        self.styled = 0

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        self.styled += event.type() == QEvent.Type.StyleChange


def test_a_new_theme_styles_a_widget_no_oftener_however_deep_it_lies(theme: Theme, qtbot: QtBot) -> None:
    outside = QWidget()
    qtbot.addWidget(outside)
    inside, deep = outside, Deep()
    for _ in range(12):
        column = QVBoxLayout(inside)
        inside = QWidget()
        column.addWidget(inside)
    QVBoxLayout(inside).addWidget(deep)
    outside.show()
    qtbot.waitExposed(outside)
    deep.styled = 0
    theme.set(mode="dark")
    assert 0 < deep.styled <= 3
    assert deep.palette().color(QPalette.ColorRole.WindowText) == QColor(DARK["text"])
    theme.set(mode="light")


@pytest.mark.parametrize("presentation", [False, True])
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", [(1440, 900), (1024, 700), (900, 640)])
def test_nothing_is_cut_off(
    window: MainWindow, theme: Theme, qtbot: QtBot, size: tuple[int, int], mode: str, presentation: bool
) -> None:
    theme.set(mode=mode, presentation=presentation)
    window.banner.show_message("err", "A long message, " * 20, "Rewind with 0.3", lambda: None)
    window.resize(*size)
    qtbot.waitUntil(lambda: window.size() == QSize(*size))

    qtbot.waitUntil(lambda: misfits(window, qtbot) == [])
    assert window.toolbar.row.minimumSize().width() <= window.width()
    theme.set(mode="light", presentation=False)
