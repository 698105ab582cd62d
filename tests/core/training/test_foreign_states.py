"""A state that is not one of the network, as a file may hold, is refused in a sentence."""

from collections.abc import Callable

import pytest

from core.choices.fields import Mistake
from core.datasets.load import load
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout, Network
from core.experiment.training import Training
from core.experiment.variants import Run, override
from core.training.events import Ended, EpochDone, State
from core.training.loop import prepare, train


@pytest.mark.parametrize(
    "damage",
    [
        lambda arrays, values: arrays.pop("row"),
        lambda arrays, values: arrays.update(row=arrays["row"][:-1]),
        lambda arrays, values: arrays.update({"optimizer.exp_avg": arrays["row"][:3]}),
        lambda arrays, values: arrays.update({"generator.order": arrays["generator.order"][:7]}),
        lambda arrays, values: values.pop("best"),
        lambda arrays, values: values.update(epoch=-1),
        lambda arrays, values: values.update(epoch="many"),
        lambda arrays, values: values.update(dropout=[0.1] * 9),
        lambda arrays, values: values.update(best={"unknown": 1}),
    ],
)
def test_a_state_of_another_network_is_refused_in_a_sentence(damage: Callable[..., object]) -> None:
    run = Run(
        "mine",
        Experiment(
            network=Network(layers=(Dense(id="a"), Dropout(id="b"))), training=Training(epochs=2, batch_size=20)
        ),
    )
    events = [event for told in train(prepare([run], load)) for event in told]
    (state,) = [event.state for event in events if isinstance(event, Ended)]
    assert state is not None
    arrays, values = dict(state.arrays), dict(state.values)
    damage(arrays, values)
    with pytest.raises(Mistake, match='run "mine": expected a state of this network'):
        next(train(prepare([run], load, {0: State(arrays, values)})))


def test_with_another_optimizer_a_run_goes_on_with_a_fresh_one() -> None:
    experiment = Experiment(training=Training(epochs=2, batch_size=20))
    (state,) = [
        event.state
        for told in train(prepare([Run("a", experiment)], load))
        for event in told
        if isinstance(event, Ended)
    ]
    assert state is not None
    longer = override(experiment, {"training.optimizer": {"kind": "sgd", "momentum": 0.9}, "training.epochs": 4})
    events = [event for told in train(prepare([Run("a", longer)], load, {0: state})) for event in told]
    assert [event.epoch for event in events if isinstance(event, EpochDone)] == [3, 4]
