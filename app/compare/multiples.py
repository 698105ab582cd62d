"""The Compare tab: what each run of a comparison answers, side by side and live."""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, QTimer
from PySide6.QtGui import QImage, QPainter, QPen, QPixmap

from app.compare.mosaic import Panel, Place
from app.compare.view import MultiplesView
from app.compare.words import best, numbers, reached, summary
from app.plots import probes
from app.plots.run_curves import RunCurves
from app.plots.shading import Shading
from app.plots.surface import Points
from app.shell.drawn_export import Seen
from app.shell.icons import Icons
from app.shell.widgets.numbers import written
from app.timeline.cursor import EpochCursor
from app.timeline.moment import Moment, nearest
from app.timeline.turn import Turn
from app.work.history import History
from app.work.messages import Probe, Scene
from app.work.session import Session
from core.probes.pictures import PlanePicture, ReportPicture
from core.runs.curves import to_csv
from core.runs.record import Record

_VIEW = "multiple-"
_RESOLUTION = 48  # of a boundary
_RATE = 10.5  # frames a second
_REPORT_RATE = 0.2  # the same of a confusion matrix, which takes all images of a part
_WORDS_MS = 300  # between two looks at the records
_PAINT_MS = 80  # from what there is to be painted until it is, with all that comes meanwhile
_FILL, _HOLLOW = 4.0, 3.2  # pixels of a point on a picture of _USUAL, and fewer on a smaller one
_USUAL = 160
_RIGHT = 0.18  # opacity of right answers


