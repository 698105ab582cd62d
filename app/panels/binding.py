"""What a form reads from and writes to: settings by their paths."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from pydantic import BaseModel

from app.canvas.shown import ShownRun
from app.document.document import Document
from core.choices.datasets import facts_of
from core.choices.fields import Mistake
from core.experiment.checks import check
from core.experiment.experiment import Experiment
from core.experiment.variants import EVERY_LAYER, override


class Binding(Protocol):
    """Where the settings of a form are kept."""

    def value(self, path: str) -> Any:
        """Return what is set at a path."""
        ...

    def edit(self, settings: Mapping[str, Any], text: str, merge: str = "") -> None:
        """Set settings as one undo step with this text; raises Mistake for a value that cannot be."""
        ...

    def end_merge(self) -> None:
        """End a gesture, whose edits were one step."""
        ...

    def refusals(self, path: str, tags: Iterable[str]) -> Mapping[str, str]:
        """Return why an option would not do here, for those that would not."""
        ...


class DocumentBinding:
    """Settings of the document's experiment.

    fitted: makes the other settings of an edited experiment (given before and after) fit the edit, in the same step.
    run: whose values are shown in place of the experiment's.
    """

    def __init__(
        self,
        document: Document,
        fitted: Callable[[Experiment, Experiment], Experiment] | None = None,
        run: ShownRun | None = None,
    ) -> None:
        self.document = document
        self.fitted = fitted
        self.run = run

    def value(self, path: str) -> Any:
        """Return what is set at a path; for a word that sets every layer: None where they differ or there are none."""
        experiment = self.document.experiment if self.run is None else self.run.experiment
        if path in EVERY_LAYER:
            kind, field = EVERY_LAYER[path]
            found = [getattr(layer, field) for layer in experiment.network.layers if isinstance(layer, kind)]
            return found[0] if found and all(value == found[0] for value in found) else None
        return value_at(experiment, path)

    def edit(self, settings: Mapping[str, Any], text: str, merge: str = "") -> None:
        """Set settings as one undo step; raises Mistake for a value that cannot be."""
        before = self.document.experiment
        after = override(before, settings)
        if self.fitted is not None:
            after = self.fitted(before, after)
        self.document.edit(after, text, merge)

    def end_merge(self) -> None:
        """End a gesture."""
        self.document.end_merge()

    def refusals(self, path: str, tags: Iterable[str]) -> Mapping[str, str]:
        """Return the sentence of the problem that each option would bring, for those that would bring one."""
        experiment = self.document.experiment
        found: dict[str, str] = {}
        try:
            facts = facts_of(experiment.data.source)
        except Mistake:
            return found
        for tag in tags:
            tried = override(experiment, {path: tag})
            for problem in check(tried, facts):
                if problem.place == path and problem.severity == "error":
                    found[tag] = problem.sentence.partition(":")[0].rstrip(".")
        return found


@dataclass(frozen=True)
class Choosing:
    """Sees of a model of one of several kinds its kind alone; a bare tag stands for a model's defaults."""

    binding: Binding

    def value(self, path: str) -> Any:
        """Return the kind that is chosen."""
        return self.binding.value(path).kind

    def edit(self, settings: Mapping[str, Any], text: str, merge: str = "") -> None:
        """Choose another kind."""
        self.binding.edit(settings, text, merge)

    def end_merge(self) -> None:
        """End a gesture."""
        self.binding.end_merge()

    def refusals(self, path: str, tags: Iterable[str]) -> Mapping[str, str]:
        """Return why an option would not do here."""
        return self.binding.refusals(path, tags)


@dataclass(frozen=True)
class Remembering:
    """Sees of a group whether it is on; switching it on again brings back what it was."""

    binding: Binding
    last: Callable[[], BaseModel | None]

    def value(self, path: str) -> Any:
        """Return whether the group is on."""
        return self.binding.value(path) is not None

    def edit(self, settings: Mapping[str, Any], text: str, merge: str = "") -> None:
        """Switch the group on or off."""
        last = self.last()
        on = last.model_dump(mode="json") if last is not None else {}
        self.binding.edit({path: on if value else None for path, value in settings.items()}, text, merge)

    def end_merge(self) -> None:
        """End a gesture."""
        self.binding.end_merge()

    def refusals(self, path: str, tags: Iterable[str]) -> Mapping[str, str]:
        """Return why an option would not do here."""
        return self.binding.refusals(path, tags)


def value_at(model: BaseModel, path: str) -> Any:
    """Return what a path of names leads to; None below a group that is off."""
    here: Any = model
    for name in path.split("."):
        if here is None:
            return None
        here = getattr(here, name)
    return here


def reason(mistake: Mistake) -> str:
    """Return what a refusal says, without the path at its beginning: the user sees the place."""
    text = str(mistake)
    place, colon, rest = text.partition(": ")
    if colon and " " not in place:
        text = rest
    # The name of a file keeps its letters.
    return text if "." in text.split(maxsplit=1)[0] else text[:1].upper() + text[1:]
