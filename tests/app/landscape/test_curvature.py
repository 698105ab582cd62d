"""The curvature in the form, measured by a real background thread, against the full Hessian from autograd."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from pytestqt.qtbot import QtBot
from torch.nn import functional

from app.document.document import Document
from app.landscape.curvature import VIEW, Bound, CurvatureSection, rate_in_use
from app.landscape.part import LandscapePart
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.widgets.numbers import written
from app.work.history import History
from app.work.messages import Scene
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.experiment.experiment import Experiment
from core.experiment.training import Training
from core.landscape import curvature as core_curvature
from core.landscape.values import Curvature, Sharpness
from core.runs.record import Intervention
from core.training.events import Row
from core.training.rows import to_sequential

WAIT = 20_000


def hessian(scene: Scene, row: Row) -> Any:
    """Return the full Hessian (P, P) of the mean loss of all training samples, from autograd."""
    network = to_sequential(scene.architecture, torch.tensor(row, dtype=torch.float64))
    names, shapes = zip(*((name, weight.shape) for name, weight in network.named_parameters()), strict=True)
    x = torch.tensor(scene.dataset.preparation.apply(scene.dataset.train.raw), dtype=torch.float64)
    labels = torch.tensor(scene.dataset.train.labels, dtype=torch.float64)

    def loss(theta: torch.Tensor) -> torch.Tensor:
        parts = torch.split(theta, [shape.numel() for shape in shapes])
        values = {name: part.view(shape) for name, part, shape in zip(names, parts, shapes, strict=True)}
        return functional.binary_cross_entropy_with_logits(
            torch.func.functional_call(network, values, (x,))[:, 0], labels
        )

    theta = torch.tensor(row, dtype=torch.float64)
    return torch.autograd.functional.hessian(loss, theta).numpy()  # type: ignore[no-untyped-call]


@dataclass
class Stage:
    """A landscape tab on a document, in a window of its own."""

    qtbot: QtBot
    document: Document
    session: Session
    trainer: Trainer
    history: History
    part: LandscapePart
    pictures: list[Any]  # what came for the section

    def until(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=WAIT)

    def open(self) -> None:
        self.part.widget.resize(900, 420)
        self.part.widget.show()
        self.qtbot.waitExposed(self.part.widget)

    def train(self, epochs: int) -> None:
        self.trainer.rewind()
        self.until(lambda: self.session.phase is Phase.PAUSED)
        self.session.go(epochs=epochs)
        self.until(lambda: self.history.current[0].epochs == epochs)
        self.until(lambda: self.session.phase is Phase.PAUSED)

    @property
    def section(self) -> CurvatureSection:
        return self.part.widget.form.curvature

    @property
    def shown(self) -> tuple[str, ...]:
        """The largest and the smallest eigenvalue and the trace, as they are written."""
        return tuple(label.text() for label in self.section.values.values())

    def wanted(self, row: Row) -> tuple[str, ...]:
        """The same of the Hessian from autograd."""
        scene = self.session.scene
        assert scene is not None
        matrix = hessian(scene, row)
        values = np.linalg.eigvalsh(matrix)
        return written(values[-1]), written(values[0]), written(np.trace(matrix))


@pytest.fixture
def stage(qtbot: QtBot, session: Session, icons: Icons, experiment: Any) -> Iterator[Stage]:
    document = Document(experiment(epochs=100_000))
    trainer = Trainer(document, session)
    history = History(session)
    trainer.starting.connect(history.begin)
    part = LandscapePart(document, session, history, Selection(), trainer, icons)
    qtbot.addWidget(part.widget)
    qtbot.addWidget(part.controls)
    stage = Stage(qtbot, document, session, trainer, history, part, [])
    session.framed.connect(lambda view, picture: stage.pictures.append(picture) if view == VIEW else None)
    yield stage
    document.close()


def test_at_rest_it_comes_by_itself_and_equals_the_full_hessian(stage: Stage) -> None:
    stage.train(20)
    stage.open()
    wanted = stage.wanted(stage.history.current[0].rows[20])
    stage.until(lambda: stage.shown == wanted)
    assert stage.section.effort.text() == "the full Hessian, 13 products, 64 samples"


def test_a_larger_network_has_a_trace_with_its_error_and_its_products(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(core_curvature, "FULL", 0)
    stage.train(20)
    stage.open()
    stage.until(lambda: "±" in stage.section.values["trace"].text())
    found: Curvature = stage.pictures[-1].found
    assert stage.section.effort.text() == f"{found.products} products, 64 samples"
    assert stage.shown[:2] == stage.wanted(stage.history.current[0].rows[20])[:2]
    assert found.trace_error > 0


def test_the_weights_of_a_click_are_measured_in_place_of_the_runs(stage: Stage) -> None:
    stage.train(20)
    stage.open()
    own = stage.wanted(stage.history.current[0].rows[20])
    stage.until(lambda: stage.shown == own)
    stage.part.widget.contours.chosen.emit((1.5, -0.5))
    row = stage.part.row
    assert row is not None
    assert stage.section.effort.text() == "measuring …"  # never the numbers of another point
    wanted = stage.wanted(row)
    assert wanted != own
    stage.until(lambda: stage.shown == wanted)
    assert stage.section.header.note.text() == "of the weights shown"
    stage.part.widget.taken.emit(None)
    stage.until(lambda: stage.shown == own)


def test_with_the_penalty_it_is_stiffer(stage: Stage) -> None:
    stage.document.set({"training.penalty.l2": 0.4}, "Change")
    stage.train(20)
    stage.open()
    form = stage.part.widget.form
    stage.until(lambda: stage.shown[0] != "–")
    before: Curvature = stage.pictures[-1].found
    form.choose(replace(form.chosen, penalty=True))
    stage.until(lambda: stage.pictures[-1].found.trace > before.trace)
    assert stage.pictures[-1].found.trace == pytest.approx(before.trace + 2 * 0.4 * 9)  # of nine weights


def test_while_it_trains_the_largest_alone_follows(stage: Stage) -> None:
    stage.train(20)
    stage.open()
    stage.until(lambda: stage.shown[2] != "–")
    stage.session.go()
    stage.until(lambda: stage.session.phase is Phase.TRAINING)
    # Below the edge of the form it is not measured while there is other work.
    assert stage.section.visibleRegion().isEmpty()
    stage.until(lambda: stage.part.curvature._asked is None)
    stage.part.widget.form.ensureWidgetVisible(stage.section)
    stage.until(lambda: isinstance(stage.pictures[-1].found, Sharpness))
    stage.pictures.clear()
    stage.until(lambda: len({picture.found.largest for picture in stage.pictures}) >= 2)
    assert stage.shown[0] == written(stage.pictures[-1].found.largest)
    assert stage.shown[1:] == ("–", "–")
    assert all(picture.found.products <= 20 for picture in stage.pictures)
    stage.session.pause()
    stage.until(lambda: stage.session.phase is Phase.PAUSED)
    stage.until(lambda: stage.shown[2] != "–")


def test_nothing_is_asked_while_nobody_looks(stage: Stage) -> None:
    stage.train(20)
    assert not stage.pictures
    stage.open()
    stage.until(lambda: stage.pictures)
    stage.part.form.click()  # the tab can be seen, the form cannot
    stage.pictures.clear()
    stage.session.go(epochs=30)
    stage.until(lambda: stage.history.current[0].epochs == 50 and stage.session.phase is Phase.PAUSED)
    stage.until(lambda: stage.part.widget.frame is not None and len(stage.part.widget.frame.picture.xs) == 51)
    assert not stage.pictures
    stage.part.form.click()
    wanted = stage.wanted(stage.history.current[0].rows[50])
    stage.until(lambda: stage.shown == wanted)


def test_a_measurement_is_broken_off_where_nobody_looks_any_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[int] = []
    ended: list[int] = []

    def endless(*_: object) -> Generator[None, None, None]:
        begun.append(1)
        try:
            while True:
                yield
        finally:
            ended.append(1)

    monkeypatch.setattr(core_curvature.Hessian, "times", endless)
    stage.train(20)
    stage.open()
    stage.until(lambda: begun)
    assert not ended
    stage.part.widget.hide()
    stage.until(lambda: ended)
    stage.session.go(epochs=1)
    stage.until(lambda: stage.history.current[0].epochs == 21)


def test_a_part_without_samples_is_told(stage: Stage) -> None:
    stage.document.set({"data.validation": 0.0}, "Change")
    stage.train(20)
    stage.open()
    stage.until(lambda: stage.shown[2] != "–")
    form = stage.part.widget.form
    form.choose(replace(form.chosen, part="validation"))
    stage.until(lambda: "no samples" in stage.section.meaning.text())
    assert stage.shown == ("–", "–", "–")


def found(largest: float) -> Curvature:
    return Curvature(largest, -0.5, 3.0, 0.0, 13, True, 0.0, 56, np.zeros(13))


@pytest.mark.parametrize(
    ("largest", "bound", "words"),
    [
        (4.0, Bound(0.1, True, "SGD"), ("above 2/λ = 0.5.", "The learning rate is 0.1: below.")),
        (4.0, Bound(0.6, True, "SGD"), ("above 2/λ = 0.5.", "It does so now, at 0.6.")),
        (4.0, Bound(0.6, False, "Adam"), ("Plain gradient descent would", "Adam, at 0.6, steps in another way.")),
        (0.0, Bound(0.6, True, "SGD"), ("curves upwards along no direction",)),
        (float("nan"), Bound(0.6, True, "SGD"), ("not a number",)),
    ],
)
def test_says_what_it_means_for_the_learning_rate(
    qtbot: QtBot, icons: Icons, largest: float, bound: Bound, words: tuple[str, ...]
) -> None:
    section = CurvatureSection(icons)
    qtbot.addWidget(section)
    section.show_found("", found(largest), bound)
    assert all(word in section.meaning.text() for word in words)


@pytest.mark.parametrize(
    ("training", "plain"),
    [
        ({"optimizer": {"kind": "sgd"}}, True),
        ({"optimizer": {"kind": "sgd", "momentum": 0.9}}, False),
        ({"optimizer": {"kind": "sgd"}, "clip": 1.0}, False),
        ({"optimizer": {"kind": "adam"}}, False),
    ],
)
def test_only_plain_gradient_descent_has_the_bound(training: dict[str, Any], plain: bool) -> None:
    assert Bound.of(None, Training.model_validate(training)).plain is plain


def test_the_rate_in_use_knows_schedule_and_changes(lab: Any, experiment: Callable[..., Experiment]) -> None:
    path = "training.optimizer.learning_rate"
    made = experiment(epochs=5, optimizer={"kind": "sgd", "learning_rate": 0.4}, schedule={"kind": "step", "every": 2})
    record = lab.record(made)
    assert rate_in_use(record) == pytest.approx(0.4 / 4)  # of epoch 5
    steps = int(record.curves["step"][-1])
    before = replace(record, interventions=(Intervention(steps - 1, path, 0.8, 0.4),))
    assert rate_in_use(before) == pytest.approx(0.4 / 4)  # is in the curves
    after = replace(record, interventions=(*before.interventions, Intervention(steps, path, 0.4, 0.2)))
    assert rate_in_use(after) == pytest.approx(0.2 / 4)
