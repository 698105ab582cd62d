"""Code of what is being built: the same as is exported, and the lines of each layer are those of its card."""

import ast
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from core.choices.fields import Mistake
from core.exchange.code.sketch import sketch
from core.exchange.code.text import Code
from core.exchange.formats import FORMATS
from core.exchange.script import subject
from core.experiment.experiment import read_experiment
from core.probes.pictures import INPUT

FLAVOURS = [tag for tag, row in FORMATS.items() if row.code]
LAYERS = [
    {"kind": "dense", "id": "a", "name": "First", "units": 5, "activation": "relu", "initializer": "he"},
    {"kind": "dropout", "id": "b\n\0", "name": "Off", "rate": 0.25},
    {"kind": "dense", "id": "c", "name": "Second", "units": 3, "activation": "linear"},
]


def made(flavour: str, **changed: Any) -> Code:
    plain = {"network": {"layers": LAYERS}, "data": {"source": "spiral", "features": ["x1", "sin_x2"]}, **changed}
    return sketch(read_experiment(plain), "net", FORMATS[flavour])


def lines_of(code: Code, layer: str) -> list[str]:
    every = code.text.split("\n")
    return [every[number].strip() for number in code.lines.get(layer, ())]


def test_there_is_more_than_one_flavour() -> None:
    assert FLAVOURS == ["python", "notebook", "keras"]


@pytest.mark.parametrize("flavour", ["python", "keras"])
def test_it_is_what_would_be_exported(flavour: str, case: str, trained: Callable[[str], Any]) -> None:
    package = trained(case).package()
    exported = FORMATS[flavour].load().program(subject(package, "net")).text
    shown = sketch(package.experiment, "net", FORMATS[flavour]).text
    for note in subject(package, "net").notes:
        assert note.split('"')[0][:40] in exported.replace("\n", " ")
    # What was measured is told in the docstring alone.
    assert ast.unparse(_without_docstring(exported)) == ast.unparse(_without_docstring(shown))


def _without_docstring(text: str) -> ast.Module:
    module = ast.parse(text)
    return ast.Module(module.body[1:], module.type_ignores)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_each_layer_has_lines_in_the_order_of_the_network_and_no_line_has_two(flavour: str) -> None:
    code = made(flavour)
    assert set(code.lines) == {INPUT, "a", "b\n\0", "c", "output"}
    assert "\0" not in code.text
    owned = [number for lines in code.lines.values() for number in lines]
    assert len(set(owned)) == len(owned)
    assert all(code.text.split("\n")[number].strip() for number in owned)
    firsts = [code.lines[layer][0] for layer in ("a", "b\n\0", "c")]
    assert firsts == sorted(firsts)


@pytest.mark.parametrize("flavour", ["python", "notebook"])
def test_the_lines_of_a_layer_in_pytorch(flavour: str) -> None:
    code = made(flavour)
    assert lines_of(code, "a")[:2] == ["nn.Linear(2, 5),  # First", "nn.ReLU(),"]
    assert lines_of(code, "a")[2] == "layer = model[0]"  # its own start weights
    assert lines_of(code, "b\n\0") == ["nn.Dropout(0.25),  # Off"]
    assert lines_of(code, "c") == ["nn.Linear(5, 3),  # Second"]
    assert lines_of(code, "output") == [
        "nn.Linear(3, 1),  # Output",
        "return torch.sigmoid(trained()(prepare(raw))).numpy()",
    ]
    assert lines_of(code, INPUT)[0] == "def prepare(raw):"
    assert "inputs = np.stack([x1, np.sin(x2)], axis=1)" in lines_of(code, INPUT)


def test_the_lines_of_a_layer_in_keras() -> None:
    code = made("keras")
    assert "".join(lines_of(code, "a")).startswith('keras.layers.Dense(5, activation="relu"')
    assert lines_of(code, "b\n\0") == ["keras.layers.Dropout(0.25),  # Off"]
    assert "keras.Input(shape=(2,))," in lines_of(code, INPUT)


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_start_weights_that_are_written_down_belong_to_their_layer(flavour: str) -> None:
    given = {"kind": "given", "weights": [[0.5, -1.5]], "biases": [0.25]}
    code = made(flavour, network={"output": {"initializer": given}}, data={"source": "spiral"})
    text = "\n".join(lines_of(code, "output"))
    assert "0.5, -1.5" in text.replace("\n", " ")
    assert "0.25" in text


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error"])
def test_softmax_belongs_to_the_output_wherever_it_stands(loss: str) -> None:
    code = made("python", data={"source": {"kind": "spiral", "arms": 3}}, training={"loss": loss})
    assert any("oftmax" in line for line in lines_of(code, "output"))


def test_the_cells_of_the_notebook_are_python() -> None:
    code = made("notebook")
    ast.parse(code.text)
    heads = [line for line in code.text.split("\n") if line.startswith("# %%")]
    assert heads[:2] == ["# %% [markdown]", "# %%"]
    assert heads == heads[:2] * (len(heads) // 2)


def test_what_cannot_be_written_is_told_in_a_sentence() -> None:
    with pytest.raises(Mistake, match=r"training\.loss: for data with numbers expected"):
        made("python", data={"source": "ripple"})


def test_the_scale_of_images_is_known_without_loading_them() -> None:
    code = made("python", data={"source": "mnist"}, training={"loss": "cross_entropy"})
    lines: Sequence[str] = lines_of(code, INPUT)
    assert "raw = raw / 255" in lines
