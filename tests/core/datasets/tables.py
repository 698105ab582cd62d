"""Tables that tests write and read."""

from pathlib import Path
from typing import Any

from core.choices.datasets import Facts, Table
from core.datasets import table
from core.datasets.samples import Samples


def write(folder: Path, content: str | bytes, name: str = "marks.csv") -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def read(folder: Path, content: str | bytes, **chosen: Any) -> tuple[Facts, Samples]:
    settings = Table(path=write(folder, content), **chosen)
    return table.facts(settings), table.samples(settings)


PLAIN = "hours,lectures,passed\n1.5,2,no\n8,9,yes\n-3e1,4,yes\n"
