"""The formats that a trained model leaves in, one table: a new format is a row and a file beside this one."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from core.choices.fields import table


@dataclass(frozen=True)
class Format:
    """A row.

    formula: the files that are written. suffixes: endings that the main file may have. reader: by what they are read
    back. module: a file of core.exchange with ``write(package, path)``, which writes the files and returns their paths,
    the main one first, and ``predictor(path)``, which reads them as another tool would and returns a function from raw
    samples to outputs; or, where a file holds predictions instead of a network, ``predictions(path)``, which returns
    them for all samples, part by part. It is named, not imported, so that reading the table costs no import of torch.
    code: where the main file is code, a file of core.exchange.code with ``program(subject)``, which returns it.
    """

    tag: str
    title: str
    formula: str
    sentence: str
    suffixes: tuple[str, ...]
    reader: str
    module: str
    code: str = ""

    def load(self) -> ModuleType:
        """Return the module that writes and reads the format."""
        return import_module(f"core.exchange.{self.module}")


FORMATS = table(
    Format(
        tag="python",
        title="Python script",
        formula="OUT.py, OUT.npz",
        sentence="A script of its own, with the weights beside it: it predicts and trains with torch and numpy alone.",
        suffixes=(".py",),
        reader="Python",
        module="script",
        code="program",
    ),
    Format(
        tag="notebook",
        title="Jupyter notebook",
        formula="OUT.ipynb, OUT.notebook.npz",
        sentence="The Python script as a notebook that explains each step, with the weights beside it.",
        suffixes=(".ipynb",),
        reader="Python",
        module="notebook",
        code="notebook",
    ),
    Format(
        tag="keras",
        title="Keras script",
        formula="OUT.py, OUT.keras.npz",
        sentence="The network and its training in Keras 3 (TensorFlow, PyTorch or JAX), with the weights beside it.",
        suffixes=(".py",),
        reader="a stand-in for Keras, which is no part of Downhill",
        module="keras",
        code="keras_network",
    ),
    Format(
        tag="pt2",
        title="PyTorch program",
        formula="OUT.pt2",
        sentence="A program of torch.export that takes raw samples, any number of them: torch alone can run it.",
        suffixes=(".pt2",),
        reader="torch.export.load",
        module="pt2",
    ),
    Format(
        tag="safetensors",
        title="safetensors",
        formula="OUT.safetensors, OUT.json",
        sentence="The weights as PyTorch names them, and beside them the architecture, preprocessing and metrics.",
        suffixes=(".safetensors",),
        reader="Downhill",
        module="safetensors",
    ),
    Format(
        tag="onnx",
        title="ONNX",
        formula="OUT.onnx",
        sentence="One file that takes raw samples and runs nearly everywhere: onnxruntime, browsers, phones, MATLAB.",
        suffixes=(".onnx",),
        reader="ONNX' reference evaluator",
        module="onnx",
    ),
    Format(
        tag="csv",
        title="Data as CSV",
        formula="OUT.csv, OUT-curves.csv, OUT-data.npz",
        sentence="What the network says to every sample, the curves of its run, and the samples for the scripts.",
        suffixes=(".csv",),
        reader="Downhill's reader of tables",
        module="tables",
    ),
)
