"""The run is saved, reopened and continued; curves and the network are written to files."""

import csv

import numpy as np
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QToolButton

from app.selftest.checks import check, wait
from app.selftest.trial import Trial
from core.exchange.formats import FORMATS
from core.project.archive import load

_MORE = 3  # epochs after saving
_CTRL = Qt.KeyboardModifier.ControlModifier


def save_reopen_continue(trial: Trial) -> None:
    """A run that is saved, reopened and continued ends with the same weights as one that was never stopped."""
    hands, program = trial.hands, trial.program
    hands.click(hands.view.viewport(), QPoint(8, hands.view.height() - 100))
    hands.key(Qt.Key.Key_Space)
    wait(lambda: trial.look().epoch >= 3, "It does not train.")
    hands.key(Qt.Key.Key_Space)
    trial.ready()
    saved = trial.look()
    path = trial.folder / "spiral.downhill"
    path.unlink(missing_ok=True)
    hands.key(Qt.Key.Key_S, _CTRL)
    hands.name_file(str(path))
    wait(lambda: path.exists() and program.document.path == path, f"{path.name} is not written.")
    check(not program.document.unsaved, "Once it is saved, the title still tells of unsaved changes.")
    project = load(path)
    check(project.experiment == trial.experiment, "The file holds another experiment.")
    for _ in range(_MORE):
        trial.one_epoch()
    uninterrupted = trial.look()
    hands.key(Qt.Key.Key_O, _CTRL)
    hands.name_file(str(path))
    trial.discard()
    hands.active()
    wait(lambda: trial.program.trainer.steps == saved.step, "The file is not opened where the run stopped.")
    trial.ready()
    check(np.array_equal(trial.row(), saved.row), "The reopened run has other weights than were saved.")
    hands.view.setFocus()
    for _ in range(_MORE):
        trial.one_epoch()
    continued = trial.look()
    check(continued.step == uninterrupted.step, "The continued run stands at another step.")
    check(np.array_equal(continued.row, uninterrupted.row), "Continued is not equal to uninterrupted.")


def export_curves(trial: Trial) -> None:
    """The curves are written as a table, a picture and a drawing, by the button beside them."""
    curves = trial.program.curves
    (record,) = trial.program.history.current
    wait(lambda: len(curves.runs[-1].curves) == len(record.curves), "The plot has not all epochs.", 5)
    written: list[object] = []
    curves.saved.connect(written.append)
    for kind in ("csv", "png", "svg"):
        path = trial.folder / f"curves.{kind}"
        path.unlink(missing_ok=True)
        _entry(curves.save, kind).trigger()
        trial.hands.name_file(str(path))
        wait(lambda path=path: path in written, f"{path.name} is not written.")  # type: ignore[misc]
    rows = list(csv.DictReader((trial.folder / "curves.csv").open(encoding="utf-8", newline="")))
    losses = [float(row["train_loss"]) for row in rows[-len(record.curves) :]]  # earlier runs stand before
    check(np.allclose(losses, record.curves["train_loss"]), "curves.csv holds other losses than the record.")
    check(not QImage(str(trial.folder / "curves.png")).isNull(), "curves.png cannot be read.")
    check("<path" in (trial.folder / "curves.svg").read_text(encoding="utf-8"), "curves.svg holds no line.")


def export_model(trial: Trial) -> None:
    """The network is exported from the menu; what is in the file are the weights that it has."""
    from safetensors.numpy import load_file

    path = trial.folder / "spiral.safetensors"
    path.unlink(missing_ok=True)
    row = trial.row()
    trial.hands.choose_in_bar("File", "Export model", "safetensors…")
    trial.hands.name_file(str(path))
    banner = trial.program.window.banner
    wait(lambda: banner.text.text().startswith("Exported: spiral.safetensors"), "The model is not exported.", 60)
    found = list(load_file(path).values())
    for layer, weight, bias in trial.program.session.scenes[0].architecture.split(row):
        for part in (weight, bias):
            there = any(part.shape == array.shape and np.array_equal(part, array) for array in found)
            check(there, f"{path.name} does not hold the numbers of {layer.name}.")
    trial.picture("06-exported", both=False)
    trial.hands.click(banner.close_button)


def export_formats(trial: Trial) -> None:
    """The network is exported as ONNX, as a program of PyTorch and as a script; each is read back as others would."""
    banner = trial.program.window.banner
    for tag in ("onnx", "pt2", "python"):
        form = FORMATS[tag]
        path = trial.folder / f"spiral{form.suffixes[0]}"
        path.unlink(missing_ok=True)
        trial.hands.choose_in_bar("File", "Export model", f"{form.title}…")
        trial.hands.name_file(str(path))
        told = f"Exported: {path.name}"  # and what else belongs to it
        wait(lambda told=told: banner.text.text().startswith(told), f"{path.name} is not exported.", 90)  # type: ignore[misc]
        trial.hands.click(banner.close_button)
        check(path.stat().st_size > 0, f"{path.name} is empty.")


def write_report(trial: Trial) -> None:
    """The report on the runs is written as pages of a PDF."""
    hands, banner = trial.hands, trial.program.window.banner
    path = trial.folder / "report.pdf"
    path.unlink(missing_ok=True)
    hands.view.setFocus()
    hands.key(Qt.Key.Key_E, _CTRL | Qt.KeyboardModifier.ShiftModifier)
    hands.name_file(str(path))
    wait(lambda: banner.text.text().startswith(f"Exported: {path.name}."), "The report is not written.", 90)
    check(path.read_bytes().startswith(b"%PDF"), f"{path.name} is no PDF.")
    hands.click(banner.close_button)


def _entry(button: QToolButton, kind: str) -> QAction:
    return next(action for action in button.menu().actions() if f"({kind.upper()})" in action.text())


STEPS = (save_reopen_continue, export_curves, export_model, export_formats, write_report)
