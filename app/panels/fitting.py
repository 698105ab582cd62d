"""When the data change, the settings that depend on them change along, so that what can be trained stays trainable."""

from core.choices.datasets import Facts, Points, facts_of
from core.choices.fields import Mistake, Tagged
from core.choices.losses import LOSSES, Task
from core.experiment.checks import Problem, check
from core.experiment.experiment import Experiment
from core.experiment.variants import override

_MOST_MENDS = 8


def fitted(before: Experiment, after: Experiment) -> Experiment:
    """Return ``after``, whose data are new, with a loss that fits them, and what else they would break mended.

    A loss that was the first choice for the task before becomes the first choice for the task now, so that going
    through the data sets and back changes nothing.
    """
    if after.data == before.data:
        return after
    old, new = _task(before.data.source), _task(after.data.source)
    if new is not None:
        loss = after.training.loss
        usual = old is not None and old != new and loss == first_loss(old)
        if usual or new not in LOSSES[loss].heads:
            training = after.training.model_copy(update={"loss": first_loss(new)})
            after = after.model_copy(update={"training": training})
    known = {problem.sentence for problem in _errors(before)}
    for _ in range(_MOST_MENDS):
        mends = (problem.mend for problem in _errors(after) if problem.sentence not in known)
        mend = next((mend for mend in mends if mend is not None and not mend.path.startswith("data")), None)
        if mend is None:
            break
        after = override(after, {mend.path: mend.value})
    return after


def first_loss(task: Task) -> str:
    """Return the tag of the first loss in the table that fits a task."""
    return next(row.tag for row in LOSSES.values() if task in row.heads)


def facts_or_none(source: Tagged) -> Facts | None:
    """Return the facts of a data set, None where they cannot be had (a problem tells why)."""
    try:
        return facts_of(source)
    except Mistake:
        return None


def _task(source: Tagged) -> Task | None:
    facts = facts_or_none(source)
    if facts is not None:
        return facts.task
    # Points of fewer than two classes have no facts yet; they will be classes.
    return "binary" if isinstance(source, Points) else None


def _errors(experiment: Experiment) -> list[Problem]:
    facts = facts_or_none(experiment.data.source)
    if facts is None:
        return []
    return [problem for problem in check(experiment, facts) if problem.severity == "error"]
