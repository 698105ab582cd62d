"""``predict``: what a trained network says to new samples."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from core.choices.fields import Mistake
from core.cli.export import chosen, declare_moment
from core.cli.progress import download_bar
from core.cli.source import read_source

if TYPE_CHECKING:
    from core.exchange.model import Model
    from core.exchange.package import Moment

SENTENCE = "Let a trained network answer to new samples: the rows of a table, or pictures."


class Answer(NamedTuple):
    """What the network says to one sample. row: of its table, from 1, None for a picture; sure: 0 to 1, if known."""

    file: str
    row: int | None
    answer: str | float
    sure: float | None
    outputs: Sequence[float]


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
    answers = [answer for name in arguments.inputs for answer in _answers(model, Path(name))]
    if arguments.json:
        print(json.dumps([_plain(model, answer) for answer in answers], indent=1, ensure_ascii=False))
    elif arguments.csv:
        table = csv.writer(sys.stdout, lineterminator="\n")
        outputs = model.output_names if model.facts.classes else ()
        table.writerow(["file", "row", "prediction", *outputs])
        for answer in answers:
            table.writerow([answer.file, answer.row or "", answer.answer, *answer.outputs[: len(outputs)]])
    else:
        for answer in answers:
            print(_sentence(answer))
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
    from core.exchange.package import package

    with download_bar() as progress:
        return package(record, at, load(record.experiment.data, progress)).model


def _answers(model: "Model", path: Path) -> Iterator[Answer]:
    from core.exchange.inputs import TABLES, read_picture, read_table

    if not path.is_file():
        raise Mistake(f"{path}: there is no such file")
    table = path.suffix.lower() in TABLES
    outputs = model.predict(read_table(path, model) if table else read_picture(path, model))
    sure = model.confidence(outputs)
    places = model.answers(outputs) if model.facts.classes else None
    for row, values in enumerate(outputs.tolist()):
        yield Answer(
            file=path.name,
            row=row + 1 if table else None,
            answer=values[0] if places is None else model.facts.classes[places[row]],
            sure=None if sure is None else float(sure[row]),
            outputs=values,
        )


def _plain(model: "Model", answer: Answer) -> dict[str, object]:
    outputs = dict(zip(model.output_names, answer.outputs, strict=True)) if model.facts.classes else None
    plain = {"file": answer.file, "row": answer.row, "prediction": answer.answer, "outputs": outputs}
    return {name: value for name, value in plain.items() if value is not None}


def _sentence(answer: Answer) -> str:
    where = answer.file if answer.row is None else f"{answer.file}, sample {answer.row}"
    what = f"{answer.answer:.6g}" if isinstance(answer.answer, float) else answer.answer
    return f"{where}: {what}" if answer.sure is None else f"{where}: {what} ({100 * answer.sure:.1f} %)"
