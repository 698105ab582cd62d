"""A step in slow motion: what the canvas shows at each stage are the numbers of the batch's tensors."""

from collections.abc import Callable
from itertools import count
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from app.canvas.passes import Stage, Step, stages
from app.canvas.strands import LEVELS
from app.canvas.units import Units
from app.canvas.words import number, precise
from app.work.messages import Scene
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import expand
from core.probes.gradients import flow
from core.probes.pictures import DenseFlow, DropoutFlow, FlowPicture
from core.training.events import Follow, Stepped
from core.training.loop import prepare, train

from .conftest import SPIRAL, Hands, MakeHands, draw_weights

MakeStep = Callable[[Experiment], Step]


def take_step(experiment: Experiment) -> tuple[Scene, Stepped, FlowPicture]:
    """Train a few steps and return the last in full."""
    (run,) = expand(experiment)
    job = prepare((run,))
    scene = Scene(experiment, architecture(experiment, job.datasets[0].facts), job.datasets[0])
    training = train(job)
    next(training)
    training.send(Follow(0))
    told = [event for _ in range(12) for event in next(training) if isinstance(event, Stepped)]
    work = flow(told[-1])(scene, told[-1].before)
    for _ in count():
        try:
            next(work)
        except StopIteration as done:
            return scene, told[-1], done.value
    raise AssertionError


@pytest.fixture(scope="module")
def make_step() -> MakeStep:
    """Return a function that takes a step of an experiment, each only once."""
    made: dict[str, Step] = {}

    def make(experiment: Experiment) -> Step:
        key = experiment.model_dump_json()
        if key not in made:
            scene, stepped, picture = take_step(experiment)
            before, after = (
                tuple((W, b) for _, W, b in scene.architecture.split(row)) for row in (stepped.before, stepped.after)
            )
            image = stepped.x[0].reshape(8, 8) if scene.dataset.facts.image else None
            made[key] = Step(picture, before, after, "w ← w − 0.03·∂J/∂w", "binary cross-entropy", image=image)
        return made[key]

    return make


@pytest.fixture
def step(make_step: MakeStep, spiral: Experiment) -> Step:
    return make_step(spiral)


def _play_until(hands: Hands, step: Step, direction: str, layer: str | None) -> Stage:
    """Play a step as far as a stage, without waiting."""
    playback = hands.canvas.playback
    if playback.step is not step or not playback.playing:
        hands.canvas.play(step, 1000)
    for _ in range(100):
        stage = playback.stage
        assert stage is not None
        if (stage.direction, stage.layer) == (direction, layer):
            return stage
        playback._next()
    raise AssertionError(f"no stage {direction} {layer}")


def _texts(hands: Hands, layer: str) -> list[str]:
    units: Units = hands.canvas.scene.cards[layer].units
    return [text.text() for text in units._texts if text.text()]


def _dense(step: Step) -> dict[str, DenseFlow]:
    return {flow.layer: flow for flow in step.picture.layers if isinstance(flow, DenseFlow)}


def _dropout(step: Step) -> DropoutFlow:
    (found,) = (flow for flow in step.picture.layers if isinstance(flow, DropoutFlow))
    return found


def _numbers(values: NDArray[Any]) -> list[str]:
    return [number(float(value)) for value in values]


def _levels(hands: Hands, layer: str) -> NDArray[np.intp]:
    """Return the strength of the links that lead to a layer, (units, inputs)."""
    links = hands.canvas.scene.links
    (gap,) = (gap for gap in links.strands.gaps if gap.layer == layer and gap.dense is not None)
    found = np.zeros((int(gap.rows.max()) + 1, int(gap.columns.max()) + 1), np.intp)
    found[gap.rows, gap.columns] = links._levels[gap.start : gap.stop]
    return found


def test_a_step_goes_forward_and_back_through_all_cards(hands: Hands, step: Step) -> None:
    found = [(stage.direction, stage.layer) for stage in stages(step, hands.canvas.scene.network.plan)]
    forward = ["input", "a", "p", "b", "output"]
    assert found == [
        *(("forward", layer) for layer in forward),
        ("loss", "output"),
        *(("backward", layer) for layer in reversed(forward[1:])),
        ("update", None),
    ]


def test_forward_shows_the_activations_of_the_sample(hands: Hands, step: Step) -> None:
    _play_until(hands, step, "forward", "input")
    assert _texts(hands, "input") == _numbers(step.picture.x[0])
    assert _texts(hands, "a") == []
    _play_until(hands, step, "forward", "p")
    dense = _dense(step)
    assert _texts(hands, "a") == _numbers(dense["a"].a[0])
    assert _texts(hands, "p") == _numbers(_dropout(step).a[0])
    assert _texts(hands, "b") == []
    _play_until(hands, step, "forward", "output")
    assert _texts(hands, "b") == _numbers(dense["b"].a[0])
    assert _texts(hands, "output") == _numbers(step.picture.outputs[0])


