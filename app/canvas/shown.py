"""The run that canvas, lists and settings show: of a comparison the one chosen, with what it sets for itself."""

from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QObject, Signal

from app.canvas.plan import activation_title
from app.canvas.words import tr
from app.document.document import Document
from app.work.session import Session
from core.choices.fields import Mistake
from core.experiment.comparisons import name_of
from core.experiment.experiment import Experiment
from core.experiment.network import Dense, Dropout
from core.experiment.own import Own, own_of
from core.experiment.settings import setting_at
from core.experiment.variants import EVERY_LAYER, Run, Variant, expand, override

Field = tuple[str, str]  # the id of a layer and its field


class ShownRun(QObject):
    """Follows document and session; without a session it shows the first run. changed: it may be another one now."""

    changed = Signal()

    def __init__(self, document: Document, session: Session | None = None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._document = document
        self._session = session
        self._known: tuple[Experiment, int] | None = None
        self._experiment = document.experiment
        self._own = Own()
        self._runs: tuple[Run, ...] = ()
        if session is not None:
            for signal in (session.run_changed, session.prepared, session.phase_changed):
                signal.connect(self._tell)

    def _tell(self, _what: object) -> None:
        if self._document.experiment.variants:
            self.changed.emit()

    @property
    def variant(self) -> Variant | None:
        """The variant that is shown; None where nothing is compared."""
        variants = self._document.experiment.variants
        run = 0 if self._session is None else self._session.run
        return variants[run if run < len(variants) else 0] if variants else None

    @property
    def experiment(self) -> Experiment:
        """What the run trains; the experiment itself where nothing is compared or the variant cannot be."""
        self._look()
        return self._experiment

    @property
    def own(self) -> frozenset[Field]:
        """The fields of layers that the run sets for itself."""
        self._look()
        return self._own.fields

    @property
    def own_layers(self) -> bool:
        """Whether the run has layers of its own, which no edit of the experiment reaches."""
        self._look()
        return self._own.layers

    def sets(self, path: str) -> bool:
        """Tell whether the run sets the setting at a path for itself, or what that is part of."""
        self._look()
        variant = self.variant
        if variant is None or self._experiment is self._document.experiment:
            return False
        if path in EVERY_LAYER:
            return self._own.layers or any(field == EVERY_LAYER[path][1] for _, field in self._own.fields)
        return any(f"{path}.".startswith(f"{own}.") for own in variant.settings)

    def _look(self) -> None:
        """Find out what is shown, if it is another than before."""
        base, run = self._document.experiment, 0 if self._session is None else self._session.run
        if self._known is not None and self._known[0] is base and self._known[1] == run:
            return
        self._known = base, run
        self._experiment, self._own, self._runs = base, Own(), ()
        variant = self.variant
        if variant is None:
            return
        try:
            self._experiment = override(base.model_copy(update={"variants": ()}), variant.settings)
        except Mistake:  # which a problem names
            return
        self._own = own_of(base.network, variant.settings)

    # -- in words --------------------------------------------------------------------------------------------------

    def values(self, place: Field | str) -> list[tuple[str, str]]:
        """Return the name of each run and what it has at a field, or at the path of a setting, in words."""
        self._look()
        if not self._runs:
            try:
                self._runs = expand(self._document.experiment)
            except Mistake:
                return []
        return [(run.name, _words(run.experiment, place)) for run in self._runs]

    def sentence(self, place: Field | str) -> str:
        """Say that a field, or the setting at a path, is the run's own, and what the others have there; empty where it
        is not."""
        variant = self.variant
        if variant is None or not (self.sets(place) if isinstance(place, str) else place in self.own):
            return ""
        values = self.values(place)
        mine = next((value for name, value in values if name == variant.name), "")
        others = dict.fromkeys(value for name, value in values if name != variant.name and value not in ("", mine))
        told = tr("{run} sets this itself: {value}.").format(run=variant.name, value=mine)
        return told + (" " + tr("The others: {values}.").format(values=", ".join(others)) if others else "")

    def show(self, place: int) -> None:
        """Show another run."""
        if self._session is not None:
            self._session.show(place)


def _words(experiment: Experiment, place: Field | str) -> str:
    if isinstance(place, str):
        return _setting(experiment, place)
    layer_id, name = place
    network = experiment.network
    found: Any = next((layer for layer in network.layers if layer.id == layer_id), None)
    if isinstance(found, Dense) and name == "activation":
        return activation_title(found.activation)
    if isinstance(found, Dense | Dropout) and name in ("units", "rate"):
        return f"{getattr(found, name):g}"
    return ""


def _setting(experiment: Experiment, path: str) -> str:
    """Return what is set at a path, in words; empty where the experiment has no such setting."""
    try:
        value = setting_at(experiment, path).value
        if isinstance(value, int | float) and not isinstance(value, bool):
            return f"{value:g}"
        return name_of(experiment, path, value.model_dump(mode="json") if isinstance(value, BaseModel) else value)
    except Mistake:
        return ""
