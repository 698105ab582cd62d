"""The zip archive around a project, with every bound checked before anything in it is read."""

import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from core.choices.fields import Mistake, shown

MOST_RECORDS = 1000
EXPERIMENT, POINTS, THUMBNAIL = "experiment.json", "points.csv", "thumbnail.png"

_MB = 1 << 20
_NAME = re.compile(
    r"experiment\.json|points\.csv|thumbnail\.png|records/[0-9]{4}\.json|(curves|rows|states)/[0-9]{4}\.safetensors"
)
# The largest that an entry may be, by its name or its folder.
_MOST = {
    EXPERIMENT: 16 * _MB,
    POINTS: 16 * _MB,
    THUMBNAIL: 4 * _MB,
    "records": 16 * _MB,
    "curves": 16 * _MB,
    "rows": 8192 * _MB,
    "states": 8192 * _MB,
}
_MOST_TOTAL = 16384 * _MB
_MOST_UNFOLDED = 128 * _MB  # of all compressed entries together
_MOST_ENTRIES = 3 + 4 * MOST_RECORDS
_MOST_RATIO = 200
_SMALL = _MB  # entries up to this size are compressed, and may be so by any ratio

# The record that ends a zip archive and, for archives above 2 GB, the two before it.
_END = struct.Struct("<4s4H2LH")
_END64_LOCATOR = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_DIRECTORY_ENTRY = 256  # bytes that an entry's line in the directory takes at most, names being short
_FAULTS = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    OverflowError,
    RuntimeError,  # NotImplementedError too
)


class Reader:
    """A zip archive opened for reading; raises Mistake if it is damaged or goes beyond a bound."""

    def __init__(self, stream: IO[bytes], most: Callable[[str], int] | None = None) -> None:
        """``most``: the largest that an entry may be, by its name; left out for a Downhill file."""
        with _faults():
            size = stream.seek(0, 2)
            _check_end(stream, size)
            self._zip = zipfile.ZipFile(stream)
        self._entries = {entry.filename: entry for entry in self._zip.infolist()}
        _check_entries(self._zip.infolist(), size, most or _most)

    @property
    def names(self) -> set[str]:
        """The names of all entries, not yet read."""
        return set(self._entries)

    def check_names(self) -> None:
        """Raise Mistake for an entry that has no place in a project."""
        for name in sorted(self.names):
            if not _NAME.fullmatch(name):
                raise Mistake(f"expected no such entry, got {shown(name)}")

    def size(self, name: str) -> int:
        """Return the size of an entry in bytes; raises Mistake if there is none of this name."""
        if name not in self._entries:
            raise Mistake("expected an entry of this name, found none")
        return self._entries[name].file_size

    def read(self, name: str) -> bytes:
        """Return the bytes of an entry."""
        size = self.size(name)
        with self.open(name) as stream:
            return stream.read(size)  # never read(): that would unfold whatever there is before looking at the size

    @contextmanager
    def open(self, name: str) -> Iterator[IO[bytes]]:
        """Give the entry as a stream; damage met inside the ``with`` is a Mistake."""
        self.size(name)
        with _faults(), self._zip.open(name) as stream:
            yield stream


class Writer:
    """A zip archive that is being written, under the same bounds."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(stream, "w")

    def __enter__(self) -> "Writer":
        return self

    def __exit__(self, *error: object) -> None:
        self._zip.close()

    def write(self, name: str, data: bytes) -> None:
        """Write an entry; small ones are compressed."""
        with self.open(name, len(data), compress=len(data) <= _SMALL) as stream:
            stream.write(data)

    @contextmanager
    def open(self, name: str, size: int, compress: bool = False) -> Iterator[IO[bytes]]:
        """Give a stream for an entry of so many bytes."""
        if size > _most(name):
            raise Mistake(
                f"{name}: {_megabytes(size)} are more than the {_megabytes(_most(name))} that a file can hold"
            )
        entry = zipfile.ZipInfo(name)
        entry.file_size = size
        entry.external_attr = 0o644 << 16
        entry.compress_type = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
        with self._zip.open(entry, "w") as stream:
            yield stream


def _most(name: str) -> int:
    return _MOST.get(name) or _MOST.get(name.partition("/")[0], _SMALL)


def _megabytes(size: int) -> str:
    return f"{size / _MB:,.1f} MB"


@contextmanager
def _faults() -> Iterator[None]:
    """Turn what reading a damaged archive raises into a Mistake."""
    try:
        yield
    except Mistake:
        raise
    except _FAULTS as error:
        raise Mistake(f"damaged or incomplete ({error})") from None
    except MemoryError:
        raise Mistake("it needs more memory than there is") from None


def _check_end(stream: IO[bytes], size: int) -> None:
    """Check how large the archive's directory claims to be, for ``zipfile`` would read it whole."""
    tail_size = min(size, _END.size + _END64_LOCATOR.size + _END64.size)
    stream.seek(size - tail_size)
    tail = stream.read(tail_size)
    if size < _END.size:
        raise Mistake("expected a Downhill file, which is a zip archive; this is none, or it was cut off")
    end = _END.unpack(tail[-_END.size :])
    if end[0] != b"PK\5\6" or end[7] != 0:
        raise Mistake("expected a Downhill file, which is a zip archive; this is none, or it was cut off")
    entries, directory = end[4], end[5]
    if tail_size > _END.size + _END64_LOCATOR.size and tail[-_END.size - _END64_LOCATOR.size :][:4] == b"PK\6\7":
        end64 = _END64.unpack(tail[: _END64.size])
        if end64[0] != b"PK\6\6":
            raise Mistake("damaged or incomplete (its directory is not where it should be)")
        entries, directory = end64[7], end64[8]
    if entries > _MOST_ENTRIES or directory > _MOST_ENTRIES * _DIRECTORY_ENTRY:
        raise Mistake(f"expected at most {_MOST_ENTRIES:,} entries, got {entries:,}")


def _check_entries(entries: list[zipfile.ZipInfo], size: int, most: Callable[[str], int]) -> None:
    if len(entries) > _MOST_ENTRIES:
        raise Mistake(f"expected at most {_MOST_ENTRIES:,} entries, got {len(entries):,}")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if name != entry.orig_filename or name.startswith("/") or "\\" in name or ":" in name or ".." in name:
            raise Mistake(f"expected names inside the file, got {shown(entry.orig_filename)}")
        if name in seen:
            raise Mistake(f"expected names that differ, got {shown(name)} twice")
        seen.add(name)
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Mistake(f"{shown(name)}: expected an entry without a password, stored or deflated")
        if entry.file_size > most(name):
            raise Mistake(
                f"{shown(name)}: expected at most {_megabytes(most(name))}, got {_megabytes(entry.file_size)}"
            )
        if entry.file_size > _SMALL and entry.file_size > _MOST_RATIO * entry.compress_size:
            raise Mistake(f"{shown(name)}: expected it to unfold to at most {_MOST_RATIO} times its size")
    # Entries that lie over each other would unfold to more than there is.
    if sum(entry.compress_size for entry in entries) > size:
        raise Mistake("damaged or incomplete (its entries are larger than itself)")
    unfolded = sum(entry.file_size for entry in entries if entry.compress_type == zipfile.ZIP_DEFLATED)
    if unfolded > _MOST_UNFOLDED or sum(entry.file_size for entry in entries) > _MOST_TOTAL:
        raise Mistake(
            f"expected at most {_megabytes(_MOST_TOTAL)} in all, {_megabytes(_MOST_UNFOLDED)} of it compressed"
        )
