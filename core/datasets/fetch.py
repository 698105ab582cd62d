"""Files of MNIST and Fashion-MNIST: from the cache, from a folder or mirror of one's own, or from the public mirrors.

Whatever the way, a file is verified before it is used. The cache holds files decompressed, which are read in no time.
"""

import hashlib
import os
import tempfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import numpy as np
from numpy.typing import NDArray

from core.choices.fields import Mistake
from core.datasets.samples import Progress
from core.resources import cache_folder

OWN = "DOWNHILL_DATA"  # names a folder or a mirror
_TIMEOUT = 20  # seconds without an answer before the next mirror is tried
_TRIES = 2  # of each mirror


@dataclass(frozen=True)
class File:
    """A gzip file in IDX format. digest: of the decompressed bytes ("sha256:…") or of the gzip file ("md5:…").

    shape: of the array in it, uint8.
    """

    name: str
    digest: str
    shape: tuple[int, ...]

    @property
    def header(self) -> bytes:
        """The bytes before the array: a magic number that holds the count of dimensions, then each of them."""
        numbers = (0x0800 + len(self.shape), *self.shape)
        return b"".join(number.to_bytes(4, "big") for number in numbers)

    @property
    def size(self) -> int:
        """The number of bytes of the decompressed file."""
        return len(self.header) + int(np.prod(self.shape))


@dataclass(frozen=True)
class Source:
    """A data set of four files: training images and labels, test images and labels."""

    title: str
    folder: str
    mirrors: tuple[str, ...]
    files: tuple[File, File, File, File]


def _files(*digests: str) -> tuple[File, File, File, File]:
    train, train_labels, test, test_labels = digests
    return (
        File("train-images-idx3-ubyte.gz", train, (60_000, 28, 28)),
        File("train-labels-idx1-ubyte.gz", train_labels, (60_000,)),
        File("t10k-images-idx3-ubyte.gz", test, (10_000, 28, 28)),
        File("t10k-labels-idx1-ubyte.gz", test_labels, (10_000,)),
    )


