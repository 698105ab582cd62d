"""Saving the landscape: its numbers, a picture, a drawing, or the path through training as an animation.

Pictures are drawn for paper, in the light colours, by a process of its own: matplotlib would hold up the window.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.landscape.frames import LandscapeFrame
from app.landscape.frames import Path as Way
from app.landscape.part import LandscapePart
from app.shell.background import Background
from app.shell.child import Child
from app.shell.plot_export import PlotExport
from core.landscape.files import TABLES
from core.pictures.chart import Chart, chart, trace
from core.pictures.depth import Scale
from core.pictures.mesh import Camera
from core.resources import COMMAND
from core.runs.record import Record


class LandscapeExport(PlotExport):
    """Writes the landscape as it is shown, one file at a time."""

    def __init__(self, part: LandscapePart, background: Background, command: Sequence[str] = COMMAND) -> None:
        """command: starts Downhill's command line."""
        super().__init__(background, part)
        self.part = part
        self.child = Child(background, command, self)
        self._lacked = self.lacks()
        part.watcher.framed.connect(self._look)
        part.watcher.told.connect(self._look)

    def titles(self) -> dict[str, str]:
        """Return what can be saved: the path through training only where there is one."""
        found = {"png": self.tr("Picture (PNG)…"), "svg": self.tr("Drawing (SVG)…")}
        frame = self.part.widget.frame
        if frame is not None and any(len(path.places) > 1 for path in frame.paths):
            found["gif"] = self.tr("Path through training (GIF)…")
        return found | {"csv": self.tr("Table of the grid (CSV)…"), "npz": self.tr("Arrays of the grid (NPZ)…")}

    def lacks(self) -> str:
        """Return why nothing can be written now."""
        if self.child.busy:
            return self.tr("A picture of the landscape is being written.")
        if self.part.widget.frame is None:
            return self.part.widget.missing.text() or self.tr("The landscape has not been drawn yet.")
        return ""

    def write(self, path: Path, kind: str) -> None:
        """Write the landscape that is shown now."""
        view = self.part.widget
        frame = view.frame
        if frame is None or self.lacks():
            return
        if kind in TABLES:
            self.in_background(path, partial(TABLES[kind], frame.picture))
            return
        title = self.part.document.experiment.name
        runs = self._runs(frame)
        camera = None if view.right.isHidden() else view.surface.camera
        draw = partial(_chart, title, frame, runs, view.scale, camera)

        def prepare(folder: Path) -> list[str]:
            draft = folder / "chart.json"
            draft.write_bytes(draw().written())
            return ["draw", str(draft), "-o", str(path)]

        def failed(sentence: str) -> None:
            self._look()
            self.failed.emit(self.tr("Could not export to {0}: {1}").format(path.name, sentence))

        def written(_said: list[str]) -> None:
            self._look()
            self.saved.emit(path)

        def heard(line: str) -> None:
            done, _, total = line.partition("/")
            self.going.emit(path.name, int(done) / int(total))

        self.child.run(prepare, written, failed, heard)
        self._look()
        self.going.emit(path.name, 0.0)

    def stop(self) -> None:
        """Break off the picture that is being written."""
        self.child.stop()
        self._look()

    def _runs(self, frame: LandscapeFrame) -> list[tuple[Way, Record]]:
        """Return the records of the paths that are shown."""
        history = self.part.watcher.history
        records = dict(zip(history.places, history.past, strict=True)) | dict(enumerate(history.current, history.place))
        return [(path, records[path.place]) for path in frame.paths if path.place in records]

    def _look(self, _frame: object = None) -> None:
        """Tell whether what is lacking has changed."""
        lacks = self.lacks()
        if lacks != self._lacked:
            self._lacked = lacks
            self.changed.emit()


def _chart(
    title: str, frame: LandscapeFrame, runs: Sequence[tuple[Way, Record]], scale: Scale, camera: Camera | None
) -> Chart:
    """Return what is drawn, with all rows that the runs have kept and not only those that the window shows."""
    plane = frame.picture.plane
    traces = [
        trace(replace(record, name=path.name), plane, path.place, path.now if path.live else None)
        for path, record in runs
    ]
    found = chart(title, frame.picture, traces, scale)
    return found if camera is None else found.with_surface(Camera(camera.turn, camera.tilt))
