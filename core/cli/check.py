"""``check``: what stands in the way of training."""

import argparse
import json
import sys
from collections.abc import Sequence

from core.choices.fields import Mistake
from core.cli.source import HELP, read_source
from core.experiment.experiment import Experiment
from core.experiment.problems import Problem, problems
from core.experiment.variants import expand

SENTENCE = "Look for problems, each with its place and its mend."


def declare(parser: argparse.ArgumentParser) -> None:
    """Tell the parser which arguments there are."""
    parser.add_argument("source", metavar="FILE", help=HELP)


def run(arguments: argparse.Namespace) -> int:
    """Print the problems; raises Mistake if any of them is an error."""
    experiment = read_source(arguments.source).experiment
    found = problems(experiment)
    for problem in found:
        print(described(problem))
    refuse_errors(found)
    count = len(expand(experiment))
    print(f"{experiment.name}: ready to train, {count} run{'s' if count > 1 else ''}.")
    return 0


def described(problem: Problem) -> str:
    """Return severity, place and sentence of a problem, and below them what would mend it."""
    line = f"{problem.severity}: {problem.place}: {problem.sentence}"
    if problem.mend is None:
        return line
    value = problem.mend.value if isinstance(problem.mend.value, str) else json.dumps(problem.mend.value)
    return f"{line}\n  mend: {problem.mend.label} ({problem.mend.path} = {value})"


def refuse_errors(found: Sequence[Problem]) -> None:
    """Raise Mistake if there are errors among the problems."""
    errors = sum(problem.severity == "error" for problem in found)
    if errors:
        raise Mistake(f"{errors} problem{'s stand' if errors > 1 else ' stands'} in the way of training.")


def tell_problems(experiment: Experiment) -> None:
    """Print the problems on stderr; raises Mistake if any of them is an error."""
    found = problems(experiment)
    for problem in found:
        print(described(problem), file=sys.stderr)
    refuse_errors(found)
