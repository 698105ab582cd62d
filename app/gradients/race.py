"""The page of the race: all optimizers from one start on a loss of two weights, step by step."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QSize, Qt, QTimer
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.gradients.page import Page
from app.gradients.plot import number
from app.gradients.race_plot import ARROWS, RacePlot, arrow_color, racer_color
from app.gradients.track import RaceFrame, Track, racers, racing, usual_weights, weight_place
from app.landscape.chosen import WIDE
from app.plots.spots import marker
from app.shell.drawn_export import table
from app.shell.icons import Icons
from app.shell.selection import Selection
from app.shell.style import set_class
from app.shell.widgets.combo import QuietCombo
from app.shell.widgets.numbers import written
from app.shell.widgets.sliders import QuietSlider
from app.work.history import History
from app.work.session import Session
from core.landscape.courses import COURSES
from core.landscape.values import Weight
from core.training.events import Begun, Event

VIEW = "race"
OWN = "own"
SPEEDS = (4, 12, 36)  # steps a second
_TICK_MS = 40
_NUMBER = 54  # pixels of a loss
_LOSSES_MS = 200  # between two numbers: more cannot be read


class RacePage(Page):
    """The race is run in the background thread, and then played here."""

    def __init__(self, icons: Icons, session: Session, history: History, selection: Selection) -> None:
        sentence = self.tr(
            "All optimizers start at one place, and each has the learning rate out of 0.001, 0.003, 0.01 … 10 that "
            "gets it lowest in this race. Arrows of the chosen one: against the gradient, along the momentum that it "
            "has gathered, and the step that follows. The step has its true length (a very short one is drawn longer), "
            "the others one scale each. On the network all weights but two are held; these begin at their start "
            "weights. Click a link on the canvas to choose another weight."
        )
        super().__init__(icons, self.tr("Race of the optimizers"), sentence)
        self.session, self.history = session, history
        self.weights: tuple[Weight, ...] = ()  # that were clicked
        self.frame: RaceFrame | None = None
        self._asked: Track | None = None  # as long as there is no answer
        self._exact = 0.0  # of the step, while it plays
        self.plot = RacePlot(self.theme)
        self._make_bar()
        self.body.addWidget(self.plot, 1)
        self.body.addWidget(self._make_list())
        self._play = QTimer(self, interval=_TICK_MS)
        self._play.timeout.connect(self._tick)
        self._losses = QTimer(self, interval=_LOSSES_MS, singleShot=True)
        self._losses.timeout.connect(self._tell_losses)
        self.plot.chosen.connect(self._choose_racer)
        self.visible_changed.connect(self._see)
        session.framed.connect(self._take)
        session.prepared.connect(lambda _scenes: self._begin())
        session.run_changed.connect(lambda _run: self._begin())
        session.happened.connect(self._happened)
        selection.weight_changed.connect(self._pick)
        self.theme.changed.connect(self._refresh)
        self._refresh()
        self._choose_racer(1)

    # -- parts ---------------------------------------------------------------------------------------------------

    def _make_bar(self) -> None:
        self.course = QuietCombo(self.tr("What is raced on"))
        for course in COURSES.values():
            self.course.addItem(course.title, course.tag)
        self.course.addItem(self.tr("Own network"), OWN)
        self.course.setItemData(
            self.course.count() - 1, self.tr("Two weights of the network"), Qt.ItemDataRole.ToolTipRole
        )
        self.course.activated.connect(lambda _index: self._ask())
        self.play = self._tool("train", self.tr("Play the race, or pause"), self._toggle)
        self.before = self._tool("chevron-left", self.tr("One step back"), lambda: self._go(self.plot.step - 1))
        self.after = self._tool("chevron-right", self.tr("One step on"), lambda: self._go(self.plot.step + 1))
        self.slider = QuietSlider()
        self.slider.setMinimumWidth(60)
        self.slider.setAccessibleName(self.tr("Step of the race"))
        self.slider.valueChanged.connect(self._slid)
        self.speed = QuietCombo(self.tr("Steps a second"))
        for speed in SPEEDS:
            self.speed.addItem(self.tr("{0}/s").format(speed), speed)
        self.speed.setCurrentIndex(1)
        self.speed.setMinimumContentsLength(4)
        for widget in (self.play, self.before, self.slider, self.after, self.speed):
            self.add(widget)
        self.bar.setStretchFactor(self.note, 2)
        self.bar.setStretchFactor(self.slider, 1)

    def _tool(self, icon: str, tip: str, slot: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        set_class(button, "small")
        button.setIcon(self.icons.get(icon))
        button.setIconSize(QSize(16, 16))
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(slot)
        return button

    def _make_list(self) -> QWidget:
        inside = QWidget()
        self.grid = QGridLayout(inside)
        self.grid.setContentsMargins(0, 0, 4, 0)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(0)
        self.group = QButtonGroup(self)
        self.radios: list[QRadioButton] = []
        self.numbers: list[QLabel] = []
        for place, racer in enumerate(racers()):
            radio, value = QRadioButton(racer.name), QLabel("–")
            set_class(value, "axis")
            value.setMinimumWidth(_NUMBER)
            value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            self.group.addButton(radio, place)
            self.grid.addWidget(radio, place, 0)
            self.grid.addWidget(value, place, 1)
            self.radios.append(radio)
            self.numbers.append(value)
        self.grid.setRowStretch(len(self.radios), 1)
        self.group.idClicked.connect(self._choose_racer)
        self.boxes = {name: QToolButton() for name in ARROWS}
        arrows = QHBoxLayout()
        arrows.setSpacing(4)
        titles = {"gradient": "−g", "momentum": "−m", "step": "Δw"}
        tips = {
            "gradient": self.tr("Arrow against the gradient"),
            "momentum": self.tr("Arrow along the momentum that the optimizer has gathered"),
            "step": self.tr("Arrow of the step that comes next"),
        }
        for name, box in self.boxes.items():
            box.setText(titles[name])
            box.setCheckable(True)
            box.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
            box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            set_class(box, "small")
            box.setToolTip(tips[name])
            box.setAccessibleName(tips[name])
            box.setChecked(True)
            box.toggled.connect(lambda _on: self._choose_arrows())
            arrows.addWidget(box)
        arrows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        self.racers, self.area, side = inside, area, QWidget()
        side.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.course)
        column.addLayout(arrows)
        column.addWidget(area, 1)
        return side

    # -- asked ---------------------------------------------------------------------------------------------------

    def _see(self, visible: bool) -> None:
        if not visible:
            self._play.stop()
            self._show_play()
            if self._asked is not None:
                self._asked = None
                self.session.watch(VIEW, None)
        elif self.frame is None:
            self._ask()

    def _begin(self) -> None:
        """Another run is shown, or another job is there: what was asked is forgotten, and the network another one."""
        self._asked = None
        if self.course.currentData() == OWN:
            self.weights, self.frame = (), None
        if self.isVisible() and self.frame is None:
            self._ask()

    def _happened(self, events: tuple[Event, ...]) -> None:
        if any(isinstance(event, Begun) and event.run == self.session.run for event in events):
            self._begin()  # before that there was no network to race on

    def _pick(self, clicked: Any) -> None:
        """Take a weight that was clicked on the canvas."""
        if clicked is None or not self.isVisible() or self.course.currentData() != OWN:
            return
        weight = Weight(clicked.layer, clicked.unit, clicked.source)
        before = self.frame.track.weights if self.frame is not None else self.weights
        if weight not in before:
            self.weights = (*before, weight)[-2:]
            self._ask()

    def _ask(self) -> None:
        """Have the chosen race run."""
        self._play.stop()
        self._show_play()
        self.frame = None
        self.plot.show_frame(None, ("w₁", "w₂"))
        self._tell_losses()
        scene, current, run = self.session.scene, self.history.current, self.session.run
        if scene is None or run >= len(current):
            self.show_missing(self.tr("The race begins once the network on the canvas can train."))
            return
        own, record = self.course.currentData() == OWN, current[run]
        if own and scene.architecture.parameters >= WIDE:
            words = self.tr("This network has {0} weights: a race on it takes too long. Races are run up to {1}.")
            self.show_missing(
                words.format(f"{scene.architecture.parameters:,}", f"{WIDE:,}"), self.tr("Race in the ravine")
            )
            return
        track = Track(self.course.currentData())
        if own:
            weights = self.weights if len(self.weights) == 2 else usual_weights(scene)
            first = record.rows[min(record.rows)]
            start = tuple(float(first[weight_place(scene, weight)]) for weight in weights)
            track = Track("", weights, (start[0], start[1]))
        self.show_missing(self.tr("Racing …"))
        self._asked = track
        self.session.watch(VIEW, racing(track), row=record.last_row)

    def mend_course(self) -> None:
        """Race on the first course, which any network's window can."""
        self.course.setCurrentIndex(0)
        self._ask()

    def _take(self, view: str, picture: Any) -> None:
        if view != VIEW or self._asked is None or picture.track != self._asked:
            return
        self._asked = None
        self.session.watch(VIEW, None)
        self.show_frame(picture)

    # -- shown ---------------------------------------------------------------------------------------------------

    def show_frame(self, frame: RaceFrame) -> None:
        """Show a race at its start, and play it."""
        self.frame = frame
        self.show_missing("")
        self.plot.show_frame(frame, self._names(frame.track))
        self.slider.setRange(0, max(len(lap.steps) for lap in frame.laps))
        self._go(0)
        if self.isVisible():
            self._toggle()

    def _names(self, track: Track) -> tuple[str, str]:
        scene = self.session.scene
        if track.course or scene is None:
            return "w₁", "w₂"
        titles = {layer.id: layer.name for layer in scene.architecture.dense}
        found = []
        for weight in track.weights:
            words = self.tr("{0}: bias {1}") if weight.source is None else self.tr("{0}: w{1},{2}")
            found.append(words.format(titles[weight.layer], weight.unit + 1, (weight.source or 0) + 1))
        return found[0], found[1]

    def _choose_racer(self, place: int) -> None:
        self.radios[place].setChecked(True)
        self.plot.show_racer(place)

    def _choose_arrows(self) -> None:
        self.plot.show_arrows(frozenset(name for name, box in self.boxes.items() if box.isChecked()))

    def _toggle(self) -> None:
        """Play on, or pause; from the start where it has come to its end."""
        if self._play.isActive():
            self._play.stop()
        elif self.frame is not None:
            if self.plot.step >= self.slider.maximum():
                self._go(0)
            self._exact = float(self.plot.step)
            self._play.start()
        self._show_play()

    def _show_play(self) -> None:
        self.play.setIcon(self.icons.get("pause" if self._play.isActive() else "train"))

    def _tick(self) -> None:
        self._exact += self.speed.currentData() * _TICK_MS / 1000
        if int(self._exact) != self.plot.step:
            self._go(int(self._exact))
        if self.plot.step >= self.slider.maximum():
            self._play.stop()
            self._show_play()

    def _slid(self, step: int) -> None:
        self._exact = float(step)
        self._go(step)

    def _go(self, step: int) -> None:
        step = min(max(step, 0), self.slider.maximum())
        self.slider.blockSignals(True)
        self.slider.setValue(step)
        self.slider.blockSignals(False)
        self.plot.show_step(step)
        if not self._losses.isActive():
            self._losses.start()

    def _tell_losses(self) -> None:
        """Write the losses as they are at this step, and what the race is."""
        frame, step = self.frame, self.plot.step
        if frame is None:
            for value in self.numbers:
                value.setText("–")
            self.tell("")
            return
        best = self.tr("learning rate {0}: of 0.001, 0.003, 0.01 … 10 the one that gets it lowest in this race")
        for value, lap in zip(self.numbers, frame.laps, strict=True):
            at = min(step, len(lap.losses) - 1)
            over = lap.diverged and step >= len(lap.losses)
            value.setText(self.tr("diverged") if over else number(float(lap.losses[at]), 2))
            value.setToolTip(best.format(written(lap.racer.optimizer.learning_rate)))
        ends = [lap.losses[min(step, len(lap.losses) - 1)] if not lap.diverged else np.inf for lap in frame.laps]
        ahead = frame.laps[int(np.argmin(ends))].racer
        words = self.tr("{0} of {1}: lowest {2}, its best η {3}")
        rate = written(ahead.optimizer.learning_rate)
        self.tell(words.format(step, self.slider.maximum(), ahead.name, rate))

    def plots_shown(self) -> Sequence[QWidget]:
        """Return the map, and the racers with their losses."""
        return self.plot, self.racers

    def table(self) -> Callable[[], str] | None:
        """Return what makes a table of the ways of all racers."""
        return None if self.frame is None else partial(_table, self.frame, self._names(self.frame.track))

    def _refresh(self) -> None:
        ratio, side = self.devicePixelRatioF(), 12
        for place, radio in enumerate(self.radios):
            radio.setIcon(_swatch(racer_color(self.theme, place), marker(place), side, ratio))
        for name, box in self.boxes.items():
            box.setIcon(_swatch(arrow_color(self.theme, name), "s", 8, ratio))
        needed = self.racers.minimumSizeHint().width()
        self.area.setMinimumWidth(needed + self.area.verticalScrollBar().sizeHint().width())


def _swatch(color: QColor, symbol: str, side: int, ratio: float) -> QIcon:
    """Return a mark in a colour, as an icon."""
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = QTransform.fromTranslate(side / 2, side / 2).scale(side - 2, side - 2).map(Symbols[symbol])
    painter.fillPath(shape, color)
    painter.end()
    return QIcon(picture)


def _table(frame: RaceFrame, names: tuple[str, str]) -> str:
    return table(
        ("optimizer", "learning rate", "step", *names, "loss"),
        (
            (lap.racer.name, lap.racer.optimizer.learning_rate, step, *place, loss)
            for lap in frame.laps
            for step, (place, loss) in enumerate(zip(lap.places.tolist(), lap.losses.tolist(), strict=True))
        ),
    )
