"""Live numbers: what is drawn are the numbers that were given."""

import numpy as np
import pytest
from PySide6.QtGui import QPixmap

from app.canvas.scene import Pair
from app.canvas.strands import LEVELS
from app.canvas.units import Units
from app.canvas.words import number
from app.shell.selection import Neuron
from app.shell.theme import Theme
from core.experiment.experiment import Experiment, read_experiment
from core.probes.pictures import Tiles, WeightsPicture

from .conftest import Hands, MakeHands, draw_weights


def _units(hands: Hands, layer: str) -> Units:
    return hands.canvas.scene.cards[layer].units


def _level_of(hands: Hands, layer: str, unit: int, source: int) -> int:
    """Return the level at which the link of a weight is on the screen."""
    links = hands.canvas.scene.links
    strands = links.strands
    for gap in strands.gaps:
        if gap.layer == layer and gap.dense is not None:
            place = np.flatnonzero((gap.rows == unit) & (gap.columns == source))[0]
            link = gap.start + int(place)
            return next(level for level, shown in links._shown.items() if link in shown)
    raise AssertionError


def _color(pixmap: QPixmap | None, row: int, column: int) -> tuple[int, int, int]:
    assert pixmap is not None
    color = pixmap.toImage().pixelColor(column, row)
    return color.red(), color.green(), color.blue()


def test_links_have_sign_and_strength_of_their_weights(hands: Hands, weights: list[Pair]) -> None:
    for layer, (W, _) in zip(("a", "b", "output"), weights, strict=True):
        for unit, source in np.ndindex(W.shape):
            w = float(W[unit, source])
            expected = 1 + int(abs(w) / (1 + abs(w)) * LEVELS)
            assert _level_of(hands, layer, unit, source) == (expected if w >= 0 else -expected)


def test_without_weights_links_have_no_sign(hands: Hands) -> None:
    assert set(hands.canvas.scene.links._shown) == {0}


def test_weights_of_another_network_are_not_drawn(hands: Hands, weights: list[Pair]) -> None:
    hands.canvas.edits.set_units("a", 5)
    shown = hands.canvas.scene.links._shown
    strands = hands.canvas.scene.links.strands
    strong = {strands.gap_of(link).layer for level, links in shown.items() if level for link in links}
    assert strong == {"output"}  # the only matrix that still fits


def test_links_can_show_gradients(hands: Hands, weights: list[Pair]) -> None:
    gradients = [(-1e-6 * np.sign(W), b) for W, b in weights]
    hands.canvas.set_gradients(gradients)
    hands.canvas.header.links.setCurrentIndex(1)
    level = _level_of(hands, "b", 2, 3)
    assert level == -LEVELS * np.sign(weights[1][0][2, 3])
    assert hands.canvas.header.what.text() == "gradient"
    hands.canvas.header.links.setCurrentIndex(0)
    assert _level_of(hands, "b", 2, 3) != level


def test_tiles_are_coloured_by_their_numbers(hands: Hands, theme: Theme) -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (8, 32, 32)).astype(np.float32)
    hands.canvas.set_tiles({"a": values})
    table = theme.diverging()
    for unit in range(8):
        expected = table[int(values[unit, 9, 20] * np.float32(127.5) + np.float32(127.5))][:3]
        assert _color(_units(hands, "a").tile_of(unit), 9, 20) == tuple(expected.tolist())


def test_tiles_of_a_probe_are_taken_as_they_come(hands: Hands, theme: Theme) -> None:
    hands.canvas.set_tiles({"b": Tiles(0, np.full((8, 16, 16), 1.0))})
    assert _color(_units(hands, "b").tile_of(3), 8, 8) == tuple(theme.diverging()[255][:3].tolist())


def test_tiles_of_a_layer_of_another_size_are_ignored(hands: Hands, theme: Theme) -> None:
    hands.canvas.set_tiles({"a": np.ones((9, 32, 32)), "b": np.ones((5, 32, 32)), "gone": np.ones((1, 32, 32))})
    neutral = tuple(theme.diverging()[127][:3].tolist())
    assert _color(_units(hands, "a").tile_of(0), 8, 8) == neutral
    assert _color(_units(hands, "b").tile_of(0), 8, 8) == neutral


def test_inputs_are_shown_before_anything_is_trained(hands: Hands, theme: Theme) -> None:
    left = _color(_units(hands, "input").tile_of(0), 16, 1)
    right = _color(_units(hands, "input").tile_of(0), 16, 30)
    assert left != right
    hands.canvas.clear_live()
    assert _color(_units(hands, "input").tile_of(0), 16, 1) == left


def test_dropped_units_lose_their_links(hands: Hands, weights: list[Pair]) -> None:
    kept = np.array([1, 0, 1, 1, 0, 1, 1, 1], bool)
    before = [_units(hands, "p")._circles[unit].pixmap().cacheKey() for unit in range(8)]
    hands.canvas.set_masks({"p": kept})
    after = [_units(hands, "p")._circles[unit].pixmap().cacheKey() for unit in range(8)]
    assert [one == other for one, other in zip(before, after, strict=True)] == kept.tolist()
    strands, links = hands.canvas.scene.links.strands, hands.canvas.scene.links
    drawn = {link for shown in links._shown.values() for link in shown}
    for gap in strands.gaps:
        hidden = [int(gap.columns[link - gap.start]) for link in range(gap.start, gap.stop) if link not in drawn]
        assert set(hidden) == ({1, 4} if "p" in (gap.layer, gap.origin) else set())
    assert not links._dropped.path().isEmpty()
    hands.canvas.set_masks({})
    assert sum(len(shown) for shown in links._shown.values()) == len(strands.curves)
    assert links._dropped.path().isEmpty()


