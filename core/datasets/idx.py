"""IDX files, the form of MNIST: what one must hold, and whether the bytes at hand are that.

The form is LeCun's: two zero bytes, the type (8: unsigned bytes), the number of dimensions, each dimension as four
bytes, then the numbers. Mirrors pack such files with gzip.
"""

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

CLASSES = 10
_MOST_PACKED = 1 << 16  # bytes by which gzip may enlarge a file, and more


class Unfit(Exception):
    """Bytes that are not the file's; the message is *expected …, found …*."""


@dataclass(frozen=True)
class IdxFile:
    """A file of unsigned bytes, as it is published.

    name: without ".gz". shape: of the array; one dimension: labels. packed: bytes of the gzip file, to tell progress.
    sha256: of the content; md5: of the gzip file; empty where none is published.
    mistaken: the SHA-256 of other sets' files of the same name, with their titles.
    """

    name: str
    shape: tuple[int, ...]
    packed: int
    sha256: str = ""
    md5: str = ""
    mistaken: Mapping[str, str] = field(default_factory=dict)

    @property
    def header(self) -> bytes:
        """The bytes before the numbers."""
        return bytes((0, 0, 8, len(self.shape))) + np.array(self.shape, ">u4").tobytes()

    @property
    def size(self) -> int:
        """The number of bytes of the content."""
        return len(self.header) + prod(self.shape)

    @property
    def most(self) -> int:
        """More bytes than any right file has, packed or not."""
        return self.size + _MOST_PACKED

    def content(self, data: bytes) -> bytes:
        """Return the content of a file, packed or not, once it is known to be right; raises Unfit if it is not."""
        packed = data.startswith(b"\x1f\x8b")
        content = self._unpacked(data) if packed else data
        if len(content) != self.size:
            raise Unfit(f"expected {self.size:,} bytes, found {len(content):,}")
        if not content.startswith(self.header):
            dimensions = " × ".join(f"{count:,}" for count in self.shape)
            raise Unfit(f"expected an IDX file of {dimensions} bytes, found another beginning")
        sha256 = hashlib.sha256(content).hexdigest() if self.sha256 or self.mistaken else ""
        if sha256 in self.mistaken:
            raise Unfit(f"expected the file that is published under this name, found that of {self.mistaken[sha256]}")
        if self.sha256 and sha256 != self.sha256:
            raise Unfit(f"expected content of the SHA-256 {self.sha256}, found {sha256}")
        if self.md5 and packed:
            md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
            if md5 != self.md5:
                raise Unfit(f"expected a file of the MD5 {self.md5}, found {md5}")
        if len(self.shape) == 1 and self.array(content).max() >= CLASSES:
            raise Unfit(f"expected labels below {CLASSES}, found {self.array(content).max()}")
        return content

    def array(self, content: bytes) -> Bytes:
        """Return the array in a content that is right: a read-only view."""
        return np.frombuffer(content, np.uint8, offset=len(self.header)).reshape(self.shape)

    def _unpacked(self, data: bytes) -> bytes:
        stream = zlib.decompressobj(wbits=31)
        try:
            # Never more than one byte too many: a small file that unpacks to gigabytes is stopped there.
            content = stream.decompress(data, self.size + 1)
        except zlib.error as error:
            raise Unfit(f"expected a gzip file, found a damaged one ({error})") from None
        if len(content) > self.size:
            raise Unfit(f"expected {self.size:,} bytes when unpacked, found more")
        if not stream.eof:
            raise Unfit(f"expected a whole gzip file, found one that is cut off after {len(data):,} bytes")
        return content
