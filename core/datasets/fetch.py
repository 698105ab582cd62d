"""Files of MNIST and Fashion-MNIST: from the cache, the installer, a place of one's own, or the public mirrors.

Whatever the way, a file is verified each time before it is used. The cache keeps each in the form whose checksum is
published; what came with an installer, and a folder of one's own, are read in place.
"""

import gzip
import os
import tempfile
import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from math import prod
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import numpy as np

from core.choices.fields import Mistake, shown
from core.datasets.idx import Bytes, IdxFile, Unfit
from core.datasets.samples import Progress
from core.resources import RESOURCES, cache_folder

OWN = "DOWNHILL_DATA"  # names a folder or a mirror of one's own
BUNDLED = RESOURCES / "data"  # where packaging/ puts the packed files, in the subfolders of their collections
_CHUNK = 1 << 16  # bytes between two reports of progress
_PASSING = (408, 425, 429)  # answers that say "later"; all others from 400 to 499 say "never"


@dataclass(frozen=True)
class Collection:
    """The files of a data set. folder: their subfolder in the cache and in places of one's own; mirrors: addresses."""

    title: str
    folder: str
    mirrors: tuple[str, ...]
    files: tuple[IdxFile, ...]


@dataclass(frozen=True)
class Patience:
    """How often every mirror is asked, and seconds: between two rounds, for a connection, for the next bytes."""

    rounds: int = 3
    pause: float = 1.0
    connect: float = 5.0
    answer: float = 30.0


def fetch(
    collection: Collection, progress: Progress | None = None, patience: Patience | None = None
) -> tuple[Bytes, ...]:
    """Return the array of each file, in order, read-only.

    progress: told of a download; what it raises breaks the download off. Raises Mistake where a file cannot be had, or
    where that in a folder of one's own is not right.
    """
    found = {file.name: _at_home(collection, file) for file in collection.files}
    missing = [file for file in collection.files if found[file.name] is None]
    # A place of one's own that is gone does no harm while the cache has everything.
    own = _own() if missing else None
    if isinstance(own, Path):
        found |= {file.name: _in_folder(collection, file, own) for file in missing}
        missing = [file for file in missing if found[file.name] is None]
    if missing:
        download = _Download(collection, own, missing, progress, patience or Patience())
        for file in missing:
            data, content = download.get(file)
            _keep(collection, file, data, content)
            found[file.name] = file.array(content)
    return tuple(array for array in found.values() if array is not None)


def at_hand(collection: Collection) -> bool:
    """Tell whether all files lie on this computer, where ``fetch`` looks; whether they are right, it finds."""
    missing = [file for file in collection.files if not any(path.is_file() for path in _homes(collection, file))]
    with suppress(Mistake):
        own = _own() if missing else None
        return not missing or (
            isinstance(own, Path)
            and all(any((own / place).is_file() for place in _places(collection, file)) for file in missing)
        )
    return False


def glimpse(collection: Collection, count: int) -> Bytes | None:
    """Return the first rows (count, numbers) of a collection's first file, unverified; None if it is not at hand.

    Unverified, a file counts only in the collection's own folder: elsewhere it may be another's of the same name.
    """
    file = collection.files[0]
    paths = [*_homes(collection, file)]
    with suppress(Mistake):
        own = _own()
        if isinstance(own, Path):
            paths += [own / place for place in _places(collection, file) if "/" in place]
    numbers = prod(file.shape[1:])
    wanted = len(file.header) + count * numbers
    for path in paths:
        with suppress(OSError, EOFError, zlib.error):
            with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as stream:
                content = stream.read(wanted)
            if len(content) == wanted and content.startswith(file.header):
                return np.frombuffer(content, np.uint8, offset=len(file.header)).reshape(count, numbers)
    return None


# -- the cache -------------------------------------------------------------------------------------------------------


def _cache_path(collection: Collection, file: IdxFile) -> Path:
    # Unpacked files are read four times as fast, but of Fashion-MNIST only the packed ones can be verified.
    return cache_folder() / collection.folder / (file.name if file.sha256 else f"{file.name}.gz")


