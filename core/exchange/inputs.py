"""Raw samples for a model from files: the rows of a table, or a picture."""

from collections.abc import Sequence
from math import isqrt, prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.choices.datasets import DIGIT_CLASSES
from core.choices.fields import Mistake, shown
from core.datasets.cells import Floats, Numbers
from core.datasets.csv_text import CsvText, encodings, read_csv_text
from core.exchange.model import Model
from core.exchange.reading import TABLES

_MOST_BYTES = 1 << 28
_MOST_NUMBERS = 1 << 26  # of a table: 512 MB in memory
_MOST_PIXELS = 50_000_000
_FORMATS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")
_MNIST_SIDE, _MNIST_BOX = 28, 20
_FAINT = 0.1  # of the strongest ink: what is fainter belongs to the background
_PLACE = "data.source.path: "  # before what the reader of tables says, which there names a setting


def read_samples(path: Path, model: Model) -> Floats:
    """Return the raw samples (n, numbers) in a file: of a table all rows, of a picture one; raises Mistake."""
    return read_table(path, model) if path.suffix.lower() in TABLES else read_picture(path, model)


def read_table(path: Path, model: Model) -> Floats:
    """Return the raw samples (n, numbers) in a table; raises Mistake, which names row and column.

    The columns are found by their names, if the table has all of those that the model was trained on; else there must
    be as many as the model takes.
    """
    try:
        size = path.stat().st_size
        if size > _MOST_BYTES:
            raise Mistake(f"{path.name}: expected at most {_MOST_BYTES >> 20} MB, found {size / 2**20:,.0f}")
        for encoding in encodings(path):
            try:
                return _samples(_text(path, encoding, model), model)
            except UnicodeError:
                continue
    except OSError as error:
        raise Mistake(f"{path.name}: it could not be read ({error.strerror})") from None
    except Mistake as mistake:
        raise Mistake(str(mistake).removeprefix(_PLACE)) from None
    raise Mistake(f"{path.name}: expected text in UTF-8, found other bytes; save the table as CSV in UTF-8")


def _text(path: Path, encoding: str, model: Model) -> CsvText:
    if prod(model.facts.shape) > 1:
        return read_csv_text(path, encoding)
    # The reader of tables wants two columns, an input and a target; here one is enough.
    with path.open(encoding=encoding) as lines:
        first = next((line.strip() for line in lines if line.strip()), "")
    if any(mark in first for mark in ",;\t|"):
        return read_csv_text(path, encoding)
    return CsvText(path, encoding, ";", (first or "column 1",), Numbers(";").one(first) is None)


def _samples(text: CsvText, model: Model) -> Floats:
    facts = model.facts
    wanted, count = facts.columns, prod(facts.shape)
    if wanted and all(name in text.names for name in wanted):
        places: Sequence[int] = [text.names.index(name) for name in wanted]
    elif len(text.names) == count:
        places = range(count)
    else:
        named = f" ({', '.join(wanted[:10])}{', …' if len(wanted) > 10 else ''})" if wanted else ""
        raise Mistake(f"{text.path.name}: expected {count} columns{named:.300}, found {len(text.names)}")
    numbers = Numbers(text.delimiter)
    blocks: list[Floats] = []
    rows = 0
    for block in text.blocks():
        columns = list(zip(*block, strict=True))
        found = [numbers.column(columns[place]) for place in places]
        values = [column for column in found if column is not None]
        if len(values) < count:
            row, column = next(
                (row, place) for row, cells in enumerate(block) for place in places if numbers.one(cells[place]) is None
            )
            raise text.fault(rows + row, *numbers.complaint(block[row][column]), column)
        blocks.append(np.stack(values, axis=1))
        rows += len(block)
        if rows * count > _MOST_NUMBERS:
            raise Mistake(f"{text.path.name}: expected at most {_MOST_NUMBERS // count:,} rows, found more")
    if not rows:
        raise Mistake(f"{text.path.name}: expected a row per sample, found none")
    return np.concatenate(blocks)


