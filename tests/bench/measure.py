"""Ratios that can be trusted on a noisy machine: measured side by side, a ratio per round, median and quartiles."""

import statistics
from collections.abc import Callable, Mapping
from dataclasses import dataclass

ROUNDS = 9


@dataclass(frozen=True)
class Row:
    """One line of the table: a ratio with its quartiles, and the bar that it should meet."""

    name: str
    ratio: float
    low: float
    high: float
    bar: float
    at_least: bool
    detail: str

    @property
    def met(self) -> bool:
        return self.ratio >= self.bar if self.at_least else self.ratio <= self.bar

    def line(self) -> str:
        sign = "≥" if self.at_least else "≤"
        verdict = "met" if self.met else "MISSED"
        quartiles = f"{self.low:.2f}–{self.high:.2f}"
        return f"{self.name:<58} {self.ratio:6.2f}  {quartiles:>13}  {sign} {self.bar:<5g} {verdict:<6}  {self.detail}"


def interleaved(cases: Mapping[str, Callable[[], float]], rounds: int = ROUNDS) -> dict[str, list[float]]:
    """Run all cases in turn, ABC ABC …, after one warm-up each; return what each measured, by round."""
    for case in cases.values():
        case()
    figures: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            figures[name].append(case())
    return figures


def row(
    name: str, above: list[float], below: list[float], bar: float, *, at_least: bool = True, scale: float = 1.0
) -> Row:
    """Return the line for ``scale · above / below``, round by round."""
    ratios = sorted(scale * a / b for a, b in zip(above, below, strict=True))
    if len(ratios) > 1:
        low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    else:
        low = middle = high = ratios[0]
    detail = f"{_figure(statistics.median(above))} / {_figure(statistics.median(below))}"
    return Row(name, middle, low, high, bar, at_least, detail)


def _figure(value: float) -> str:
    return f"{value * 1e6:.0f} µs" if value < 0.01 else f"{value:.2f} s" if value < 1000 else f"{value / 2**20:.0f} MiB"
