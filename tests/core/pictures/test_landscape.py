"""The picture of a landscape: what it shows, and that extreme losses do not spoil it."""

import io
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.image import imread
from PIL import Image

from core.pictures.chart import chart
from core.pictures.depth import Scale
from core.pictures.landscape import DRAWINGS, draw, gif, png, svg
from core.pictures.mesh import Camera
from core.pictures.panels import ticks

SVG = "{http://www.w3.org/2000/svg}"


def legend(figure: Any) -> list[str]:
    return [text.get_text() for one in figure.legends for text in one.get_texts()]


def points(line: Any) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in zip(*line.get_data(), strict=True)]


def test_says_which_loss_over_which_axes(picture: Any, bowl: Any) -> None:
    figure = draw(chart("Spiral", picture(bowl, with_penalty=True, part="validation")))
    axes, bar = figure.axes
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("random direction 1", "random direction 2")
    assert bar.get_ylabel() == "validation loss with the penalty, 1,500 samples\nlogarithmic"
    assert figure.get_suptitle() == "Spiral"
    assert not figure.legends


def test_says_that_high_losses_are_cut_off(picture: Any, bowl: Any) -> None:
    bar = draw(chart("", picture(bowl), scale=Scale(False, 0.0, 2.0))).axes[1]
    assert bar.get_ylabel().endswith("\nabove 2 drawn as 2")
    marks = [float(text.get_text()) for text in bar.get_yticklabels()]
    assert (marks[0], marks[-1]) == (0, 2)


@pytest.mark.parametrize(
    ("scale", "written"),
    [
        (Scale(True, -2.0, 0.0), [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1]),
        (Scale(True, -4.0, 0.0), [1e-4, 1e-3, 1e-2, 0.1, 1]),
        (Scale(True, 0.0, 0.5), [1, 1.5, 2, 2.5, 3]),
        (Scale(False, -1.0, 1.0), [-1, -0.5, 0, 0.5, 1]),
    ],
)
def test_round_losses_stand_beside_the_colours(scale: Scale, written: list[float]) -> None:
    np.testing.assert_allclose(ticks(scale), written, atol=1e-12)


def test_shows_each_path_its_start_its_best_and_where_it_is(picture: Any, trace: Any, bowl: Any) -> None:
    paths = [
        trace([(1, 1), (0.5, 0), (0, 0)], best=1),
        trace([(-1, 1), (0, 0.5)], name="_$GD$", place=1),
    ]
    figure = draw(chart("Spiral", picture(bowl), paths))
    assert legend(figure) == [
        "Adam, up to 25% off the plane",
        "_$GD$, up to 25% off the plane",
        "start",
        "best epoch",
    ]
    axes = figure.axes[0]
    assert [points(line) for line in axes.lines if len(points(line)) == 3] == [[(1, 1), (0.5, 0), (0, 0)]] * 2
    assert [line.get_color() for line in axes.lines if len(points(line)) == 3] == ["#ffffff", "#c4209a"]
    spots = {(points(line)[0], line.get_marker()) for line in axes.lines if len(points(line)) == 1}
    assert spots == {((1, 1), "o"), ((0.5, 0), "o"), ((0, 0), "o"), ((-1, 1), "o"), ((0, 0.5), "s")}
    assert axes.get_xlim() == (-2, 2)


def test_paths_with_gaps_are_drawn_as_far_as_they_are_known(picture: Any, trace: Any, bowl: Any) -> None:
    made = chart("Spiral", picture(bowl), [trace([(0, 0), (np.nan, np.nan)], best=1)]).with_surface()
    for write in DRAWINGS.values():
        assert write(made)


def test_a_line_has_its_tangent_and_the_runs_on_it(picture: Any, trace: Any) -> None:
    x: Any = np.linspace(-2, 2, 21)
    loss = x**2 + 0.5 * x + 1
    axes = draw(chart("Spiral", picture(loss[None]), [trace([(-1, 0), (0.4, 0)])], Scale(False, 0.0, 6.0))).axes[0]
    curve, tangent, foot, *marks = axes.lines
    np.testing.assert_allclose(np.asarray(curve.get_ydata(), np.float64), loss)
    (left, *_, right), (low, *_, high) = np.asarray(tangent.get_data(), np.float64)
    assert (high - low) / (right - left) == pytest.approx(0.5)
    assert points(foot) == [(0.0, 1.0)]
    assert axes.texts[0].get_text() == "slope 0.5"
    assert [found[0] for mark in marks if (found := points(mark))] == [
        pytest.approx((-1, 1.5)),
        pytest.approx((0.4, 1.36)),
    ]
    assert axes.get_ylabel() == "training loss, 1,500 samples"


