"""The bars on a terminal."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from tqdm import tqdm

from core.cli.progress import download_bar, training_bar
from core.experiment.experiment import Experiment
from core.experiment.training import Training
from core.experiment.variants import Run
from core.training.events import NOTHING, Begun, Ended, EpochDone, Event, Metrics

ROW = np.zeros(3, np.float32)


Drawn = Callable[..., list[str]]


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """Return a function that gives what the bar of runs of 10 epochs each showed, a text each time it was drawn."""
    monkeypatch.setattr(tqdm, "monitor_interval", 0)  # without a thread of its own

    def draw(runs: int, steps: Sequence[tuple[Event, ...]], *, terminal: bool = True) -> list[str]:
        monkeypatch.setattr("sys.stderr.isatty", lambda: terminal)
        experiment = Experiment(training=Training(epochs=10))
        with training_bar([Run(f"run {place}", experiment) for place in range(runs)]) as take:
            for events in steps:
                take(events)
        return [text.strip() for text in capsys.readouterr().err.replace("\n", "\r").split("\r") if text.strip()]

    return draw


def begun(run: int, epoch: int = 0) -> Begun:
    return Begun(run, epoch, 3, 10, 375, "cpu", "", ROW)


def done(run: int, epoch: int) -> EpochDone:
    return EpochDone(run, epoch, epoch * 375, Metrics(validation_loss=0.25), 0.0, 0.01, 0, 0, None)


def ended(run: int, epoch: int) -> Ended:
    return Ended(run, "early stopping", "", epoch, 1, 1, 1.0, Metrics(), Metrics(), ROW, ROW, ROW, None)


def test_one_run_shows_its_epochs_and_its_validation_loss(drawn: Drawn) -> None:
    shown = drawn(1, [(begun(0),), (done(0, 0),), (done(0, 1),), (done(0, 2),)])
    assert "2/10 epochs" in shown[-1]
    assert "left" in shown[-1]
    assert "validation loss 0.25" in shown[-1]


def test_a_run_that_stops_early_leaves_no_rest(drawn: Drawn) -> None:
    shown = drawn(2, [(begun(0), begun(1)), (done(0, 1), done(1, 1)), (ended(0, 1),), (done(1, 2),)])
    assert "3/11 epochs" in shown[-1]
    assert "1 of 2 runs done" in shown[-1]


def test_epochs_of_an_earlier_training_count(drawn: Drawn) -> None:
    shown = drawn(1, [(begun(0, 8),), (done(0, 9),)])
    assert "9/10 epochs" in shown[-1]


def test_a_long_epoch_shows_its_steps(drawn: Drawn) -> None:
    shown = drawn(1, [(begun(0),), *[NOTHING] * 250])
    assert "step 200 of 375" in shown[-1]


def test_nothing_is_shown_where_there_is_no_terminal(drawn: Drawn, capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(1, [(begun(0),), (done(0, 1),), *[NOTHING] * 250, (ended(0, 1),)], terminal=False) == []
    with download_bar() as tell:
        tell(1, 2)
    assert capsys.readouterr().err == ""


def test_a_download_shows_its_bytes(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tqdm, "monitor_interval", 0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with download_bar() as tell:
        for part in range(1, 5):
            tell(part * 2_000_000, 8_000_000)
        tell(100, 4000)  # the next file
    err = capsys.readouterr().err
    assert "8.00M" in err
    assert "4.00k" in err


def test_data_that_are_there_show_no_bar(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    with download_bar():
        pass
    assert capsys.readouterr().err == ""
