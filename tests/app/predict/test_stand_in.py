"""The predict tab without the data of a run: the model of the file that was opened answers."""

from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image

from app.predict.view import NOTHING, ONE
from app.work.session import Phase
from core.choices.fields import Mistake
from core.datasets import fetch
from core.exchange.inputs import read_picture
from core.exchange.model import Model
from core.experiment.experiment import Experiment, read_experiment
from core.experiment.variants import Run
from core.runs.record import Record
from core.runs.recorder import Recorder
from core.training.loop import prepare, train
from tests.app.predict.conftest import PLANE, WAIT, Stage

MNIST: dict[str, Any] = {
    "data": {"source": "mnist"},
    "network": {"layers": [{"kind": "dense", "id": "a", "units": 4}]},
    "training": {"loss": "cross_entropy"},
}


@pytest.fixture(autouse=True)
def _no_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object) -> NoReturn:
        raise Mistake("not there")

    monkeypatch.setattr(fetch, "fetch", fail)


def trained(data: dict[str, Any]) -> Record:
    """Return the record of a short run on points of the plane, said to be of other data."""
    run = Run("a", read_experiment({**PLANE, "training": {"epochs": 1}}))
    recorder = Recorder([run])
    for events in train(prepare([run])):
        recorder.take(events)
    record = recorder.record(0)
    return Record(**{**vars(record), "experiment": read_experiment({**MNIST, "data": data})})


def model_of(experiment: Experiment) -> Model:
    """Return a model of MNIST with some weights."""
    count = 784 * 4 + 4 + 4 * 10 + 10
    record = Record(**{**vars(trained({"source": "mnist"})), "experiment": experiment})
    row = np.random.default_rng(0).normal(size=count).astype(np.float32) / 10
    return Model.of(record, row, lambda data: pytest.fail("the data were asked for"))


def without_data(stage: Stage, plain: dict[str, Any] = MNIST) -> None:
    """Open an experiment of which the data are not there, and wait until that is known."""
    phases: list[Phase] = []
    stage.session.phase_changed.connect(phases.append)
    stage.document.open(read_experiment(plain), None)
    stage.qtbot.waitUntil(lambda: bool(phases) and phases[-1] is Phase.IDLE, timeout=WAIT)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 12:16] = 255
    Image.fromarray(pixels).save(tmp_path / "one.png")
    return tmp_path / "one.png"


def test_what_stood_there_before_is_taken_away(stage: Stage) -> None:
    stage.start()
    stage.qtbot.waitUntil(lambda: len(stage.part.widget.fields.fields) == 2, timeout=WAIT)
    without_data(stage)
    assert stage.part.widget.pages.currentIndex() == NOTHING
    assert stage.part.widget.hint.text() == "The data are not there yet."
    assert not stage.part.widget.fields.fields


@pytest.mark.parametrize("first", ["model", "failure"])
def test_the_model_of_the_file_answers(stage: Stage, picture: Path, first: str) -> None:
    model = model_of(read_experiment(MNIST))
    stage.start()
    if first == "model":
        stage.part.stand_in("net.onnx", lambda: model)
    without_data(stage)
    if first == "failure":
        stage.part.stand_in("net.onnx", lambda: model)
    view = stage.part.widget
    told = "net.onnx answers here without its data, which are not on this computer: drop pictures or a table of pixels."
    stage.qtbot.waitUntil(lambda: view.hint.text() == told, timeout=WAIT)
    assert "the Predict tab answers without them" in stage.hints[-1]
    stage.part.read((picture,))
    stage.qtbot.waitUntil(lambda: stage.part.found is not None, timeout=WAIT)
    assert stage.part.found is not None
    assert stage.part.found.outputs == pytest.approx(model.predict(read_picture(picture, model)))
    assert view.pages.currentIndex() == ONE
    assert view.answer.note.text().endswith("says net.onnx")
    assert stage.faults == []


def test_a_run_takes_its_place_again(stage: Stage, picture: Path) -> None:
    stage.start()
    stage.part.stand_in("net.onnx", lambda: model_of(read_experiment(MNIST)))
    without_data(stage)
    stage.part.read((picture,))
    stage.qtbot.waitUntil(lambda: stage.part.found is not None, timeout=WAIT)
    stage.start()
    stage.qtbot.waitUntil(lambda: len(stage.part.widget.fields.fields) == 2, timeout=WAIT)
    assert stage.part.asked is None
    stage.answered([[field.value for field in stage.part.widget.fields.fields]])


def test_a_file_of_runs_that_standardize_by_data_that_are_not_there(stage: Stage) -> None:
    stage.start()
    stage.part.stand_in_for((trained({"source": "mnist", "standardize": True}),))
    without_data(stage)
    told = "This network standardizes its inputs by its training data, which are not on this computer."
    stage.qtbot.waitUntil(lambda: stage.part.widget.hint.text() == told, timeout=WAIT)


def test_a_file_of_runs_without_their_data(stage: Stage) -> None:
    stage.start()
    stage.part.stand_in_for((trained({"source": "mnist"}),))
    without_data(stage)
    stage.qtbot.waitUntil(lambda: "a answers here without its data" in stage.part.widget.hint.text(), timeout=WAIT)
    stage.part.stand_in_for(())
    without_data(stage)
    assert stage.part.widget.hint.text() == "The data are not there yet."
