"""Images: the digits that come with the program, real MNIST where it lies, and the form of Fashion-MNIST."""

import gzip
import hashlib
import shutil
from pathlib import Path

import numpy as np
import pytest

from core.choices.datasets import DATASETS, MNIST, Digits, FashionMNIST, facts_of
from core.choices.fields import Mistake
from core.datasets.fetch import Collection
from core.datasets.images import FASHION_FILES, MNIST_FILES, at_hand, digits, fashion_mnist, glimpse, mnist
from core.resources import RESOURCES


@pytest.fixture
def own(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder that DOWNHILL_DATA names."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("DOWNHILL_DATA", str(folder))
    return folder


def test_digits() -> None:
    samples = digits(Digits())
    assert samples.raw.shape == (1797, 64)
    assert samples.raw.dtype == np.uint8
    assert (samples.raw.min(), samples.raw.max(), facts_of(Digits()).scale) == (0, 16, 1 / 16)
    assert np.bincount(samples.labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    assert samples.labels[:10].tolist() == list(range(10))
    # The first row of the source, optdigits.tes.
    assert samples.raw[0, :16].tolist() == [0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0]
    assert facts_of(Digits()).samples == 1797


def test_digits_are_small_and_their_licence_lies_beside_them() -> None:
    folder = RESOURCES / "data"
    assert (folder / "digits.npz").stat().st_size < 100_000
    assert "CC BY 4.0" in (folder / "README.md").read_text(encoding="utf-8")


def test_real_mnist(mnist_dir: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNHILL_DATA", str(mnist_dir))
    assert at_hand(MNIST())
    samples = mnist(MNIST(), None)
    assert samples.raw.shape == (70_000, 784)
    assert samples.raw.dtype == np.uint8
    assert (samples.own_test, facts_of(MNIST()).scale) == (10_000, 1 / 255)
    assert samples.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert samples.labels[60_000:60_005].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(samples.labels[:60_000]).tolist() == [
        5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949
    ]  # fmt: skip
    # The mean and deviation that everyone knows.
    assert samples.raw[:60_000].mean() / 255 == pytest.approx(0.1307, abs=1e-4)
    assert samples.raw[:60_000].std() / 255 == pytest.approx(0.3081, abs=1e-4)
    facts = facts_of(MNIST())
    assert (facts.samples, facts.own_test, facts.shape) == (60_000, 10_000, (28, 28))


def test_mnist_in_place_of_fashion_mnist(mnist_dir: Path, own: Path) -> None:
    for file in FASHION_FILES.files:
        shutil.copyfile(mnist_dir / f"{file.name}.gz", own / f"{file.name}.gz")
    with pytest.raises(Mistake) as caught:
        fashion_mnist(FashionMNIST(), None)
    assert str(caught.value) == (
        f"data.source: {own / 'train-images-idx3-ubyte.gz'}: expected the file that is published under this name, "
        "found that of MNIST; put Fashion-MNIST's file of this name there, or unset DOWNHILL_DATA to download it"
    )


def test_fashion_mnist_unpacked_by_hand(own: Path) -> None:
    # No checksum is published of the unpacked files: any of the right form is taken.
    (own / "fashion-mnist").mkdir()
    for file in FASHION_FILES.files:
        body = (bytes(range(10)) * (file.size // 10 + 1))[: file.size - len(file.header)]
        (own / "fashion-mnist" / file.name).write_bytes(file.header + body)
    samples = fashion_mnist(FashionMNIST(), None)
    assert samples.raw.shape == (70_000, 784)
    assert samples.own_test == 10_000
    assert np.bincount(samples.labels).tolist() == [7000] * 10


def test_fashion_mnist_packed_by_another(own: Path) -> None:
    file = FASHION_FILES.files[1]
    packed = gzip.compress(file.header + bytes(60_000))
    (own / f"{file.name}.gz").write_bytes(packed)
    for other in (FASHION_FILES.files[0], *FASHION_FILES.files[2:]):
        (own / other.name).write_bytes(other.header + bytes(other.size - len(other.header)))
    md5 = hashlib.md5(packed, usedforsecurity=False).hexdigest()
    with pytest.raises(Mistake, match=f"expected a file of the MD5 {file.md5}, found {md5}"):
        fashion_mnist(FashionMNIST(), None)


def test_a_glimpse_of_the_digits() -> None:
    np.testing.assert_array_equal(glimpse(Digits(), 3), digits(Digits()).raw[:3])


@pytest.mark.parametrize("ending", ["", ".gz"])
def test_a_glimpse_of_files_that_are_there(own: Path, ending: str) -> None:
    assert glimpse(MNIST(), 2) is None
    file = MNIST_FILES.files[0]
    content = file.header + bytes(range(256)) * 10
    (own / file.name).write_bytes(content)  # whose it is cannot be told here
    assert glimpse(MNIST(), 2) is None
    (own / "mnist").mkdir()
    (own / "mnist" / f"{file.name}{ending}").write_bytes(gzip.compress(content) if ending else content)
    found = glimpse(MNIST(), 2)
    assert found is not None
    assert found.shape == (2, 784)
    assert found[1, 0] == 784 % 256


@pytest.mark.parametrize("content", [b"", b"PK\3\4" + bytes(9999), gzip.compress(bytes(9999), mtime=0)[:20]])
def test_no_glimpse_of_what_is_no_image(own: Path, content: bytes) -> None:
    (own / "mnist").mkdir()
    (own / "mnist" / f"{MNIST_FILES.files[0].name}.gz").write_bytes(content)
    assert glimpse(MNIST(), 1) is None


def test_no_glimpse_in_a_folder_that_is_gone(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOWNHILL_DATA", "/nowhere")
    assert glimpse(MNIST(), 1) is None


@pytest.mark.parametrize(("tag", "collection"), [("mnist", MNIST_FILES), ("fashion_mnist", FASHION_FILES)])
def test_the_table_knows_how_much_is_downloaded(tag: str, collection: Collection) -> None:
    assert DATASETS[tag].downloads == sum(file.packed for file in collection.files)
    assert [file.size for file in collection.files] == [47_040_016, 60_008, 7_840_016, 10_008]
    assert all(mirror.endswith("/") for mirror in collection.mirrors)
    assert len(collection.mirrors) == 2
