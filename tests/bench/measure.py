"""Ratios that can be trusted on a noisy machine: measured side by side, a ratio per round, median and quartiles."""

import argparse
import json
import os
import statistics
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from time import sleep

from core.choices.fields import Mistake

ROOT = Path(__file__).parents[2]
ROUNDS = 9
_SETTLE = 0.03  # seconds


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
    """Run all cases in turn, ABC ABC …, after one warm-up each; return what each measured, by round.

    Before each there is a pause: PyTorch's threads go on spinning for some 9 ms after the case before, and would take
    the next one's core.
    """
    for case in cases.values():
        case()
    figures: dict[str, list[float]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, case in cases.items():
            sleep(_SETTLE)
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


def options(doc: str | None) -> argparse.ArgumentParser:
    """Return a parser of what every benchmark takes. MNIST is looked for beside the checkout too, from here on."""
    parser = argparse.ArgumentParser(description=doc)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    beside = ROOT.parent / "shared" / "mnist"
    if "DOWNHILL_DATA" not in os.environ and beside.is_dir():
        os.environ["DOWNHILL_DATA"] = str(beside)
    return parser


def report(head: str, rows: Iterable[Row], as_json: bool) -> int:
    """Print lines as they come, or as one list at the end; return 1 if a bar is missed.

    Data that cannot be had end the table, and that is said.
    """
    say = sys.stderr if as_json else sys.stdout
    print(head, file=say)
    found = []
    try:
        for line in rows:
            found.append(line)
            print(line.line(), file=say, flush=True)
    except Mistake as error:
        print(f"MNIST left out: {error}", file=sys.stderr)
    if as_json:
        print(json.dumps([asdict(line) | {"met": line.met} for line in found], indent=1, ensure_ascii=False))
    return 0 if all(line.met for line in found) else 1
