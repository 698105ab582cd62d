"""``predict``: what a trained network says to new samples."""

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from core.choices.fields import Mistake
from core.cli.export import chosen, declare_moment
from core.cli.progress import download_bar
from core.cli.source import read_source

if TYPE_CHECKING:
    from core.exchange.model import Model
    from core.exchange.package import Moment
    from core.exchange.predictions import Predictions

SENTENCE = "Let a trained network answer to new samples: the rows of a table, or pictures."


class Asked(NamedTuple):
    """A file of samples and what the network says to them. table: whether it has rows, or is a picture."""

    file: str
    table: bool
    found: "Predictions"

    def place(self, sample: int) -> int | None:
        """Return the number of a sample's row, from 1; None for a picture."""
        return sample + 1 if self.table else None


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    parser.add_argument("model", metavar="MODEL", help="a .downhill, .safetensors, .onnx or .pt2 file")
    parser.add_argument(
        "inputs",
        metavar="INPUT",
        nargs="+",
        help="a .csv file with a sample a row, or a picture, in grey: one of the network's own size as it "
        "is, any other cut out, with dark ink on light ground turned round, and fitted in as MNIST's digits are",
    )
    declare_moment(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="print the answers as one JSON list")
    form.add_argument("--csv", action="store_true", help="print the answers as a table")


def run(arguments: argparse.Namespace) -> int:
    """Print an answer for each sample."""
    model = _model(arguments.model, arguments.name, arguments.at)
    asked = [_ask(model, Path(name)) for name in arguments.inputs]
    samples = ((one, sample) for one in asked for sample in range(len(one.found)))
    if arguments.json:
        print(json.dumps([_plain(*sample) for sample in samples], indent=1, ensure_ascii=False))
    elif arguments.csv:
        table = csv.writer(sys.stdout, lineterminator="\n")
        table.writerow(["file", "row", *asked[0].found.titles])
        for one in asked:
            table.writerows([one.file, one.place(n) or "", *row] for n, row in enumerate(one.found.rows()))
    else:
        for one, sample in samples:
            print(_sentence(one, sample))
    return 0


def _model(text: str, name: str | None, at: "Moment") -> "Model":
    path = Path(text)
    if path.suffix.lower() != ".downhill":
        from core.exchange.reading import read_model

        if not path.is_file():
            raise Mistake(f"{text}: there is no such file")
        return read_model(path)
    record = chosen(read_source(text).records, name, text)

    from core.datasets.load import load
    from core.exchange.model import Model

    with download_bar() as progress:
        return Model.of(record, record.at(at), lambda data: load(data, progress))


def _ask(model: "Model", path: Path) -> Asked:
    from core.exchange.inputs import read_samples
    from core.exchange.predictions import at_once
    from core.exchange.reading import TABLES

    if not path.is_file():
        raise Mistake(f"{path}: there is no such file")
    return Asked(path.name, path.suffix.lower() in TABLES, at_once(model, read_samples(path, model)))


def _plain(one: Asked, sample: int) -> dict[str, object]:
    found = one.found
    outputs = dict(zip(found.names, found.outputs[sample].tolist(), strict=True)) if found.classes else None
    plain = {"file": one.file, "row": one.place(sample), "prediction": found.answer(sample), "outputs": outputs}
    return {name: value for name, value in plain.items() if value is not None}


def _sentence(one: Asked, sample: int) -> str:
    found, answer = one.found, one.found.answer(sample)
    where = f"{one.file}, sample {sample + 1}" if one.table else one.file
    what = f"{answer:.6g}" if isinstance(answer, float) else answer
    return (
        f"{where}: {what}" if found.confidence is None else f"{where}: {what} ({100 * found.confidence[sample]:.1f} %)"
    )
