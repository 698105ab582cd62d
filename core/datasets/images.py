"""Images: digits that come with the program, MNIST and Fashion-MNIST."""

import numpy as np

from core.choices.datasets import MNIST, Digits, FashionMNIST
from core.choices.fields import Tagged
from core.datasets import fetch as files
from core.datasets.fetch import Collection
from core.datasets.idx import Bytes, IdxFile
from core.datasets.samples import Progress, Samples
from core.resources import RESOURCES

_TRAIN, _TEST = (60_000, 28, 28), (10_000, 28, 28)
_SHA256 = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def _digits_file(name: str, shape: tuple[int, ...], packed: int) -> IdxFile:
    return IdxFile(name, shape, packed, sha256=_SHA256[name])


def _fashion_file(name: str, shape: tuple[int, ...], packed: int, md5: str) -> IdxFile:
    # Both sets name their files alike, so that one is easily put where the other is looked for.
    return IdxFile(name, shape, packed, md5=md5, mistaken={_SHA256[name]: "MNIST"})


MNIST_FILES = Collection(
    "MNIST",
    "mnist",
    ("https://ossci-datasets.s3.amazonaws.com/mnist/", "https://storage.googleapis.com/cvdf-datasets/mnist/"),
    (
        _digits_file("train-images-idx3-ubyte", _TRAIN, 9_912_422),
        _digits_file("train-labels-idx1-ubyte", _TRAIN[:1], 28_881),
        _digits_file("t10k-images-idx3-ubyte", _TEST, 1_648_877),
        _digits_file("t10k-labels-idx1-ubyte", _TEST[:1], 4_542),
    ),
)
FASHION_FILES = Collection(
    "Fashion-MNIST",
    "fashion-mnist",
    (
        "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
        "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
    ),
    (
        _fashion_file("train-images-idx3-ubyte", _TRAIN, 26_421_880, "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        _fashion_file("train-labels-idx1-ubyte", _TRAIN[:1], 29_515, "25c81989df183df01b3e8a0aad5dffbe"),
        _fashion_file("t10k-images-idx3-ubyte", _TEST, 4_422_102, "bef4ecab320f06d8554ea6380940ec79"),
        _fashion_file("t10k-labels-idx1-ubyte", _TEST[:1], 5_148, "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
)


_COLLECTIONS = {"mnist": MNIST_FILES, "fashion_mnist": FASHION_FILES}


def digits(_settings: Digits) -> Samples:
    """Return 1,797 digits of 8 × 8 pixels, 0 to 16 each: (1797, 64) uint8.

    Source: E. Alpaydin and C. Kaynak (1998), Optical Recognition of Handwritten Digits, the test part. UCI,
    https://doi.org/10.24432/C50P49, CC BY 4.0.
    """
    with np.load(RESOURCES / "data" / "digits.npz", allow_pickle=False) as stored:
        return Samples(stored["images"].reshape(-1, 64), stored["labels"].astype(np.int64))


def mnist(settings: MNIST, progress: Progress | None) -> Samples:
    """Return 70,000 digits of 28 × 28 pixels, the test part last: (70000, 784) uint8. Raises Mistake without them.

    Source: Y. LeCun, C. Cortes and C. J. C. Burges (1998), The MNIST database of handwritten digits.
    """
    return _samples(settings, progress)


def fashion_mnist(settings: FashionMNIST, progress: Progress | None) -> Samples:
    """Return 70,000 pictures of clothes, in MNIST's form. Raises Mistake without them.

    Source: H. Xiao, K. Rasul and R. Vollgraf (2017), Fashion-MNIST, arXiv:1708.07747.
    """
    return _samples(settings, progress)


def at_hand(settings: Tagged) -> bool:
    """Tell whether MNIST or Fashion-MNIST, whose settings these are, can be had without a download."""
    return files.at_hand(_COLLECTIONS[settings.kind])


def glimpse(settings: Tagged, count: int) -> Bytes | None:
    """Return the first images (count, pixels) of a set as uint8, to be shown small; None if it is not at hand.

    They are not verified, for that takes the whole file, and nothing is learned from them.
    """
    if isinstance(settings, Digits):
        return digits(settings).raw[:count]
    return files.glimpse(_COLLECTIONS[settings.kind], count)


def _samples(settings: Tagged, progress: Progress | None) -> Samples:
    collection = _COLLECTIONS[settings.kind]
    train, train_labels, test, test_labels = files.fetch(collection, progress)
    images = np.concatenate([train, test]).reshape(len(train) + len(test), -1)
    labels = np.concatenate([train_labels, test_labels]).astype(np.int64)
    return Samples(images, labels, own_test=len(test))
