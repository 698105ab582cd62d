"""The networks that dropout makes of one: what they answer over the plane or of a sample, and where they disagree."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.experiment.architecture import Architecture
from core.probes.dropout_pictures import OpinionsPicture, SubNetworksPicture
from core.probes.forward import array, matrix, pieces, read_only, slice_size, tensor
from core.probes.look import Look, places
from core.probes.pictures import Floats
from core.probes.scene import Probe, Scene, Slices
from core.probes.thinned import Thinned, check_rates, draw_masks, with_rate
from core.training.events import Row

_NUMBERS = 400_000  # answers of all masks together, in one slice


def subnetworks(
    rate: float | None = None, resolution: int = 48, masks: int = 48, shown: int = 9, seed: int = 0
) -> Probe[SubNetworksPicture]:
    """Return the probe of thinned networks of a row (P,) over the plane, at resolution².

    rate: of every dropout layer, or after each hidden layer where there is none; None: the network's own rates. masks:
    of the mean and the disagreement; shown: how many of them are drawn one by one. The same seed draws the same masks.

    Raises Mistake where the rate is beyond the limits of a dropout rate.
    """
    check_rates("dropout rate", [] if rate is None else [rate])

    def probe(scene: Scene, row: Row) -> Slices[SubNetworksPicture]:
        theta = matrix(row)
        architecture, drawn = _thin(scene, theta.dtype, rate, masks, seed)
        thinned, look = Thinned(architecture, theta), Look.of(architecture, scene.dataset)
        span, square = scene.dataset.facts.span, (resolution, resolution)
        x = tensor(scene.dataset.preparation.apply(places(span, resolution)), theta.dtype)
        yield
        firsts, means, deviations = [], [], []
        for some in pieces(x, min(slice_size(architecture), _NUMBERS // (masks * architecture.outputs))):
            y = yield from _answers(thinned, some, drawn, masks)
            firsts.append(y[:shown])
            mean, deviation = _moments(y)
            means.append(mean)
            deviations.append(deviation.take_along_dim(mean.argmax(1, keepdim=True), 1))
            yield
        outputs = torch.cat(means)
        shade, winner = _surface(look, outputs, square)
        faces = [_surface(look, one, square) for one in torch.cat(firsts, 1)]
        winners = [won for _, won in faces if won is not None]
        return SubNetworksPicture(
            span=span,
            kind=look.kind,
            low=look.low,
            high=look.high,
            rates=_rates(architecture),
            masks=masks,
            shades=read_only(np.stack([face for face, _ in faces])),
            winners=read_only(np.stack(winners)) if winners else None,
            kept={
                layer.id: read_only(mask[:shown].numpy() > 0)
                for layer, mask in zip(architecture.dropouts, drawn, strict=True)
            },
            outputs=array(outputs.view(*square, -1)),
            shade=shade,
            winner=winner,
            disagreement=array(torch.cat(deviations).view(square)),
        )

    return probe


def opinions(
    sample: NDArray[np.float32], rate: float | None = None, masks: int = 48, seed: int = 0
) -> Probe[OpinionsPicture]:
    """Return the probe of what thinned networks of a row (P,) say of one sample, an image (height, width) in 0 … 1.

    Samples that are no images: (numbers,), as the data have them. rate, masks, seed, errors: as of ``subnetworks``.
    """
    check_rates("dropout rate", [] if rate is None else [rate])

    def probe(scene: Scene, row: Row) -> Slices[OpinionsPicture]:
        theta, preparation = matrix(row), scene.dataset.preparation
        architecture, drawn = _thin(scene, theta.dtype, rate, masks, seed)
        raw = sample.reshape(1, -1) / np.float32(preparation.scale)
        thinned = Thinned(architecture, theta)
        y = yield from _answers(thinned, tensor(preparation.apply(raw), theta.dtype), drawn, masks)
        mean, deviation = _moments(y)
        classes = len(scene.dataset.facts.classes)
        votes = None
        if classes:
            middle = 0.5 if architecture.head.activation == "sigmoid" else 0
            answers = y[~y.isnan().any(2)[:, 0], 0]
            answered = answers.argmax(1) if y.shape[2] > 1 else (answers[:, 0] > middle).long()
            votes = read_only(answered.bincount(minlength=classes).numpy())
        return OpinionsPicture(_rates(architecture), array(y[:, 0]), array(mean[0]), array(deviation[0]), votes)

    return probe


def _thin(
    scene: Scene, dtype: torch.dtype, rate: float | None, masks: int, seed: int
) -> tuple[Architecture, list[Tensor]]:
    """Return the network with the rates that are asked for, and masks (masks, units) of each dropout layer."""
    architecture = with_rate(scene.architecture, rate)
    rates = [layer.rate for layer in architecture.dropouts]
    return architecture, [mask[0] for mask in draw_masks(architecture, [rates], masks, seed, dtype)]


def _rates(architecture: Architecture) -> dict[str, float]:
    return {layer.id: layer.rate for layer in architecture.dropouts}


def _answers(thinned: Thinned, x: Tensor, drawn: Sequence[Tensor], masks: int) -> Slices[Tensor]:
    """Return the outputs (masks, n, outputs) of samples (n, inputs) under each mask."""
    begun = thinned.begin(x)
    yield
    parts = []
    for z in thinned.outputs(begun, drawn):
        parts.append(thinned.passes.head.function(z)[0])
        yield
    return torch.cat(parts).expand(masks, -1, -1)


def _moments(y: Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and deviation √(1/T Σ (ŷ − ȳ)²) over the first axis."""
    return y.mean(0), y.var(0, correction=0).sqrt()


def _surface(look: Look, outputs: Tensor, square: tuple[int, int]) -> tuple[Floats, NDArray[np.uint8] | None]:
    shade, winner = look.surface(outputs.numpy())
    return read_only(shade.reshape(square)), None if winner is None else read_only(winner.reshape(square))
