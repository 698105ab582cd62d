"""Saving the landscape: the files hold what is shown, and the window tells why not and how far."""

import csv
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from pytestqt.qtbot import QtBot

from app.document.document import Document
from app.landscape.export import LandscapeExport
from app.landscape.part import LandscapePart
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.work.history import History
from app.work.session import Phase, Session
from app.work.trainer import Trainer

WAIT = 60_000  # a process imports matplotlib


@dataclass
class Desk:
    """A landscape tab in a window of its own, its export, and what that has told."""

    qtbot: QtBot
    session: Session
    history: History
    trainer: Trainer
    part: LandscapePart
    export: LandscapeExport
    told: list[Any]

    def until(self, done: Callable[[], object]) -> None:
        self.qtbot.waitUntil(lambda: bool(done()), timeout=WAIT)

    def train(self, epochs: int) -> None:
        """Train a new run."""
        self.trainer.rewind()
        self.until(lambda: self.session.phase is Phase.PAUSED)
        self.session.go(epochs=epochs)
        self.until(lambda: self.history.current and self.history.current[0].epochs == epochs)
        self.until(lambda: self.session.phase is Phase.PAUSED)

    def choose(self, kind: str, runs: int = 1) -> None:
        """Show the final picture of some directions, with the paths of so many runs."""
        view = self.part.widget
        view.form.choose(replace(view.form.chosen, kind=kind))  # type: ignore[arg-type]
        self.until(lambda: view.frame and view.frame.picture.final and view.frame.picture.plane.kind == kind)
        self.until(lambda: view.frame and len(view.frame.paths) == runs)

    def write(self, path: Path) -> bytes:
        """Write a file and return what is in it."""
        self.told.clear()
        self.export.write(path, path.suffix[1:])
        self.until(lambda: self.told)
        assert self.told == [path]
        return path.read_bytes()


@pytest.fixture
def desk(qtbot: QtBot, session: Session, icons: Icons, experiment: Any) -> Iterator[Desk]:
    document = Document(experiment(epochs=100_000))
    trainer = Trainer(document, session)
    history = History(session)
    trainer.starting.connect(history.begin)
    part = LandscapePart(document, session, history, Selection(), trainer, icons)
    qtbot.addWidget(part.widget)
    qtbot.addWidget(part.controls)
    background = Background()
    export = LandscapeExport(part, background)
    told: list[Any] = []
    export.saved.connect(told.append)
    export.failed.connect(told.append)
    part.widget.resize(1000, 500)
    part.widget.show()
    qtbot.waitExposed(part.widget)
    yield Desk(qtbot, session, history, trainer, part, export, told)
    export.stop()
    background.finish()
    document.close()


def magenta(image: Any) -> int:
    """Count the pixels of the first run's colour."""
    away = np.abs(np.asarray(image.convert("RGB")).astype(int) - (196, 32, 154)).sum(axis=2)
    return int((away < 24).sum())


def test_without_a_picture_it_says_why(desk: Desk) -> None:
    reasons: list[str] = []
    desk.export.changed.connect(lambda: reasons.append(desk.export.lacks()))
    assert desk.export.lacks() == "There is no network to look at yet."
    desk.trainer.rewind()
    desk.until(lambda: reasons == ["Needs one run with at least 10 epochs."])
    assert "gif" not in desk.export.titles()
    desk.train(12)
    desk.until(lambda: reasons[-1] == "")
    assert list(desk.export.titles()) == ["png", "svg", "gif", "csv", "npz"]


def test_numbers_are_those_that_are_shown(desk: Desk, tmp_path: Path) -> None:
    desk.train(12)
    desk.choose("pca")
    frame = desk.part.widget.frame
    assert frame is not None
    picture = frame.picture
    found = np.load(io.BytesIO(desk.write(tmp_path / "grid.npz")))
    np.testing.assert_array_equal(found["loss"], picture.loss)
    np.testing.assert_array_equal(found["row"], picture.plane.at(*picture.plane.middle))
    lines = list(csv.DictReader(io.StringIO(desk.write(tmp_path / "grid.csv").decode())))
    np.testing.assert_array_equal([float(line["loss"]) for line in lines], picture.loss.ravel())
    np.testing.assert_array_equal([float(line["x"]) for line in lines[: len(picture.xs)]], picture.xs)


def test_the_picture_shows_each_run_and_the_surface_where_it_is_shown(desk: Desk, tmp_path: Path) -> None:
    desk.train(12)
    desk.train(12)
    desk.choose("pca", runs=2)
    both = Image.open(io.BytesIO(desk.write(tmp_path / "both.png")))
    assert both.format == "PNG"
    assert magenta(both) > 200
    assert ElementTree.fromstring(desk.write(tmp_path / "both.svg")).tag == "{http://www.w3.org/2000/svg}svg"
    desk.part.widget.show_surface(False)
    plain = Image.open(io.BytesIO(desk.write(tmp_path / "plain.png")))
    assert plain.width < both.width
    desk.choose("line", runs=2)
    assert Image.open(io.BytesIO(desk.write(tmp_path / "line.png"))).format == "PNG"


def test_the_path_through_training_has_every_epoch_until_now(desk: Desk, tmp_path: Path) -> None:
    desk.train(15)
    desk.choose("pca")
    going: list[tuple[str, float]] = []
    desk.export.going.connect(lambda *now: going.append(now))
    image = Image.open(io.BytesIO(desk.write(tmp_path / "path.gif")))
    assert (image.n_frames, image.width) == (16, 900)  # type: ignore[attr-defined]
    first = magenta(image)
    image.seek(15)
    assert magenta(image) > 2 * first
    assert going == [("path.gif", done / 16) for done in range(17)]


def test_a_file_is_written_while_training_goes_on(desk: Desk, tmp_path: Path) -> None:
    desk.train(12)
    desk.choose("pca")
    desk.session.go()
    desk.until(lambda: desk.history.current[0].epochs > 40)
    image = Image.open(io.BytesIO(desk.write(tmp_path / "path.gif")))
    assert image.n_frames > 12  # type: ignore[attr-defined]
    desk.session.pause()
    desk.until(lambda: desk.session.phase is Phase.PAUSED)


def test_it_can_be_broken_off_and_leaves_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.train(12)
    desk.choose("pca")
    desk.export.child.command = (sys.executable, "-c", "import time; time.sleep(600)")
    desk.export.write(tmp_path / "path.gif", "gif")
    assert desk.export.lacks() == "A picture of the landscape is being written."
    process = desk.export.child.process
    assert process is not None
    desk.until(lambda: process.processId() > 0)
    desk.export.stop()
    assert desk.export.lacks() == ""
    assert not list(tmp_path.iterdir())
    assert not desk.told


@pytest.mark.parametrize("kind", ["png", "csv"])
def test_a_folder_that_is_not_there_is_one_sentence(desk: Desk, tmp_path: Path, kind: str) -> None:
    desk.train(12)
    desk.choose("pca")
    desk.export.write(tmp_path / "gone" / f"grid.{kind}", kind)
    desk.until(lambda: desk.told)
    (sentence,) = desk.told
    assert f"grid.{kind}" in sentence
    assert "\n" not in sentence
    assert desk.export.lacks() == ""
