"""What is said on whether dropout helps."""

from dataclasses import replace

import pytest

from app.dropout.verdict import verdict
from core.runs.curves import COLUMNS, Curves
from core.runs.record import Intervention, Record
from tests.app.dropout.stages import small
from tests.app.dropout.test_twins import records

_VALIDATION = COLUMNS.index("validation_loss")


def reaching(record: Record, loss: float) -> Record:
    """Return a record whose last validation loss is this."""
    values = record.curves.values.copy()
    values[-1, _VALIDATION] = loss
    return replace(record, curves=Curves(values, record.curves.spans))


def twins(without: float, half: float) -> tuple[Record, ...]:
    first, second = records(small())
    return reaching(first, without), reaching(second, half)


@pytest.mark.parametrize(
    ("without", "half", "judged"),
    [
        (1.43, 0.457, "it helps here."),
        (0.3, 0.457, "it does harm here."),
        (0.46, 0.457, "no difference to speak of."),
    ],
)
@pytest.mark.parametrize("run", [0, 1])
def test_the_last_validation_losses_tell_whether_it_helps(without: float, half: float, judged: str, run: int) -> None:
    said, short = verdict(twins(without, half), run)
    assert said == f"Validation loss {half:g} with dropout 0.5 against {without:g} without: {judged}"
    assert short.endswith(judged)
    assert len(short) < len(said)


def test_while_one_of_them_trains_it_is_so_far() -> None:
    first, second = twins(1.43, 0.457)
    said, _ = verdict((first, replace(second, outcome=None)), 0)
    assert said.endswith("so far it helps.")


def test_of_more_twins_the_one_that_is_shown_is_judged_or_the_best() -> None:
    rates = [{"name": str(rate), "settings": {"network.dropout": rate}} for rate in (0, 0.2, 0.5)]
    found = tuple(map(reaching, records(small(variants=rates)), (0.9, 0.8, 0.7)))
    assert [verdict(found, run)[0][16:40] for run in range(3)] == [
        "0.7 with dropout 0.5 aga",
        "0.8 with dropout 0.2 aga",
        "0.7 with dropout 0.5 aga",
    ]


def test_without_twins_nothing_is_said() -> None:
    found = twins(1.43, 0.457)
    assert verdict((), 0) == ("", "")
    assert verdict(found[1:], 0) == ("", "")
    assert verdict((found[0], reaching(found[1], float("nan"))), 0) == ("", "")
    changed = replace(found[1], interventions=(Intervention(3, "network.dropout", 0.5, 0.2),))
    assert verdict((found[0], changed), 0) == ("", "")
    faster = {"name": "faster", "settings": {"network.dropout": 0.5, "training.optimizer.learning_rate": 0.1}}
    assert verdict(records(small(variants=[{"name": "0", "settings": {"network.dropout": 0}}, faster])), 0) == ("", "")
