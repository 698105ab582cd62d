"""Downhill files: a zip archive of JSON, tables and tensors. Written whole or not at all, read with suspicion.

experiment.json holds the experiment and the version of the format; each run has records/NNNN.json, its curves and rows
and, to go on from, its state. No class paths, no pickle.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from core.choices.datasets import Points
from core.choices.fields import Mistake, shown
from core.experiment.experiment import Experiment, read_experiment
from core.project import points, tensors
from core.project.atomic import write_whole
from core.project.container import EXPERIMENT, MOST_RECORDS, POINTS, THUMBNAIL, Reader, Writer
from core.project.migrations import VERSION, migrate_experiment, migrate_record
from core.project.plain import from_json, to_json
from core.project.schema import check_rows, put_together, read_curves, read_record, take_apart
from core.runs.record import Record

_LONGEST = 400  # letters of a sentence about a fault
_PNG = b"\x89PNG\r\n\x1a\n"


@dataclass(frozen=True, eq=False)
class Project:
    """What a .downhill file holds; thumbnail: the bytes of a PNG picture."""

    experiment: Experiment
    records: tuple[Record, ...] = ()
    thumbnail: bytes | None = None


def save(project: Project, path: Path) -> None:
    """Write a project to a file, whole or not at all; raises Mistake, and leaves the old file, where it cannot be."""
    if len(project.records) > MOST_RECORDS:
        raise Mistake(f"{path.name}: a file holds at most {MOST_RECORDS:,} runs; delete some of them")

    def write(stream: IO[bytes]) -> None:
        with _at(path.name), Writer(stream) as writer:
            _write(project, writer)

    write_whole(path, write)


def load(path: Path) -> Project:
    """Read a project from a file; raises Mistake, which names the place, where it cannot be."""
    try:
        with path.open("rb") as stream:
            return _read(Reader(stream))
    except FileNotFoundError:
        raise Mistake(f"{path.name}: there is no such file") from None
    except OSError as error:
        raise Mistake(f"{path.name}: it could not be read ({error.strerror})") from None
    except Mistake as mistake:
        raise Mistake(f"{path.name}: {_tame(str(mistake))}") from None


def _tame(sentence: str) -> str:
    """Return a sentence that may quote a hostile file, cut to a readable length and without control characters."""
    cut = sentence if len(sentence) <= _LONGEST else f"{sentence[:_LONGEST]}…"
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in cut)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Put the place before what a Mistake says."""
    try:
        yield
    except Mistake as mistake:
        raise Mistake(f"{place}: {mistake}") from None


def _write(project: Project, writer: Writer) -> None:
    plain = project.experiment.model_dump(mode="json")
    source = project.experiment.data.source
    if isinstance(source, Points):
        plain["data"]["source"].pop("points")
        writer.write(POINTS, points.to_csv(source.points))
    writer.write(EXPERIMENT, to_json({"format_version": VERSION, **plain}))
    if project.thumbnail is not None:
        writer.write(THUMBNAIL, project.thumbnail)
    for number, record in enumerate(project.records, 1):
        parts = take_apart(record)
        if isinstance(source, Points) and record.experiment.data.source == source:
            parts.plain["experiment"]["data"]["source"].pop("points")  # they stand in points.csv already
        writer.write(f"records/{number:04}.json", to_json(parts.plain))
        _write_tensors(writer, f"curves/{number:04}.safetensors", parts.curves)
        _write_tensors(writer, f"rows/{number:04}.safetensors", parts.rows)
        if parts.state is not None:
            _write_tensors(writer, f"states/{number:04}.safetensors", parts.state)


def _write_tensors(writer: Writer, name: str, arrays: Mapping[str, tensors.Source]) -> None:
    with writer.open(name, tensors.size_of(arrays)) as stream:
        tensors.write(stream, arrays)


def _read(reader: Reader) -> Project:
    with _at(EXPERIMENT):
        plain = from_json(reader.read(EXPERIMENT))
        version = plain.pop("format_version", None)
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise Mistake(f"format_version: expected a whole number from 1, got {shown(version)}")
    if version > VERSION:
        raise Mistake(
            f"it was made by a newer Downhill (format {version}, and this one reads up to {VERSION}): "
            "update Downhill to open it"
        )
    reader.check_names()
    drawn: list[points.Point] | None = None
    if POINTS in reader.names:
        with _at(POINTS):
            drawn = points.from_csv(reader.read(POINTS))
    with _at(EXPERIMENT):
        experiment = read_experiment(_with_points(migrate_experiment(plain, version), drawn))
    thumbnail = None
    if THUMBNAIL in reader.names:
        with _at(THUMBNAIL):
            thumbnail = reader.read(THUMBNAIL)
            if not thumbnail.startswith(_PNG):
                raise Mistake("expected a PNG picture")
    numbers = sorted({name.split("/")[1][:4] for name in reader.names if "/" in name})
    return Project(experiment, tuple(_read_record(reader, number, version, drawn) for number in numbers), thumbnail)


def _with_points(plain: dict[str, Any], drawn: list[points.Point] | None) -> dict[str, Any]:
    """Return the JSON of an experiment with the drawn points in their place, if it has left them out."""
    data = plain.get("data")
    source = data.get("source") if isinstance(data, dict) else None
    if not isinstance(source, dict) or source.get("kind") != "points" or "points" in source:
        return plain
    if drawn is None:
        raise Mistake(f"data.source.points: expected them in {POINTS}, which is missing")
    return plain | {"data": {**data, "source": {**source, "points": drawn}}}  # type: ignore[dict-item]


def _read_record(reader: Reader, number: str, version: int, drawn: list[points.Point] | None) -> Record:
    name = f"records/{number}.json"
    with _at(name):
        plain = migrate_record(from_json(reader.read(name)), version)
        if isinstance(plain.get("experiment"), dict):
            plain["experiment"] = _with_points(plain["experiment"], drawn)
        file = read_record(plain)
    with _tensors(reader, f"curves/{number}.safetensors") as arrays:
        curves = read_curves(arrays)
    with _tensors(reader, f"rows/{number}.safetensors") as rows:
        check_rows(rows, file.parameters)
    name = f"states/{number}.safetensors"
    if file.state is None:
        if name in reader.names:
            raise Mistake(f"{name}: expected no such entry, for its record has no state")
        return put_together(file, curves, rows, None)
    with _tensors(reader, name) as state:
        return put_together(file, curves, rows, state)


@contextmanager
def _tensors(reader: Reader, name: str) -> Iterator[dict[str, tensors.Array]]:
    """Give the arrays of an entry; what is wrong with them is a Mistake that names it."""
    with _at(name):
        size = reader.size(name)
        with reader.open(name) as stream:
            arrays = tensors.read(stream, size)
        yield arrays