def read_picture(path: Path, model: Model) -> Floats:
    """Return a picture as one raw sample (1, numbers); raises Mistake where it or the model is none.

    Grey is the brightness of its colours, on white where it is transparent. A picture of the model's own size is taken
    as it is. Any other is turned into light ink on black, as in MNIST, if it is dark ink on a light ground; what is not
    ground is cut out and fitted into the model's square, in MNIST's own way for its digits: into 20 × 20 of 28 × 28
    pixels, the centre of the ink in the middle.
    """
    height, width = _size(model)
    grey = _grey(path)
    if grey.shape != (height, width):
        digits = model.facts.classes == DIGIT_CLASSES and (height, width) == (_MNIST_SIDE, _MNIST_SIDE)
        grey = _fitted(_light_ink(grey), height, width, _MNIST_BOX if digits else min(height, width), centred=digits)
    # White is 255 in MNIST, 16 in the small digits, 1 where the network does not scale its inputs.
    return grey.reshape(1, -1) / (255 * model.preparation.scale)


def _size(model: Model) -> tuple[int, int]:
    shape = [size for size in model.facts.shape if size != 1]
    if len(shape) == 1 and isqrt(shape[0]) ** 2 == shape[0] > 1 and not model.facts.columns:
        shape = [isqrt(shape[0])] * 2  # a network from elsewhere, which takes the pixels line by line
    if len(shape) != 2:
        raise Mistake(f"expected a table, for this model takes {prod(model.facts.shape)} numbers and no picture")
    return shape[0], shape[1]


def _grey(path: Path) -> Floats:
    try:
        with Image.open(path, formats=_FORMATS) as file:
            if file.width * file.height > _MOST_PIXELS:
                found = f"{file.width:,} × {file.height:,}"
                raise Mistake(f"{path.name}: expected at most {_MOST_PIXELS:,} pixels, found {found}")
            picture = ImageOps.exif_transpose(file).convert("RGBA")
            ground = Image.new("RGBA", picture.size, "white")
            return np.asarray(Image.alpha_composite(ground, picture).convert("L"), np.float64)
    except UnidentifiedImageError:
        raise Mistake(f"{path.name}: expected a picture ({', '.join(_FORMATS)}), found something else") from None
    except OSError as error:
        raise Mistake(f"{path.name}: it could not be read ({error.strerror or shown(str(error))})") from None
    except (ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise Mistake(f"{path.name}: damaged or too large ({shown(str(error))})") from None


def _light_ink(grey: Floats) -> Floats:
    """Return the picture with the ground, which is what most of the rim shows, as 0, and ink up to 255."""
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    ground = float(np.median(rim))
    ink = ground - grey if ground > 127 else grey - ground
    ink = ink.clip(min=0)
    strongest = float(ink.max())
    return ink * (255 / strongest) if strongest else ink


def _fitted(ink: Floats, height: int, width: int, box: int, *, centred: bool) -> Floats:
    """Return the ink, cut out and scaled to fit a box, in a picture of this size."""
    canvas = np.zeros((height, width))
    rows, columns = (np.flatnonzero((ink > _FAINT * 255).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return canvas
    cut = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    factor = box / max(cut.shape)
    size = tuple(max(1, round(side * factor)) for side in reversed(cut.shape))
    small = np.asarray(Image.fromarray(cut.astype(np.float32)).resize(size, Image.Resampling.BOX), np.float64)
    middle = np.array(small.shape) / 2
    if centred:
        middle = np.array([(weights * (np.arange(len(weights)) + 0.5)).sum() for weights in _shares(small)])
    top, left = (
        int(np.clip(round(side / 2 - centre), 0, side - length))
        for side, centre, length in zip((height, width), middle, small.shape, strict=True)
    )
    canvas[top : top + small.shape[0], left : left + small.shape[1]] = small
    return canvas


def _shares(ink: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the share of the ink in each row and in each column."""
    total = ink.sum()
    return ink.sum(1) / total, ink.sum(0) / total
