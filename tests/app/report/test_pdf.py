"""The report on paper: what stands on which page, and what the file holds."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage

from app.main import main
from app.report.pdf import paged, pdf
from app.report.pieces import Piece, Pieces
from app.report.type import BODY, Typesetter, font
from core.report.blocks import Block, Code, Facts, Items, Picture, Report, Section, Table, Text

ROOT = Path(__file__).resolve().parents[3]
SQUARE = '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{0}"><rect width="9" height="9"/></svg>'
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360f8cfc0f01f0005"
    "0001ff89993d1d0000000049454e44ae426082"
)


def a_report(*blocks: Block) -> Report:
    return Report("A title", "below it", [Section("one", "A chapter", blocks)])


def pieces(*blocks: Block, width: float = 400) -> list[Piece]:
    """Return the pieces of blocks, without those of the titles."""
    return Pieces(width).of(a_report(*blocks))[3:]


def heights(page: Sequence[tuple[float, Piece]]) -> list[float]:
    return [y for y, _ in page]


class TestPages:
    def test_pieces_stand_one_below_the_other(self) -> None:
        (page,) = paged([Piece(10), Piece(20, before=5), Piece(30)], 100)
        assert heights(page) == [0, 15, 35]

    def test_a_piece_that_does_not_fit_begins_a_page_without_the_space_above_it(self) -> None:
        first, second = paged([Piece(60), Piece(50, before=8), Piece(10)], 100)
        assert heights(first) == [0]
        assert heights(second) == [0, 50]

    def test_what_belongs_together_stays_together(self) -> None:
        first, second = paged([Piece(60), Piece(20, with_next=True), Piece(30)], 100)
        assert len(first) == 1
        assert heights(second) == [0, 20]

    def test_what_belongs_together_is_parted_where_it_is_larger_than_a_page(self) -> None:
        pages = paged([Piece(40, with_next=place < 4) for place in range(5)], 100)
        assert [len(page) for page in pages] == [2, 2, 1]

    def test_a_picture_that_is_a_little_too_high_is_made_lower(self) -> None:
        picture = Piece(50, with_next=True, picture=(QRectF(0, 0, 200, 50), QImage()))
        (page,) = paged([Piece(50), picture, Piece(10)], 100)
        lower = page[1][1]
        assert lower.height == pytest.approx(40, abs=0.1)
        assert lower.picture is not None
        assert lower.picture[0].width() / lower.picture[0].height() == pytest.approx(4)
        assert heights(page)[2] + 10 <= 100
        first, second = paged([Piece(60), picture, Piece(10)], 100)
        assert len(first) == 1
        assert second[0][1] is picture

    def test_the_head_of_a_table_comes_again(self) -> None:
        head = Piece(10, with_next=True)
        first, second = paged([head, *(Piece(30, head=head) for _ in range(4))], 100)
        assert [piece is head for _, piece in first] == [True, False, False, False]
        assert [piece is head for _, piece in second] == [True, False]
        assert heights(second) == [0, 10]


@pytest.mark.usefixtures("qapp")
class TestPieces:
    def test_long_text_is_broken_into_lines(self) -> None:
        (short,), (long,) = pieces(Text("word")), pieces(Text("word " * 200))
        assert long.height > 5 * short.height

    def test_text_is_never_taken_for_html(self) -> None:
        (piece,) = pieces(Text("<b>a</b> & b\nsecond"))
        assert piece.texts[0][2].document.toPlainText() == "<b>a</b> & b\nsecond"

    def test_columns_of_numbers_end_at_the_right_and_the_best_are_marked(self) -> None:
        table = Table(["Run", "Loss"], [["a", "1"], ["b", "2.5"]], "", frozenset({1}), frozenset({(1, 1)}))
        head, first, second = pieces(table)
        assert first.head is head
        assert second.head is head
        bold = [text.document.defaultFont().bold() for _, _, text in second.texts]
        assert bold == [False, True]
        assert all(text.document.defaultFont().bold() for _, _, text in head.texts)

    @pytest.mark.parametrize("width", [200, 300, 500])
    def test_a_table_is_never_wider_than_the_page(self, width: float) -> None:
        head = ["Name of it", "What differs", "Loss", "Accuracy"]
        rows = [["a run with a long name", "one setting and many others " * 6, "0.1234", "98.76 %"]] * 2
        for piece in pieces(Table(head, rows, "", frozenset({2, 3})), width=width):
            x, _, last = piece.texts[-1]
            assert x + last.document.textWidth() <= width + 0.5
        numbers = [
            text.document for _, _, text in pieces(Table(head, rows, "", frozenset({2, 3})), width=width)[1].texts
        ]
        assert all(document.blockCount() == 1 and document.size().height() < 20 for document in numbers[2:])

    def test_facts_items_and_code(self) -> None:
        found = pieces(Facts([("a", "b"), ("c", "d")]), Items(["e", "f"]), Code("x\n\ny", "file.py"))
        told = [" ".join(text.document.toPlainText().strip() for _, _, text in piece.texts) for piece in found]
        assert told == ["a b", "c d", "• e", "• f", "file.py", "x", "", "y"]

    def test_pictures_are_as_large_as_they_are_or_fit(self) -> None:
        small, _, large, _ = pieces(
            Picture("a", "A", "a", SQUARE.format("50pt")), Picture("b", "B", "b", SQUARE.format("5000"), lambda: PNG)
        )
        assert small.picture is not None
        assert small.picture[0].width() == 50
        assert large.picture is not None
        assert large.picture[0].width() <= 400
        assert isinstance(large.picture[1], QImage)
        assert small.with_next  # its caption

    def test_letters_of_all_the_world(self) -> None:
        setter = Typesetter()
        assert setter.set("損失 ŷ ∂J/∂w", font(BODY)).ideal > setter.set("損失", font(BODY)).ideal > 10


@pytest.mark.usefixtures("qapp")
def test_the_file_has_its_pages_and_its_texts(tmp_path: Path) -> None:
    content = pdf(a_report(*(Text(f"Paragraph {place}: 12:34 (5,678) " + "word " * 80) for place in range(30))))
    assert content.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type /Page\b", content))
    assert pages > 2
    if shutil.which("pdftotext"):
        (tmp_path / "a.pdf").write_bytes(content)
        told = subprocess.run(
            ["pdftotext", "a.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
        ).stdout.decode()
        assert "Paragraph 29: 12:34 (5,678)" in told  # also figures and what stands between them can be searched
        assert all(f"{page} of {pages}" in told for page in range(1, pages + 1))


@pytest.mark.skipif(sys.platform != "linux", reason="only there a screen may be named and not be there")
def test_it_is_made_without_the_screen_that_is_named() -> None:
    code = """
