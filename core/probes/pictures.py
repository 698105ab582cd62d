"""What probes return: frozen values of read-only arrays. This file imports no torch, so that a screen can read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from core.datasets.samples import Dataset, Part

Floats = NDArray[np.floating[Any]]
Integers = NDArray[np.int64]

# The id that stands for the inputs where a layer is named.
INPUT = "input"
# Stands for the step of a FlowPicture that training has not done.
NO_STEP = -1

# What the outputs over the plane mean: one probability, one score (right by its sign), one number; a probability or a
# score for each of several classes.
Kind = Literal["probability", "score", "value", "classes", "scores"]
PartName = Literal["train", "validation", "test"]


@dataclass(frozen=True, eq=False)
class Tiles:
    """What some neurons of a layer compute over the plane: (units, n, n) in −1 … 1, from unit ``first`` on.

    Row 0 of a tile is the upper edge, where x₂ is largest; column 0 the left one.
    """

    first: int
    values: Floats

    def of(self, unit: int) -> Floats | None:
        """Return the tile of a unit, None where it is not among these."""
        place = unit - self.first
        return self.values[place] if 0 <= place < len(self.values) else None


@dataclass(frozen=True, eq=False)
class NeuronPicture:
    """One neuron over the plane: its weighted sum z and output a (n, n), the output in −1 … 1, its decision line.

    low, high: the outputs that are coloured −1 and +1; infinite where an output a is coloured a / (1 + |a|).
    line: (segments, 2 ends, 2) in the plane's coordinates: where z is 0; for one of several classes, where it ceases
    to be the best. weights (inputs,), bias and activation: what z and a are made with. An input has neither weights nor
    a line, and its z is its a.
    """

    layer: str
    unit: int
    z: Floats
    a: Floats
    shade: Floats
    low: float
    high: float
    line: Floats
    weights: Floats
    bias: float
    activation: str


@dataclass(frozen=True, eq=False)
class PlanePicture:
    """The network over the plane, at the centres of n × n equal squares of the span; row 0 is the upper edge.

    outputs: (n, n, outputs), what the network answers: probabilities, scores or numbers.
    shade: (n, n) in −1 … 1, what is coloured: 2p − 1, the score, or the number within ``low`` … ``high``, the values at
    −1 and +1; for several classes how sure the answer is, 0 … 1: the probability, or the lead of the best score, at
    most 1.
    winner: (n, n) the index of the class that is answered, of classifications alone.
    tiles: by layer id and INPUT. asked: (points, outputs) at the points that were asked for.
    """

    span: tuple[float, float]
    kind: Kind
    outputs: Floats
    shade: Floats
    low: float
    high: float
    winner: NDArray[np.uint8] | None
    tiles: Mapping[str, Tiles]
    neuron: NeuronPicture | None
    asked: Floats

    def tile(self, layer: str, unit: int) -> Floats | None:
        """Return the tile of a neuron, None where there is none."""
        tiles = self.tiles.get(layer)
        return None if tiles is None else tiles.of(unit)


@dataclass(frozen=True, eq=False)
class AnswerPicture:
    """What a network answers at points: (points, outputs) with its start weights, and as it is now."""

    before: Floats
    now: Floats


@dataclass(frozen=True, eq=False)
class DigitPicture:
    """One image on its way through the network, dropout off.

    image: (side, side) in 0 … 1. outputs: (outputs,); probabilities: (classes,), None where outputs are scores.
    sums, activations: z and a of each dense layer by its id.
    """

    image: Floats
    outputs: Floats
    probabilities: Floats | None
    winner: int
    sums: Mapping[str, Floats]
    activations: Mapping[str, Floats]


@dataclass(frozen=True, eq=False)
class Mistakes:
    """Wrong answers, the highest loss first: places in the part, classes and losses, (n,) each."""

    index: Integers
    true: Integers
    predicted: Integers
    loss: Floats

    def __len__(self) -> int:
        return len(self.index)

    def of(self, true: int, predicted: int) -> "Mistakes":
        """Return those that took one class for another."""
        kept = (self.true == true) & (self.predicted == predicted)
        return Mistakes(self.index[kept], self.true[kept], self.predicted[kept], self.loss[kept])


@dataclass(frozen=True, eq=False)
class ReportPicture:
    """All answers on a part of the data: counts (classes, classes) by true and predicted class, and the mistakes."""

    part: PartName
    counts: Integers
    mistakes: Mistakes

    @property
    def total(self) -> int:
        """The number of samples."""
        return int(self.counts.sum())

    @property
    def right(self) -> int:
        """The number of right answers."""
        return int(self.counts.trace())


@dataclass(frozen=True, eq=False)
class WeightsPicture:
    """Weights of units as images: (units, height, width) in −1 … 1 from unit ``first`` on; ±1 stands for ±scale."""

    layer: str
    first: int
    values: Floats
    scale: float


@dataclass(frozen=True, eq=False)
class DenseFlow:
    """A dense layer in one step: its inputs x, z and a (B, units), δ = ∂J/∂z, ∂J/∂W (units, inputs), ∂J/∂b (units,).

    J is the mean loss of the batch, so each sample's δ holds its share 1/B. penalty_gradient: (units, inputs), what the
    penalty adds to ∂J/∂W; the sum is what training goes by, before clipping and the optimizer.
    """

    layer: str
    x: Floats
    z: Floats
    a: Floats
    delta: Floats
    weight_gradient: Floats
    bias_gradient: Floats
    penalty_gradient: Floats


@dataclass(frozen=True, eq=False)
class DropoutFlow:
    """A dropout layer in one step: the mask (B, units), 0 or 1 / (share kept), and what is left of its inputs."""

    layer: str
    mask: Floats
    a: Floats


# What a factor of a chain is: ∂J/∂ŷ; ∂J/∂a or ∂J/∂z, a sum over all paths behind; g′(z); a weight; a mask; an input.
Role = Literal["loss", "paths", "activation", "weight", "mask", "input"]


@dataclass(frozen=True, eq=False)
class Factor:
    """A factor of the chain rule, one number for each sample: (B,) float64.

    symbol: as "∂z₂/∂a₁"; layer: the id of the layer that it belongs to; paths: over how many ways from here to the
    loss it is a sum, 1 where there is but one.
    """

    role: Role
    symbol: str
    layer: str
    values: NDArray[np.float64]
    paths: int = 1


@dataclass(frozen=True, eq=False)
class Chain:
    """The chain rule of one weight, or of a bias (source None), sample by sample; see ``gradients.chain``.

    value: of the weight w; l1, l2: λ of the penalty on it, both 0 for a bias, which has none.
    """

    layer: str
    unit: int
    source: int | None
    symbol: str
    factors: tuple[Factor, ...]
    value: float
    l1: float
    l2: float

    @property
    def products(self) -> NDArray[np.float64]:
        """The gradient of each sample's own loss (B,): the product of the factors."""
        product: NDArray[np.float64] = np.multiply.reduce([factor.values for factor in self.factors])
        return product

    @property
    def gradient(self) -> float:
        """The gradient of the loss of the batch: the mean over its samples."""
        return float(self.products.mean())

    @property
    def l1_term(self) -> float:
        """What L1 adds: λ·sign(w)."""
        return self.l1 * float(np.sign(self.value))

    @property
    def l2_term(self) -> float:
        """What L2 adds: 2λw."""
        return 2 * self.l2 * self.value

    @property
    def total(self) -> float:
        """What training goes by, before clipping and the optimizer: the gradient of loss and penalty."""
        return self.gradient + self.l1_term + self.l2_term