def test_activations_are_written_beside_their_neurons(hands: Hands) -> None:
    values = np.array([0.1, -0.2, 3, 4, 5, 6, 7, -8.25])
    hands.canvas.set_activations({"a": values})
    assert [text.text() for text in _units(hands, "a")._texts] == [number(value) for value in values]
    hands.canvas.set_activations({})
    assert {text.text() for text in _units(hands, "a")._texts} == {""}


@pytest.fixture
def mnist(make_hands: MakeHands, digits: Experiment) -> Hands:
    return make_hands(digits)


def test_a_bar_for_each_class(mnist: Hands) -> None:
    values = np.array([0.05] * 9 + [0.55])
    mnist.canvas.set_activations({"output": values})
    units = _units(mnist, "output")
    lengths = [bar.rect().width() for bar in units._bars]
    assert np.array(lengths) / lengths[9] == pytest.approx(values / 0.55)
    assert [text.text() for text in units._texts] == ["5.0 %"] * 9 + ["55.0 %"]


def test_weight_images_by_page(mnist: Hands, theme: Theme) -> None:
    images = np.zeros((128, 28, 28), np.float32)
    images[21] = 1.0
    mnist.canvas.set_images({"a": images})
    assert _units(mnist, "a").tile_of(21) is None
    mnist.click(mnist.at("on", "a"))
    assert mnist.canvas.shown_units["a"] == range(16, 32)
    assert _color(_units(mnist, "a").tile_of(21), 14, 14) == tuple(theme.diverging()[255][:3].tolist())
    mnist.click(mnist.at("back", "a"))
    assert mnist.canvas.shown_units["a"] == range(16)


def test_images_of_the_page_alone_are_enough(mnist: Hands, theme: Theme) -> None:
    picture = WeightsPicture("a", 16, np.full((16, 28, 28), -1.0), 1.0)
    mnist.canvas.set_images(picture)
    assert _color(_units(mnist, "a").tile_of(0), 14, 14) == tuple(theme.diverging()[127][:3].tolist())
    with mnist.qtbot.waitSignal(mnist.canvas.paged):
        mnist.click(mnist.at("on", "a"))
    assert _color(_units(mnist, "a").tile_of(20), 14, 14) == tuple(theme.diverging()[0][:3].tolist())


def test_the_input_image_is_grey(mnist: Hands) -> None:
    image = np.zeros((1, 28, 28), np.float32)
    image[0, 10, 10] = 1
    mnist.canvas.set_tiles({"input": image})
    tile = _units(mnist, "input").tile_of(0)
    assert (_color(tile, 10, 10), _color(tile, 0, 0)) == ((255, 255, 255), (0, 0, 0))


def test_pinning_a_neuron_turns_to_its_page(mnist: Hands) -> None:
    mnist.selection.pin(Neuron("a", 40))
    assert mnist.canvas.shown_units["a"] == range(32, 48)


def test_a_bundle_tells_its_mean(mnist: Hands) -> None:
    weights = draw_weights(mnist.canvas)
    mnist.canvas.set_weights(weights)
    text = mnist.canvas.attention._bundle_words(0)
    assert text == f"16 × 98 weights, mean {number(float(weights[0][0][:16, :98].mean()))}"


def test_numbers_stay_when_the_theme_changes(hands: Hands, weights: list[Pair], theme: Theme) -> None:
    hands.canvas.set_tiles({"a": np.ones((8, 32, 32))})
    theme.set(mode="dark")
    assert _color(_units(hands, "a").tile_of(0), 9, 9) == tuple(theme.diverging()[255][:3].tolist())
    assert set(hands.canvas.scene.links._shown) != {0}
    theme.set(mode="light")


def test_cleared_canvas_shows_nothing_of_the_run_before(hands: Hands, weights: list[Pair], theme: Theme) -> None:
    hands.canvas.set_tiles({"a": np.ones((8, 32, 32))})
    hands.canvas.set_masks({"p": np.zeros(8, bool)})
    hands.canvas.clear_live()
    assert _color(_units(hands, "a").tile_of(0), 9, 9) == tuple(theme.diverging()[127][:3].tolist())
    assert {level: len(links) for level, links in hands.canvas.scene.links._shown.items()} == {0: 120}


def test_nan_after_a_divergence_is_drawn_neutral(hands: Hands) -> None:
    weights = [(np.full_like(W, np.nan), np.full_like(b, np.nan)) for W, b in draw_weights(hands.canvas)]
    hands.canvas.set_weights(weights)
    hands.canvas.set_tiles({"a": np.full((8, 32, 32), np.nan)})
    hands.canvas.set_activations({"a": np.full(8, np.nan)})
    hands.selection.pin(Neuron("a", 0))
    assert hands.canvas.attention.readout.isVisible()


def test_links_become_sharp_when_nothing_changes(hands: Hands, weights: list[Pair]) -> None:
    assert not hands.canvas.sharp
    hands.qtbot.waitUntil(lambda: hands.canvas.sharp)
    hands.canvas.set_weights(weights)
    assert not hands.canvas.sharp
    hands.qtbot.waitUntil(lambda: hands.canvas.sharp)


@pytest.mark.parametrize("loss", ["mean_squared_error", "hinge"])
def test_other_heads_are_drawn(make_hands: MakeHands, loss: str) -> None:
    hands = make_hands(read_experiment({"training": {"loss": loss}, "network": {"layers": ["dense"]}}))
    hands.canvas.set_weights(draw_weights(hands.canvas))
    hands.canvas.set_activations({"output": np.array([-2.5])})
    assert _units(hands, "output")._texts[0].text() == "−2.50"