HANDWRITTEN = Source(
    "MNIST",
    "mnist",
    ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    _files(
        "sha256:ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "sha256:65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
        "sha256:0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
        "sha256:ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
    ),
)
FASHION = Source(
    "Fashion-MNIST",
    "fashion-mnist",
    (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    _files(
        "md5:8d4fb7e6c68d591d4c3dfef9ec88bf0d",
        "md5:25c81989df183df01b3e8a0aad5dffbe",
        "md5:bef4ecab320f06d8554ea6380940ec79",
        "md5:bb300cfdad3c16e7a12a480ee83cd310",
    ),
)


class _Wrong(Exception):
    """A file that is not what it should be; the message completes "NAME …"."""


def fetch(source: Source, file: File, progress: Progress) -> NDArray[np.uint8]:
    """Return the array of a file; raises Mistake where it cannot be had, and whatever ``progress`` raises to cancel."""
    cached = cache_folder() / source.folder / file.name.removesuffix(".gz")
    try:
        return _array(file, cached.read_bytes())
    except (OSError, _Wrong):
        pass  # not there, or damaged: it is made anew
    own = os.environ.get(OWN)
    content = _from_own(own, source, file, progress) if own else _from_mirrors(source.mirrors, source, file, progress)
    _store(cached, content)
    return _array(file, content)


def at_hand(source: Source) -> bool:
    """Tell whether a set can be had without a download: it is in the cache, or in a folder of one's own."""
    own = os.environ.get(OWN)
    if own and urlparse(own).scheme not in ("http", "https"):
        return True
    folder = cache_folder() / source.folder
    return all((folder / file.name.removesuffix(".gz")).is_file() for file in source.files)


def _array(file: File, content: bytes) -> NDArray[np.uint8]:
    """Return the array in the bytes of an IDX file; raises _Wrong if they are not this file's."""
    header = file.header
    if len(content) != file.size or not content.startswith(header):
        raise _Wrong(f"holds {len(content):,} bytes where {file.size:,} were expected")
    return np.frombuffer(content, np.uint8, offset=len(header)).reshape(file.shape)


def _verified(file: File, packed: bytes) -> bytes:
    """Return the decompressed bytes of a gzip file; raises _Wrong if it is not what it should be."""
    kind, digest = file.digest.split(":")
    if kind == "md5" and hashlib.md5(packed, usedforsecurity=False).hexdigest() != digest:
        raise _Wrong("is not the published file: its checksum is another")
    try:
        # Never more than it should hold, so that no file can fill the memory.
        content = zlib.decompressobj(31).decompress(packed, file.size + 1)
    except zlib.error as error:
        raise _Wrong(f"is no whole gzip file ({error})") from None
    return _verified_content(file, content)


def _verified_content(file: File, content: bytes) -> bytes:
    _array(file, content)
    kind, digest = file.digest.split(":")
    if kind == "sha256" and hashlib.sha256(content).hexdigest() != digest:
        raise _Wrong("is not the published file: its checksum is another")
    return content


def _store(path: Path, content: bytes) -> None:
    """Put a file into the cache, whole or not at all; a cache that cannot be written is no reason to stop."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Two programs may do this at once: each writes a file of its own, and the last to be moved stays.
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            Path(temporary).replace(path)
        except OSError:
            Path(temporary).unlink(missing_ok=True)
    except OSError:
        pass


# -- a folder or mirror of one's own -----------------------------------------------------------------------------------


def _from_own(own: str, source: Source, file: File, progress: Progress) -> bytes:
    address = urlparse(own)
    if address.scheme in ("http", "https"):
        base = own.rstrip("/") + "/"
        return _from_mirrors((base, f"{base}{source.folder}/"), source, file, progress)
    folder = Path(url2pathname(address.path)) if address.scheme == "file" else Path(own)
    for path in _candidates(folder, source, file):
        if path.is_file():
            return _read_own(path, file)
    raise Mistake(
        f"{source.title}: expected {file.name} in {folder} or in its folder {source.folder}, which {OWN} names, "
        f"found none; put the file there or unset {OWN} to download it"
    )


def _candidates(folder: Path, source: Source, file: File) -> Iterator[Path]:
    for place in (folder, folder / source.folder):
        yield place / file.name
        yield place / file.name.removesuffix(".gz")


def _read_own(path: Path, file: File) -> bytes:
    try:
        if path.suffix == ".gz":
            return _verified(file, path.read_bytes())
        content = path.read_bytes()
        if file.digest.startswith("md5"):
            _array(file, content)  # only the packed file's checksum is published
            return content
        return _verified_content(file, content)
    except OSError as error:
        raise Mistake(f"{path}: cannot be read: {error.strerror}") from None
    except _Wrong as error:
        raise Mistake(f"{path}: {error}; put the published file in its place") from None


# -- public mirrors ----------------------------------------------------------------------------------------------------


def _from_mirrors(mirrors: tuple[str, ...], source: Source, file: File, progress: Progress) -> bytes:
    """Return the decompressed bytes from the first mirror that has the right file."""
    faults = []
    for mirror in mirrors:
        for _ in range(_TRIES):
            try:
                return _verified(file, _download(mirror + file.name, progress))
            except _Wrong as error:
                faults.append(f"{urlparse(mirror).hostname}: the file {error}")
            except OSError as error:  # requests' errors are OSErrors
                faults.append(f"{urlparse(mirror).hostname}: {_reason(error)}")
    tried = "; ".join(dict.fromkeys(faults))
    raise Mistake(
        f"{source.title} could not be downloaded ({tried}). Check the connection, name a folder with the files in "
        f"{OWN}, or work with the digits that come with the program"
    )


def _reason(error: OSError) -> str:
    answer = getattr(error, "response", None)
    if answer is not None:
        return f"it answered {answer.status_code}"
    return "no answer in time" if "imed out" in str(error) else "no connection"


class _Bar:
    """What pooch tells of a download, as it wants it: like a tqdm bar."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.total = 0
        self.done = 0

    def update(self, count: int) -> None:
        """Take the bytes that have come."""
        self.done = min(self.done + count, self.total)
        self.progress(self.done, self.total)

    def reset(self) -> None:
        """Start again."""
        self.done = 0

    def close(self) -> None:
        """Nothing is open."""


def _download(address: str, progress: Progress) -> bytes:
    """Return the bytes at an address. Proxy settings of the environment are respected."""
    import pooch

    with tempfile.TemporaryDirectory(prefix="downhill-") as folder:
        path = Path(folder) / "download"
        load: Callable[..., Any] = pooch.HTTPDownloader(progressbar=_Bar(progress), timeout=_TIMEOUT)
        load(address, str(path), None)
        return path.read_bytes()
