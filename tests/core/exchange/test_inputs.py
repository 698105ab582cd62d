"""Raw samples from tables and pictures."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

from core.choices.fields import Mistake
from core.exchange.inputs import read_picture, read_table
from core.exchange.model import Model

Trained = Callable[[str], Any]


def model_of(trained: Trained, case: str, **facts: Any) -> Model:
    """Return the model of a case, with other facts."""
    model: Model = trained(case).package().model
    return replace(model, facts=replace(model.facts, **facts))


class TestTables:
    def test_columns_are_found_by_name(self, trained: Trained, tmp_path: Path) -> None:
        model = model_of(trained, "pass the class")
        (tmp_path / "a.csv").write_text("name;hours;lectures\nAnn;5,5;4\nBob;1;2\n", encoding="utf-8")
        assert read_table(tmp_path / "a.csv", model).tolist() == [[4, 5.5], [2, 1]]

    def test_without_names_by_their_place(self, trained: Trained, tmp_path: Path) -> None:
        model = model_of(trained, "pass the class")
        (tmp_path / "a.csv").write_text("4,5.5\n2,1\n", encoding="utf-8")
        assert read_table(tmp_path / "a.csv", model).tolist() == [[4, 5.5], [2, 1]]
        (tmp_path / "b.csv").write_text("a\tb\n4\t5.5\n", encoding="utf-16")
        assert read_table(tmp_path / "b.csv", model).tolist() == [[4, 5.5]]

    @pytest.mark.parametrize("text", ["5\n7.5\n", "x\n5\n7.5\n", "\n5\n\n7.5\n", "only;other\n5;1\n7.5;2\n"])
    def test_one_column_alone(self, trained: Trained, text: str, tmp_path: Path) -> None:
        model = model_of(trained, "2-D binary", shape=(1,), columns=("only",), plane=False)
        (tmp_path / "a.csv").write_text(text, encoding="utf-8")
        assert read_table(tmp_path / "a.csv", model).tolist() == [[5], [7.5]]

    def test_pixels(self, trained: Trained, tmp_path: Path) -> None:
        raw = trained("digits with dropout").dataset.test.raw[:7]
        np.savetxt(tmp_path / "a.csv", raw, fmt="%d", delimiter=",")
        found = read_table(tmp_path / "a.csv", model_of(trained, "digits with dropout"))
        assert np.array_equal(found, raw)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("1,2,3\n4,5,6\n", "a.csv: expected 2 columns (lectures, hours), found 3"),
            ("a,b\n1,x\n", 'a.csv, row 2, column "b": expected a number, found "x"'),
            ("a,b\n1,2\n\n3,\n", 'a.csv, row 4, column "b": expected a number, found an empty cell'),
            ("a,b\n", "a.csv: expected a row per sample, found none"),
            ("", "a.csv: expected one row per sample, found an empty file"),
            ("a,b\n1,2\n1,2,3\n", "a.csv, row 3: expected 2 cells as in the first row, found 3"),
        ],
    )
    def test_what_is_wrong_is_a_sentence(self, trained: Trained, text: str, sentence: str, tmp_path: Path) -> None:
        (tmp_path / "a.csv").write_text(text, encoding="utf-8")
        with pytest.raises(Mistake) as caught:
            read_table(tmp_path / "a.csv", model_of(trained, "pass the class"))
        assert str(caught.value).startswith(sentence)


DIGITS = "digits with dropout"
LARGE = {"shape": (28, 28), "classes": tuple("0123456789")}


def drawn(ground: str, ink: str, box: tuple[int, int, int, int], mode: str = "RGB") -> Image.Image:
    """Return a picture of 200 × 100 with a filled box."""
    picture = Image.new(mode, (200, 100), ground)
    ImageDraw.Draw(picture).rectangle(box, fill=ink)
    return picture


class TestPictures:
    def test_one_of_the_own_size_is_taken_as_it_is(self, trained: Trained, tmp_path: Path) -> None:
        raw = trained(DIGITS).dataset.test.raw[0].reshape(8, 8)  # 0 to 16
        Image.fromarray((raw * 255.0 / 16).round().astype(np.uint8)).save(tmp_path / "a.png")
        found = read_picture(tmp_path / "a.png", model_of(trained, DIGITS))
        assert found.shape == (1, 64)
        assert found.reshape(8, 8) == pytest.approx(raw, abs=0.04)

    def test_white_is_what_the_model_takes_for_white(self, trained: Trained, tmp_path: Path) -> None:
        Image.new("L", (8, 8), 255).save(tmp_path / "a.png")
        assert read_picture(tmp_path / "a.png", model_of(trained, DIGITS)) == pytest.approx(16)
        model = model_of(trained, DIGITS)
        plain = replace(model, preparation=replace(model.preparation, scale=1.0))
        assert read_picture(tmp_path / "a.png", plain) == pytest.approx(1)

    @pytest.mark.parametrize(("ground", "ink"), [("white", "black"), ("black", "white"), ("yellow", "navy")])
    def test_digits_are_fitted_as_in_mnist(self, trained: Trained, ground: str, ink: str, tmp_path: Path) -> None:
        model = model_of(trained, DIGITS, **LARGE)
        drawn(ground, ink, (120, 10, 139, 49)).save(tmp_path / "a.png")  # 20 × 40, anywhere
        found = read_picture(tmp_path / "a.png", model).reshape(28, 28)
        expected = np.zeros((28, 28))
        expected[4:24, 9:19] = 16  # 10 × 20 in the middle
        assert found == pytest.approx(expected, abs=0.1)

    def test_digits_are_centred_by_their_ink(self, trained: Trained, tmp_path: Path) -> None:
        picture = Image.new("L", (80, 80), 0)
        ImageDraw.Draw(picture).polygon([(0, 79), (79, 79), (0, 0)], fill=255)
        picture.save(tmp_path / "a.png")
        # The rim shows as much ink as ground here, and the centre of a triangle is not that of its box.
        found = read_picture(tmp_path / "a.png", model_of(trained, DIGITS, **LARGE)).reshape(28, 28)
        for axis in (0, 1):
            centre = (found.sum(1 - axis) * (np.arange(28) + 0.5)).sum() / found.sum()
            assert centre == pytest.approx(14, abs=0.6)

    def test_other_pictures_fill_the_square(self, trained: Trained, tmp_path: Path) -> None:
        drawn("white", "black", (60, 20, 139, 59)).save(tmp_path / "a.png")
        found = read_picture(tmp_path / "a.png", model_of(trained, DIGITS)).reshape(8, 8)
        expected = np.zeros((8, 8))
        expected[2:6, :] = 16
        assert found == pytest.approx(expected, abs=0.1)

    def test_an_empty_picture_is_black(self, trained: Trained, tmp_path: Path) -> None:
        for colour in ("white", "black", "red"):
            Image.new("RGB", (50, 40), colour).save(tmp_path / "a.png")
            assert not read_picture(tmp_path / "a.png", model_of(trained, DIGITS)).any()

    def test_what_is_transparent_is_white(self, trained: Trained, tmp_path: Path) -> None:
        picture = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
        ImageDraw.Draw(picture).rectangle((40, 0, 59, 99), fill=(0, 0, 0, 255))
        picture.save(tmp_path / "a.png")
        found = read_picture(tmp_path / "a.png", model_of(trained, DIGITS)).reshape(8, 8)
        assert found[:, 3:5] == pytest.approx(16, abs=2)
        assert not found[:, :2].any()

    def test_a_network_from_elsewhere_takes_square_pictures(self, trained: Trained, tmp_path: Path) -> None:
        Image.new("L", (8, 8), 255).save(tmp_path / "a.png")
        model = model_of(trained, DIGITS, shape=(64,), image=False)
        assert read_picture(tmp_path / "a.png", model).shape == (1, 64)

    def test_a_table_is_expected_where_there_are_columns(self, trained: Trained, tmp_path: Path) -> None:
        Image.new("L", (8, 8)).save(tmp_path / "a.png")
        with pytest.raises(Mistake, match="expected a table, for this model takes 2 numbers and no picture"):
            read_picture(tmp_path / "a.png", model_of(trained, "2-D binary"))

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            (b"", "a.png: expected a picture (PNG, JPEG"),
            (b"hello", "a.png: expected a picture (PNG, JPEG"),
            (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "a.png: "),
        ],
    )
    def test_what_is_no_picture(self, trained: Trained, data: bytes, sentence: str, tmp_path: Path) -> None:
        (tmp_path / "a.png").write_bytes(data)
        with pytest.raises(Mistake) as caught:
            read_picture(tmp_path / "a.png", model_of(trained, DIGITS))
        assert str(caught.value).startswith(sentence)

    def test_a_picture_that_is_cut_off(self, trained: Trained, tmp_path: Path) -> None:
        random = np.random.default_rng(0).integers(0, 255, (64, 64)).astype(np.uint8)
        Image.fromarray(random).save(tmp_path / "a.png")
        (tmp_path / "a.png").write_bytes((tmp_path / "a.png").read_bytes()[:500])
        with pytest.raises(Mistake, match=r"^a\.png: "):
            read_picture(tmp_path / "a.png", model_of(trained, DIGITS))

    @pytest.mark.parametrize("side", [8_000, 60_000])
    def test_a_huge_picture_is_refused_unread(self, trained: Trained, side: int, tmp_path: Path) -> None:
        data = bytearray()
        picture = Image.new("1", (8, 8))
        picture.save(tmp_path / "a.png")
        data += (tmp_path / "a.png").read_bytes()
        data[16:24] = side.to_bytes(4, "big") * 2
        import zlib

        data[29:33] = zlib.crc32(bytes(data[12:29])).to_bytes(4, "big")
        (tmp_path / "a.png").write_bytes(bytes(data))
        with pytest.raises(Mistake, match=r"^a\.png: (expected at most 50,000,000 pixels|damaged or too large)"):
            read_picture(tmp_path / "a.png", model_of(trained, DIGITS))
