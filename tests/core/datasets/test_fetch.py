"""Files from the cache, a folder or a mirror: the right ones, or a sentence. The network ends at the loopback."""

from __future__ import annotations

import errno
import gzip
import hashlib
import os
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.choices.fields import Mistake
from core.datasets.fetch import Collection, Patience, at_hand, fetch
from core.datasets.idx import IdxFile

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.datasets.idx import Bytes
    from tests.core.datasets.conftest import Server

QUICK = Patience(rounds=2, pause=0, connect=30, answer=30)
HASTY = Patience(rounds=2, pause=0, connect=30, answer=1)  # where a server keeps silent
ARRAYS = {
    "images": np.random.default_rng(0).integers(0, 256, (300, 8, 8)).astype(np.uint8),
    "labels": np.random.default_rng(1).integers(0, 10, 300).astype(np.uint8),
}


def content(name: str) -> bytes:
    array = ARRAYS[name]
    return bytes((0, 0, 8, array.ndim)) + b"".join(n.to_bytes(4, "big") for n in array.shape) + array.tobytes()


def packed(name: str) -> bytes:
    return gzip.compress(content(name), mtime=0)


def file(name: str, by: str) -> IdxFile:
    sha256 = hashlib.sha256(content(name)).hexdigest() if by == "sha256" else ""
    md5 = hashlib.md5(packed(name), usedforsecurity=False).hexdigest() if by == "md5" else ""
    return IdxFile(name, ARRAYS[name].shape, len(packed(name)), sha256=sha256, md5=md5)


def collection(*mirrors: str, by: str = "sha256") -> Collection:
    return Collection("Little", "little", mirrors, (file("images", by), file("labels", by)))


def serve(server: Server, folder: str = "/") -> None:
    for name in ARRAYS:
        server.put(f"{folder}{name}.gz", packed(name))


def right(arrays: tuple[Bytes, ...]) -> bool:
    return all((array == ARRAYS[name]).all() for array, name in zip(arrays, ARRAYS, strict=True))


def in_cache(cache: Path) -> list[str]:
    return sorted(path.name for path in cache.rglob("*") if path.is_file())


@pytest.fixture
def closed_port() -> str:
    """Return an address at which nobody listens: what a computer without a network sees."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/"


@pytest.fixture
def own(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder, which DOWNHILL_DATA names."""
    folder = tmp_path / "my data"
    folder.mkdir()
    monkeypatch.setenv("DOWNHILL_DATA", str(folder))
    return folder


# -- mirrors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["sha256", "md5"])
def test_downloaded_once_then_from_the_cache(server: Server, cache: Path, by: str) -> None:
    serve(server)
    little = collection(server.address, by=by)
    assert right(fetch(little, None, QUICK))
    assert server.asked == ["/images.gz", "/labels.gz"]
    assert right(fetch(little, None, QUICK))
    assert len(server.asked) == 2
    assert in_cache(cache) == (["images", "labels"] if by == "sha256" else ["images.gz", "labels.gz"])


@pytest.mark.parametrize(
    "fault",
    [
        404,
        403,
        500,
        b"<html>Please sign in to this network</html>",
        packed("images")[:-100],
        gzip.compress(content("images")[:-1] + b"\x00", mtime=0),
        gzip.compress(bytes(1 << 22), mtime=0),
        bytes(1 << 22),
        (packed("images")[:-100], len(packed("images"))),
        None,
    ],
    ids=["404", "403", "500", "page", "cut", "other", "bomb", "long", "broken off", "silence"],
)
def test_the_next_mirror_where_the_first_fails(
    start_server: Callable[[], Server], cache: Path, fault: bytes | int | tuple[bytes, int] | None
) -> None:
    bad, good = start_server(), start_server()
    bad.put("/images.gz", fault)
    serve(good)
    assert right(fetch(collection(bad.address, good.address), None, HASTY if fault is None else QUICK))
    # Of the first, nothing more is asked: the second answered.
    assert bad.asked == ["/images.gz"]
    assert good.asked == ["/images.gz", "/labels.gz"]
    assert in_cache(cache) == ["images", "labels"]


@pytest.mark.parametrize("fault", [503, 429, (b"\x1f\x8b", 500), None])
def test_what_may_pass_is_tried_again(
    server: Server, cache: Path, fault: bytes | int | tuple[bytes, int] | None
) -> None:
    serve(server)
    server.put("/images.gz", fault, packed("images"))
    assert right(fetch(collection(server.address), None, HASTY if fault is None else QUICK))
    assert server.asked == ["/images.gz", "/images.gz", "/labels.gz"]


def test_what_will_not_pass_is_not_tried_again(server: Server, cache: Path) -> None:
    server.put("/images.gz", gzip.compress(b"other"))
    with pytest.raises(Mistake) as caught:
        fetch(collection(server.address), None, QUICK)
    assert server.asked == ["/images.gz"]
    assert f"({server.address[7:-1]}: expected {len(content('images')):,} bytes, found 5)" in str(caught.value)
    assert in_cache(cache) == []


