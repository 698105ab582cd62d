"""``train``: train an experiment, tell how it went, and write what came of it."""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from core.choices.fields import Mistake
from core.cli import settings
from core.cli.check import tell_problems
from core.cli.interrupt import ctrl_c
from core.cli.paths import output_path
from core.cli.source import HELP, read_source
from core.experiment.experiment import Experiment
from core.resources import PROGRAM
from core.runs.record import Record

SENTENCE = "Train an experiment, all its variants together."
INTERRUPTED = "-interrupted"


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    parser.add_argument("source", metavar="FILE-or-NAME", help=HELP)
    settings.declare(parser)
    parser.add_argument("--continue", dest="going_on", action="store_true", help="go on where the runs in FILE ended")
    parser.add_argument("--save", metavar="OUT.downhill", help="save the experiment with what was trained")
    parser.add_argument("--csv", metavar="OUT.csv", help="write the curves of all runs as a table")
    parser.add_argument("--png", metavar="OUT.png", help="draw the curves of all runs")
    parser.add_argument("--json", action="store_true", help="print the summary as one JSON object, and nothing else")


def run(arguments: argparse.Namespace) -> int:
    """Train; return 0, or 130 if Ctrl-C ended it. What was trained until then is saved all the same."""
    from core.cli.work import anew, carry_out, going_on

    source = read_source(arguments.source)
    saved, table, picture = (
        output_path(text, suffix) if text else None
        for text, suffix in ((arguments.save, ".downhill"), (arguments.csv, ".csv"), (arguments.png, ".png"))
    )
    experiment, device = settings.changed(source.experiment, settings.given(arguments)), arguments.device
    tell_problems(experiment)
    plan = going_on(experiment, device, source.records) if arguments.going_on else anew(experiment, device)

    with ctrl_c() as pressed:
        start = time.perf_counter()
        records = carry_out(plan, pressed)
        seconds = time.perf_counter() - start
        interrupted = any(record.outcome == "interrupted" for record in records)
        if interrupted and saved is None:
            saved = Path(f"{source.name.removesuffix(INTERRUPTED)}{INTERRUPTED}.downhill")
        if saved:
            _save(experiment, records, saved)
    _summarize(experiment, records, seconds, as_json=arguments.json)
    if interrupted:
        _say(f"Interrupted. What was trained is in {saved}; go on with: {PROGRAM} train {saved} --continue")
    elif saved:
        _say(f"The trained model is in {saved}")
    if table:
        _write_table(records, table)
        _say(f"The curves are in {table}")
    if picture:
        _draw(experiment, records, picture)
        _say(f"The picture of the curves is in {picture}")
    return 130 if interrupted else 0


def _save(experiment: Experiment, records: Sequence[Record], path: Path) -> None:
    """Save a project; if that fails, save it elsewhere and say so in the Mistake, so that no training is lost."""
    from core.project.archive import Project, save

    project = Project(experiment, tuple(records))
    try:
        save(project, path)
    except Mistake as mistake:
        rescued = Path(tempfile.mkdtemp(prefix="downhill-")) / path.name
        save(project, rescued)
        raise Mistake(f"{mistake} What was trained is in {rescued}") from None


def _summarize(experiment: Experiment, records: Sequence[Record], seconds: float, *, as_json: bool) -> None:
    from core.cli.summary import json_object, summary

    if as_json:
        print(json.dumps(json_object(experiment, records, seconds), indent=2, allow_nan=False))
    else:
        print(summary(experiment, records, seconds))


def _write_table(records: Sequence[Record], path: Path) -> None:
    from core.project.atomic import write_whole
    from core.runs.curves import to_csv

    text = to_csv((record.name, record.curves) for record in records)
    write_whole(path, lambda stream: stream.write(text.encode()))


def _draw(experiment: Experiment, records: Sequence[Record], path: Path) -> None:
    from core.pictures.curves import png
    from core.project.atomic import write_whole

    picture = png(experiment.name, records)
    write_whole(path, lambda stream: stream.write(picture))


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)
