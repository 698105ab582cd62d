"""Start weights in the script: drawn as Downhill draws them, so that training starts from the same place."""

from collections.abc import Callable, Mapping
from itertools import groupby
from typing import Any

from core.exchange.code.network import dense_places
from core.exchange.code.text import Lines, indented, listed, marked
from core.experiment.architecture import Architecture
from core.training.rows import generator

# What fills one layer's weights and biases. The maths is that of core.choices.initializers.
DRAWS: Mapping[str, Callable[[Any, int], Lines]] = {
    "default": lambda settings, depth: [
        "bound = layer.in_features**-0.5",
        "layer.weight.uniform_(-bound, bound, generator=draws)",
        "layer.bias.uniform_(-bound, bound, generator=draws)",
    ],
    "xavier": lambda settings, depth: [
        "bound = (6 / (layer.in_features + layer.out_features)) ** 0.5",
        "layer.weight.uniform_(-bound, bound, generator=draws)",
        "layer.bias.zero_()",
    ],
    "he": lambda settings, depth: [
        "spread = (2 / layer.in_features) ** 0.5",
        "layer.weight.normal_(0, spread, generator=draws)",
        "layer.bias.zero_()",
    ],
    "normal": lambda settings, depth: [
        f"layer.weight.normal_(0, {settings.std!r}, generator=draws)",
        "layer.bias.zero_()",
    ],
    "zeros": lambda settings, depth: [
        "layer.weight.zero_()",
        "layer.bias.zero_()",
    ],
    "given": lambda settings, depth: [
        *listed("weights = ", [[repr(number) for number in row] for row in settings.weights], depth),
        *listed("biases = ", [repr(number) for number in settings.biases], depth),
        "layer.weight.copy_(torch.tensor(weights))",
        "layer.bias.copy_(torch.tensor(biases))",
    ],
}


def start(architecture: Architecture, seed: int) -> Lines:
    """Return the function that draws the start weights, the same as Downhill's."""
    pairs = zip(dense_places(architecture), architecture.dense, strict=True)
    groups = [list(some) for _settings, some in groupby(pairs, key=lambda pair: pair[1].initializer)]
    body: Lines = []
    for some in groups:
        places = [place for place, _layer in some]
        settings = some[0][1].initializer
        draw = DRAWS[settings.kind]
        if len(places) == 1:
            lines = [f"layer = model[{places[0]}]", *draw(settings, 2)]
            body += marked(lines, architecture.layers.index(some[0][1]))
        elif len(groups) == 1:
            body += ["for layer in model:", "    if isinstance(layer, nn.Linear):", *indented(draw(settings, 4), 2)]
        else:
            layers = ", ".join(f"model[{place}]" for place in places)
            body += [f"for layer in {layers}:", *indented(draw(settings, 3))]
    draws = [f"draws = torch.Generator().manual_seed({generator(seed, 'start').initial_seed()})"]
    return [
        "def start():",
        f'    """Return the network with the start weights of seed {seed}."""',
        "    model = build()",
        *indented(draws if any("generator=draws" in line for line in body) else []),
        "    with torch.no_grad():",
        *indented(body, 2),
        "    return model",
    ]
