"""Files are saved, opened, dropped and closed, also while it trains; nothing is lost."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox

from app.selftest.checks import wait
from app.selftest.hands import Ctrl, Hands, Shift, gone
from app.selftest.trial import Trial
from app.shell.widgets.numbers import written
from app.work.session import Phase
from core.experiment.experiment import Experiment
from core.project.archive import Project, load, save
from core.training.events import EpochDone


def train(trial: Trial, epochs: int = 3) -> None:
    trial.hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    wait(lambda: len(trial.told(EpochDone)) >= epochs, "no epochs")


def save_to(trial: Trial, path: Path) -> None:
    trial.hands.key(Qt.Key.Key_S, Ctrl)
    trial.hands.name_file(str(path))
    wait(lambda: trial.program.document.path == path, "not saved")


def test_saving_while_it_trains_holds_nothing_up_and_the_file_can_go_on(
    trial: Trial, hands: Hands, folder: Path
) -> None:
    train(trial)
    path = folder / "run.downhill"
    save_to(trial, path)
    assert trial.phase is Phase.TRAINING
    (record,) = load(path).records
    assert record.state is not None
    assert record.epochs >= 3
    epochs = len(trial.told(EpochDone))
    wait(lambda: len(trial.told(EpochDone)) > epochs, "it does not train on")
    assert trial.program.window.windowTitle().startswith("run[*]")


def test_opening_while_it_trains_asks_and_goes_on_from_the_file(trial: Trial, hands: Hands, folder: Path) -> None:
    train(trial)
    path = folder / "run.downhill"
    save_to(trial, path)
    (saved,) = load(path).records
    epochs = len(trial.told(EpochDone))
    wait(lambda: len(trial.told(EpochDone)) > epochs + 3, "it does not train on")
    hands.key(Qt.Key.Key_O, Ctrl)
    hands.name_file(str(path))
    trial.discard()
    hands.active()
    trial.ready()
    assert trial.program.history.past == ()
    (record,) = trial.program.history.current
    assert 3 <= record.epochs <= saved.epochs  # its curves may have come further than its state
    epochs = record.epochs
    hands.view.setFocus()
    trial.one_epoch()
    assert trial.told(EpochDone)[-1].epoch == epochs + 1


def test_a_file_that_is_saved_twice_and_reopened_has_its_run_once(trial: Trial, hands: Hands, folder: Path) -> None:
    path = folder / "run.downhill"
    trial.one_epoch()
    save_to(trial, path)
    opened: list[object] = []
    trial.program.files.loaded.connect(opened.append)
    for epoch in (2, 3):
        opened.clear()
        trial.program.files.open_path(path)
        wait(lambda: opened, "not opened")
        trial.ready()
        hands.view.setFocus()
        trial.one_epoch()
        assert trial.told(EpochDone)[-1].epoch == epoch
        hands.key(Qt.Key.Key_S, Ctrl)
        wait(lambda: not trial.program.files.unsaved, "not saved")
    assert [record.epochs for record in load(path).records] == [3]


def test_a_reopened_run_shows_its_numbers_at_once(trial: Trial, hands: Hands, folder: Path) -> None:
    path, output = folder / "run.downhill", trial.program.output
    trial.one_epoch()
    save_to(trial, path)
    metrics = load(path).records[0].metrics
    trial.program.document.open(Experiment(), None)
    trial.ready()
    assert output.train_loss.number.text() == "–"
    trial.program.files.open_path(path)
    wait(lambda: trial.program.document.path == path, "not opened")
    trial.ready()
    assert metrics.train_loss is not None
    assert metrics.validation_loss is not None
    assert output.train_loss.number.text() == written(metrics.train_loss)
    assert output.validation_loss.number.text() == written(metrics.validation_loss)


def test_a_file_dropped_on_the_window_is_opened(trial: Trial, hands: Hands, folder: Path) -> None:
    path = folder / "dropped.downhill"
    save(Project(Experiment(name="Dropped")), path)
    assert hands.drop_file(str(path), trial.program.canvas.view.viewport())
    wait(lambda: trial.program.document.path == path, "not opened")
    assert trial.experiment.name == "Dropped"
    assert trial.program.settings.recent_files[0] == path
    trial.ready()


def test_a_file_of_another_kind_is_refused_in_a_sentence(trial: Trial, hands: Hands, folder: Path) -> None:
    path = folder / "letter.txt"
    path.write_text("Dear", encoding="utf-8")
    before = trial.experiment
    assert hands.drop_file(str(path), trial.program.canvas.view.viewport())
    banner = trial.program.window.banner
    models = ".safetensors, .onnx, .pt2"
    expected = f"letter.txt is neither a Downhill file (.downhill), nor a model ({models}), nor a table (.csv)."
    assert banner.text.text() == expected
    hands.click(banner.close_button)
    assert not banner.isVisible()
    assert trial.experiment == before


def test_a_damaged_file_leaves_everything_as_it_is(trial: Trial, hands: Hands, folder: Path) -> None:
    path = folder / "damaged.downhill"
    path.write_bytes(b"PK\3\4 and no more")
    before = trial.experiment
    hands.key(Qt.Key.Key_O, Ctrl)
    hands.name_file(str(path))
    banner = trial.program.window.banner
    wait(banner.isVisible, "no banner")
    assert "damaged.downhill" in banner.text.text()
    assert trial.experiment == before


def test_save_as_writes_another_file_and_ctrl_s_the_same_again(trial: Trial, hands: Hands, folder: Path) -> None:
    first, second = folder / "one.downhill", folder / "two.downhill"
    save_to(trial, first)
    hands.press_spot("more", "a")
    assert trial.program.document.unsaved
    hands.key(Qt.Key.Key_S, Ctrl | Shift)
    hands.name_file(str(second))
    wait(lambda: trial.program.document.path == second, "not saved")
    assert not trial.program.document.unsaved
    hands.press_spot("more", "a")
    hands.key(Qt.Key.Key_S, Ctrl)
    wait(lambda: not trial.program.document.unsaved, "not saved")
    units = [load(path).experiment.network.layers[0].model_dump()["units"] for path in (first, second)]
    assert units == [4, 6]


def test_closing_while_it_trains_asks_and_cancel_stays(trial: Trial, hands: Hands) -> None:
    hands.press_spot("more", "a")
    trial.ready()
    train(trial)
    hands.key(Qt.Key.Key_Q, Ctrl)
    box = hands.dialog(QMessageBox)
    assert isinstance(box, QMessageBox)
    hands.key(Qt.Key.Key_Escape)
    gone(box, "Esc does not close the question")
    hands.active()
    assert trial.program.window.isVisible()
    assert trial.phase is Phase.TRAINING
    epochs = len(trial.told(EpochDone))
    wait(lambda: len(trial.told(EpochDone)) > epochs, "it does not train on")


def test_work_put_aside_while_it_trains_can_be_restored(trial: Trial, hands: Hands) -> None:
    hands.press_spot("more", "a")
    trial.ready()
    train(trial)
    recovery = trial.program.files.recovery
    trial.program.files.keep()
    wait(recovery.path.exists, "nothing is put aside")
    kept = load(recovery.path)
    assert kept.experiment == trial.experiment
    assert kept.records[-1].state is not None
    assert np.isfinite(kept.records[-1].last_row).all()
    recovery.forget()
