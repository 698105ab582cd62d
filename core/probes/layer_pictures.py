"""What the probes of layers and gradients return: frozen values of read-only arrays. This file imports no torch.

K stands for the rows that are looked at, L for the dense layers of their network, the output layer last.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.choices.optimizers import SGD
from core.experiment.training import Training
from core.probes.dropout_pictures import Band, band
from core.probes.pictures import Floats, Integers, PartName
from core.training.events import State, Stepped


@dataclass(frozen=True, eq=False)
class Histogram:
    """How often values fall into bins that all K rows share.

    edges: (bins + 1,), evenly spaced; a bin holds its left edge, the last one also its right. counts: (K, bins).
    outside: (K,) values beyond the edges, infinite ones among them; not_a_number: (K,).
    """

    edges: Floats
    counts: Integers
    outside: Integers
    not_a_number: Integers

    @property
    def shares(self) -> Floats:
        """The share of all values in each bin (K, bins), 0 … 1."""
        total = self.counts.sum(1) + self.outside + self.not_a_number
        shares: Floats = self.counts / total[:, None]
        return shares


@dataclass(frozen=True, eq=False)
class LayerDistribution:
    """Weights (without biases) and activations of a dense layer of K rows.

    dead: (K, units), which neurons are 0 on all samples and so learn nothing from them; None where the activation
    cannot do that: it can if it is 0 and flat below 0, as ReLU is. saturated: (K,), the share of outputs, over neurons
    and samples, where the activation is less than a tenth as steep as where it is steepest; None where it does not
    level off at both ends, as sigmoid and tanh do, and of an output layer whose loss is taken from its weighted sum.
    """

    layer: str
    weights: Histogram
    activations: Histogram
    dead: NDArray[np.bool_] | None
    saturated: Floats | None

    @property
    def dead_share(self) -> Floats | None:
        """The share of dead neurons (K,), 0 … 1."""
        return None if self.dead is None else self.dead.mean(1)


@dataclass(frozen=True, eq=False)
class DistributionsPicture:
    """The distributions of all dense layers; activations with dropout off on ``samples`` samples of a part."""

    layers: tuple[LayerDistribution, ...]
    part: PartName
    samples: int


# Where an update comes from: a step that training has done; the step that the run's optimizer would do now, given the
# gradient that is shown; or that gradient times the learning rate, where the optimizer's state is not known.
UpdateSource = Literal["last step", "next step", "rate × gradient"]


@dataclass(frozen=True, eq=False)
class Mover:
    """What is known of how a row moves.

    training: the run's settings as they are now; learning_rate: of this epoch, with the schedule's factor. stepped: the
    last step, where the run is followed; state: of the run at this row, from which its optimizer goes on.
    """

    training: Training
    learning_rate: float
    stepped: Stepped | None = None
    state: State | None = None

    @property
    def source(self) -> UpdateSource:
        """Where the update comes from; plain gradient descent remembers nothing, so its next step is always known."""
        if self.stepped is not None:
            return "last step"
        optimizer = self.training.optimizer
        plain = isinstance(optimizer, SGD) and optimizer.momentum == 0
        return "next step" if plain or self.state is not None else "rate × gradient"


@dataclass(frozen=True, eq=False)
class HealthPicture:
    """How large gradients and updates are, layer by layer: (K, L) each, float64; biases are left out.

    gradient: ‖∂J/∂W‖ of the mean loss over ``samples`` training samples, dropout off, without the penalty. update:
    ‖ΔW‖ of one step, from ``sources`` (one a row). weights: ‖W‖. delta: what comes back to a layer of a sample's loss,
    the root mean square of δ = ∂Jᵢ/∂z over these samples and the layer's neurons: the signal whose fall over the depth
    is the vanishing gradient (Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural
    networks"). Mean gradients hide it, for in them the samples cancel each other in the upper layers first.
    """

    layers: tuple[str, ...]
    gradient: Floats
    update: Floats
    weights: Floats
    delta: Floats
    sources: tuple[UpdateSource, ...]
    samples: int

    @property
    def relative_gradient(self) -> Floats:
        """‖∂J/∂W‖ / ‖W‖ (K, L); NaN where all weights are 0."""
        return _ratio(self.gradient, self.weights)

    @property
    def relative_update(self) -> Floats:
        """‖ΔW‖ / ‖W‖ (K, L), by how much of itself a layer changes in a step; NaN where all weights are 0."""
        return _ratio(self.update, self.weights)

    @property
    def arriving(self) -> Floats:
        """The δ of the first hidden layer as a share of the last one's (K,), 1 where there are not two of them.

        Near 0 where the gradient vanishes on its way down, far above 1 where it explodes; NaN where the last one has
        none. The output layer does not count: its δ is shared out among as many neurons as the last hidden layer has.
        """
        return _ratio(self.delta[:, 0], self.delta[:, max(len(self.layers) - 2, 0)])


@dataclass(frozen=True, eq=False)
class BatchGradientsPicture:
    """Gradients of random batches against the full gradient at K rows, dropout off, without the penalty.

    sizes: (S,), samples in a batch, at most all. cosine: (K, S, batches), of the angle between both; NaN where one of
    them is 0. ratio: (K, S, batches), the length of the batch's gradient as a share of the full one's. length: (K,) of
    the full gradient, which is taken over ``samples`` of the ``available`` training samples, as the batches are. All
    float64.
    """

    sizes: tuple[int, ...]
    cosine: Floats
    ratio: Floats
    length: Floats
    samples: int
    available: int

    @property
    def angle(self) -> Floats:
        """The angle in degrees (K, S, batches), 0 … 180: beyond 90 a batch points uphill."""
        return np.degrees(np.arccos(self.cosine))

    @property
    def angle_band(self) -> Band:
        """The median of the angle over the batches and its 10–90 % band, (K, S) each."""
        return band(self.angle, "median")

    @property
    def ratio_band(self) -> Band:
        """The median of the ratio over the batches and its 10–90 % band, (K, S) each."""
        return band(self.ratio, "median")


def _ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full_like(part, np.nan), where=whole != 0)
