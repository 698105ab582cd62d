import io
import json
from typing import Any

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from core.choices.fields import Mistake
from core.project import tensors

ARRAYS: dict[str, tensors.Source] = {
    "rows": [np.arange(5, dtype=np.float32), np.full(5, np.nan, np.float32)],
    "epochs": np.array([0, 8], np.int64),
    "exact": np.array([[0.1, -0.0], [np.inf, 1e-320]]),
    "generator": np.arange(7, dtype=np.uint8),
    "step": np.array(3.5, np.float32),
    "none": np.empty((0, 3), np.float64),
}


def written(arrays: dict[str, tensors.Source]) -> bytes:
    stream = io.BytesIO()
    tensors.write(stream, arrays)
    return stream.getvalue()


def read(data: bytes) -> dict[str, tensors.Array]:
    return tensors.read(io.BytesIO(data), len(data))


def with_header(header: Any, numbers: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + numbers


def test_arrays_are_read_as_they_were_written_bit_for_bit() -> None:
    data = written(ARRAYS)
    assert len(data) == tensors.size_of(ARRAYS)
    arrays = read(data)
    assert set(arrays) == set(ARRAYS)
    for name, source in ARRAYS.items():
        whole = np.stack(source) if isinstance(source, list) else source
        assert isinstance(whole, np.ndarray)
        assert (arrays[name].dtype, arrays[name].shape) == (whole.dtype, whole.shape)
        assert arrays[name].tobytes() == whole.tobytes()
        assert not arrays[name].flags.writeable


def test_the_safetensors_package_reads_what_is_written() -> None:
    theirs = safetensors.numpy.load(written(ARRAYS))
    ours = read(written(ARRAYS))
    assert {name: array.tobytes() for name, array in theirs.items()} == {
        name: array.tobytes() for name, array in ours.items()
    }


def test_what_the_safetensors_package_writes_is_read() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.testing.assert_array_equal(read(safetensors.numpy.save({"a": array, "b": array[0].copy()}))["a"], array)


ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "the file ends too early"),
        (b"\x01", "the file ends too early"),
        ((1 << 62).to_bytes(8, "little"), "expected a header of at most 0 bytes"),
        (with_header(b"[]"), "expected an object in braces"),
        (with_header(b"nonsense"), "expected JSON"),
        (with_header({"a": 5}), 'tensor "a": expected a dtype out of F64, F32, I64, U8, a shape'),
        (with_header({"a": ENTRY | {"dtype": "BF16"}}, b"12345678"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"dtype": ["F32"]}}, b"12345678"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"shape": [1, 1, 2]}}, b"12345678"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"shape": [-2]}}, b"12345678"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"shape": [True]}}, b"1234"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"shape": [1 << 50]}}, b"12345678"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"data_offsets": [0]}}, b"12345678"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"extra": 1}}, b"12345678"), 'tensor "a": expected a dtype'),
        (with_header({"a": ENTRY | {"shape": [3]}}, b"123456789012"), 'tensor "a": expected its numbers to follow'),
        (with_header({"a": ENTRY | {"data_offsets": [4, 12]}}, b"123456789012"), "to follow those before it"),
        (with_header({"a": ENTRY, "b": ENTRY}, b"12345678"), 'tensor "b": expected its numbers to follow'),
        (with_header({"a": ENTRY}, b"1234"), 'tensor "a": expected its numbers to follow .* and to fit'),
        (with_header({"a": ENTRY}, b"123456789"), "expected 8 bytes of numbers, got 9"),
        (with_header({"a": ENTRY | {"shape": [1 << 30], "data_offsets": [0, 1 << 32]}}), "to follow"),
    ],
)
def test_a_header_that_claims_what_is_not_there_is_a_mistake(data: bytes, sentence: str) -> None:
    with pytest.raises(Mistake, match=sentence):
        read(data)


@given(st.data())
def test_mutated_tensors_are_read_or_are_a_mistake(data: st.DataObject) -> None:
    mutated = bytearray(written(ARRAYS))
    for _ in range(data.draw(st.integers(1, 4))):
        mutated[data.draw(st.integers(0, len(mutated) - 1))] = data.draw(st.integers(0, 255))
    try:
        arrays = read(bytes(mutated))
    except Mistake:
        return
    assert sum(array.nbytes for array in arrays.values()) < len(mutated)
