"""The predict tab, put together: samples are read in the background, and answered by the run that is shown.

Where the data of a run are not on this computer there is no run; then the model in the file that was opened answers,
in the background.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QWidget

from app.plots.probes import late
from app.predict.fields import Range, ranges
from app.predict.view import MANY, NOTHING, ONE, PredictView
from app.shell.background import Background
from app.shell.icons import Icons
from app.shell.settings import Settings
from app.shell.style import set_class
from app.shell.widgets.help import HelpButton
from app.work.messages import Scene
from app.work.session import Phase, Session
from core.choices.datasets import Facts
from core.choices.fields import Mistake
from core.exchange.predictions import Predictions, to_csv
from core.exchange.reading import PICTURES, TABLES
from core.project.atomic import write_whole
from core.runs.kept import kept
from core.runs.record import Record
from core.training.events import Row

if TYPE_CHECKING:
    from core.datasets.samples import Dataset
    from core.exchange.model import Model
    from core.experiment.data import Data

_VIEW = "predict"
_MOST_FIELDS = 40  # of a sample that is typed
_ONE_RATE = 15.0  # frames a second
_MANY_RATE, _HUGE_RATE = 2.0, 0.3  # the same of tables, and of those with very many numbers
_HUGE = 1 << 20  # numbers


@dataclass(frozen=True, eq=False)
class Asked:
    """Samples from files: a name for each, their raw numbers (n, numbers), and what the files are called."""

    names: Sequence[str]
    raw: NDArray[Any]
    title: str


class PredictPart(QObject):
    """``widget`` for the tab, and ``controls`` to stand beside its title.

    hint: a sentence for the status bar. failed: what is wrong with a file, in a sentence.
    """

    hint = Signal(str)
    failed = Signal(str)

    def __init__(self, session: Session, settings: Settings, icons: Icons, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.settings = settings
        self.background = Background(self)
        self.asked: Asked | None = None  # from files; None: what is typed
        self.found: Predictions | None = None
        self._facts: Facts | None = None
        self._row: Row | None = None  # in place of the run's own
        self._name = ""  # of that row
        self._model: Model | None = None  # of a file, for as long as there is no run
        self._model_name = ""
        self._lacking = ""  # why there is no such model
        self.widget = PredictView(icons)
        self.controls = self._make_controls(icons)
        self.widget.open_button.clicked.connect(self.open)
        self.widget.dropped.connect(self.read)
        self.widget.seen_changed.connect(lambda _seen: self._ask())
        self.widget.fields.changed.connect(self._ask)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self._begin())
        session.phase_changed.connect(self._follow)
        session.framed.connect(self._take)
        self._show()

    def _make_controls(self, icons: Icons) -> QWidget:
        controls = QWidget()
        row = QHBoxLayout(controls)
        row.setContentsMargins(12, 0, 12, 0)
        row.setSpacing(8)
        self.open_button = _button(icons, "open", self.tr("Open a table (.csv) or pictures"), self.open)
        self.save_button = _button(icons, "save", self.tr("Save the predictions as a table (.csv)"), self.save)
        self.back_button = _button(icons, "close", self.tr("Put the file away"), self.put_away)
        for button in (self.open_button, self.save_button, self.back_button):
            row.addWidget(button)
        sentence = self.tr(
            "What the network that is shown says to samples of your own: type one, or drop a table with a sample a "
            "row, or pictures. While it trains the answers change with it; on the way back through time, or on the "
            "landscape, they are those of the weights there."
        )
        row.addWidget(HelpButton(icons, self.tr("Predict"), "ŷ = f(x)", sentence))
        return controls

    # -- what is shown -----------------------------------------------------------------------------------------------

    def show_row(self, row: Row | None, name: str) -> None:
        """Answer with weights (P,) in place of the run's own, or with those again (None); name: what they are."""
        self._row, self._name = row, name
        self._ask()

    def stand_in(self, name: str, make: "Callable[[], Model] | None") -> None:
        """Let the model of a file, which is made in the background, answer where there is no run; None: no longer."""
        self._model, self._model_name, self._lacking = None, name, ""
        if make is not None:
            self.background.run(make, self._stands_in, self._stands_in_not)

    def stand_in_for(self, records: Sequence[Record]) -> None:
        """Let the weights that the first of some runs keeps answer where it cannot be gone on with."""
        if records:
            self.stand_in(records[0].name, partial(_model_of, records[0]))
        else:
            self.stand_in("", None)

    def _stands_in(self, model: "Model") -> None:
        self._model = model
        self._follow(self.session.phase)

    def _stands_in_not(self, sentence: str) -> None:
        self._lacking = sentence
        self._follow(self.session.phase)

    def _follow(self, phase: Phase) -> None:
        if phase is Phase.IDLE:  # there are no data to prepare a run with
            self._begin()
            if self._model is not None:
                text = self.tr("The data of {0} are not on this computer; the Predict tab answers without them.")
                self.hint.emit(text.format(self._model_name))

    def _begin(self) -> None:
        """Answer with the run that is shown now; what was asked stays if it takes the same samples."""
        scene, model = self.session.scene, self._model
        facts = scene.dataset.facts if scene is not None else model.facts if model is not None else None
        self._row, self._name = None, ""
        if facts is None or not _alike(facts, self._facts):
            self.asked = None
            self._facts = facts
            self.widget.fields.set_ranges(())
            self.widget.answer.set_classes(() if facts is None else facts.classes)
        if facts is not None and scene is not None and self._typed and not self.widget.fields.fields:
            self.background.run(partial(ranges, scene.dataset), partial(self._set_ranges, facts), self.failed.emit)
        self._show()

    def _set_ranges(self, facts: Facts, found: tuple[Range, ...]) -> None:
        if facts is self._facts:
            self.widget.fields.set_ranges(found)
            self._ask()

    @property
    def _typed(self) -> bool:
        """Whether the samples are such that can be typed."""
        facts = self._facts
        return facts is not None and not facts.image and int(np.prod(facts.shape)) <= _MOST_FIELDS

    @property
    def samples(self) -> NDArray[Any] | None:
        """The raw samples that are to be answered, None where there are none."""
        if self.asked is not None:
            return self.asked.raw
        return self.widget.fields.values if self.widget.fields.fields else None

    def put_away(self) -> None:
        """Go back from a file to what is typed."""
        self.asked = None
        self._show()

    def _show(self) -> None:
        view, asked, facts = self.widget, self.asked, self._facts
        self.found = None
        self.back_button.setEnabled(asked is not None)
        self.save_button.setEnabled(False)
        image = facts is not None and facts.image
        view.fields.setVisible(asked is None)
        view.between.setVisible(asked is None)
        if asked is not None and facts is not None and image and len(asked.raw) == 1:
            view.answer.set_classes(facts.classes)
            view.answer.show_image((asked.raw[0] * facts.scale).reshape(facts.shape).astype(np.float32))
            view.show_page(ONE)
        elif asked is not None and facts is not None:
            view.table.answers.set_samples(asked.names, () if image else facts.columns, asked.raw)
            view.show_page(MANY)
        elif self._typed and self.session.scene is not None:
            view.answer.show_image(None)
            view.show_page(ONE)
        else:
            view.show_page(NOTHING, self._empty())
        self._ask()

    def _empty(self) -> str:
        facts = self._facts
        if self.session.scene is None and facts is not None:
            sample = self.tr("pictures or a table of pixels") if facts.image else self.tr("a table")
            text = self.tr("{0} answers here without its data, which are not on this computer: drop {1}.")
            return text.format(self._model_name, sample)
        if facts is None:
            return self._lacking or self.tr("The data are not there yet.")
        if facts.image:
            return self.tr("Drop pictures or a table of pixels here. A digit can also be drawn in the Output panel.")
        return self.tr("A sample has {0} numbers, too many to type: drop a table here.").format(np.prod(facts.shape))

    # -- answers -----------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        """Keep the answers up to date while they are seen."""
        raw = self.samples
        wanted = raw is not None and self.widget.isVisible()
        if self.session.scene is None:
            if raw is not None and wanted and self._model is not None:
                work = partial(_answered, self._model, raw)
                self.background.run(work, partial(self._take_from, self._model, self.asked), self._not_read)
            return
        size = 1 if raw is None else raw.size
        rate = _ONE_RATE if size <= 1 << 12 else _MANY_RATE if size <= _HUGE else _HUGE_RATE
        probe = late("core.exchange.predictions", "probe", raw) if wanted else None
        self.session.watch(_VIEW, probe, rate=rate, row=self._row)

    def _take_from(self, model: "Model", asked: Asked | None, found: Predictions) -> None:
        if self.session.scene is None and self._model is model and self.asked is asked:
            self._take(_VIEW, found)

    def _take(self, view: str, found: Any) -> None:
        raw = self.samples
        if view != _VIEW or raw is None or len(found) != len(raw):
            return
        self.found = found
        asked = self.asked
        self.save_button.setEnabled(asked is not None)
        of = self._name or (self._model_name if self.session.scene is None else self.tr("the run as it is now"))
        if self.widget.pages.currentIndex() == ONE:
            self.widget.answer.show_answer(found, of)
        elif asked is not None:
            self.widget.table.answers.set_predictions(found)
            text = self.tr("{0}, {1} samples: the answers of {2}")
            self.widget.heading.setText(text.format(asked.title, f"{len(raw):,}", of))

    # -- files -------------------------------------------------------------------------------------------------------

    def open(self) -> QFileDialog | None:
        """Ask for a table or pictures."""
        if self._facts is None:
            return None
        endings = " ".join(f"*{suffix}" for suffix in (*TABLES, *PICTURES))
        dialog = QFileDialog(self.widget, self.tr("Open samples"), str(self.settings.folder))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setNameFilter(self.tr("Tables and pictures ({0})").format(endings))
        dialog.filesSelected.connect(lambda names: self.read(tuple(Path(name) for name in names)))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()
        return dialog

    def read(self, paths: tuple[Path, ...]) -> None:
        """Read samples from files and let the network answer to them."""
        takes = self.session.scene or self._model
        if takes is None:
            self.hint.emit(self.tr("The data are not there yet."))
            return
        self.hint.emit(self.tr("Reading {0} …").format(_title(paths)))
        facts = takes.dataset.facts if isinstance(takes, Scene) else takes.facts
        self.background.run(partial(_read, takes, paths), partial(self._put, facts), self._not_read)

    def _put(self, facts: Facts, asked: Asked) -> None:
        self.hint.emit("")
        if _alike(facts, self._facts):  # still the same data
            self.asked = asked
            self._show()

    def _not_read(self, sentence: str) -> None:
        self.hint.emit("")
        self.failed.emit(sentence)

    def save(self) -> QFileDialog | None:
        """Ask for a file, and write the answers to it as they are now."""
        asked, found, facts = self.asked, self.found, self._facts
        if asked is None or found is None or facts is None:
            return None
        dialog = QFileDialog(self.widget, self.tr("Save predictions"), str(self.settings.folder))
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("Table (*.csv)"))
        dialog.setDefaultSuffix("csv")
        dialog.selectFile(f"{Path(asked.title).stem}-predictions.csv")
        dialog.finished.connect(dialog.deleteLater)
        columns = () if facts.image else facts.columns
        dialog.fileSelected.connect(lambda name: self._write(Path(name), asked, found, columns))
        dialog.open()
        return dialog

    def _write(self, path: Path, asked: Asked, found: Predictions, columns: tuple[str, ...]) -> None:
        def work() -> None:
            inputs = asked.raw[:, : len(columns)].tolist()
            before = ([name, *numbers] for name, numbers in zip(asked.names, inputs, strict=True))
            text = to_csv(found, ["sample", *columns], before)
            write_whole(path, lambda stream: stream.write(text.encode()))

        self.background.run(work, lambda _none: self.hint.emit(self.tr("Saved: {0}").format(path.name)), self._not_read)


