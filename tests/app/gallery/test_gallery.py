"""The gallery: every example has a card and a picture, and can be chosen by mouse and by keyboard."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.gallery.dialog import Gallery
from app.gallery.pictures import picture, stands_in, thumbnail
from app.gallery.strokes import drawn_digits
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.theme import Theme
from core.choices.fields import Mistake
from core.datasets.images import MNIST_FILES
from core.experiment.data import Data
from core.experiment.examples import example_names, read_example
from core.experiment.experiment import Experiment

PICTURE = Qt.ItemDataRole.UserRole + 2


@pytest.fixture
def background(qapp: object) -> Iterator[Background]:
    background = Background()
    yield background
    background.finish()


@pytest.fixture
def gallery(qtbot: QtBot, background: Background) -> Gallery:
    theme = Theme("light")
    theme.apply()
    gallery = Gallery(Icons(theme), background)
    qtbot.addWidget(gallery)
    gallery.show()
    qtbot.waitExposed(gallery)
    return gallery


def test_every_example_is_there_with_a_picture(gallery: Gallery, qtbot: QtBot) -> None:
    titles = {gallery.model.item(row).text() for row in range(gallery.model.rowCount())}
    assert titles == {read_example(name).name for name in example_names()} | {"Empty network"}
    items = [gallery.model.item(row) for row in range(1, gallery.model.rowCount())]
    qtbot.waitUntil(lambda: all(isinstance(item.data(PICTURE), QPixmap) for item in items))


def test_a_double_click_chooses_on_its_release(gallery: Gallery) -> None:
    chosen: list[Experiment] = []
    gallery.chosen.connect(chosen.append)
    cards, button = gallery.list.viewport(), Qt.MouseButton.LeftButton
    middle = gallery.list.visualRect(gallery.model.index(2, 0)).center()
    QTest.mouseClick(cards, button, pos=middle)
    QTest.mouseDClick(cards, button, pos=middle)  # its second press; the release follows
    assert chosen == []
    assert gallery.isVisible()
    QTest.mouseRelease(cards, button, pos=middle)
    assert [experiment.name for experiment in chosen] == [gallery.model.item(2).text()]
    assert not gallery.isVisible()
    gallery.show()
    QTest.mouseClick(cards, button, pos=middle)
    assert len(chosen) == 1


def test_the_keyboard_chooses(gallery: Gallery, qtbot: QtBot) -> None:
    gallery.list.setFocus()
    QTest.keyClick(gallery.list, Qt.Key.Key_Left)
    with qtbot.waitSignal(gallery.chosen) as told:
        QTest.keyClick(gallery.list, Qt.Key.Key_Return)
    assert told.args is not None
    assert told.args[0].network.layers == ()
    assert told.args[0].question == ""


def test_the_button_opens_what_is_selected_and_cancel_nothing(gallery: Gallery) -> None:
    chosen: list[object] = []
    gallery.chosen.connect(chosen.append)
    gallery.reject()
    assert chosen == []
    gallery.show()
    QTest.mouseClick(gallery.open_button, Qt.MouseButton.LeftButton)
    assert chosen == [read_example("perceptron")]


@pytest.mark.parametrize("name", example_names())
def test_a_picture_shows_the_data(name: str, qapp: object) -> None:
    ground = QColor("#ffffff")
    image = picture(read_example(name).data, QSize(90, 60), 2.0, [QColor("#ff0000"), QColor("#0000ff")] * 5, ground)
    assert image.size() == QSize(180, 120)
    shown = np.frombuffer(image.constBits(), np.uint8).reshape(120, 180, 4).copy()
    assert (shown[..., :3] != 255).any(axis=2).mean() > 0.01


def test_data_that_would_have_to_be_downloaded_leave_the_ground(qapp: object) -> None:
    data = Data.model_validate({"source": "fashion_mnist"})
    image = picture(data, QSize(20, 10), 1.0, [QColor("red")], QColor("#ffffff"))
    assert (np.frombuffer(image.constBits(), np.uint8) == 255).all()


def test_images_that_are_there_are_shown_themselves(
    qapp: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Data.model_validate({"source": "mnist"})
    assert stands_in(data)
    file = MNIST_FILES.files[0]
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / file.name).write_bytes(file.header + bytes([200]) * (15 * 784))
    monkeypatch.setenv("DOWNHILL_DATA", str(tmp_path))
    assert not stands_in(data)
    image = picture(data, QSize(50, 30), 1.0, [QColor("red")], QColor("#000000"))
    shown = np.frombuffer(image.constBits(), np.uint8).reshape(30, 50, 4)
    assert (shown[3:7, 3:7, :3] >= 254).all()  # all of one shade, which counts as the lightest


def test_digits_in_place_of_mnist_are_as_large_and_no_two_are_alike(qapp: object) -> None:
    digits = drawn_digits(15)
    assert digits.shape == (15, 784)
    assert len(np.unique(digits, axis=0)) == 15
    assert (digits.reshape(15, 28, 28)[:, [0, 1, -2, -1]] < 128).all()  # nothing is cut off
    ink = (digits > 128).mean(axis=1)
    assert (ink > 0.03).all()
    assert (ink < 0.3).all()
    assert (drawn_digits(15) == digits).all()


def test_a_card_says_that_the_digits_are_drawn(gallery: Gallery) -> None:
    tips = {
        gallery.model.item(row).text(): gallery.model.item(row).toolTip() for row in range(gallery.model.rowCount())
    }
    assert "The digits are drawn: MNIST is downloaded" in tips["MNIST"]
    assert all("are drawn" not in tip for title, tip in tips.items() if title != "MNIST")


def test_the_thumbnail_of_a_file_is_a_png(qapp: object) -> None:
    assert thumbnail(Data()).startswith(b"\x89PNG")


def test_the_background_answers_in_order_and_tells_mistakes(background: Background, qtbot: QtBot) -> None:
    heard: list[object] = []

    def refuse() -> None:
        raise Mistake("no")

    background.run(lambda: 1, heard.append, heard.append)
    background.run(refuse, heard.append, heard.append)
    background.run(lambda: 3, heard.append, heard.append)
    qtbot.waitUntil(lambda: len(heard) == 3)
    assert heard == [1, "no", 3]
    background.run(lambda: 4, heard.append, heard.append)
    background.finish()
    qtbot.wait(10)
    assert len(heard) == 3


def test_an_unforeseen_error_counts_as_failed_and_is_raised(background: Background, qtbot: QtBot) -> None:
    heard: list[str] = []

    def break_down() -> None:
        raise KeyError("w")

    with qtbot.captureExceptions() as raised:
        background.run(break_down, lambda _none: None, heard.append)
        qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["KeyError: 'w'"]
    assert [kind for kind, _, _ in raised] == [KeyError]
