"""The colours, by name, for the light and the dark theme; and what is drawn with them."""

from dataclasses import dataclass

LIGHT = {
    "bg": "#e9ecf1",
    "panel": "#ffffff",
    "canvas": "#f5f6f9",
    "raise": "#f3f5f8",
    "dot": "#dce0e8",
    "border": "#dce0e8",
    "strong": "#7f899a",
    "text": "#1a1f29",
    "text2": "#566072",
    "disabled": "#9aa3b2",
    "accent": "#5b45d6",
    "fill": "#5b45d6",
    "soft": "#edeafd",
    "ok": "#0b7350",
    "okSoft": "#e2f4ec",
    "warn": "#855300",
    "warnSoft": "#fdf1d8",
    "err": "#c02636",
    "errSoft": "#fdebec",
    "negative": "#f59322",
    "negativeText": "#9a5200",
    "positive": "#0877bd",
    "positiveText": "#0869a8",
    "middle": "#edeff2",
    "mapNegative": "#f59322",
    "mapPositive": "#0877bd",
    "dotNegative": "#f59322",
    "dotPositive": "#0877bd",
    "dotRing": "#ffffff",
    "s1": "#c4209a",
    "s2": "#005a41",
    "s3": "#86690a",
    "s4": "#1a1f29",
    "s5": "#7d17e8",
}
DARK = {
    "bg": "#101318",
    "panel": "#1c2028",
    "canvas": "#161a20",
    "raise": "#252a34",
    "dot": "#262b35",
    "border": "#2d333f",
    "strong": "#717c8e",
    "text": "#e7eaf0",
    "text2": "#a3adbd",
    "disabled": "#667080",
    "accent": "#ab9dff",
    "fill": "#6a55e0",
    "soft": "#2e2a52",
    "ok": "#4fcf9f",
    "okSoft": "#173a30",
    "warn": "#f2c14e",
    "warnSoft": "#3a3018",
    "err": "#ff7d86",
    "errSoft": "#43222a",
    "negative": "#f59322",
    "negativeText": "#f7a13d",
    "positive": "#3aa2ea",
    "positiveText": "#5ab4f0",
    "middle": "#242933",
    "mapNegative": "#e08a2c",
    "mapPositive": "#2b8fd6",
    "dotNegative": "#ffc27a",
    "dotPositive": "#8fd0ff",
    "dotRing": "#14171d",
    "s1": "#f060c8",
    "s2": "#52e6b0",
    "s3": "#f2c14e",
    "s4": "#e7eaf0",
    "s5": "#a262ff",
}
# Markers tell run series apart beside their colour; further runs take the first colours with another marker.
MARKERS = ("o", "s", "t", "d", "t1", "p", "star", "h")
SERIES = 5  # colours
# Classes of data sets with more than two: told apart by lightness too. Two classes are negative and positive.
CLASSES_LIGHT = (
    "#f59322", "#0877bd", "#0b7350", "#c4209a", "#86690a", "#5b45d6", "#c02636", "#3c7590", "#7f899a", "#1a1f29",
)  # fmt: skip
CLASSES_DARK = (
    "#f59322", "#3aa2ea", "#4fcf9f", "#f060c8", "#f2c14e", "#ab9dff", "#ff7d86", "#6f9aa3", "#a3adbd", "#e7eaf0",
)  # fmt: skip


@dataclass(frozen=True)
class Sizes:
    """Lengths in pixels; presentation mode scales type and lines."""

    axis: int = 11
    small: int = 12
    base: int = 13
    primary: int = 14
    metric: int = 16
    grid: int = 8
    padding: int = 16
    row: int = 32
    toolbar: int = 48
    tile: int = 32
    line: float = 1.0


SIZES = Sizes()
PRESENTATION = Sizes(axis=15, small=16, base=17, primary=18, metric=22, row=40, toolbar=60, line=1.8)
