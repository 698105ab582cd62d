"""Archives that claim, hide or unfold what they should not."""

import io
import re
import struct
import warnings
import zipfile
from pathlib import Path

import pytest

from core.choices.fields import Mistake
from core.project.container import Reader, Writer
from tests.core.project.making import loaded

NONE = "expected a Downhill file, which is a zip archive; this is none, or it was cut off"


def zipped(entries: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", method) as file:
        for name, data in entries.items():
            file.writestr(name, data)
    return target.getvalue()


def refused(data: bytes, folder: Path, sentence: str) -> None:
    with pytest.raises(Mistake, match=re.escape(sentence)):
        loaded(data, folder)


@pytest.mark.parametrize("data", [b"", b"PK", b"hello " * 100, b"PK\5\6" + bytes(17), b"PK\5\6" + bytes(19)])
def test_what_is_no_zip_archive(data: bytes, tmp_path: Path) -> None:
    refused(data, tmp_path, f"file.downhill: {NONE}")


def test_a_truncated_file_at_every_length(archive: bytes, tmp_path: Path) -> None:
    for length in range(0, len(archive), 97):
        refused(archive[:length], tmp_path, NONE)


def test_text_after_the_archive(archive: bytes, tmp_path: Path) -> None:
    refused(archive + b"x", tmp_path, NONE)


def test_an_archive_of_nothing(tmp_path: Path) -> None:
    refused(zipped({}), tmp_path, "experiment.json: expected an entry of this name, found none")


def test_a_changed_byte_is_seen_by_its_checksum(archive: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        start = file.getinfo("rows/0001.safetensors").header_offset
        after = file.getinfo("states/0001.safetensors").header_offset
    place = (start + after) // 2
    changed = archive[:place] + bytes([archive[place] ^ 1]) + archive[place + 1 :]
    refused(changed, tmp_path, "rows/0001.safetensors: damaged or incomplete (Bad CRC-32")


def test_a_name_that_is_there_twice(tmp_path: Path) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        file.writestr("experiment.json", b"{}")
        file.writestr("experiment.json", b"{}")
    refused(target.getvalue(), tmp_path, 'expected names that differ, got "experiment.json" twice')


def test_a_name_with_a_hidden_end(tmp_path: Path) -> None:
    data = zipped({"experiment.json_evil": b"{}"}).replace(b".json_evil", b".json\0evil")
    refused(data, tmp_path, "expected names inside the file, got")


def test_too_many_entries(tmp_path: Path) -> None:
    data = zipped({f"records/{number:04}.json": b"" for number in range(4004)})
    refused(data, tmp_path, "expected at most 4,003 entries, got 4,004")


def test_a_directory_that_claims_to_be_huge_is_not_read(archive: bytes, tmp_path: Path) -> None:
    end = bytearray(archive[-22:])
    struct.pack_into("<L", end, 12, 1 << 31)
    refused(archive[:-22] + end, tmp_path, "expected at most 4,003 entries")


def test_an_end_for_large_archives_is_believed_no_more(archive: bytes, tmp_path: Path) -> None:
    size = len(archive) - 22
    end64 = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 5000, 5000, 1 << 40, 0)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, size, 1)
    refused(archive[:size] + end64 + locator + archive[size:], tmp_path, "expected at most 4,003 entries, got 5,000")
    refused(archive[:size] + bytes(56) + locator + archive[size:], tmp_path, "its directory is not where it should be")


def test_an_end_for_large_archives_is_understood(
    archive: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zipfile, "ZIP64_LIMIT", 100)
    data = zipped({"experiment.json": b'{"format_version": 1}' + b" " * 200})
    assert b"PK\6\6" in data
    assert loaded(data, tmp_path).experiment.name == "Untitled"


def test_an_entry_that_unfolds_to_far_more_than_its_size(tmp_path: Path) -> None:
    data = zipped({"experiment.json": b" " * (2 << 20)}, zipfile.ZIP_DEFLATED)
    assert len(data) < 10_000
    refused(data, tmp_path, '"experiment.json": expected it to unfold to at most 200 times its size')


def test_an_entry_that_is_too_large_whatever_it_says(tmp_path: Path) -> None:
    data = zipped({"experiment.json": b" " * (17 << 20)})
    refused(data, tmp_path, '"experiment.json": expected at most 16.0 MB, got 17.0 MB')


def test_an_entry_that_holds_more_than_it_claims_is_not_unfolded(tmp_path: Path) -> None:
    data = bytearray(zipped({"experiment.json": b" " * (50 << 20)}, zipfile.ZIP_DEFLATED))
    size = (50 << 20).to_bytes(4, "little")
    for _ in range(2):  # in front of the entry, and in the directory
        place = data.index(size)
        data[place : place + 4] = (1000).to_bytes(4, "little")
    refused(bytes(data), tmp_path, "experiment.json: damaged or incomplete (Bad CRC-32")


def test_entries_that_are_larger_than_the_file(archive: bytes, tmp_path: Path) -> None:
    data = bytearray(zipped({"experiment.json": b"{}", "rows/0001.safetensors": bytes(100)}))
    for place in (data.rindex(b"PK\1\2") + 20, data.rindex(b"PK\1\2") + 24):
        struct.pack_into("<L", data, place, 1 << 30)
    refused(bytes(data), tmp_path, "damaged or incomplete (its entries are larger than itself)")


def test_many_compressed_entries_unfold_to_a_bounded_size(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 4096
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(130):
            file.writestr(f"records/{number:04}.json", noise)
    refused(target.getvalue(), tmp_path, "128.0 MB of it compressed")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_compressions(method: int, tmp_path: Path) -> None:
    refused(zipped({"experiment.json": b"{}"}, method), tmp_path, "expected an entry without a password, stored or")


def test_passwords(tmp_path: Path) -> None:
    data = bytearray(zipped({"experiment.json": b"{}"}))
    data[data.index(b"PK\1\2") + 8] |= 1
    refused(bytes(data), tmp_path, "expected an entry without a password, stored or deflated")


def test_more_than_there_is_memory_for(archive: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*_: object) -> bytes:
        raise MemoryError

    reader = Reader(io.BytesIO(archive))
    monkeypatch.setattr(zipfile.ZipExtFile, "read", exhausted)
    with pytest.raises(Mistake, match="it needs more memory than there is"):
        reader.read("experiment.json")


def test_files_that_were_packed_again_by_another_program_are_read(archive: bytes, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        entries = {name: file.read(name) for name in reversed(file.namelist())}
    assert len(loaded(zipped(entries, zipfile.ZIP_DEFLATED), tmp_path).records) == 3


def test_large_entries_are_stored_so_that_they_can_be_read_again() -> None:
    target = io.BytesIO()
    with Writer(target) as writer:
        writer.write("experiment.json", b" " * (2 << 20))
    assert len(Reader(target).read("experiment.json")) == 2 << 20
