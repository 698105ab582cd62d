"""The rest of what can be seen: gallery, keys, other sizes, presentation; and the end."""

import threading
from pathlib import Path

from PySide6.QtCore import Qt, QThreadPool
from PySide6.QtWidgets import QApplication, QDialog

from app.gallery.dialog import Gallery
from app.selftest.checks import check, wait
from app.selftest.hands import gone
from app.selftest.trial import Trial
from app.work.session import Phase
from core.choices.datasets import MNIST, at_hand
from core.experiment.examples import read_example
from core.training.events import EpochDone

_NARROW = (1024, 700)


def gallery(trial: Trial) -> None:
    """New opens the gallery; an example is opened from it, after the question about unsaved changes."""
    hands = trial.hands
    hands.view.setFocus()
    hands.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    found = hands.dialog(Gallery)
    assert isinstance(found, Gallery)
    wait(lambda: found.list.model().rowCount() > 10, "The gallery has no examples.")
    for mode in ("light", "dark"):
        trial.program.theme.set(mode=mode)
        _wait_for_pictures(trial)
        check(found.grab().save(str(trial.folder / f"11-gallery-{mode}.png")), "The picture could not be written.")
    trial.program.theme.set(mode="light")
    _open_example(trial, found, "pass-the-class")


def _wait_for_pictures(trial: Trial) -> None:
    pools = trial.program.files.background.findChildren(QThreadPool)
    wait(lambda: not any(pool.activeThreadCount() for pool in pools), "The gallery's pictures are not drawn.")


def _open_example(trial: Trial, gallery: Gallery, example: str) -> None:
    _wait_for_pictures(trial)  # with which the rows move
    hands, name = trial.hands, read_example(example).name
    row = next(r for r in range(gallery.model.rowCount()) if gallery.model.item(r).text() == name)
    hands.double_click(gallery.list.viewport(), hands.cell(gallery.list, row, 0))
    if trial.program.files.unsaved:
        trial.discard()
    gone(gallery, "The gallery does not close.")
    hands.active()
    wait(lambda: trial.experiment.name == name, f'The gallery does not open "{name}".')


def question(trial: Trial) -> None:
    """The class data ask whether one passes: the answer before training, and after."""
    trial.ready()
    trial.hands.view.setFocus()
    answered = trial.program.output.answered
    wait(lambda: "Before training" in answered.text(), "The question of the data is not answered.")
    before = answered.text()
    trial.hands.key(Qt.Key.Key_Space)
    trial.wait_for(Phase.TRAINING)
    wait(lambda: answered.text() != before, "The answer does not change while it learns.")
    trial.hands.key(Qt.Key.Key_Space)
    wait(lambda: trial.phase in (Phase.PAUSED, Phase.OVER), "It does not pause.")
    trial.picture("12-question")


def looks(trial: Trial) -> None:
    """Presentation, a small window, plots in the canvas' place, the table of keys; and back."""
    hands, window = trial.hands, trial.program.window
    size = window.size()
    hands.view.setFocus()
    hands.key(Qt.Key.Key_P)
    check(trial.program.theme.presentation, "P does not switch presentation on.")
    trial.picture("13-presentation")
    hands.key(Qt.Key.Key_P)
    window.resize(*_NARROW)
    wait(lambda: window.width() <= max(_NARROW[0], window.minimumWidth()), "The window cannot be made smaller.", 5)
    trial.picture("14-narrow")
    window.resize(size)
    hands.key(Qt.Key.Key_F)
    check(not trial.program.canvas.isVisible(), "F does not give the plots the room of the canvas.")
    trial.picture("15-plots")
    hands.key(Qt.Key.Key_F)
    check(trial.program.canvas.isVisible(), "F does not give the room back.")
    hands.key(Qt.Key.Key_F1)
    keys = hands.dialog(QDialog)
    check(keys.grab().save(str(trial.folder / "16-keys-light.png")), "The picture could not be written.")
    hands.key(Qt.Key.Key_Escape)
    gone(keys, "Esc does not close the table of keys.")
    hands.active()


def learn_mnist(trial: Trial) -> None:
    """Real MNIST, where it came with the installer or DOWNHILL_DATA names it, is learned without a network."""
    if not at_hand(MNIST()):
        trial.say("     MNIST is not on this computer, and is left out.")
        return
    hands = trial.hands
    hands.key(Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    found = hands.dialog(Gallery)
    assert isinstance(found, Gallery)
    wait(lambda: found.list.model().rowCount() > 10, "The gallery has no examples.")
    _open_example(trial, found, "mnist")
    trial.events.clear()
    hands.key(Qt.Key.Key_Space)
    # That of the start weights is told as epoch 0.
    wait(lambda: any(done.epoch for done in trial.told(EpochDone)), "No epoch of MNIST is done.", 120)
    hands.key(Qt.Key.Key_Space)
    wait(lambda: trial.phase in (Phase.PAUSED, Phase.OVER), "It does not pause.", 60)
    accuracy = trial.told(EpochDone)[-1].metrics.validation_accuracy
    assert accuracy is not None
    check(accuracy > 0.9, f"After an epoch only {accuracy:.0%} of the validation images are right.")
    trial.picture("17-mnist")


def close(trial: Trial) -> None:
    """The window closes, the background thread ends, and no thread is left."""
    program, hands = trial.program, trial.hands
    while (popup := QApplication.activePopupWidget() or QApplication.activeModalWidget()) is not None:
        popup.close()  # left open by a step that failed
    hands.active()
    hands.view.setFocus()
    hands.key(Qt.Key.Key_Q, Qt.KeyboardModifier.ControlModifier)
    if program.files.unsaved:
        trial.discard()
    wait(lambda: not program.window.isVisible(), "The window does not close.")
    program.stop()
    wait(lambda: not _threads(), f"Threads are left: {', '.join(_threads())}.", 10)
    pools = [*program.findChildren(QThreadPool), *program.window.findChildren(QThreadPool)]
    wait(lambda: not any(pool.activeThreadCount() for pool in pools), "Work in the background has no end.", 10)
    left = [top for top in QApplication.topLevelWidgets() if top.isVisible()]
    check(not left, f"A window is left open: {left}.")
    kept = [path.name for path in Path(trial.scratch / "state").glob("*.downhill")]
    check(not kept, f"What was put aside for recovery is still there: {', '.join(kept)}.")


def _threads() -> list[str]:
    """Return the names of threads that Downhill began."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("downhill")]


STEPS = (gallery, question, looks, learn_mnist)
