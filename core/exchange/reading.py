"""Open a model in a file: what Downhill wrote, or a plain dense network in ONNX from elsewhere. No pickle is loaded.

This file, which knows files by their endings, imports no torch.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from core.choices.fields import Mistake

if TYPE_CHECKING:
    from core.exchange.model import Model

# By ending, a file of core.exchange with ``read(path)``.
READERS: Mapping[str, str] = {".safetensors": "safetensors", ".onnx": "onnx_model", ".pt2": "pt2"}
# What holds samples for a model.
TABLES = (".csv", ".tsv", ".txt")
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")


def read_model(path: Path) -> "Model":
    """Return the model in a file; raises Mistake where it holds none that is known."""
    module = READERS.get(path.suffix.lower())
    if module is None:
        raise Mistake(f"{path.name}: expected a file that ends in {', '.join(READERS)}; choose one of these")
    model: Model = import_module(f"core.exchange.{module}").read(path)
    return model
