"""What a probe is given beside the row, and what a probe is. This file imports no torch."""

from collections.abc import Callable, Generator
from typing import Protocol, TypeVar

from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture
from core.training.events import Row


class Scene(Protocol):
    """The network in full and its data."""

    @property
    def architecture(self) -> Architecture: ...
    @property
    def dataset(self) -> Dataset: ...


PictureT = TypeVar("PictureT")
# The work of one picture: None after each slice, the picture at the end.
Slices = Generator[None, None, PictureT]
Probe = Callable[[Scene, Row], Slices[PictureT]]
