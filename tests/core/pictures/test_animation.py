"""Animations: what the file holds, read back by Pillow."""

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.pictures import animation
from core.pictures.animation import Pixels, gif, spread

WIDE, HIGH = 60, 40


def square(place: int) -> Pixels:
    """Return white paper with a magenta square, farther to the right in each frame."""
    pixels = np.full((HIGH, WIDE, 3), 255, np.uint8)
    pixels[10:20, place % WIDE : place % WIDE + 4] = (196, 32, 154)
    return pixels


def read(content: bytes) -> tuple[list[Any], list[int], Any]:
    """Return the frames (height, width, 3) of a file, how long each is shown in ms, and how often it is repeated."""
    image = Image.open(io.BytesIO(content))
    frames, durations = [], []
    for place in range(image.n_frames):  # type: ignore[attr-defined]
        image.seek(place)
        durations.append(image.info["duration"])
        frames.append(np.asarray(image.convert("RGB")))
    return frames, durations, image.info["loop"]


def test_every_frame_is_there_as_it_was_drawn() -> None:
    frames, durations, loop = read(gif(square, 30))
    assert len(frames) == 30
    for place, frame in enumerate(frames):
        np.testing.assert_array_equal(frame, square(place))
    assert loop == 0  # for ever
    assert durations[0] > durations[1]
    assert set(durations[1:-1]) == {200}
    assert durations[-1] > 1000


def test_a_single_frame_is_a_picture() -> None:
    image = Image.open(io.BytesIO(gif(square, 1)))
    np.testing.assert_array_equal(np.asarray(image.convert("RGB")), square(0))


def test_many_frames_are_thinned_evenly_and_the_ends_stay() -> None:
    drawn: list[tuple[int, int]] = []
    frames, durations, _ = read(gif(lambda place: square(place // 20), 1000, lambda *told: drawn.append(told)))
    assert len(frames) == 50  # 120 frames, of which those that are equal became one
    assert drawn == [(done, 120) for done in range(1, 121)]
    np.testing.assert_array_equal(frames[0], square(0))
    np.testing.assert_array_equal(frames[-1], square(49))
    assert 5000 < sum(durations) < 15_000


def test_a_file_that_is_too_large_has_fewer_frames(monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(1).integers(0, 255, (16, HIGH, WIDE, 3), np.uint8)
    most = len(gif(lambda place: noise[place], 16)) // 3
    monkeypatch.setattr(animation, "MOST_BYTES", most)
    content = gif(lambda place: noise[place], 16)
    assert len(content) <= most
    frames, _, _ = read(content)
    assert len(frames) == 4


def test_smooth_shades_stay_smooth() -> None:
    """As of a decision boundary that moves: blue over grey to orange, in more shades than a GIF has colours."""
    stops = np.array([[8, 119, 189], [237, 239, 242], [245, 147, 34]], float)

    def frame(place: int) -> Pixels:
        value = np.linspace(-0.1 * place, 2 - 0.1 * place, 400).clip(0, 2)
        line = np.stack([np.interp(value, [0, 1, 2], stops[:, channel]) for channel in range(3)], axis=1)
        return np.tile(np.rint(line).astype(np.uint8), (20, 1, 1))

    frames, _, _ = read(gif(frame, 12))
    for place, found in enumerate(frames):
        away = np.abs(found.astype(int) - frame(place))
        assert away.mean() < 1.5
        assert away.max() < 12


@pytest.mark.parametrize(
    ("count", "most", "places"),
    [(1, 5, [0]), (4, 5, [0, 1, 2, 3]), (9, 5, [0, 2, 4, 6, 8]), (10, 3, [0, 4, 9]), (5, 1, [0])],
)
def test_places_are_spread_evenly(count: int, most: int, places: list[int]) -> None:
    assert spread(count, most) == places
