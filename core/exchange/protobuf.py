"""Messages of Protocol Buffers, read with suspicion: https://protobuf.dev/programming-guides/encoding/.

Read here rather than with the package of that name because a file of empty messages would take fifty times its size
in memory there. Here a message is a view of the file, and the fields of all messages together are counted.
"""

import struct
from collections.abc import Iterator

from core.choices.fields import Mistake

# A number, or the bytes of a text, of packed numbers or of a message.
Value = int | float | memoryview
_MOST_FIELDS = 100_000
_DAMAGED = "damaged or incomplete"


class Reader:
    """Reads messages of one file; raises Mistake where they are damaged or too many."""

    def __init__(self) -> None:
        self._left = _MOST_FIELDS

    def fields(self, message: memoryview) -> Iterator[tuple[int, Value]]:
        """Yield the number and the value of each field of a message."""
        place = 0
        while place < len(message):
            self._left -= 1
            if self._left < 0:
                raise Mistake(f"expected at most {_MOST_FIELDS:,} values that are not weights, found more")
            key, place = varint(message, place)
            value: Value
            match key & 7:
                case 0:
                    value, place = varint(message, place)
                case 1:
                    (value,) = struct.unpack("<d", _slice(message, place, 8))
                    place += 8
                case 2:
                    size, place = varint(message, place)
                    value = _slice(message, place, size)
                    place += size
                case 5:
                    (value,) = struct.unpack("<f", _slice(message, place, 4))
                    place += 4
                case _:
                    raise Mistake(_DAMAGED)
            yield key >> 3, value


def varint(message: memoryview, place: int) -> tuple[int, int]:
    """Return the whole number at a place, as one with a sign in 64 bits, and the place behind it."""
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            break
        byte = message[place]
        place += 1
        number |= (byte & 127) << shift
        if byte < 128:
            number &= (1 << 64) - 1
            return number - (1 << 64 if number >> 63 else 0), place
    raise Mistake(_DAMAGED)


def varints(packed: memoryview) -> Iterator[int]:
    """Yield packed whole numbers."""
    place = 0
    while place < len(packed):
        number, place = varint(packed, place)
        yield number


def _slice(message: memoryview, place: int, size: int) -> memoryview:
    if size < 0 or place + size > len(message):
        raise Mistake(_DAMAGED)
    return message[place : place + size]
