"""The formats that a trained model leaves in, one table: a new format is a row and a file beside this one."""

from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from core.choices.fields import table


@dataclass(frozen=True)
class Format:
    """A row.

    formula: the files that are written. suffixes: endings that the main file may have. module: a file of core.exchange
    with ``write(package, path)``, which writes the files and returns their paths, the main one first, and
    ``predictor(path)``, which reads them as another tool would and returns a function from raw samples to outputs. It
    is named, not imported, so that reading the table costs no import of torch.
    """

    tag: str
    title: str
    formula: str
    sentence: str
    suffixes: tuple[str, ...]
    module: str

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
        module="script",
    ),
    Format(
        tag="safetensors",
        title="safetensors",
        formula="OUT.safetensors, OUT.json",
        sentence="The weights as PyTorch names them, and beside them the architecture, preprocessing and metrics.",
        suffixes=(".safetensors",),
        module="safetensors",
    ),
)
