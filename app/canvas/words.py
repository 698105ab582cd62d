"""Words and numbers of the canvas: names of weights, numbers that keep their width while they change."""

from math import isfinite

from PySide6.QtCore import QCoreApplication

from app.shell.selection import Weight

_SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def tr(text: str) -> str:
    """Return a text in the user's language, for code that is no QObject."""
    return QCoreApplication.translate("Canvas", text)


def number(value: float) -> str:
    """Write a number with a true minus and two places, or fewer where it is large and powers of ten where tiny."""
    value += 0.0  # no −0
    size = abs(value)
    if not isfinite(size):
        text = str(value)
    elif size >= 10_000 or 0 < size < 0.005:
        mantissa, exponent = f"{value:.1e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    else:
        text = f"{value:.{2 if size < 10 else 1 if size < 100 else 0}f}"
    return text.replace("-", "−")


def subscript(value: int) -> str:
    """Write a whole number as an index: ₁₂."""
    return str(value).translate(_SUBSCRIPTS)


def weight_name(weight: Weight) -> str:
    """Write w₃,₇ for the weight to neuron 3 from input 7, counted from 1; b₃ for a bias."""
    if weight.source is None:
        return f"b{subscript(weight.unit + 1)}"
    return f"w{subscript(weight.unit + 1)},{subscript(weight.source + 1)}"


def counted(count: int, one: str, many: str) -> str:
    """Write "1 unit" or "8 units"."""
    return f"{count:,} {one if count == 1 else many}"


def precise(value: float) -> str:
    """Write a number with three digits and a true minus, so that a reader can multiply it."""
    size = abs(value)
    if not isfinite(size) or size == 0:
        text = f"{value + 0.0:.0f}"
    elif size >= 10_000 or size < 0.001:
        mantissa, exponent = f"{value:.2e}".split("e")
        text = f"{mantissa}e{int(exponent)}"
    elif size >= 100:
        text = f"{value:.0f}"
    else:
        text = f"{value:#.3g}"
    return text.replace("-", "−")
