"""Trained runs of every kind that a report must tell of, and the report read back from its HTML."""

import re
from collections.abc import Callable, Mapping, Sequence
from html.parser import HTMLParser
from typing import Any

import pytest

from core.datasets.load import load
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Origin, Run, Start, expand
from core.report.html import html
from core.report.report import report
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.events import Change, Order
from core.training.loop import prepare, train

Plain = Mapping[str, Any]


def dense(units: int, activation: str = "tanh") -> Plain:
    """Return a dense layer as a file holds it."""
    return {"kind": "dense", "units": units, "activation": activation}


CASES: Mapping[str, Plain] = {
    "binary": {
        "name": "Circle & <ring>",
        "question": "Does it\nwork <b>well</b>?",
        "data": {"source": {"kind": "circle", "samples": 80}},
        "network": {"layers": [dense(8), dense(4, "relu")]},
    },
    "five classes": {
        "name": "Arms",
        "data": {"source": {"kind": "spiral", "arms": 5, "samples": 100}, "test": 0.2},
        "network": {"layers": [dense(12)]},
        "training": {"loss": "cross_entropy"},
    },
    "regression": {
        "name": "Ripple",
        "data": {"source": {"kind": "ripple", "samples": 80}},
        "network": {"layers": [dense(8, "silu")]},
        "training": {"loss": "mean_squared_error"},
    },
    "images with dropout": {
        "name": "Digits",
        "data": {"source": "digits", "test": 0.1},
        "network": {"layers": [dense(16, "relu"), {"kind": "dropout", "rate": 0.3}]},
        "training": {"loss": "cross_entropy", "batch_size": 64, "early_stopping": {"patience": 2}},
    },
    "seeds": {
        "name": "Seeds",
        "data": {"source": {"kind": "circle", "samples": 60}},
        "network": {"layers": [dense(4), {"kind": "dropout", "id": "d", "rate": 0.0}]},
        "variants": [
            {"name": f"rate {rate}, seed {seed}", "settings": {"network.dropout": rate, "training.seed": seed}}
            for rate in (0.0, 0.5)
            for seed in range(4)
        ],
    },
    "no validation": {
        "name": "Whole",
        "data": {"source": {"kind": "plane", "samples": 40}, "validation": 0},
        "training": {"loss": "mean_absolute_error", "batch_size": "all"},
    },
    "diverged": {
        "name": "Too fast",
        "data": {"source": {"kind": "plane", "samples": 40}},
        "training": {"loss": "mean_squared_error", "optimizer": {"kind": "sgd", "learning_rate": 1e8}},
    },
}


def train_all(
    plain: Plain, orders: Mapping[int, Order] | None = None, stop_after: int | None = None, start: Start | None = None
) -> tuple[Experiment, tuple[Record, ...]]:
    """Train an experiment; orders: what is told before a step; stop_after: steps, after which records are made."""
    given = dict(plain)
    given["training"] = {"epochs": 6, **given.get("training", {})}
    experiment = read_experiment(given)
    runs = [Run(run.name, run.experiment, start) for run in expand(experiment)]
    recorder, work = Recorder(runs), train(prepare(runs))
    step, order = 0, None
    while True:
        try:
            recorder.take(work.send(order))
        except StopIteration:
            break
        step += 1
        order = (orders or {}).get(step)
        if step == stop_after:
            work.close()
            break
    return experiment, recorder.records()


Made = tuple[Experiment, tuple[Record, ...]]


@pytest.fixture(scope="session")
def made() -> Callable[[str], Made]:
    """Return a function that gives the runs of a case; each is trained once."""
    done: dict[str, Made] = {}

    def find(name: str) -> Made:
        if name in done:
            return done[name]
        binary = CASES["binary"]
        if name == "interventions":
            change = {3: Change("training.optimizer.learning_rate", 0.002), 9: Change("training.penalty.l2", 0.125)}
            done[name] = train_all(binary, change)
        elif name == "not over":
            done[name] = train_all(binary, stop_after=20)
        elif name == "from another run":
            first = find("binary")[1][0]
            done[name] = train_all(binary, start=Start(first.row, Origin("the first", 6)))
        else:
            done[name] = train_all(CASES[name])
        return done[name]

    return find


ALL = (*CASES, "interventions", "not over", "from another run")


class Page(HTMLParser):
    """HTML read back. sections: by id their text. tables: rows of cells by section. links: what refers to elsewhere."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.uses: list[str] = []
        self.addresses: list[str] = []
        self.tags: set[str] = set()
        self.sections: dict[str, str] = {}
        self.rows: dict[str, list[list[str]]] = {}
        self.marked: list[str] = []
        self._section = ""
        self._cell: list[str] | None = None
        self._best = False
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.tags.add(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)
        if "id" in given:
            self.ids.append(given["id"])
        for name in ("href", "src", "xlink:href", "data", "action"):
            if name in given:
                (self.uses if given[name].startswith("#") else self.addresses).append(given[name])
        if tag == "section":
            self._section = given["id"]
            self.sections[self._section] = ""
            self.rows[self._section] = []
        elif tag == "tr":
            self.rows[self._section].append([])
        elif tag in {"td", "th", "dt", "dd"}:
            if tag == "dt":
                self.rows[self._section].append([])
            self._cell, self._best = [], "best" in given.get("class", "")

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag == "section":
            self._section = ""
        if tag in {"td", "th", "dt", "dd"} and self._cell is not None:
            text = re.sub(r"[ \n]+", " ", "".join(self._cell)).strip()
            self.rows[self._section][-1].append(text)
            if self._best:
                self.marked.append(text)
            self._cell = None

    def handle_data(self, data: str) -> None:
        if self._section and "svg" not in self.open:
            self.sections[self._section] += data
        if self._cell is not None:
            self._cell.append(data)


@pytest.fixture(scope="session")
def page(made: Callable[[str], Made]) -> Callable[[str], tuple[str, Page]]:
    """Return a function that gives the HTML of a case's report, as text and read back."""
    done: dict[str, tuple[str, Page]] = {}

    def find(name: str) -> tuple[str, Page]:
        if name not in done:
            experiment, records = made(name)
            text = html(report(experiment.name, records, None, load))
            done[name] = text, Page(text)
        return done[name]

    return find


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that takes a ``case`` for each of them."""
    if "case" in metafunc.fixturenames:
        metafunc.parametrize("case", ALL)
