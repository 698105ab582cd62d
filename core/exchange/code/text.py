"""Lines of Python, broken as ruff would break them."""

import textwrap
from collections.abc import Iterable, Sequence

Lines = list[str]

WIDTH = 88  # ruff's own


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