@dataclass(frozen=True, eq=False)
class FlowPicture:
    """A step forward and back: layers in order, dropout among them; losses (B,); the chain of the weight asked for."""

    step: int
    x: Floats
    t: Floats
    outputs: Floats
    losses: Floats
    layers: tuple[DenseFlow | DropoutFlow, ...]
    chain: Chain | None


@dataclass(frozen=True, eq=False)
class SlopePicture:
    """The gradient of the loss by all weights and biases (P,), dropout off, over ``samples`` training samples."""

    gradient: Floats
    samples: int


def report_part(dataset: Dataset) -> PartName:
    """Return the part that answers are judged on: test, else validation, else training, whichever has samples."""
    return "test" if len(dataset.test) else "validation" if len(dataset.validation) else "train"


def part_of(dataset: Dataset, name: PartName) -> Part:
    """Return a part by its name."""
    return {"train": dataset.train, "validation": dataset.validation, "test": dataset.test}[name]


def image_of(dataset: Dataset, part: PartName, index: int) -> NDArray[np.float32]:
    """Return an image of a part as (height, width) in 0 … 1."""
    raw = part_of(dataset, part).raw[index].astype(np.float32)
    image: NDArray[np.float32] = (raw * np.float32(dataset.preparation.scale)).reshape(dataset.facts.shape)
    return image
