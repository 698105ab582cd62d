"""Images: digits that come with the program, MNIST and Fashion-MNIST."""

import numpy as np

from core.choices.datasets import MNIST, Digits, FashionMNIST
from core.choices.fields import Tagged
from core.datasets import fetch as files
from core.datasets.fetch import FASHION, HANDWRITTEN, fetch
from core.datasets.samples import Progress, Samples
from core.resources import RESOURCES

_SOURCES = {"mnist": HANDWRITTEN, "fashion_mnist": FASHION}


def digits(_settings: Digits) -> Samples:
    """1,797 digits of 8 × 8 pixels, 0 to 16: the test set of the UCI optical recognition of handwritten digits."""
    with np.load(RESOURCES / "data" / "digits.npz", allow_pickle=False) as stored:
        return Samples(stored["images"].reshape(-1, 64), stored["labels"].astype(np.int64), scale=1 / 16)


def mnist(settings: MNIST, progress: Progress) -> Samples:
    """70,000 digits of 28 × 28 pixels, 0 to 255; the last 10,000 are the test part (LeCun, Cortes, Burges)."""
    return _samples(settings, progress)


def fashion_mnist(settings: FashionMNIST, progress: Progress) -> Samples:
    """70,000 pictures of clothes, of MNIST's form (Xiao, Rasul, Vollgraf 2017)."""
    return _samples(settings, progress)


def at_hand(settings: Tagged) -> bool:
    """Tell whether one of the sets above that are downloaded is there already."""
    return files.at_hand(_SOURCES[settings.kind])


def _samples(settings: Tagged, progress: Progress) -> Samples:
    source = _SOURCES[settings.kind]
    train_images, train_labels, test_images, test_labels = (fetch(source, file, progress) for file in source.files)
    images = np.concatenate([train_images, test_images]).reshape(-1, 28 * 28)
    labels = np.concatenate([train_labels, test_labels]).astype(np.int64)
    return Samples(images, labels, own_test=len(test_labels), scale=1 / 255)
