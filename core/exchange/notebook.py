"""The format "notebook": the script as a Jupyter notebook (nbformat 4), with the weights in an .npz file beside it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.datasets.samples import Array
from core.exchange.code.notebook import WEIGHTS, Cell, cells
from core.exchange.code.text import quoted
from core.exchange.package import Package
from core.exchange.script import save_weights, subject

_SAMPLES = "samples"  # a few raw ones, among the weights
_FEW = 5


def write(package: Package, path: Path) -> tuple[Path, ...]:
    """Write the notebook and its weights; return the paths of both."""
    made = cells(subject(package, path.stem), _SAMPLES)
    plain = {
        "cells": [_cell(place, cell) for place, cell in enumerate(made)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path.write_text(json.dumps(plain, indent=1, ensure_ascii=False) + "\n", encoding="utf-8", newline="\n")
    return path, save_weights(package, path.with_suffix(WEIGHTS), {_SAMPLES: package.samples[:_FEW]})


def predictor(path: Path) -> Callable[[Array], Array]:
    """Run the cells in order, as Jupyter would in the notebook's folder, and return their ``predict``."""
    plain = json.loads(path.read_text(encoding="utf-8"))
    named = (path.with_suffix(WEIGHTS), path.with_name(f"{path.stem}-data.npz"))
    space: dict[str, Any] = {"__name__": "exported"}
    for cell in plain["cells"]:
        if cell["cell_type"] == "code":
            source = "".join(cell["source"])
            for file in named:  # a program cannot change its folder for one of its threads alone
                source = source.replace(quoted(file.name), repr(str(file)))
            exec(compile(source, path.name, "exec"), space)
    predict: Callable[[Array], Array] = space["predict"]
    return predict


def _cell(place: int, cell: Cell) -> dict[str, Any]:
    about: dict[str, Any] = {"id": f"cell-{place}", "metadata": {}, "source": cell.source.splitlines(keepends=True)}
    if cell.code:
        return {"cell_type": "code", "execution_count": None, "outputs": [], **about}
    return {"cell_type": "markdown", **about}