def _homes(collection: Collection, file: IdxFile) -> tuple[Path, Path]:
    return _cache_path(collection, file), BUNDLED / collection.folder / f"{file.name}.gz"


def _at_home(collection: Collection, file: IdxFile) -> Bytes | None:
    for path in _homes(collection, file):
        try:
            return file.array(file.content(_read(path, file)))
        except Unfit:
            with suppress(OSError):
                path.unlink()
        except OSError:
            pass  # Not there, or not to be read: it is had anew.
    return None


def _keep(collection: Collection, file: IdxFile, data: bytes, content: bytes) -> None:
    """Write a right file to the cache, whole or not at all, also where two programs do so at once."""
    if not file.sha256 and content is data:
        return  # It came unpacked, and could not be verified when it is read again.
    path = _cache_path(collection, file)
    # A cache that cannot be written (full, read-only) costs a download the next time, not the data now.
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.")
        try:
            with os.fdopen(handle, "wb") as temporary:
                temporary.write(content if file.sha256 else data)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink()


def _read(path: Path, file: IdxFile) -> bytes:
    with path.open("rb") as stream:
        return stream.read(file.most)


# -- a folder or mirror of one's own -----------------------------------------------------------------------------------


def _own() -> Path | str | None:
    """Return the folder, or the address of the mirror, that DOWNHILL_DATA names."""
    named = os.environ.get(OWN)
    if not named:
        return None
    with suppress(ValueError):
        parts = urlsplit(named)
        if parts.scheme in ("http", "https") and parts.hostname:
            return named.rstrip("/") + "/"
        if parts.scheme == "file":
            # A host, as in file://server/share, is a shared folder of Windows.
            host = "" if parts.netloc in ("", "localhost") else f"//{parts.netloc}"
            named = url2pathname(host + parts.path)
        if Path(named).is_dir():
            return Path(named)
    raise Mistake(
        f"{OWN}: expected a folder that exists or an address (http://…, https://…, file://…), found {shown(named)}; "
        "correct it or unset it"
    )


def _places(collection: Collection, file: IdxFile) -> Iterator[str]:
    """Yield where in a place of one's own a file may lie: packed or not, in a subfolder or directly."""
    for folder in (f"{collection.folder}/", ""):
        for ending in (".gz", ""):
            yield f"{folder}{file.name}{ending}"


def _in_folder(collection: Collection, file: IdxFile, folder: Path) -> Bytes | None:
    """Return the array of a file in a folder, None if there is none; raises Mistake if all there are are wrong."""
    fault = ""
    for place in _places(collection, file):
        path = folder / place
        try:
            return file.array(file.content(_read(path, file)))
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            continue
        except OSError as error:
            fault = fault or f"{path}: cannot be read ({error.strerror}); change its permissions"
        except Unfit as error:
            fault = fault or f"{path}: {error}; put {collection.title}'s file of this name there"
    if fault:
        raise Mistake(f"data.source: {fault}, or unset {OWN} to download it")
    return None


# -- mirrors -----------------------------------------------------------------------------------------------------------


class _Refused(Exception):
    """A mirror did not give a file; ``final``: it is of no use to ask it again."""

    def __init__(self, reason: str, final: bool) -> None:
        super().__init__(reason)
        self.final = final


