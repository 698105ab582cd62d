"""The widget of the landscape tab: contour map or line, surface, form, and a line of numbers."""

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.landscape.contours import ContourMap
from app.landscape.form import LandscapeForm
from app.landscape.frames import LandscapeFrame, NoLandscape
from app.landscape.heading import HEAD, Footer, Heading
from app.landscape.line_map import LineMap
from app.landscape.readings import percent
from app.landscape.surface import SurfaceView
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.labels import ElidedLabel, line
from app.shell.widgets.numbers import written
from core.landscape.values import Place, Plane
from core.pictures.depth import CLIP, Levels, Scale, heights

_LEAST_BESIDE = 400  # pixels of both maps: in less room only one of them is shown
_LEAST_MAP = 220  # pixels of one map
_BESIDE_FORM = 352  # pixels of both maps: where there is less beside the form, it hides by itself
_HINT = 300  # pixels of a map that has room for a hint
_ANY_HEIGHT = 16_777_215  # Qt's own


class LandscapeView(QWidget):
    """Shows frames.

    visible_changed: whether it can be seen. taken: a place of the plane (x, y) whose weights the network is to take,
    None: those that were trained. start_wanted: training is to start from there. train_wanted: an empty view's button.
    form_shown: the form has hidden or has come back by itself, as there is little room or enough of it.
    """

    visible_changed = Signal(bool)
    taken = Signal(object)
    start_wanted = Signal()
    train_wanted = Signal()
    form_shown = Signal(bool)

    def __init__(self, icons: Icons) -> None:
        super().__init__()
        self.theme = icons.theme
        self.frame: LandscapeFrame | None = None
        self.scale = Scale()
        self.levels = Levels()
        self.log = True
        self.first_loss = float("inf")
        self.with_surface = True
        self._comes_back = False  # whether the form does, once there is room for it
        self._narrow = False
        self.place: Place | None = None  # whose weights the network takes
        self._moment = ""  # what is told of the moment that time travel shows there
        self._pointed: Place | None = None
        self.form = LandscapeForm(icons)
        self.contours = ContourMap(self.theme)
        self.line = LineMap(self.theme)
        self.surface = SurfaceView(self.theme)
        self.heading = Heading(self.theme)
        self.footer = Footer()
        self._lay_out(icons)
        for view in (self.contours, self.line, self.surface):
            view.pointed.connect(self._point)
            view.chosen.connect(self._take)
        self.theme.changed.connect(self._refresh)
        self.form.changed.connect(lambda _chosen: self.levels.forget())

    def _lay_out(self, icons: Icons) -> None:
        self.flat = QStackedWidget()
        self.flat.addWidget(self.contours)
        self.flat.addWidget(self.line)
        self.left = QWidget()
        self._column(self.left, self.heading, self.flat)
        top, title = QWidget(), QLabel(self.tr("Surface"))
        set_class(title, "title")
        self.hint = ElidedLabel(self.tr("drag to turn, wheel to zoom"))
        set_class(self.hint, "caption")
        self.surface.setToolTip(self.hint.text())
        self.reset = QToolButton()
        self.reset.setIcon(icons.get("fit", "text2"))
        self.reset.setToolTip(self.tr("Look at the surface from the first side again"))
        self.reset.setAccessibleName(self.reset.toolTip())
        set_class(self.reset, "small")
        self.reset.clicked.connect(self.surface.reset)
        self.right = QWidget()
        top.setFixedHeight(HEAD)
        row = QHBoxLayout(top)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(title)
        row.addWidget(self.hint, 1)
        row.addWidget(self.reset)
        self._column(self.right, top, self.surface)
        self.maps = QWidget()
        self.pair = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.pair.setSpacing(12)
        self.pair.addWidget(self.left, 1)
        self.pair.addWidget(self.right, 1)
        self.footer.back_wanted.connect(lambda: self._take(None))
        self.footer.begin_wanted.connect(self.start_wanted)
        column = QVBoxLayout(self.maps)
        column.setContentsMargins(12, 4, 8, 2)
        column.setSpacing(2)
        column.addLayout(self.pair, 1)
        column.addWidget(self.footer)
        column.addStretch()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.maps)
        self.pages.addWidget(self._empty_page())
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it makes the best of little room itself
        whole.setSpacing(0)
        whole.addWidget(self.pages, 1)
        self.upright = line(upright=True)
        whole.addWidget(self.upright)
        whole.addWidget(self.form)

    @staticmethod
    def _column(holder: QWidget, head: QWidget, body: QWidget) -> None:
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(head)
        column.addWidget(body, 1)

    def _empty_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.addStretch(1)
        self.missing = QLabel()
        self.missing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.missing.setWordWrap(True)
        set_class(self.missing, "caption")
        self.train = QPushButton(self.tr("Train 50 epochs"))
        self.train.clicked.connect(self.train_wanted)
        column.addWidget(self.missing)
        column.addWidget(self.train, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return page

    # -- what is shown -------------------------------------------------------------------------------------------

    def show_frame(self, frame: LandscapeFrame) -> None:
        """Show a picture of the landscape."""
        before, self.frame = self.frame, frame
        picture = frame.picture
        if before is not None and before.picture.plane.kind != picture.plane.kind:
            self.levels.forget()
        self.scale = self.levels.follow(picture, CLIP[self.log] * self.first_loss, log=self.log)
        flat = picture.plane.d2 is None
        self.flat.setCurrentWidget(self.line if flat else self.contours)
        (self.line if flat else self.contours).show_frame(frame, self.scale)
        self._arrange()
        if not flat and not self.right.isHidden():
            self.surface.show_frame(frame, self.scale)
        self.heading.show_picture(picture, self.scale)
        name, shown = self.axes_name(picture.plane), self.line if flat else self.contours
        if shown.bottom.label.toPlainText() != name:
            shown.bottom.name(name)
        self.form.readings.show_paths(frame.paths)
        self.form.steps.show_ahead(frame.ahead)
        self.form.set_plane(picture.plane)
        self.pages.setCurrentIndex(0)
        self._tell()

    def show_missing(self, sentence: str, *, train: bool = False) -> None:
        """Show in a sentence why there is no landscape, and a button that trains if that mends it."""
        self.frame = None
        for view in (self.contours, self.line, self.surface):
            view.clear_frame()
        self.form.readings.show_paths(())
        self.form.steps.show_ahead(None)
        self.form.set_plane(None)
        if sentence != self.missing.text():
            self.missing.setText(sentence)
        self.train.setVisible(train)
        self.pages.setCurrentIndex(1)

    def show_none(self, none: NoLandscape) -> None:
        """Show why there is no landscape."""
        self.show_missing(none.sentence)

    def set_log(self, on: bool) -> None:
        """Show losses by their logarithms, or as they are."""
        self.log = on
        self.levels.forget()
        if self.frame is not None:
            self.show_frame(self.frame)

    def show_surface(self, on: bool) -> None:
        """Show the surface beside the map, or not."""
        self.with_surface = on
        if self.frame is not None:
            self.show_frame(self.frame)
        self._arrange()

    def show_form(self, on: bool) -> None:
        """Show the form, or give its room to the maps; in a narrow window it takes the room of the maps."""
        self._comes_back = False
        self._set_form(on)

    def _set_form(self, on: bool) -> None:
        self.form.setVisible(on)
        self.upright.setVisible(on)
        self._arrange()

    def move_mark(self, place: Place | None) -> None:
        """Put the mark elsewhere: the plane has moved below it."""
        self.place = place
        for view in (self.contours, self.line, self.surface):
            view.take(place)
        self._tell()

    def show_moment(self, place: Place | None, told: str) -> None:
        """Mark the moment that time travel shows, and tell this of it; None: it shows none."""
        self._moment = told
        self.move_mark(place)

    def mark(self, place: Place | None) -> None:
        """Mark the place whose weights the network takes, or none."""
        self.place = place
        for view in (self.contours, self.line, self.surface):
            view.take(place)
        self.footer.offer(place is not None)
        self._tell()

    # -- texts ---------------------------------------------------------------------------------------------------

    def axes_name(self, plane: Plane) -> str:
        """Return what the axes of a plane are, in the few words that there is room for."""
        if plane.kind == "line":
            return self.tr("0: start, 1: now")
        if plane.kind == "weights":
            two = plane.d2 is not None
            return self.tr("→ first weight  ↑ second") if two else self.form.weight_name(plane.weights[0])
        words = {"random": self.tr("random {0}"), "pca": self.tr("PCA {0}"), "runs": self.tr("runs {0}")}
        found = []
        for axis, arrow in enumerate("→↑"):
            random = axis >= 2 - plane.filled
            name = words["random" if random else plane.kind].format(axis + 1)
            if plane.explained is not None and not random:
                name += f" ({percent(plane.explained[axis])})"
            found.append(f"{arrow} {name}")
        return "  ".join(found)

    def loss_at(self, place: Place) -> float:
        """Return the loss at a place of the picture, between its points by the scale that is shown; NaN outside."""
        assert self.frame is not None
        picture = self.frame.picture
        on = self.scale.on(picture.loss)
        if picture.plane.d2 is None:
            value = float(np.interp(place[0], picture.xs, on[0], left=np.nan, right=np.nan))
        else:
            value = float(heights(picture, on, np.array([place]))[0])
        return float(10**value) if self.scale.log else value

    def _tell(self) -> None:
        """Say what is under the mouse, or what the network shows, or else how well the plane shows the run."""
        if self.frame is None:
            return
        told = ""
        flat = self.frame.picture.plane.d2 is None
        for place, words in (
            (self._pointed, self.tr("{0}: loss {1}")),
            (self.place, self.tr("Shown: {0}, loss {1}")),
        ):
            if place is not None:
                where = f"x {written(place[0])}" + ("" if flat else f", y {written(place[1])}")
                told = words.format(where, written(self.loss_at(place)))
                break
        if self._pointed is None and self._moment:
            told = self._moment
        live = self.frame.live
        if not told and live is not None:
            told = self.tr("Now: loss on the plane {0}, true {1}, off the plane by {2} of its way").format(
                written(live.on_plane), written(live.true), percent(live.relative)
            )
            ahead = self.frame.ahead
            step = "" if ahead is None else self.form.steps.first(ahead)
            told += f". {step}" if step else ""
        self.footer.told.setText(told)
        if self._pointed is not None:
            for view in (self.contours, self.line, self.surface):
                view.tell(told)

    # -- what happens --------------------------------------------------------------------------------------------

    def _point(self, place: Place | None) -> None:
        self._pointed = place
        for view in (self.contours, self.line, self.surface):
            view.point_at(place)
        self._tell()

    def _take(self, place: Place | None) -> None:
        self.taken.emit(place)

    def _refresh(self) -> None:
        self.contours.refresh()
        self.line.refresh()

    def _arrange(self) -> None:
        """Show the surface where it is wanted and there is room for it."""
        form = not self.form.isHidden()
        room = self.width() - (self.form.wanted if form else 0)
        tall = self.height() > 1.3 * room
        self.hint.setVisible((room if tall else room / 2) >= _HINT)
        flat = self.frame is not None and self.frame.picture.plane.d2 is None
        self.pair.setDirection(QBoxLayout.Direction.TopToBottom if tall else QBoxLayout.Direction.LeftToRight)
        shown = self.with_surface and not flat and (tall or room >= _LEAST_BESIDE)
        # A plane is drawn in its true shape: more room than for a square would stand empty above and below it.
        most = _ANY_HEIGHT if flat or tall else (room // 2 if shown else room) + HEAD
        for side in (self.left, self.right):
            side.setMaximumHeight(most)
        if shown == self.right.isHidden():
            self.right.setVisible(shown)
            if shown and self.frame is not None:
                self.surface.show_frame(self.frame, self.scale)
        self.pages.setVisible(not form or room >= max(_LEAST_MAP, self.pages.minimumSizeHint().width() + 4))

    def _fit_form(self) -> None:
        """Hide the form where it would push the maps out, and let it come back once there is room for both."""
        narrow = self.width() < self.form.wanted + _BESIDE_FORM
        if narrow == self._narrow:
            return
        self._narrow = narrow
        if narrow and not self.form.isHidden():
            self._comes_back = True
        elif narrow or not self._comes_back:
            return
        else:
            self._comes_back = False
        self._set_form(not narrow)
        self.form_shown.emit(not narrow)

    def minimumSizeHint(self) -> QSize:
        """Return the room of a small map."""
        return QSize(_LEAST_MAP, 150)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Make the best of another size."""
        super().resizeEvent(event)
        self._fit_form()
        self._arrange()

    def showEvent(self, event: QShowEvent) -> None:
        """Tell that it can be seen."""
        super().showEvent(event)
        self.visible_changed.emit(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it cannot be seen."""
        super().hideEvent(event)
        self.visible_changed.emit(False)
