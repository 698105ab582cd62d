"""Files that come from elsewhere: how large they may be, and how what is wrong with them is told."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from core.choices.fields import Mistake

MOST_BYTES = 1 << 29
_LONGEST = 400  # letters of a sentence about a fault


@contextmanager
def opened(path: Path) -> Iterator[tuple[IO[bytes], int]]:
    """Give a file and its size in bytes; what is wrong with it is a Mistake that names it, in one short line."""
    try:
        if not path.is_file():
            raise Mistake("there is no such file")
        with path.open("rb") as stream:
            size = stream.seek(0, 2)
            stream.seek(0)
            if size > MOST_BYTES:
                raise Mistake(f"expected at most {MOST_BYTES >> 20} MB, found {size / 2**20:,.0f}")
            yield stream, size
    except OSError as error:
        raise Mistake(f"{path.name}: it could not be read ({error.strerror})") from None
    except Mistake as mistake:
        text = str(mistake)
        cut = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
        tame = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut)
        raise Mistake(f"{path.name}: {tame}") from None


def read_whole(stream: IO[bytes], size: int, most: int = MOST_BYTES) -> bytes:
    """Return all bytes of a file; raises Mistake if there are more than ``most``."""
    if size > most:
        raise Mistake(f"expected at most {most >> 20:,} MB, found {size / 2**20:,.0f}")
    return stream.read(size)
