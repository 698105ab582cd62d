"""How numbers are written on the screen and read from it."""

import math

_THOUSANDS = 99_999.5  # from here on powers of ten are read more easily
MINUS = "\N{MINUS SIGN}"


def written(value: float, digits: int = 3) -> str:
    """Write a number with so many significant digits, a true minus, and powers of ten as 1e−5; thousands whole."""
    if not math.isfinite(value):
        return "NaN" if math.isnan(value) else "∞" if value > 0 else f"{MINUS}∞"
    text = f"{value:.0f}" if 10**digits <= abs(value) < _THOUSANDS else f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        text = f"{mantissa}e{int(exponent)}"
    return text.replace("-", MINUS)


def read(text: str) -> float | None:
    """Read a number as people write it, with a decimal comma or a true minus; None if it is none."""
    plain = text.strip().replace(MINUS, "-").replace(" ", "")
    if "," in plain and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        value = float(plain)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
