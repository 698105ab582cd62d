"""The half of the script that predicts: the network, its inputs, its outputs."""

from math import prod

from core.choices.activations import ACTIVATIONS
from core.choices.datasets import Facts
from core.choices.features import FEATURES
from core.datasets.samples import Preparation
from core.exchange.code.text import INPUTS, Lines, call, indented, listed, marked, plain, quoted
from core.experiment.architecture import Architecture, DenseLayer

# What turns the network's logits into outputs; the other output activations are its last layer.
_FROM_LOGITS = {"sigmoid": "torch.sigmoid({})", "softmax": "torch.softmax({}, dim=1)"}


def modules(architecture: Architecture) -> list[tuple[str, str, int]]:
    """Return the modules of ``nn.Sequential`` as code, each with the name of its layer, empty for activations, and the
    place of that layer among all layers."""
    lines: list[tuple[str, str, int]] = []
    for place, layer in enumerate(architecture.layers):
        name = plain(layer.name)
        if not isinstance(layer, DenseLayer):
            lines.append((f"nn.Dropout({layer.rate!r})", name, place))
            continue
        lines.append((f"nn.Linear({layer.inputs}, {layer.units})", name, place))
        if layer is not architecture.layers[-1] and layer.activation != "linear":
            torch_class = ACTIVATIONS[layer.activation].torch
            lines.append((f"nn.{torch_class}()" if torch_class else "Sine()", "", place))
        elif layer is architecture.layers[-1] and not architecture.loss.from_logits and layer.activation != "linear":
            lines.append(("nn.Softmax(dim=1)" if layer.activation == "softmax" else "nn.Tanh()", "", place))
    return lines


def dense_places(architecture: Architecture) -> list[int]:
    """Return the places of the dense layers in ``nn.Sequential``, in order."""
    return [place for place, (code, *_) in enumerate(modules(architecture)) if code.startswith("nn.Linear")]


def constants(facts: Facts, weights: str, file: str = "Path(__file__).with_suffix({})") -> Lines:
    """Return the names of the classes and the stored weights; file: code for where they are, of the text weights."""
    classes = listed("CLASSES = ", [quoted(name) for name in facts.classes]) if facts.classes else []
    return [
        *classes,
        f"with np.load({file.format(quoted(weights))}) as file:",
        "    STORED = dict(file)  # the trained weights",
    ]


def build(architecture: Architecture) -> Lines:
    """Return the function that makes the network."""
    sine = any(layer.activation == "sine" for layer in architecture.dense)
    own = [
        "class Sine(nn.Module):",
        '    """The sine as an activation, which torch does not have."""',
        "",
        "    def forward(self, z):",
        "        return torch.sin(z)",
        "",
        "",
    ]
    named = [
        line
        for code, name, place in modules(architecture)
        for line in marked([f"        {code},{f'  # {name}' if name else ''}"], place)
    ]
    return [
        *(own if sine else []),
        "def build():",
        '    """Return the network, before it is trained."""',
        "    return nn.Sequential(",
        *named,
        "    )",
    ]


TENSOR = "torch.tensor({}, dtype=torch.float32)"


def prepare(preparation: Preparation, facts: Facts, inputs: int, form: str = TENSOR) -> Lines:
    """Return the function that turns raw samples into inputs; form: code for what it returns of an array."""
    numbers = prod(facts.shape)
    precision = "np.float64" if preparation.features else "np.float32"
    lines = [
        "def prepare(raw):",
        f'    """Return the network\'s inputs (n, {inputs}) for raw samples of {numbers} numbers each."""',
        f"    raw = np.asarray(raw, dtype={precision}).reshape(len(raw), -1)",
        f"    if raw.shape[1] != {numbers}:",
        f'        raise ValueError(f"expected {numbers} numbers a sample, got {{raw.shape[1]}}")',
    ]
    result = "raw"
    if preparation.features and preparation.features != ("x1", "x2"):
        codes = [FEATURES[tag].code.replace(" ** ", "**") for tag in preparation.features]  # as ruff spells powers
        used = [name for place, name in enumerate(("x1", "x2")) if any(name in code for code in codes)]
        lines += [f"    {name} = raw[:, {('x1', 'x2').index(name)}]" for name in used]
        lines += indented(call("inputs = np.stack", [f"[{', '.join(codes)}]", "axis=1"], depth=1))
        result = "inputs"
    if preparation.scale != 1:
        whole = 1 / preparation.scale
        factor = f"/ {whole:.0f}" if whole == round(whole) else f"* {preparation.scale!r}"
        lines.append(f"    {result} = {result} {factor}")
    if preparation.mean is not None:
        lines.append(f'    {result} = ({result} - STORED["mean"]) / STORED["deviation"]')
    return marked([*lines, f"    return {form.format(result)}"], INPUTS)


def predict(architecture: Architecture, facts: Facts) -> Lines:
    """Return the functions that load the trained network and predict with it."""
    form = _FROM_LOGITS.get(architecture.head.activation, "{}") if architecture.loss.from_logits else "{}"
    return [
        "def trained():",
        '    """Return the trained network, with dropout off."""',
        "    model = build()",
        "    weights = {name: torch.from_numpy(STORED[name]) for name in model.state_dict()}",
        "    model.load_state_dict(weights)",
        "    return model.eval()",
        "",
        "",
        "def predict(raw):",
        f'    """Return for each raw sample {meaning(architecture, facts)}: (n, {architecture.outputs})."""',
        "    with torch.no_grad():",
        *marked([f"        return {form.format('trained()(prepare(raw))')}.numpy()"], len(architecture.layers) - 1),
    ]


def meaning(architecture: Architecture, facts: Facts) -> str:
    """Say what the outputs are."""
    head = architecture.head
    if head.target == "value":
        return "the predicted value"
    if head.activation == "softmax":
        return "a probability for each class"
    if head.target == "one-hot":
        return "a score for each class"
    if head.target == "binary":
        return f'the probability of "{plain(facts.classes[1])}"'
    return f'a number above 0 for "{plain(facts.classes[1])}", below 0 for "{plain(facts.classes[0])}"'
