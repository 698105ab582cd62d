"""How titles are parted into lines, and how many tiles stand side by side."""

from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QApplication

from app.panels.tiles import Tiles, lines_of
from app.shell.theme import Theme
from core.choices.datasets import DATASETS


def test_titles_are_parted_at_spaces_and_hyphens(theme: Theme) -> None:
    metrics = QFontMetrics(theme.font(11))
    wide = metrics.horizontalAdvance("this class?") + 2
    assert lines_of("Will I pass this class?", metrics, wide) == ["Will I pass", "this class?"]
    assert lines_of("Multi-Gaussian", metrics, metrics.horizontalAdvance("Gaussian") + 2) == ["Multi-", "Gaussian"]
    assert lines_of("Multi-Gaussian", metrics, 500) == ["Multi-Gaussian"]


def test_a_long_word_is_parted_between_two_consonants(theme: Theme) -> None:
    metrics = QFontMetrics(theme.font(11))
    room = metrics.horizontalAdvance("Checker-") + 2
    assert lines_of("Checkerboard", metrics, room) == ["Checker-", "board"]


def test_titles_fit_their_tiles_in_every_width(theme: Theme) -> None:
    tiles = Tiles(theme)
    for row in DATASETS.values():
        tiles.add(row.tag, row.title, row.sentence)
    metrics = QFontMetrics(theme.font(theme.sizes.axis, bold=True))
    columns = []
    for width in (150, 180, 210, 260, 400):
        tiles.resize(width, 100)
        QApplication.processEvents()
        columns.append(tiles.columns)
        for tile in tiles.tiles.values():
            for text in tile.lines:
                assert metrics.horizontalAdvance(text) <= tile.width() + 6, (width, text)
    assert columns == sorted(columns)
    assert columns[-1] == 4
