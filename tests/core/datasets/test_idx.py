"""Whether bytes are a published IDX file: each way in which they may not be, with its words."""

import gzip
import hashlib
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.datasets.idx import IdxFile, Unfit

ARRAY = np.random.default_rng(0).integers(0, 256, (20, 4, 4)).astype(np.uint8)
HEADER = b"\x00\x00\x08\x03" + b"\x00\x00\x00\x14" + b"\x00\x00\x00\x04" * 2
CONTENT = HEADER + ARRAY.tobytes()
PACKED = gzip.compress(CONTENT, mtime=0)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
MD5 = hashlib.md5(PACKED, usedforsecurity=False).hexdigest()
BY_CONTENT = IdxFile("images", (20, 4, 4), len(PACKED), sha256=SHA256)
BY_PACKED = IdxFile("images", (20, 4, 4), len(PACKED), md5=MD5)
LABELS = IdxFile("labels", (20,), 100)


@pytest.mark.parametrize("file", [BY_CONTENT, BY_PACKED])
@pytest.mark.parametrize("data", [CONTENT, PACKED])
def test_right_files(file: IdxFile, data: bytes) -> None:
    assert file.content(data) == CONTENT
    assert (file.array(file.content(data)) == ARRAY).all()


@pytest.mark.parametrize(
    ("file", "data", "words"),
    [
        (BY_CONTENT, b"", "expected 336 bytes, found 0"),
        (BY_CONTENT, CONTENT[:-1], "expected 336 bytes, found 335"),
        (BY_CONTENT, CONTENT + b"\x00", "expected 336 bytes, found 337"),
        (BY_CONTENT, b"<html>" + CONTENT[6:], "expected an IDX file of 20 × 4 × 4 bytes, found another beginning"),
        (BY_CONTENT, CONTENT[:-1] + b"\x00", f"expected content of the SHA-256 {SHA256}, found "),
        (
            BY_CONTENT,
            PACKED[:-30],
            f"expected a whole gzip file, found one that is cut off after {len(PACKED) - 30} bytes",
        ),
        (BY_CONTENT, PACKED[:20] + b"\xff" * 40 + PACKED[60:], "expected a gzip file, found a damaged one"),
        (BY_CONTENT, gzip.compress(bytes(1 << 24), mtime=0), "expected 336 bytes when unpacked, found more"),
        (BY_PACKED, gzip.compress(CONTENT, mtime=1), f"expected a file of the MD5 {MD5}, found "),
        (
            IdxFile("images", (20, 4, 4), 0, md5=MD5, mistaken={SHA256: "Others"}),
            CONTENT,
            "expected the file that is published under this name, found that of Others",
        ),
        (LABELS, LABELS.header + bytes([10] * 20), "expected labels below 10, found 10"),
    ],
)
def test_wrong_files(file: IdxFile, data: bytes, words: str) -> None:
    with pytest.raises(Unfit) as caught:
        file.content(data)
    assert str(caught.value).startswith(words)


def outcome(data: bytes) -> bytes | str:
    """Return the content of a file, or why it is unfit."""
    try:
        return BY_CONTENT.content(data)
    except Unfit as unfit:
        return str(unfit)


@given(place=st.integers(0, len(PACKED) - 1), bits=st.integers(1, 255), end=st.integers(0, len(PACKED)))
def test_whatever_happens_to_a_packed_file_it_is_right_or_unfit(place: int, bits: int, end: int) -> None:
    data = bytearray(PACKED)
    data[place] ^= bits
    found = outcome(bytes(data[:end]))
    assert found == CONTENT or (isinstance(found, str) and ", found " in found)


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    most = 0
    make = zlib.decompressobj

    class Watched:
        def __init__(self, wbits: int) -> None:
            self.stream = make(wbits)

        def decompress(self, data: bytes, length: int) -> bytes:
            nonlocal most
            content = self.stream.decompress(data, length)
            most = max(most, len(content))
            return content

    monkeypatch.setattr(zlib, "decompressobj", Watched)
    with pytest.raises(Unfit, match="found more"):
        BY_CONTENT.content(gzip.compress(bytes(1 << 26)))
    assert most == BY_CONTENT.size + 1