def _button(icons: Icons, icon: str, tip: str, slot: Callable[[], object]) -> QToolButton:
    button = QToolButton()
    set_class(button, "tool")
    button.setIcon(icons.get(icon))
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    button.clicked.connect(slot)
    return button


def _alike(facts: Facts, other: Facts | None) -> bool:
    """Tell whether two data sets take the same samples and have the same answers."""
    if other is None:
        return False
    return (facts.shape, facts.columns, facts.classes, facts.scale) == (
        other.shape,
        other.columns,
        other.classes,
        other.scale,
    )


def _title(paths: tuple[Path, ...]) -> str:
    return paths[0].name if len(paths) == 1 else f"{paths[0].name} …"


def _model_of(record: Record) -> "Model":
    """Return the model of a run, without its data. Runs in the background."""
    from core.exchange.model import Model

    return Model.of(record, kept(record).row, _no_data)


def _no_data(_data: "Data") -> "Dataset":
    raise Mistake(
        QCoreApplication.translate(
            "PredictPart", "This network standardizes its inputs by its training data, which are not on this computer."
        )
    )


def _answered(model: "Model", raw: NDArray[Any]) -> Predictions:
    """Return what a model says to raw samples. Runs in the background."""
    from core.exchange.predictions import at_once

    return at_once(model, raw)


def _read(takes: "Scene | Model", paths: tuple[Path, ...]) -> Asked:
    """Return the samples in files, for a run or a model. Runs in the background."""
    from core.exchange.inputs import read_samples
    from core.exchange.model import Model

    if isinstance(takes, Scene):
        # Of the model only what it takes matters here, not its weights.
        dataset = takes.dataset
        model = Model(takes.architecture, np.zeros(0, np.float32), dataset.preparation, dataset.facts)
    else:
        model = takes
    names: list[str] = []
    parts = []
    for path in paths:
        parts.append(read_samples(path, model))
        if path.suffix.lower() in PICTURES:
            names.append(path.name)
        else:
            before = "" if len(paths) == 1 else f"{path.name}, "
            names += [f"{before}{row + 1}" for row in range(len(parts[-1]))]
    return Asked(names, np.concatenate(parts), _title(paths))
