"""What a frame of live numbers costs the Qt thread: its processor time, which no other program adds to."""

from collections.abc import Callable
from statistics import median
from time import thread_time

import numpy as np
import pytest

from app.canvas.scene import Pair
from app.shell.selection import Neuron
from core.experiment.experiment import Experiment

from .conftest import Hands, MakeHands, draw_weights

ROUNDS = 30
LIMIT = 0.004  # seconds


def _cost(feed: Callable[[int], None]) -> float:
    """Return the median of what a call costs, in seconds."""
    spent = []
    for turn in range(ROUNDS):
        start = thread_time()
        feed(turn)
        spent.append(thread_time() - start)
    return median(spent)


@pytest.fixture
def frames(hands: Hands) -> list[list[Pair]]:
    return [draw_weights(hands.canvas, seed) for seed in range(5)]


def test_weights_are_cheap(hands: Hands, frames: list[list[Pair]]) -> None:
    assert _cost(lambda turn: hands.canvas.set_weights(frames[turn % 5])) < LIMIT


def test_weights_are_cheap_while_a_neuron_is_shown(hands: Hands, frames: list[list[Pair]]) -> None:
    hands.selection.pin(Neuron("a", 2))
    assert _cost(lambda turn: hands.canvas.set_weights(frames[turn % 5])) < LIMIT


def test_gradients_are_cheap(hands: Hands, frames: list[list[Pair]]) -> None:
    hands.canvas.header.links.setCurrentIndex(1)
    assert _cost(lambda turn: hands.canvas.set_gradients(frames[turn % 5])) < LIMIT


def test_tiles_are_cheap(hands: Hands) -> None:
    generator = np.random.default_rng(0)
    tiles = [
        {layer: generator.uniform(-1, 1, (units, 32, 32)).astype(np.float32) for layer, units in sizes}
        for sizes in [(("input", 5), ("a", 8), ("b", 8), ("output", 1))] * 5
    ]
    assert _cost(lambda turn: hands.canvas.set_tiles(tiles[turn % 5])) < LIMIT


def test_masks_and_activations_are_cheap(hands: Hands, frames: list[list[Pair]]) -> None:
    hands.canvas.set_weights(frames[0])
    generator = np.random.default_rng(0)
    assert _cost(lambda turn: hands.canvas.set_masks({"p": generator.random(8) > 0.2})) < LIMIT
    values = {"a": generator.random(8), "b": generator.random(8), "output": generator.random(1)}
    assert _cost(lambda turn: hands.canvas.set_activations(values)) < LIMIT


def test_images_are_cheap(make_hands: MakeHands, digits: Experiment) -> None:
    canvas = make_hands(digits).canvas
    weights = draw_weights(canvas)
    images = {"a": np.clip(weights[0][0].reshape(128, 28, 28), -1, 1)}
    assert _cost(lambda turn: canvas.set_weights(weights)) < LIMIT
    assert _cost(lambda turn: canvas.set_images(images)) < LIMIT


def test_painting_a_live_frame_is_within_a_frame(hands: Hands, frames: list[list[Pair]]) -> None:
    """Numbers and the painting that follows: one frame takes at most 8 ms of the Qt thread (DESIGN §3)."""
    hands.qtbot.waitUntil(lambda: not hands.canvas._slices.busy)

    def frame(turn: int) -> None:
        hands.canvas.set_weights(frames[turn % 5])
        hands.view.viewport().repaint()

    assert _cost(frame) < 0.008


def test_drawing_in_full_quality_comes_in_small_slices(hands: Hands, frames: list[list[Pair]]) -> None:
    hands.canvas.set_weights(frames[0])
    work = hands.canvas.scene.links.sharpen(1.0)
    spent = []
    while True:
        start = thread_time()
        if next(work, work) is work:
            break
        spent.append(thread_time() - start)
    assert len(spent) > 10
    assert median(spent) < 0.008
    assert hands.canvas.scene.links.sharp


@pytest.mark.parametrize("units", [5, 12])
def test_an_edit_does_not_hold_up_the_window(hands: Hands, frames: list[list[Pair]], units: int) -> None:
    hands.canvas.set_weights(frames[0])

    def edit(turn: int) -> None:
        hands.canvas.edits.set_units("a", units + turn % 2)

    assert _cost(edit) < 0.016
