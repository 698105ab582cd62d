"""Arrays in the safetensors format, written and read a piece at a time: 8 bytes of length, a JSON header, raw numbers.

Written here rather than with the package of that name because a path of 256 MB is then never copied, and because what a
header claims is checked before memory is taken for it.
"""

import json
from collections.abc import Mapping, Sequence
from math import prod
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import Mistake, shown
from core.project.plain import from_json

Array = NDArray[Any]
# An array, or rows of one shape that are written as one array.
Source = Array | Sequence[Array]

_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "I64": np.dtype("<i8"),
    "U8": np.dtype("u1"),
}
_TAGS = {dtype: tag for tag, dtype in _DTYPES.items()}
_MOST_HEADER = 1 << 20
_MOST_DIMENSIONS = 2
_PIECE = 1 << 20


def _header(arrays: Mapping[str, Source]) -> tuple[bytes, list[tuple[str, Source]], int]:
    """Return the header, the arrays in the order in which they stand, and the size of the whole in bytes."""
    # Wide numbers first, so that all of them are aligned.
    ordered = sorted(arrays.items(), key=lambda item: -_rows(item[1])[0].itemsize)
    entries = {}
    offset = 0
    for name, source in ordered:
        rows = _rows(source)
        shape = [*([] if isinstance(source, np.ndarray) else [len(rows)]), *rows[0].shape]
        size = prod(shape) * rows[0].itemsize
        entries[name] = {"dtype": _TAGS[rows[0].dtype], "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(entries, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text, ordered, 8 + len(text) + offset


def _rows(source: Source) -> Sequence[Array]:
    return [source] if isinstance(source, np.ndarray) else source


def size_of(arrays: Mapping[str, Source]) -> int:
    """Return how many bytes ``write`` will write."""
    return _header(arrays)[2]


def write(stream: IO[bytes], arrays: Mapping[str, Source]) -> None:
    """Write arrays of at most two dimensions: float64, float32, int64 or uint8."""
    header, ordered, _ = _header(arrays)
    stream.write(header)
    for _, source in ordered:
        for row in _rows(source):
            stream.write(np.ascontiguousarray(row).data)


def read(stream: IO[bytes], size: int) -> dict[str, Array]:
    """Return the arrays, read-only, that a stream of ``size`` bytes holds; raises Mistake if it does not hold them."""
    length = int.from_bytes(_exactly(stream, 8), "little")
    if length > min(size - 8, _MOST_HEADER):
        raise Mistake(f"expected a header of at most {min(size - 8, _MOST_HEADER):,} bytes, got {length:,}")
    entries = from_json(_exactly(stream, length))
    entries.pop("__metadata__", None)  # remarks, which other writers of the format leave
    arrays: dict[str, Array] = {}
    offset = 0
    layouts = [_layout(name, entry) for name, entry in entries.items()]
    for start, stop, name, dtype, shape in sorted(layouts, key=lambda layout: layout[:2]):
        if start != offset or stop - start != prod(shape) * dtype.itemsize or stop > size - 8 - length:
            raise Mistake(f'tensor "{name}": expected its numbers to follow those before it and to fit its shape')
        offset = stop
        array = np.empty(shape, dtype)
        _fill(stream, array)
        array.flags.writeable = False
        arrays[name] = array
    if offset != size - 8 - length:
        raise Mistake(f"expected {offset:,} bytes of numbers, got {size - 8 - length:,}")
    return {name: arrays[name] for name in entries}


def _layout(name: str, entry: Any) -> tuple[int, int, str, np.dtype[Any], tuple[int, ...]]:
    """Return start, stop, name, type and shape of an entry of a header."""
    if isinstance(entry, dict) and set(entry) == {"dtype", "shape", "data_offsets"}:
        dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
        known = isinstance(dtype, str) and dtype in _DTYPES
        if known and _whole(shape, _MOST_DIMENSIONS) and _whole(offsets, 2) and len(offsets) == 2:
            return offsets[0], offsets[1], name, _DTYPES[dtype], tuple(shape)
    raise Mistake(
        f'tensor "{name}": expected a dtype out of {", ".join(_DTYPES)}, a shape of at most {_MOST_DIMENSIONS} numbers '
        f"and two offsets, got {shown(entry)}"
    )


def _whole(values: Any, most: int) -> bool:
    if not isinstance(values, list) or len(values) > most:
        return False
    return all(isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 40 for value in values)


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise Mistake("the file ends too early")
    return data


def _fill(stream: IO[bytes], array: Array) -> None:
    view = array.reshape(-1).view(np.uint8).data
    for start in range(0, len(view), _PIECE):
        piece = view[start : start + _PIECE]
        piece[:] = _exactly(stream, len(piece))
