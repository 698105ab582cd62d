"""Files that are written whole or not at all."""

import errno
import os
import secrets
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from core.choices.fields import Mistake

_UNTOUCHED = "What was there before is untouched."
_REASONS = {
    errno.ENOSPC: "the disk is full: free some space or save to another place",
    errno.EDQUOT: "your share of the disk is used up: free some space or save to another place",
    errno.EFBIG: "the file is larger than this disk allows: save to another place",
    errno.EACCES: "this place may not be written to: save to another place",
    errno.EPERM: "this place may not be written to: save to another place",
    errno.EROFS: "this disk may only be read: save to another place",
    errno.ENOENT: "there is no such folder: save to another place",
    errno.ENOTDIR: "there is no such folder: save to another place",
    errno.EISDIR: "there is a folder of this name: take another name",
    errno.ENAMETOOLONG: "the name is too long: take a shorter one",
}


def write_whole(path: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Let ``write`` fill a new file, then put it in place of the old one; raises Mistake where that cannot be.

    Until then the old file is untouched. Programs that write one file at once do not mix: the last one wins.
    """
    path = Path(os.path.realpath(path))  # a link is followed, not replaced
    unfinished = path.parent / f".downhill-{secrets.token_hex(8)}.tmp"
    try:
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        try:
            with unfinished.open("xb") as stream:
                write(stream)
                stream.flush()
                os.fsync(stream.fileno())
            with suppress(FileNotFoundError):
                shutil.copymode(path, unfinished)
            _replace(unfinished, path)
        except BaseException:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = _REASONS.get(error.errno or 0, error.strerror or str(error))
        raise Mistake(f"{path.name}: could not be saved, {reason}. {_UNTOUCHED}") from None
    _sync_folder(path.parent)


def _replace(new: Path, old: Path) -> None:
    # On Windows a file cannot be replaced in the moment in which another program has it open.
    for pause in (0.05, 0.1, 0.2, 0.4):
        try:
            new.replace(old)
        except PermissionError:
            time.sleep(pause)
        else:
            return
    new.replace(old)


def _sync_folder(folder: Path) -> None:
    """Bring the new name to the disk too, where the system can; the file itself is there already."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
