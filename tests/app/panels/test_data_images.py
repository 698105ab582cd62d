"""The data panel's images: shown once they are there, downloaded once that is agreed to."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.panels.data import DataPanel
from app.shell.icons import Icons
from app.shell.theme import Theme
from app.work.session import Phase, Session
from app.work.trainer import Trainer
from core.choices.datasets import DATASETS, Digits
from core.datasets.images import MNIST_FILES
from tests.app.panels.data_panel import IMAGES, Show, click, prepare, shown_panel


@pytest.fixture
def panel(document: Document, session: Session, theme: Theme, icons: Icons, show: Show) -> DataPanel:
    return shown_panel(document, session, icons, theme, show)


def test_images_are_shown_once_they_are_loaded(panel: DataPanel, document: Document, session: Session) -> None:
    click(panel.rows["digits"].button)
    assert document.experiment.data.source == Digits()
    assert document.experiment.training.loss == "cross_entropy"
    assert panel.images.isVisible()
    assert not panel.images.grid.isVisible()
    prepare(session, document)
    images = panel.images
    assert images.grid.isVisible()
    assert images.text.text() == "1,797 images of 8 × 8 pixels, 10 classes"
    assert sum(images.bars.counts.values()) == 1797
    assert list(images.bars.counts) == [str(digit) for digit in range(10)]
    assert images.dataset is not None
    labels = images.dataset.train.labels
    assert images.grid.name_at(QPoint(2, 2)) == str(labels[0])
    assert images.grid.name_at(QPoint(2 + images.grid.side + 3, 2)) == str(labels[1])
    first = images.grid.images
    click(images.others)
    assert not np.array_equal(images.grid.images, first)
    assert document.undo_stack.count() == 1
    click(panel.tiles.tiles["circle"])
    assert not images.isVisible()


def test_images_come_from_the_background_thread(
    panel: DataPanel, document: Document, session: Session, trainer: Trainer, qtbot: QtBot
) -> None:
    session.start()
    click(panel.rows["digits"].button)
    qtbot.waitUntil(lambda: panel.images.dataset is not None, timeout=60_000)
    assert panel.images.grid.isVisible()
    assert trainer.can_train


def test_images_of_a_job_before_are_not_shown(panel: DataPanel, document: Document, session: Session) -> None:
    click(panel.rows["digits"].button)
    prepare(session, document)
    click(panel.tiles.tiles["circle"])
    document.set({"data.source": "mnist", "training.loss": "cross_entropy"}, "choose")
    assert panel.images.isVisible()
    assert not panel.images.grid.isVisible()


@pytest.mark.parametrize("tag", [tag for tag in IMAGES if DATASETS[tag].downloads])
def test_a_download_is_asked_for_first(panel: DataPanel, document: Document, tag: str) -> None:
    row = panel.rows[tag]
    size = f"{DATASETS[tag].downloads / 1e6:.1f} MB"
    assert row.button.note == f"get {size}"
    before = document.experiment
    click(row.button)
    assert document.experiment == before
    assert row.text.text() == f"{DATASETS[tag].title} is a download of {size}."
    click(row.no)
    assert not row.yes.isVisible()
    row.button.setFocus()
    QTest.keyClick(row.button, Qt.Key.Key_Return)
    assert row.yes.hasFocus()
    click(row.yes)
    assert document.experiment.data.source.kind == tag
    assert not row.yes.isVisible()


def begin_download(panel: DataPanel, session: Session) -> None:
    click(panel.rows["mnist"].button)
    click(panel.rows["mnist"].yes)
    session.phase = Phase.PREPARING
    session.phase_changed.emit(Phase.PREPARING)
    session.progressed.emit(2_500_000, 10_000_000)


def test_a_download_shows_its_progress_and_goes(panel: DataPanel, session: Session) -> None:
    begin_download(panel, session)
    row = panel.rows["mnist"]
    assert row.bar.isVisible()
    assert row.bar.value() * 4 == row.bar.maximum()
    assert row.text.text() == "2.5 MB of 10.0 MB"
    session.phase = Phase.PAUSED
    session.phase_changed.emit(Phase.PAUSED)
    assert not row.bar.isVisible()
    assert not row.no.isVisible()


def test_cancelling_a_download_takes_the_choice_back(
    panel: DataPanel, document: Document, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(session, "cancel_download", lambda: asked.append(True))
    before = document.experiment
    begin_download(panel, session)
    click(panel.rows["mnist"].no)
    assert asked == [True]
    assert document.experiment == before
    assert not panel.rows["mnist"].bar.isVisible()


def test_cancelling_leaves_what_was_edited_since(panel: DataPanel, document: Document, session: Session) -> None:
    begin_download(panel, session)
    document.set({"training.epochs": 3}, "since")
    click(panel.rows["mnist"].no)
    assert document.experiment.training.epochs == 3
    assert document.experiment.data.source.kind == "mnist"


def test_a_download_that_failed_says_so(panel: DataPanel, session: Session) -> None:
    begin_download(panel, session)
    session.phase = Phase.IDLE
    session.phase_changed.emit(Phase.IDLE)
    session.failed.emit("MNIST could not be downloaded", "")
    row = panel.rows["mnist"]
    assert row.fault.isVisible()
    assert not row.bar.isVisible()
    assert row.button.note == "get 11.6 MB"


def test_a_set_that_is_there_is_chosen_at_once(
    panel: DataPanel, document: Document, mnist_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOWNHILL_DATA", str(mnist_dir))
    document.open(document.experiment, None)
    panel._judge("mnist")
    assert panel.rows["mnist"].button.note == "70,000 images"
    click(panel.rows["mnist"].button)
    assert document.experiment.data.source.kind == "mnist"


def test_a_set_that_is_there_shows_its_own_first_image(
    document: Document,
    session: Session,
    theme: Theme,
    icons: Icons,
    show: Show,
    qtbot: QtBot,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = MNIST_FILES.files[0]
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / file.name).write_bytes(file.header + bytes(783) + bytes([200]))
    monkeypatch.setenv("DOWNHILL_DATA", str(tmp_path))
    panel = DataPanel(document, session, theme, icons, ask=lambda parent: None)
    show(panel, 260, 1600)

    def corner(tag: str) -> QColor:
        image = panel.rows[tag].button.icon().pixmap(QSize(18, 18), 1.0).toImage()
        return image.pixelColor(0, 0)

    qtbot.waitUntil(lambda: corner("mnist") == QColor(0, 0, 0))
    assert corner("fashion_mnist").alpha() == 0  # which is not there: the sign of an image, on nothing