def test_no_network(cache: Path, closed_port: str) -> None:
    with pytest.raises(Mistake) as caught:
        fetch(collection(closed_port), None, QUICK)
    assert str(caught.value) == (
        f"data.source: Little is not on this computer and could not be downloaded ({closed_port[7:-1]}: no "
        "connection); connect to the network, set DOWNHILL_DATA to a folder that holds images.gz and the others, or "
        "take the digits, which come with the program"
    )


def test_every_reason_is_told(server: Server, cache: Path, closed_port: str) -> None:
    server.put("/images.gz", 500)
    with pytest.raises(Mistake) as caught:
        fetch(collection(server.address, closed_port), None, QUICK)
    assert f"({server.address[7:-1]}: it answered 500; {closed_port[7:-1]}: no connection)" in str(caught.value)


def test_a_mirror_that_only_keeps_silent_is_left(server: Server, cache: Path) -> None:
    server.put("/images.gz", None)
    with pytest.raises(Mistake, match="no answer in time"):
        fetch(collection(server.address), None, HASTY)


def test_progress_rises_to_the_whole(server: Server, cache: Path) -> None:
    serve(server)
    told: list[tuple[int, int]] = []
    fetch(collection(server.address), lambda done, total: told.append((done, total)), QUICK)
    whole = len(packed("images")) + len(packed("labels"))
    assert told[0] == (0, whole)
    assert told[-1] == (whole, whole)
    assert told == sorted(told)
    told.clear()
    fetch(collection(server.address), lambda done, total: told.append((done, total)), QUICK)
    assert told == []


class Cancelled(Exception):
    """The user pressed Cancel."""


@pytest.mark.parametrize("at", [0, 1, 2])
def test_progress_may_cancel(server: Server, cache: Path, at: int) -> None:
    serve(server)
    calls = 0

    def cancel(done: int, total: int) -> None:
        nonlocal calls
        calls += 1
        if calls > at:
            raise Cancelled

    with pytest.raises(Cancelled):
        fetch(collection(server.address), cancel, QUICK)
    assert calls == at + 1
    assert not [name for name in in_cache(cache) if name not in ARRAYS]


def test_the_proxy_of_the_environment_is_asked(server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", server.address)
    for name in ARRAYS:
        server.put(f"http://mirror.invalid/{name}.gz", packed(name))
    assert right(fetch(collection("http://mirror.invalid/"), None, QUICK))


# -- the cache -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["sha256", "md5"])
@pytest.mark.parametrize("bad", [b"", b"\x1f\x8b", content("labels"), content("images")[:-1] + b"\x00"])
def test_a_bad_cached_file_is_had_anew(server: Server, cache: Path, by: str, bad: bytes) -> None:
    serve(server)
    little = collection(server.address, by=by)
    fetch(little, None, QUICK)
    path = next((cache / "little").glob("images*"))
    path.write_bytes(bad if by == "sha256" else gzip.compress(bad))
    server.asked.clear()
    assert right(fetch(little, None, QUICK))
    assert server.asked == ["/images.gz"]
    assert right(fetch(little, None, QUICK))
    assert server.asked == ["/images.gz"]


def test_a_bad_cached_file_is_gone_even_without_a_network(cache: Path, closed_port: str) -> None:
    (cache / "little").mkdir(parents=True)
    (cache / "little" / "images").write_bytes(b"cut")
    with pytest.raises(Mistake, match="could not be downloaded"):
        fetch(collection(closed_port), None, QUICK)
    assert in_cache(cache) == []


def test_a_cache_that_cannot_be_written_costs_nothing_now(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server)

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "replace", full)
    assert right(fetch(collection(server.address), None, QUICK))
    assert in_cache(cache) == []


def test_a_cache_that_is_a_file(server: Server, cache: Path) -> None:
    serve(server)
    cache.write_bytes(b"")
    assert right(fetch(collection(server.address), None, QUICK))


def test_many_programs_at_once(server: Server, cache: Path) -> None:
    serve(server)
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: fetch(collection(server.address), None, QUICK), range(16)))
    assert all(right(arrays) for arrays in results)
    assert in_cache(cache) == ["images", "labels"]
    assert (cache / "little" / "images").read_bytes() == content("images")


# -- a folder or mirror of one's own -----------------------------------------------------------------------------------