def test_a_line_on_a_logarithmic_axis_bends_its_tangent(picture: Any) -> None:
    x: Any = np.linspace(-2, 2, 21)
    axes = draw(chart("", picture((10.0**x)[None], slope=(2.3, 0.0)), scale=Scale(True, -2.0, 2.0))).axes[0]
    assert axes.get_yscale() == "log"
    y = np.asarray(axes.lines[1].get_ydata(), np.float64)
    assert np.isnan(y[0])  # below 0 it has no logarithm
    assert y[-1] == pytest.approx(1 + 2.3 * 0.7)


class TestSurface:
    def test_stands_beside_the_map_with_the_same_paths(self, picture: Any, trace: Any, bowl: Any) -> None:
        made = chart("Spiral", picture(bowl), [trace([(1, 1), (0, 0)])])
        plain, figure = draw(made), draw(made.with_surface(Camera()))
        axes, surface, _ = figure.axes
        assert figure.get_figwidth() > plain.get_figwidth()
        assert len(surface.collections[0].get_paths()) == 400  # quads between 21 × 21 points
        assert [text.get_text() for text in surface.texts] == ["random direction 1 →", "random direction 2 →"]
        assert len(surface.lines) == len(axes.lines)
        start, end = points(next(line for line in surface.lines if len(points(line)) == 2))
        assert start[1] > end[1]  # the path goes down

    def test_the_names_of_the_axes_follow_the_camera(self, picture: Any, bowl: Any) -> None:
        for turn in (-35.0, 55.0, 145.0, 235.0):
            camera = Camera(turn=turn)
            figure = draw(chart("", picture(bowl)).with_surface(camera))
            for text, step in zip(figure.axes[1].texts, np.eye(3)[:2], strict=True):
                (from_left, to), _ = camera.project(np.array([-step, step]), 100, 100)
                assert text.get_text().endswith("→") == (to[0] > from_left[0])
                assert text.get_text().startswith("←") == (to[0] < from_left[0])


def test_the_drawing_is_one_and_the_same_each_time(picture: Any, trace: Any, bowl: Any) -> None:
    made = chart("A <title> & more", picture(bowl), [trace([(1, 1), (0, 0)])]).with_surface()
    found = svg(made)
    assert found == svg(made)
    root = ElementTree.fromstring(found)
    assert root.tag == f"{SVG}svg"
    assert len(root.findall(f".//{SVG}path")) > 400


def colour_count(image: Any, colour: tuple[int, int, int]) -> int:
    away = np.abs(np.asarray(image.convert("RGB")).astype(int) - colour).sum(axis=2)
    return int((away < 24).sum())


