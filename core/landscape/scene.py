"""What a landscape is given beside the row, and what its work looks like from outside. This file imports no torch."""

from collections.abc import Callable, Generator
from typing import Protocol, TypeVar

from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture
from core.landscape.values import LandscapePicture
from core.training.events import Row


class Scene(Protocol):
    """The network in full and its data."""

    @property
    def architecture(self) -> Architecture: ...
    @property
    def dataset(self) -> Dataset: ...


T = TypeVar("T")
# The work of one answer: None after each slice, the answer at the end.
Slices = Generator[None, None, T]
Probe = Callable[[Scene, Row], Slices[T]]
# The work of a landscape yields a picture, too, when a coarser level of it is done.
Levels = Generator[LandscapePicture | None, None, LandscapePicture]
Landscapes = Callable[[Scene, Row], Levels]