def test_dropped_neurons_are_dropped_in_the_picture(hands: Hands, step: Step) -> None:
    _play_until(hands, step, "forward", "a")
    assert hands.canvas.scene.live.masks == {}
    _play_until(hands, step, "forward", "p")
    kept = _dropout(step).mask[0] > 0
    assert not kept.all()
    np.testing.assert_array_equal(hands.canvas.scene.live.masks["p"], kept)
    assert f"{(~kept).sum()} of 8 neurons dropped, the others × 1.25" in hands.canvas.caption.text.text()
    links = hands.canvas.scene.links
    drawn = {link for shown in links._shown.values() for link in shown}
    for gap in links.strands.gaps:
        hidden = {int(gap.columns[link - gap.start]) for link in range(gap.start, gap.stop) if link not in drawn}
        assert hidden == (set(np.flatnonzero(~kept).tolist()) if "p" in (gap.layer, gap.origin) else set())


def test_backward_shows_what_trains(hands: Hands, step: Step) -> None:
    stage = _play_until(hands, step, "backward", "b")
    dense = _dense(step)
    # The sample's own loss: the batch's is the mean.
    assert _texts(hands, "b") == _numbers(dense["b"].delta[0] * len(step.picture.losses))
    assert _texts(hands, "a") == []
    assert stage.reached == (False, True, True)
    assert not _levels(hands, "a").any()
    most = max(np.abs(flow.weight_gradient).max() for flow in dense.values())
    share = np.abs(dense["b"].weight_gradient) / (most * 1.0001)
    expected = (1 + (share * LEVELS).astype(int)) * np.where(dense["b"].weight_gradient < 0, -1, 1)
    shown = _levels(hands, "b")
    np.testing.assert_array_equal(shown, expected)
    _play_until(hands, step, "backward", "a")
    np.testing.assert_array_equal(_levels(hands, "b"), expected)  # on the same scale
    assert _levels(hands, "a").any()
    assert hands.canvas.header.what.text() == "gradient"
    for (W, b), flow_ in zip(hands.canvas.scene.live.gradients, dense.values(), strict=True):
        np.testing.assert_array_equal(W, flow_.weight_gradient)
        np.testing.assert_array_equal(b, flow_.bias_gradient)


def test_links_show_the_weights_of_the_step_before_and_after_its_update(hands: Hands, step: Step) -> None:
    newer = draw_weights(hands.canvas, 3)
    hands.canvas.play(step, 1000)
    hands.canvas.set_weights(newer)  # the run has gone on meanwhile
    _play_until(hands, step, "loss", "output")
    assert hands.canvas.scene.live.weights == step.before
    _play_until(hands, step, "update", None)
    assert hands.canvas.scene.live.weights == step.after
    assert hands.canvas.header.what.text() == "weight"
    hands.canvas.playback._next()
    assert hands.canvas.scene.live.weights == tuple(newer)
    assert not hands.canvas.playback.playing


def test_the_caption_uses_the_words_of_the_lecture(hands: Hands, step: Step) -> None:
    caption = hands.canvas.caption
    assert caption.isHidden()
    said = []
    hands.canvas.play(step, 1000)
    while hands.canvas.playback.playing:
        said.append(f"{caption.direction.text()}: {caption.text.text()}")
        hands.canvas.playback._next()
    assert said[0] == "forward: Input · x of sample 1 of the batch of 10"
    assert said[1] == "forward: Dense 1 · z = W·x + b, a = tanh(z)"
    assert said[3] == "forward: Dense 2 · z = W·a + b, a = relu(z)"
    assert said[4] == "forward: Output · z = W·a + b, ŷ = sigmoid(z)"
    assert said[5] == f"loss: J = {precise(float(step.picture.losses.mean()))} · binary cross-entropy, mean of 10"
    assert said[-2] == "backward: Dense 1 · δ = ∂J/∂z, ∂J/∂W = mean of δ·x"
    assert said[-1] == "update: w ← w − 0.03·∂J/∂w"
    assert caption.note.text() == f"step {step.picture.step} · sample 1 of 10"


def test_the_card_that_is_reached_is_lit(hands: Hands, step: Step) -> None:
    ring = hands.canvas.scene.marks._rings["pass"]
    for direction in ("forward", "backward"):
        _play_until(hands, step, direction, "b")
        card = hands.canvas.scene.network.card("b")
        assert card is not None
        assert ring.path().boundingRect().center() == card.rect.center()
    hands.canvas.playback.finish()
    assert ring.path().isEmpty()


def test_what_a_step_showed_stays_until_it_is_cleared(hands: Hands, step: Step) -> None:
    own = {"a": np.arange(8.0)}
    hands.canvas.play(step, 1000)
    hands.canvas.set_activations(own)
    hands.canvas.playback.finish()
    assert _texts(hands, "a") == _numbers(_dense(step)["a"].a[0])
    assert hands.canvas.scene.live.masks.keys() == {"p"}
    hands.canvas.clear_pass()
    assert _texts(hands, "a") == _numbers(own["a"])
    assert hands.canvas.scene.live.masks == {}
    assert hands.canvas.caption.isHidden()
    assert hands.canvas.playback.stage is None