class _Download:
    """The download of some files, from whichever mirrors give them."""

    def __init__(
        self,
        collection: Collection,
        own: Path | str | None,
        missing: Sequence[IdxFile],
        progress: Progress | None,
        patience: Patience,
    ) -> None:
        self.collection = collection
        self.mirror = own if isinstance(own, str) else None
        self.bases = [*([self.mirror] if self.mirror else []), *collection.mirrors]
        self.patience = patience
        self.progress = progress
        self.sizes = {file.name: file.packed for file in missing}
        self.done = dict.fromkeys(self.sizes, 0)
        self.reasons = {str(own): f"it has no {missing[0].name}.gz"} if isinstance(own, Path) else {}

    def get(self, file: IdxFile) -> tuple[bytes, bytes]:
        """Return a file as a mirror gave it, and its content, which is right; raises Mistake where no mirror does."""
        for turn in range(self.patience.rounds):
            if turn and self.bases:
                time.sleep(self.patience.pause)
            for base in tuple(self.bases):
                try:
                    return self._ask(base, file)
                except _Refused as refused:
                    self.reasons[urlsplit(base).netloc] = str(refused)
                    # The next file is asked of the mirrors that answer first.
                    self.bases.remove(base)
                    if not refused.final:
                        self.bases.append(base)
        title = self.collection.title
        tried = "; ".join(f"{place}: {reason}" for place, reason in self.reasons.items())
        raise Mistake(
            f"data.source: {title} is not on this computer and could not be downloaded ({tried}); connect to the "
            f"network, set {OWN} to a folder that holds {file.name}.gz and the others, or take the digits, which come "
            "with the program"
        )

    def _ask(self, base: str, file: IdxFile) -> tuple[bytes, bytes]:
        own = base == self.mirror
        places = list(_places(self.collection, file)) if own else [f"{file.name}.gz"]
        for place in places[:-1]:
            try:
                return self._load(base + place, file)
            except _Refused as refused:
                if not refused.final:
                    raise
        return self._load(base + places[-1], file)

    def _load(self, address: str, file: IdxFile) -> tuple[bytes, bytes]:
        # Takes 0.2 s, which programs that download nothing should not wait.
        import pooch
        import requests

        self.tell(file, 0, 0)
        sink = _Sink(file.most)
        load = pooch.HTTPDownloader(
            progressbar=_Bar(self, file),
            chunk_size=_CHUNK,
            timeout=(self.patience.connect, self.patience.answer),
            # The file as it lies there: packed once more for the way, its checksum would be another's.
            headers={"Accept-Encoding": "identity"},
        )
        try:
            load(address, sink, None)
            data = bytes(sink.data)
            return data, file.content(data)
        except Unfit as error:
            raise _Refused(str(error), final=True) from None
        except requests.HTTPError as error:
            status = error.response.status_code if error.response is not None else 0
            raise _Refused(f"it answered {status}", 400 <= status < 500 and status not in _PASSING) from None
        except requests.RequestException as error:
            raise _Refused(_reason(error), final=isinstance(error, ValueError)) from None

    def tell(self, file: IdxFile, done: int, size: int) -> None:
        """Tell the progress of all files together; ``size`` 0: not known yet."""
        self.sizes[file.name] = size or self.sizes[file.name]
        self.done[file.name] = done
        if self.progress is not None:
            total = sum(self.sizes.values())
            self.progress(min(sum(self.done.values()), total), total)


def _reason(error: Exception) -> str:
    import requests

    if isinstance(error, requests.exceptions.ProxyError):
        return "no connection to the proxy"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate is not trusted"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    return "not an address" if isinstance(error, ValueError) else "no connection"


class _Sink:
    """What pooch writes to: memory, and no more than a right file needs."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.data = bytearray()

    def write(self, chunk: bytes) -> None:
        """Take the next bytes; raises Unfit if they are too many."""
        self.data += chunk
        if len(self.data) > self.most:
            raise Unfit(f"expected at most {self.most:,} bytes, found more")

    def flush(self) -> None:
        """Nothing waits."""


class _Bar:
    """What pooch tells its progress, which it treats like a bar of tqdm."""

    def __init__(self, download: _Download, file: IdxFile) -> None:
        self.download = download
        self.file = file
        self.total = 0
        self.done = 0

    def update(self, count: int) -> None:
        """Tell that bytes have come."""
        self.done = min(self.done + count, self.total or self.file.packed)
        self.download.tell(self.file, self.done, self.total)

    def reset(self) -> None:
        """Count from 0 again, as pooch does before it tells the whole at the end."""
        self.done = 0

    def close(self) -> None:
        """Nothing is open."""