class Multiples(QObject):
    """Asks for a picture of each run while the tab can be seen, and shows them."""

    def __init__(self, session: Session, history: History, icons: Icons, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.history = history
        self.theme = icons.theme
        self.shading = Shading(self.theme)
        self.widget = MultiplesView(icons)
        self.mosaic = self.widget.mosaic
        losses = self.widget.losses
        self.mark = EpochCursor(losses.board, self.theme, lambda: (losses.plot,))
        self._pictures: dict[int, Any] = {}
        self._images: dict[int, QImage] = {}
        self._fresh: set[int] = set()  # runs whose newest picture is no image yet
        self._below: list[str] = []
        self._best: int | None = None
        self._asked = 0  # views that are watched
        self.moment: Moment | None = None  # that is shown in place of now
        self._turns: dict[int, Turn] = {}  # of the runs, as long as a moment is shown
        self._visible = False
        self._paint_soon = QTimer(self, interval=_PAINT_MS, singleShot=True)
        self._paint_soon.timeout.connect(self._paint)
        self._read_soon = QTimer(self, interval=_WORDS_MS, singleShot=True)
        self._read_soon.timeout.connect(self._read)
        self.widget.visible_changed.connect(self._see)
        self.mosaic.chosen.connect(session.show)
        self.mosaic.pointed.connect(self._point)
        session.prepared.connect(lambda _scenes: self._begin())
        session.framed.connect(self._frame)
        session.run_changed.connect(lambda _run: self._show())
        history.grew.connect(self._grew)
        self.theme.changed.connect(self._repaint)
        self._begin()

    # -- asked ---------------------------------------------------------------------------------------------------

    def _see(self, visible: bool) -> None:
        self._visible = visible
        self._ask()
        if visible:
            self._read()
            self._paint()

    def show_moment(self, moment: Moment | None) -> None:
        """Show all runs as they were at a moment of one of them, or as they are now; of another run only those."""
        places = range(self.history.place, self.history.place + len(self._records()))
        self.moment = moment if moment is not None and moment.place in places else None
        if self.moment is None:
            self._turns.clear()
        self.mark.show(None if self.moment is None else self.moment.epoch)
        self._ask()
        self._read()
        self._point(None)

    def _begin(self) -> None:
        self._turns.clear()
        self._pictures.clear()
        self._images.clear()
        self._fresh.clear()
        self._asked = 0  # the thread has forgotten its views
        self.widget.pages.setCurrentIndex(0 if len(self.session.scenes) > 1 else 1)
        self.mosaic.over = {}
        self._ask()
        self._read()
        self._point(None)

    def _ask(self) -> None:
        scenes = self.session.scenes if self._visible and len(self.session.scenes) > 1 else ()
        for run in range(len(scenes)):
            self._ask_run(run)
        for run in range(len(scenes), self._asked):
            self._turns.pop(run, None)
            self.session.watch(f"{_VIEW}{run}", None, run=run)
        self._asked = len(scenes)

    def _ask_run(self, run: int) -> None:
        if self.moment is not None and not self._turns.setdefault(run, Turn()).take():
            return
        probe, rate = _probe(self.session.scenes[run])
        row = None if self.moment is None else self._at(run, self.moment).row
        self.session.watch(f"{_VIEW}{run}", probe, run=run, rate=rate, row=row)

    def _at(self, run: int, moment: Moment) -> Moment:
        """Return a run at its kept epoch next to a moment."""
        record = self._records()[run]
        return Moment(record, self.history.place + run, nearest(tuple(record.rows), moment.epoch))

    def _frame(self, view: str, picture: Any) -> None:
        if view.startswith(_VIEW) and picture is not None:
            run = int(view.removeprefix(_VIEW))
            self._pictures[run] = picture
            self._fresh.add(run)
            self._paint_later()
            if run in self._turns and self._turns[run].answered():
                self._ask_run(run)

    def _grew(self) -> None:
        if self._visible and len(self.session.scenes) > 1:
            self._paint_later()
            if not self._read_soon.isActive():
                self._read_soon.start()

    def _paint_later(self) -> None:
        """Paint all that has come by then at once."""
        if not self._paint_soon.isActive():
            self._paint_soon.start()

    # -- shown ---------------------------------------------------------------------------------------------------

    def _records(self) -> tuple[Record, ...]:
        current = self.history.current
        return current if len(current) == len(self.session.scenes) else ()

    def _paint(self) -> None:
        """Make images of the newest pictures, and draw them and the curves."""
        for run in self._fresh & self._pictures.keys():
            self._images[run] = self._image(self._pictures[run])
        self._fresh.clear()
        self._show()
        if self._visible and not self.widget.losses.isHidden():
            runs = [RunCurves.of(record, self.history.place + run) for run, record in enumerate(self._records())]
            self.widget.losses.show_runs(runs)

    def _read(self) -> None:
        """Say what the runs have reached."""
        records = self._records()
        moment = self.moment
        if moment is None:
            self._below, self._best = [reached(record) for record in records], best(records)
        else:
            self._below = [numbers(self._at(run, moment).metrics) for run in range(len(records))]
            self._best = None
        told = summary(records)
        if told != self.widget.summary.text():
            self.widget.summary.setText(told)
        self._paint_later()

    def _show(self) -> None:
        scenes, names = self.session.scenes, [record.name for record in self._records()]
        if not self._visible or len(scenes) < 2 or len(names) < len(scenes):
            return
        panels = []
        for run, name in enumerate(names):
            below = self._value(run) or (self._below[run] if run < len(self._below) else "")
            note = self.tr("best") if run == self._best else ""
            panels.append(Panel(name, self.history.place + run, self._images.get(run), below, note))
        plane = scenes[0].dataset.facts.plane
        self.mosaic.smooth = plane
        if plane:
            self._lay_points(scenes)
        self.mosaic.show_panels(panels, self.session.run)

    def _image(self, picture: PlanePicture | ReportPicture) -> QImage:
        if isinstance(picture, PlanePicture):
            return _as_image(self.shading.surface(picture))
        return _as_image(self._confusion(picture))

    def _confusion(self, picture: ReportPicture) -> NDArray[np.uint8]:
        """Return (classes, classes, 4): right answers blue, wrong ones orange by their share of the class."""
        counts = picture.counts.astype(float)
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        right = np.eye(len(shares), dtype=bool)
        strength = np.where(right, _RIGHT + (1 - _RIGHT) * shares**4, np.sqrt(shares))[..., None]
        panel, negative, positive = (
            np.array(self.theme.color(name).getRgb(), float) for name in ("panel", "negative", "positive")
        )
        full = np.where(right[..., None], positive, negative)
        found: NDArray[np.uint8] = np.rint(panel + (full - panel) * strength).astype(np.uint8)
        return found

    def _pixels(self) -> int:
        return round(self.mosaic.side * self.mosaic.devicePixelRatioF())

    def _lay_points(self, scenes: Sequence[Scene]) -> None:
        """Draw the points of one more data set, for each takes milliseconds: runs may differ in their data."""
        over = self.mosaic.over
        if any(points.width() != self._pixels() for points in over.values()):
            over.clear()
        lacking = next((run for run in range(len(scenes)) if run not in over), None)
        if lacking is not None:
            points = self._points(scenes[lacking])
            same = (run for run, scene in enumerate(scenes) if scene.dataset is scenes[lacking].dataset)
            over.update(dict.fromkeys(same, points))
            if len(over) < len(scenes):
                self._paint_later()

    def _points(self, scene: Scene) -> QPixmap:
        """Return the points of the data as they lie over a picture."""
        pixels, ratio = self._pixels(), self.mosaic.devicePixelRatioF()
        found = QPixmap(pixels, pixels)
        found.fill(self.theme.color("panel", 0.0))
        painter = QPainter(found)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        low, high = scene.dataset.facts.span
        ring = self.theme.color("dotRing")
        scale = ratio * max(0.6, min(1.4, pixels / ratio / _USUAL))
        for part, hollow in ((scene.dataset.validation, True), (scene.dataset.train, False)):
            points = Points.of(part)
            places = (points.places - low) / (high - low) * pixels
            for (x, y), label in zip(places, points.labels, strict=True):
                color = self._color(scene, float(label))
                painter.setPen(QPen(color if hollow else ring, scale * (1.2 if hollow else 0.6)))
                painter.setBrush(ring if hollow else color)
                size = (_HOLLOW if hollow else _FILL) * scale / 2
                painter.drawEllipse(QPointF(x, pixels - y), size, size)
        painter.end()
        return found

    def _color(self, scene: Scene, label: float) -> Any:
        classes = scene.dataset.facts.classes
        if classes:
            return self.theme.classes(len(classes))[int(label)]
        largest = float(np.abs(scene.dataset.train.labels).max(initial=0)) or 1.0
        return self.shading.dot(label / largest)

    def _repaint(self) -> None:
        self.shading.refresh()
        self.mosaic.over = {}
        self._images = {run: self._image(picture) for run, picture in self._pictures.items()}
        self._show()

    def drawn(self) -> Seen | str:
        """Return what can be exported, or why there is nothing."""
        if self.widget.pages.currentIndex() != 0 or not self.mosaic.panels:
            return self.widget.tr("Nothing is compared.")
        parts = [part for part in (self.widget.summary, self.mosaic, self.widget.losses.board) if part.isVisible()]
        return Seen(parts, partial(to_csv, [(record.name, record.curves) for record in self._records()]))

    # -- the mouse -----------------------------------------------------------------------------------------------

    def _point(self, place: Place | None) -> None:
        scenes = self.session.scenes
        text = self._caption()
        if place is not None and scenes and scenes[0].dataset.facts.plane:
            low, high = scenes[0].dataset.facts.span
            x1, x2 = low + place[0] * (high - low), high - place[1] * (high - low)
            text = f"x₁ {written(x1)}, x₂ {written(x2)}"
        elif place is not None and scenes:
            classes = scenes[0].dataset.facts.classes
            true, predicted = (classes[int(share * len(classes))] for share in (place[1], place[0]))
            text = self.tr("true {0}, predicted {1}").format(true, predicted)
        self.widget.told.setText(text)
        self._show()

    def _caption(self) -> str:
        """Return what the numbers below the pictures are, where nothing is pointed at."""
        scenes = self.session.scenes
        words = self.tr("training loss")
        if scenes and len(scenes[0].dataset.validation):
            classes = scenes[0].dataset.facts.classes
            words = self.tr("validation loss · accuracy") if classes else self.tr("validation loss")
        return words if self.moment is None else f"{self.moment.short}: {words}"

    def _value(self, run: int) -> str:
        """Return what a run answers at the place under the mouse."""
        place, picture = self.mosaic.pointer, self._pictures.get(run)
        if place is None or picture is None:
            return ""
        if isinstance(picture, ReportPicture):
            count = len(picture.counts)
            return f"{int(picture.counts[int(place[1] * count), int(place[0] * count)]):,}"
        size = len(picture.shade)
        outputs = picture.outputs[int(place[1] * size), int(place[0] * size)]
        if picture.winner is not None and len(outputs) > 1:
            classes = self.session.scenes[run].dataset.facts.classes
            return f"{classes[int(outputs.argmax())]}: {written(float(outputs.max()))}"
        return ("p = " if picture.kind == "probability" else "ŷ = ") + written(float(outputs[-1]))


def _probe(scene: Scene) -> tuple[Probe, float]:
    if scene.dataset.facts.plane:
        return probes.plane(resolution=_RESOLUTION, tile=0), _RATE
    return probes.report(), _REPORT_RATE


def _as_image(pixels: NDArray[np.uint8]) -> QImage:
    pixels = np.ascontiguousarray(pixels)
    high, wide = pixels.shape[:2]
    return QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_RGBA8888).copy()