@pytest.mark.parametrize("subfolder", ["", "little/"])
@pytest.mark.parametrize("ending", [".gz", ""])
@pytest.mark.parametrize("by", ["sha256", "md5"])
@pytest.mark.parametrize("named", ["path", "file", "http"])
def test_places_of_ones_own(
    server: Server, own: Path, monkeypatch: pytest.MonkeyPatch, subfolder: str, ending: str, by: str, named: str
) -> None:
    for name in ARRAYS:
        data, place = packed(name) if ending else content(name), f"{subfolder}{name}{ending}"
        (own / place).parent.mkdir(exist_ok=True)
        (own / place).write_bytes(data)
        server.put(f"/my/{place}", data)
    places = {"path": str(own), "file": own.as_uri(), "http": f"{server.address}my"}
    monkeypatch.setenv("DOWNHILL_DATA", places[named])
    assert right(fetch(collection(by=by), None, QUICK))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (packed("images")[:-50], "expected a whole gzip file, found one that is cut off"),
        (gzip.compress(content("labels"), mtime=0), "bytes, found 308"),
        (gzip.compress(content("images")[:-1] + b"\x00", mtime=0), "expected content of the SHA-256"),
        (b"", "bytes, found 0"),
    ],
)
def test_a_wrong_file_in_ones_own_folder(server: Server, own: Path, data: bytes, words: str) -> None:
    serve(server)
    (own / "images.gz").write_bytes(data)
    with pytest.raises(Mistake) as caught:
        fetch(collection(server.address), None, QUICK)
    sentence = str(caught.value)
    assert sentence.startswith(f"data.source: {own / 'images.gz'}: expected ")
    assert words in sentence
    assert sentence.endswith("; put Little's file of this name there, or unset DOWNHILL_DATA to download it")
    assert server.asked == []
    # A right one beside it is enough.
    (own / "images").write_bytes(content("images"))
    assert right(fetch(collection(server.address), None, QUICK))


def test_a_folder_that_changes_is_seen_at_once(own: Path) -> None:
    for name in ARRAYS:
        (own / f"{name}.gz").write_bytes(packed(name))
    assert right(fetch(collection(), None, QUICK))
    (own / "images.gz").write_bytes(b"cut")
    with pytest.raises(Mistake, match="expected"):
        fetch(collection(), None, QUICK)


def test_what_ones_own_folder_lacks_is_downloaded(server: Server, own: Path) -> None:
    serve(server)
    (own / "images.gz").write_bytes(packed("images"))
    assert right(fetch(collection(server.address), None, QUICK))
    assert server.asked == ["/labels.gz"]


def test_what_ones_own_folder_lacks_is_told(own: Path, closed_port: str) -> None:
    with pytest.raises(Mistake) as caught:
        fetch(collection(closed_port), None, QUICK)
    assert f"({own}: it has no images.gz; {closed_port[7:-1]}: no connection)" in str(caught.value)


def test_ones_own_mirror_comes_before_the_public_ones(
    start_server: Callable[[], Server], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own, public = start_server(), start_server()
    serve(own, "/little/")
    serve(public)
    monkeypatch.setenv("DOWNHILL_DATA", own.address)
    assert right(fetch(collection(public.address), None, QUICK))
    assert public.asked == []


@pytest.mark.parametrize("named", ["/no/such/folder", "ftp://127.0.0.1/data", "http://", "http://[", "file:///no/such"])
def test_a_place_that_does_not_exist(cache: Path, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.setenv("DOWNHILL_DATA", named)
    with pytest.raises(
        Mistake, match=r"^DOWNHILL_DATA: expected a folder that exists or an address .* found .*unset it"
    ):
        fetch(collection(), None, QUICK)


def test_at_hand(server: Server, own: Path) -> None:
    serve(server)
    little = collection(server.address)
    assert not at_hand(little)
    (own / "images.gz").write_bytes(packed("images"))
    assert not at_hand(little)
    fetch(little, None, QUICK)  # which leaves the labels in the cache
    assert at_hand(little)


def test_a_place_that_is_gone_does_no_harm_to_the_cache(
    server: Server, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(server)
    fetch(collection(server.address), None, QUICK)
    monkeypatch.setenv("DOWNHILL_DATA", "/no/such/folder")
    assert at_hand(collection())
    assert right(fetch(collection(), None, QUICK))


def test_in_a_folder_that_does_not_exist_nothing_is_at_hand(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNHILL_DATA", "/no/such/folder")
    assert not at_hand(collection())


def test_arrays_are_read_only(server: Server, cache: Path) -> None:
    serve(server)
    for array in fetch(collection(server.address), None, QUICK):
        assert not array.flags.writeable


def test_what_came_with_an_installer_needs_no_network_and_is_read_in_place(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, closed_port: str
) -> None:
    monkeypatch.setattr("core.datasets.fetch.BUNDLED", tmp_path / "data")
    folder = tmp_path / "data" / "little"
    folder.mkdir(parents=True)
    for by in ("sha256", "md5"):
        assert not at_hand(collection(closed_port, by=by))
        for name in ARRAYS:
            (folder / f"{name}.gz").write_bytes(packed(name))
        assert at_hand(collection(closed_port, by=by))
        assert right(fetch(collection(closed_port, by=by)))
        assert in_cache(cache) == []
        for name in ARRAYS:
            (folder / f"{name}.gz").unlink()


def test_a_damaged_file_of_an_installer_is_had_anew(
    cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    monkeypatch.setattr("core.datasets.fetch.BUNDLED", tmp_path)
    (tmp_path / "little").mkdir()
    (tmp_path / "little" / "images.gz").write_bytes(packed("labels"))
    serve(server)
    assert right(fetch(collection(server.address), patience=QUICK))
    assert in_cache(cache) == ["images", "labels"]