class TestFilm:
    def test_the_path_grows_from_frame_to_frame(self, picture: Any, trace: Any, bowl: Any) -> None:
        path = trace([(x, 0) for x in np.linspace(1.8, 0, 10)], best=7)
        image = Image.open(io.BytesIO(gif(chart("Spiral", picture(bowl), [path]))))
        assert image.n_frames == 10  # type: ignore[attr-defined]
        assert image.width == 800
        magenta = []
        for place in range(10):
            image.seek(place)
            magenta.append(colour_count(image, (196, 32, 154)))
        assert magenta == sorted(magenta)
        assert magenta[-1] > 1.5 * magenta[0]

    def test_with_the_surface_the_path_grows_on_both(self, picture: Any, trace: Any, bowl: Any) -> None:
        path = trace([(x, 0) for x in np.linspace(1.8, 0, 6)])
        image = Image.open(io.BytesIO(gif(chart("", picture(bowl), [path]).with_surface())))
        assert (image.n_frames, image.width) == (6, 900)  # type: ignore[attr-defined]
        first = np.asarray(image.convert("RGB"))
        for colour in ((255, 255, 255), (196, 32, 154), (13, 21, 48)):  # paper, run, valley: among thousands of shades
            assert (first == colour).all(axis=2).sum() > 30, colour
        image.seek(5)
        differs = (np.asarray(image.convert("RGB")) != first).any(axis=(0, 2))
        assert differs[:450].any()
        assert differs[500:].any()

    def test_says_epoch_and_loss(self, picture: Any, trace: Any, bowl: Any) -> None:
        from core.pictures.landscape import _Film

        film = _Film(chart("", picture(bowl), [trace([(1, 0), (0.5, 0), (0.2, 0)], epochs=[0, 8, 8.5])]))
        texts = []
        for place in range(3):
            film.frame(place)
            texts.append(film.title.get_text())
        assert texts == [
            "Epoch 0, training loss 1.00",
            "Epoch 8, training loss 0.500",
            "After epoch 8, training loss 0.333",
        ]
        box, whole = film.title.get_window_extent(), film.drawing.figure.bbox
        assert 0 < box.x0 < box.x1 < whole.width
        assert 0 < box.y0 < box.y1 < whole.height

    def test_of_several_runs_says_the_loss_of_each_and_waits_for_the_last(
        self, picture: Any, trace: Any, bowl: Any
    ) -> None:
        from core.pictures.landscape import _Film

        runs = [trace([(1, 0), (0, 0)]), trace([(1, 1), (0, 1), (0, 0)], name="SGD", losses=[1, np.nan, 0.2], place=1)]
        film = _Film(chart("", picture(bowl), runs))
        told = []
        for place in range(3):
            film.frame(place)
            told.append([film.title.get_text(), *(text.get_text() for text in film.drawing.names)])
        assert told == [
            ["Epoch 0", "Adam, training loss 1.00", "SGD, training loss 1.00"],
            ["Epoch 1", "Adam, training loss 0.500", "SGD"],
            ["Epoch 2", "Adam, training loss 0.500", "SGD, training loss 0.200"],
        ]

    def test_of_a_long_path_is_thinned_evenly_in_time(self, picture: Any, trace: Any, bowl: Any) -> None:
        angle = np.linspace(0, 6, 600)
        path = trace(np.stack([1.5 * np.cos(angle), 1.5 * np.sin(angle)], axis=1))
        content = gif(chart("", picture(bowl), [path]).with_surface())
        image = Image.open(io.BytesIO(content))
        assert image.n_frames == 120  # type: ignore[attr-defined]
        assert len(content) < 5_000_000

    def test_of_a_path_that_does_not_move_there_is_a_picture(self, picture: Any, trace: Any, bowl: Any) -> None:
        made = chart("", picture(bowl), [trace([(0, 0)] * 5, losses=np.full(5, 0.5))])
        assert Image.open(io.BytesIO(gif(made))).width == 800
        assert Image.open(io.BytesIO(gif(chart("", picture(bowl))))).width == 800


def wall(value: float) -> Any:
    x = np.linspace(-2, 2, 9)
    bowl = x**2 + x[:, None] ** 2 + 0.01
    return np.where(bowl > 3, value, bowl)


@pytest.mark.parametrize("form", DRAWINGS)
@pytest.mark.parametrize(
    "loss",
    [
        np.full((9, 9), 0.3),
        np.full((9, 9), np.nan),
        np.full((9, 9), np.inf),
        wall(np.nan),
        wall(np.inf) - 1,
        wall(1e300),
        np.array([[0.5]]),
        np.array([[0.5, np.nan, np.inf]]),
        np.array([[0.5, 0.4, 0.7]]),
    ],
)
def test_every_grid_becomes_a_picture(form: str, loss: Any, picture: Any, trace: Any) -> None:
    made = chart("A title with $ and _ and ♞", picture(loss), [trace([(0, 0), (1, 1)])]).with_surface()
    content = DRAWINGS[form](made)
    if form == "svg":
        assert ElementTree.fromstring(content).tag == f"{SVG}svg"
    else:
        image = Image.open(io.BytesIO(content))
        assert image.format == form.upper()
        assert min(image.size) > 450


def test_the_picture_is_large_enough_for_paper(picture: Any, bowl: Any) -> None:
    image = imread(io.BytesIO(png(chart("", picture(bowl)))))
    assert min(image.shape[:2]) > 700
