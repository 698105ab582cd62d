import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO

import pytest

from core.choices.fields import Mistake
from core.project.atomic import write_whole


def test_the_file_holds_what_was_written_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.downhill"
    write_whole(path, lambda stream: stream.write(b"first"))
    write_whole(path, lambda stream: stream.write(b"second"))
    assert path.read_bytes() == b"second"
    assert list(tmp_path.iterdir()) == [path]


def _full(*_: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_a_mistake_and_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.downhill"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", _full)
    sentence = "a.downhill: could not be saved, the disk is full: free some space or save to another place. What was"
    with pytest.raises(Mistake, match=sentence):
        write_whole(path, lambda stream: stream.write(b"new"))
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("size", [100, 1_000_000])
def test_a_file_that_may_grow_no_further_is_a_mistake_wherever_it_is_met(tmp_path: Path, size: int) -> None:
    resource = pytest.importorskip("resource")
    path = tmp_path / "a.downhill"
    path.write_bytes(b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50, before[1]))
    try:
        with pytest.raises(Mistake, match="larger than this disk allows"):
            write_whole(path, lambda stream: stream.write(b"x" * size))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interruption_while_saving_leaves_the_old_file(tmp_path: Path) -> None:
    def interrupted(stream: IO[bytes]) -> None:
        stream.write(b"half")
        raise KeyboardInterrupt

    path = tmp_path / "a.downhill"
    path.write_bytes(b"old")
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, interrupted)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_to_is_a_mistake_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder.downhill").mkdir()
    for path, sentence in (
        (tmp_path / "none" / "a.downhill", "a.downhill: could not be saved, there is no such folder"),
        (tmp_path / "file" / "a.downhill", "there is no such folder"),
        (tmp_path / "folder.downhill", "folder.downhill: could not be saved"),
        (tmp_path / ("x" * 300), "could not be saved" if sys.platform == "win32" else "the name is too long"),
    ):
        with pytest.raises(Mistake, match=sentence):
            write_whole(path, lambda stream: stream.write(b"new"))
    assert {path.name for path in tmp_path.iterdir()} == {"file", "folder.downhill"}


@pytest.mark.parametrize("folder_too", [False, True])
def test_a_file_that_may_only_be_read_stays(tmp_path: Path, folder_too: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.downhill"
    path.write_bytes(b"old")
    path.chmod(stat.S_IREAD)
    if folder_too:
        tmp_path.chmod(stat.S_IREAD | stat.S_IEXEC)
    # Who runs the tests as root may write everywhere.
    monkeypatch.setattr(os, "access", lambda path, mode: bool(Path(path).stat().st_mode & stat.S_IWRITE))
    with pytest.raises(Mistake, match="this place may not be written to: save to another place"):
        write_whole(path, lambda stream: stream.write(b"new"))
    tmp_path.chmod(stat.S_IRWXU)
    assert path.read_bytes() == b"old"
    path.chmod(stat.S_IREAD | stat.S_IWRITE)


def test_a_file_that_another_program_has_open_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace, refusals = Path.replace, [1, 1]

    def busy(self: Path, target: Path) -> Path:
        if refusals:
            refusals.pop()
            raise PermissionError(errno.EACCES, "it is open elsewhere")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", busy)
    write_whole(tmp_path / "a.downhill", lambda stream: stream.write(b"new"))
    assert (tmp_path / "a.downhill").read_bytes() == b"new"
    refusals.extend([1] * 9)
    with pytest.raises(Mistake, match="may not be written to"):
        write_whole(tmp_path / "a.downhill", lambda stream: stream.write(b"newer"))
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [b"new"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has neither modes nor, mostly, links")
def test_the_mode_stays_and_a_link_is_followed(tmp_path: Path) -> None:
    path, link = tmp_path / "a.downhill", tmp_path / "link.downhill"
    path.write_bytes(b"old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_whole(link, lambda stream: stream.write(b"new"))
    assert link.is_symlink()
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    write_whole(tmp_path / "fresh", lambda stream: stream.write(b""))
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert (tmp_path / "fresh").stat().st_mode == plain.stat().st_mode
