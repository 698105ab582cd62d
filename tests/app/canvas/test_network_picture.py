"""The network as a drawing and as a picture: all of it, light, in print size, without what is there to be clicked."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PySide6.QtCore import QSizeF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
from pytestqt.qtbot import QtBot

from app.canvas.network_picture import NetworkPicture
from app.shell.background import Background
from app.shell.theme import Theme
from core.experiment.experiment import Experiment
from core.probes.pictures import Tiles

from .conftest import Hands, MakeHands, draw_weights

SVG = "{http://www.w3.org/2000/svg}"
Write = Callable[[Hands, str], Path]


@pytest.fixture
def write(qtbot: QtBot, tmp_path: Path) -> Iterator[Write]:
    """Return a function that writes the network of a canvas to a file of a kind."""
    background = Background()

    def write(hands: Hands, kind: str) -> Path:
        picture = NetworkPicture(hands.canvas, background)
        with qtbot.waitSignal(picture.saved) as saved:
            picture.write(tmp_path / f"net.{kind}", kind)
        assert saved.args == [tmp_path / f"net.{kind}"]
        return tmp_path / f"net.{kind}"

    yield write
    background.finish()


def fill(hands: Hands) -> None:
    """Give a canvas weights, and its neurons tiles."""
    hands.canvas.set_weights(draw_weights(hands.canvas))
    for card in hands.canvas.scene.network.plan.cards:
        if card.picture == "tiles" and card.kind != "input":
            hands.canvas.set_tiles({card.id: Tiles(0, np.linspace(-1, 1, (card.units or 0) * 64).reshape(-1, 8, 8))})


def texts(root: ElementTree.Element) -> list[str]:
    return [(element.text or "").strip() for element in root.iter(f"{SVG}text")]


def drawn(path: Path, size: QSizeF) -> QImage:
    """Return a drawing as an image, on magenta, which is nowhere in it."""
    renderer = QSvgRenderer(str(path))
    assert renderer.isValid()
    image = QImage(size.toSize(), QImage.Format.Format_RGB32)
    image.fill(QColor("magenta"))
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def test_a_drawing_has_every_text_every_link_and_every_neuron(hands: Hands, write: Write) -> None:
    fill(hands)
    root = ElementTree.parse(write(hands, "svg")).getroot()
    found = texts(root)
    for text in ("Input", "Dense 1", "8 units", "Dropout 1", "rate", "0.2", "Dense 2", "Tanh", "ReLU", "Output"):
        assert text in found
    assert not {"−", "+", "8"} & set(found)  # a stepper
    scene = hands.canvas.scene
    curved = [path for path in root.iter(f"{SVG}path") if path.get("d", "").count("C") == 1]
    assert len(curved) == len(scene.links.strands.curves)
    cells = sum(len(card.cells) for card in scene.network.cards)
    assert len(list(root.iter(f"{SVG}image"))) == cells
    families = {element.get("font-family") for element in root.iter() if element.get("font-family")}
    assert all(family is not None and family.endswith(", sans-serif") for family in families)


def test_it_is_light_whatever_the_window_is_and_nothing_selected_is_in_it(
    hands: Hands, theme: Theme, write: Write
) -> None:
    fill(hands)
    before = write(hands, "svg").read_bytes()
    theme.set(mode="dark", presentation=True)
    hands.selection.select_layer("a")
    hands.canvas.scene.links.hover(3)
    try:
        assert write(hands, "svg").read_bytes() == before
    finally:
        theme.set(mode="light", presentation=False)


def test_picture_and_drawing_look_the_same(hands: Hands, write: Write) -> None:
    fill(hands)
    picture = QImage(str(write(hands, "png"))).convertToFormat(QImage.Format.Format_RGB32)
    drawing = drawn(write(hands, "svg"), QSizeF(picture.size()))
    first, second = (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[..., :3].astype(int)
        for image in (picture, drawing)
    )
    assert first.shape == second.shape
    # Letters are placed by other rules on a screen; all else is at its place.
    assert np.mean(np.abs(first - second).max(-1) > 60) < 0.02
    assert (second[0, 0] == 255).all()
    for name in ("negative", "positive"):
        color = QColor(Theme("light").hex(name))
        assert (np.abs(first - [color.blue(), color.green(), color.red()]).max(-1) < 6).sum() > 500


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_it_fits_on_a_page_and_is_sharp_there(
    make_hands: MakeHands, digits: Experiment, write: Write, kind: str
) -> None:
    hands = make_hands(digits)
    fill(hands)
    path = write(hands, kind)
    area = hands.canvas.scene.network.rect
    if kind == "svg":
        found = re.search(r'width="([\d.]+)mm"\s+height="([\d.]+)mm"', path.read_text(encoding="utf-8"))
        assert found is not None
        wide, high = float(found[1]), float(found[2])
    else:
        image = QImage(str(path))
        assert image.dotsPerMeterX() == pytest.approx(300 / 0.0254, abs=1)
        wide, high = (side / 300 * 25.4 for side in (image.width(), image.height()))
    assert wide == pytest.approx(170, abs=2)
    assert wide / high == pytest.approx((area.width() + 8) / (area.height() + 8), rel=0.01)


def test_it_is_drawn_in_slices_and_can_be_broken_off(hands: Hands, qtbot: QtBot, tmp_path: Path) -> None:
    fill(hands)
    background = Background()
    picture = NetworkPicture(hands.canvas, background)
    slices = list(picture._written(tmp_path / "whole.svg", "svg"))
    assert len(slices) > 2 * len(hands.canvas.scene.network.cards)
    for kind in ("svg", "png"):
        work = picture._written(tmp_path / f"net.{kind}", kind)
        next(work)
        next(work)
        work.close()
    picture.write(tmp_path / "net.svg", "svg")
    picture.stop()
    with qtbot.waitSignal(picture.saved):
        pass
    background.finish()
    assert [path.name for path in tmp_path.iterdir()] == ["whole.svg"]


def test_a_network_that_changes_meanwhile_is_drawn_as_it_was(hands: Hands, write: Write, tmp_path: Path) -> None:
    fill(hands)
    before = write(hands, "svg").read_bytes()
    picture = NetworkPicture(hands.canvas, Background())
    work = picture._written(tmp_path / "late.svg", "svg")
    next(work)
    hands.canvas.set_weights(draw_weights(hands.canvas, seed=5))
    hands.canvas.edits.set_units("a", 3)
    list(work)
    picture.background.finish()
    assert (tmp_path / "late.svg").read_bytes() == before
