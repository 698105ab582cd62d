"""Images on their way through a network, all answers on a part of the data, and the first layer's weights as images.

The answers are for any classification, not only of images.
"""

import numpy as np
from numpy.typing import NDArray

from core.datasets.samples import Part
from core.probes.forward import Forward, array, tensor
from core.probes.pictures import (
    DigitPicture,
    Floats,
    Mistakes,
    PartName,
    ReportPicture,
    WeightsPicture,
    part_of,
    report_part,
)
from core.probes.scene import Probe, Scene, Slices
from core.training.batches import targets
from core.training.events import Row

_SPREAD = 3  # root mean squares of a layer's weights to which its images' colours reach


def classify(image: NDArray[np.float32]) -> Probe[DigitPicture]:
    """Return the probe of one image (height, width) in 0 … 1: what the network says, and what every neuron does."""

    def probe(scene: Scene, row: Row) -> Slices[DigitPicture]:
        architecture, preparation = scene.architecture, scene.dataset.preparation
        forward = Forward(architecture, row)
        raw = image.reshape(1, -1) / np.float32(preparation.scale)
        sums, activations = {}, {}
        for dense, (z, a) in zip(
            architecture.dense, forward.layers(tensor(preparation.apply(raw), forward.dtype)), strict=True
        ):
            sums[dense.id], activations[dense.id] = array(z[0]), array(a[0])
            yield
        outputs = activations[architecture.dense[-1].id]
        activation = architecture.head.activation
        border = 0.5 if activation == "sigmoid" else 0
        winner = int(outputs.argmax()) if len(outputs) > 1 else int(outputs[0] > border)
        return DigitPicture(image, outputs, _probabilities(outputs, activation), winner, sums, activations)

    return probe


def _probabilities(outputs: Floats, activation: str) -> Floats | None:
    """Return a probability per class, None where outputs are scores."""
    if activation == "softmax":
        return outputs
    return np.concatenate([1 - outputs, outputs]) if activation == "sigmoid" else None


def report(part: PartName | None = None) -> Probe[ReportPicture]:
    """Return the probe of all answers of a classification on a part: test, else validation, else training."""

    def probe(scene: Scene, row: Row) -> Slices[ReportPicture]:
        name = part or report_part(scene.dataset)
        samples = part_of(scene.dataset, name)
        forward = Forward(scene.architecture, row)
        passes, size = forward.passes, forward.size
        losses, predicted = [np.empty(0)], [np.empty(0, np.int64)]
        for start in range(0, len(samples), size):
            some = Part(samples.raw[start : start + size], samples.labels[start : start + size])
            z = forward.outputs(tensor(scene.dataset.preparation.apply(some.raw), forward.dtype))[0]
            y = passes.scored(z)
            losses.append(passes.loss.terms(y, targets(some, scene.architecture, forward.dtype)).numpy())
            # As training counts right answers: the sign of one output, or the largest of several.
            answers = (y[:, 0] > 0).long() if y.shape[1] == 1 else y.argmax(1)
            predicted.append(answers.numpy())
            yield
        return _report(name, samples.labels, np.concatenate(predicted), np.concatenate(losses), scene)

    return probe


def _report(
    name: PartName, true: NDArray[np.int64], predicted: NDArray[np.int64], loss: NDArray[np.float64], scene: Scene
) -> ReportPicture:
    classes = len(scene.dataset.facts.classes)
    counts = np.bincount(true * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    wrong = np.flatnonzero(true != predicted)
    order = wrong[np.argsort(-loss[wrong], kind="stable")]
    return ReportPicture(name, counts, Mistakes(order, true[order], predicted[order], loss[order]))


def weights(units: range = range(16)) -> Probe[WeightsPicture]:
    """Return the probe of the first dense layer's weights as images, of some of its units.

    One scale for the whole layer, three times the root mean square of its weights: it grows slowly while training goes
    on, and no single weight moves it.
    """

    def probe(scene: Scene, row: Row) -> Slices[WeightsPicture]:
        layer = scene.architecture.dense[0]
        matrix = row[layer.start : layer.bias_start].reshape(layer.units, layer.inputs)
        scale = _SPREAD * float(np.sqrt(np.mean(np.square(matrix), dtype=np.float64))) or 1.0
        yield
        shown = matrix[units.start : units.stop].reshape(-1, *scene.dataset.facts.shape)
        return WeightsPicture(layer.id, units.start, np.clip(shown / scale, -1, 1).astype(np.float32), scale)

    return probe