from app.report.write import _printed
from core.report.blocks import Report
print(_printed(Report("A title", "below it", ())))
"""
    named = {name: text for name, text in os.environ.items() if name != "QT_QPA_PLATFORM"} | {"DISPLAY": ":9999"}
    told = subprocess.run([sys.executable, "-c", code], env=named, cwd=ROOT, capture_output=True, check=True).stdout
    assert told.startswith(b"b'%PDF-")


class TestFromTheCommandLine:
    @pytest.fixture
    def file(self, tmp_path: Path) -> str:
        from core.cli.main import main as core

        path = str(tmp_path / "xor.downhill")
        assert core(["train", "xor", "--epochs", "3", "--save", path]) == 0
        return path

    @pytest.mark.usefixtures("qapp")
    def test_writes(self, file: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert main(["--report", file, str(tmp_path / "out.pdf")]) == 0
        *going, written = capsys.readouterr().out.splitlines()
        assert written == f"Written: {tmp_path / 'out.pdf'}"
        assert going[-1] == f"{len(going)}/{len(going)}"
        content = (tmp_path / "out.pdf").read_bytes()
        assert len(re.findall(rb"/Type /Page\b", content)) > 3
        assert b"/Title" in content

    @pytest.mark.parametrize(
        ("words", "sentence"),
        [
            (["{}", "out.png"], "out.png: expected the name of a file that ends in .pdf"),
            (["none.downhill", "out.pdf"], "none.downhill: there is no such file"),
            (["{}", "out.pdf", "--run", "b"], 'xor.downhill holds no run "b"'),
        ],
    )
    def test_says_what_is_wrong(
        self, file: str, words: list[str], sentence: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        capsys.readouterr()
        assert main(["--report", *(word.format(file) for word in words)]) == 1
        assert sentence in capsys.readouterr().err
        assert [path.name for path in tmp_path.iterdir()] == ["xor.downhill"]
