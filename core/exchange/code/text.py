"""Lines of Python, broken as ruff would break them, and which of them are about one layer."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from core.experiment.architecture import Architecture
from core.probes.pictures import INPUT

Lines = list[str]

WIDTH = 88  # ruff's own
INPUTS = -1  # stands for the inputs where a layer is given by its place
# Before the place of the layer that a line is about. It is nowhere else: what comes from outside goes through ``plain``
# or ``quoted``.
_MARK = "\0"


@dataclass(frozen=True)
class Code:
    """Source code. lines: by the id of a layer the numbers, from 0, of the lines that are about it alone."""

    text: str
    lines: Mapping[str, Sequence[int]]


def marked(lines: Lines, layer: int) -> Lines:
    """Return lines that are about one layer, given by its place among all layers, or about the inputs."""
    return [f"{line}{_MARK}{layer}" for line in lines]


def unmarked(text: str, architecture: Architecture) -> Code:
    """Return source code without its marks, and with what they told."""
    ids = {str(place): layer.id for place, layer in enumerate(architecture.layers)} | {str(INPUTS): INPUT}
    found: dict[str, list[int]] = {}
    lines: Lines = []
    for number, line in enumerate(text.split("\n")):
        code, mark, place = line.partition(_MARK)
        lines.append(code)
        if mark:
            found.setdefault(ids[place], []).append(number)
    return Code("\n".join(lines), found)


def plain(text: str) -> str:
    """Return a name as it may stand in a comment or a docstring: on one line, without quotes that would end it.

    What cannot be seen, such as marks that turn the direction of writing, is left out.
    """
    one_line = " ".join(text.split())
    return "".join(c for c in one_line if c.isprintable()).replace("\\", "\\\\").replace('"', "'")


def quoted(text: str) -> str:
    """Return a text as a string of Python."""
    code = repr(text)
    return code if "'" in text or '"' in text else f'"{code[1:-1]}"'


def paragraphs(*texts: str) -> Lines:
    """Return texts as wrapped lines with an empty line between."""
    lines: Lines = []
    for text in texts:
        lines += ["", *textwrap.wrap(text, WIDTH, break_long_words=False, break_on_hyphens=False)]
    return lines[1:]


def indented(lines: Iterable[str], depth: int = 1) -> Lines:
    """Return lines with ``depth`` times four spaces before them."""
    return [" " * 4 * depth + line if line else "" for line in lines]


def call(before: str, arguments: Sequence[str], depth: int = 0, after: str = "") -> Lines:
    """Return ``before(arguments)`` in one line, or with the arguments below, or each on a line of its own.

    depth: how deep the lines will be indented. after: what follows the call in its line.
    """
    inside = ", ".join(arguments)
    width = WIDTH - 4 * depth
    if len(line := f"{before}({inside}){after}") <= width:
        return [line]
    if len(inside) + 4 <= width:
        return [f"{before}(", f"    {inside}", f"){after}"]
    return [f"{before}(", *(f"    {argument}," for argument in arguments), f"){after}"]


Nested = str | Sequence["Nested"]


def listed(before: str, items: Nested, depth: int = 0) -> Lines:
    """Return ``before[items]`` in one line, or each item on a line of its own; items may be lists again."""
    if len(line := f"{before}{_flat(items)}") <= WIDTH - 4 * depth or isinstance(items, str):
        return [line]
    inner = [listed("", item, depth + 1) for item in items]
    return [f"{before}[", *indented(line for lines in inner for line in [*lines[:-1], f"{lines[-1]},"]), "]"]


def _flat(items: Nested) -> str:
    return items if isinstance(items, str) else f"[{', '.join(_flat(item) for item in items)}]"
