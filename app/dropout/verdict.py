"""Whether dropout helps, in a sentence: from runs that differ in its rate alone."""

from collections.abc import Sequence
from math import isfinite

from PySide6.QtCore import QCoreApplication

from app.dropout.twins import rates_now
from app.shell.widgets.numbers import written
from core.experiment.experiment import Experiment
from core.experiment.network import Dropout
from core.runs.record import Record

_RATE = "network.dropout"
_ALIKE = 0.01  # of the larger loss: what lies closer together is no difference


def verdict(records: Sequence[Record], run: int) -> tuple[str, str]:
    """Say by the last validation losses whether dropout helps, and the same in fewer words; empty without twins.

    run: the index of the run that is shown; if it drops nothing, the twin of the lowest loss speaks for dropout.
    """
    if run >= len(records):
        return "", ""
    alike = _but_for_dropout(records[run].experiment)
    twins = {
        place: float(record.curves["validation_loss"][-1])
        for place, record in enumerate(records)
        # A rate that was changed while it trained is neither here nor there.
        if len(record.curves)
        and not any(change.path == _RATE for change in record.interventions)
        and _but_for_dropout(record.experiment) == alike
    }
    dropping = {place: loss for place, loss in twins.items() if any(rates_now(records[place]))}
    free = next((place for place in twins if place not in dropping), None)
    if free is None or not dropping or not all(map(isfinite, twins.values())):
        return "", ""
    with_it = run if run in dropping else min(dropping, key=lambda place: dropping[place])
    own, other = twins[with_it], twins[free]
    live = any(records[place].outcome is None for place in (with_it, free))
    rates = sorted(set(rates_now(records[with_it])))
    values = written(own), "/".join(map(written, rates)), written(other), _judged(own, other, live=live)
    words = _tr("Validation loss {0} with dropout {1} against {2} without: {3}")
    return words.format(*values), _tr("Val. loss {0} with dropout {1}, {2} without: {3}").format(*values)


def _judged(own: float, other: float, *, live: bool) -> str:
    if abs(own - other) <= _ALIKE * max(own, other):
        return _tr("no difference to speak of so far.") if live else _tr("no difference to speak of.")
    if own < other:
        return _tr("so far it helps.") if live else _tr("it helps here.")
    return _tr("so far it does harm.") if live else _tr("it does harm here.")


def _but_for_dropout(experiment: Experiment) -> Experiment:
    layers = tuple(layer for layer in experiment.network.layers if not isinstance(layer, Dropout))
    network = experiment.network.model_copy(update={"layers": layers})
    return experiment.model_copy(update={"network": network, "name": "", "question": "", "variants": ()})


def _tr(text: str) -> str:
    return QCoreApplication.translate("Dropout", text)