def test_a_step_takes_as_long_as_it_is_given(hands: Hands, step: Step) -> None:
    ended = []
    hands.canvas.playback.ended.connect(lambda: ended.append(hands.canvas.playback.stage))
    with hands.qtbot.waitSignal(hands.canvas.playback.ended, timeout=3000):
        hands.canvas.play(step, 0.2)
        assert hands.canvas.playback._timer.interval() * 11 <= 210
    assert [stage.direction for stage in ended if stage] == ["update"]


def test_without_time_it_is_shown_as_it_ends(hands: Hands, step: Step) -> None:
    hands.canvas.play(step, 0)
    assert not hands.canvas.playback.playing
    assert hands.canvas.scene.live.weights == step.after
    assert len(hands.canvas.scene.live.gradients) == 3
    assert _texts(hands, "output") == _numbers(step.picture.outputs[0])


def test_an_edit_by_hand_is_seen_at_once(hands: Hands, step: Step) -> None:
    hands.canvas.play(step, 1000)
    newer = draw_weights(hands.canvas, 3)
    hands.canvas.set_weights(newer)
    hands.canvas.weight_edited.emit(None, 1.0)
    assert hands.canvas.scene.live.weights == tuple(newer)


def test_a_change_of_the_network_ends_it_but_not_one_of_its_names(hands: Hands, step: Step) -> None:
    hands.canvas.play(step, 1000)
    hands.canvas.edits.rename("a", "First")
    assert hands.canvas.playback.playing
    hands.canvas.edits.set_units("a", 5)
    assert not hands.canvas.playback.playing
    assert hands.canvas.caption.isHidden()
    hands.canvas.play(step, 1000)
    assert hands.canvas.playback.step is None


def test_tiles_wait_while_a_step_is_played(hands: Hands, step: Step) -> None:
    tile = hands.canvas.scene.cards["a"].units.tile_of
    hands.canvas.play(step, 1000)
    before = tile(0)
    hands.canvas.set_tiles({"a": np.ones((8, 32, 32))})
    assert before is not None
    assert (shown := tile(0)) is not None
    assert shown.cacheKey() == before.cacheKey()
    hands.canvas.playback.finish()
    assert (shown := tile(0)) is not None
    assert shown.cacheKey() != before.cacheKey()


def test_images_go_through_too(make_hands: MakeHands, make_step: MakeStep) -> None:
    layers: list[Any] = [
        {"kind": "dense", "id": "a", "units": 20, "activation": "relu"},
        {"kind": "dropout", "id": "p", "rate": 0.5},
    ]
    experiment = read_experiment(
        {"data": {"source": "digits"}, "training": {"loss": "cross_entropy"}, "network": {"layers": layers}}
    )
    hands = make_hands(experiment)
    step = make_step(experiment)
    other = np.full((1, 8, 8), 0.5)
    hands.canvas.set_tiles({"input": other})
    _play_until(hands, step, "forward", "output")
    hands.canvas.set_tiles({"input": other})
    units = hands.canvas.scene.cards
    assert step.image is not None
    tile = units["input"].units.tile_of(0)
    assert tile is not None
    brightest = np.unravel_index(step.image.argmax(), (8, 8))
    color = tile.toImage().pixelColor(int(brightest[1]), int(brightest[0]))
    assert color.red() == round(float(step.image.max()) * 255)
    outputs = step.picture.outputs[0]
    assert _texts(hands, "output") == [f"{value * 100:.1f} %" for value in outputs]
    a = _dense(step)["a"].a[0]
    widths = [item.rect().width() / 32 for item in units["a"].units._strengths]
    assert widths == pytest.approx((a / a.max())[:16].tolist(), abs=1e-5)
    _play_until(hands, step, "backward", "output")
    delta = _dense(step)["output"].delta[0] * len(step.picture.losses)
    assert _texts(hands, "output") == _numbers(delta)
    lengths = np.array([bar.rect().width() for bar in units["output"].units._bars])
    assert lengths / lengths.max() == pytest.approx(np.abs(delta) / np.abs(delta).max(), abs=1e-6)


@pytest.mark.parametrize(
    ("layers", "loss"),
    [([], "hinge"), (["dense"], "mean_squared_error"), (["dropout", "dense", "dropout", "dropout"], "cross_entropy")],
)
def test_every_network_can_be_played(make_hands: MakeHands, make_step: MakeStep, layers: list[str], loss: str) -> None:
    experiment = read_experiment(SPIRAL | {"network": {"layers": layers}, "training": {"loss": loss}})
    hands = make_hands(experiment)
    hands.canvas.play(make_step(experiment), 1000)
    while hands.canvas.playback.playing:
        hands.canvas.playback._next()
    assert _texts(hands, "output") == _numbers(make_step(experiment).picture.outputs[0])
