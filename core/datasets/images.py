"""Images: digits that come with the program, MNIST and Fashion-MNIST."""

import numpy as np

from core.choices.datasets import MNIST, Digits, FashionMNIST
from core.datasets.fetch import FASHION, HANDWRITTEN, Source, fetch
from core.datasets.samples import Progress, Samples
from core.resources import RESOURCES


def digits(_settings: Digits) -> Samples:
    """1,797 digits of 8 × 8 pixels, 0 to 16: the test set of the UCI optical recognition of handwritten digits."""
    with np.load(RESOURCES / "data" / "digits.npz", allow_pickle=False) as stored:
        return Samples(stored["images"].reshape(-1, 64), stored["labels"].astype(np.int64), scale=1 / 16)


def mnist(_settings: MNIST, progress: Progress) -> Samples:
    """70,000 digits of 28 × 28 pixels, 0 to 255; the last 10,000 are the test part (LeCun, Cortes, Burges)."""
    return _samples(HANDWRITTEN, progress)


def fashion_mnist(_settings: FashionMNIST, progress: Progress) -> Samples:
    """70,000 pictures of clothes, of MNIST's form (Xiao, Rasul, Vollgraf 2017)."""
    return _samples(FASHION, progress)


def _samples(source: Source, progress: Progress) -> Samples:
    train_images, train_labels, test_images, test_labels = (fetch(source, file, progress) for file in source.files)
    images = np.concatenate([train_images, test_images]).reshape(-1, 28 * 28)
    labels = np.concatenate([train_labels, test_labels]).astype(np.int64)
    return Samples(images, labels, own_test=len(test_labels), scale=1 / 255)
