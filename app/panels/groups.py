"""The parts of a form: one row; a group of rows; a group that can be off; one of several kinds with its settings."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import BaseModel
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.panels.binding import Choosing, Remembering
from app.panels.editors import ChoiceEditor, Editor, NumberEditor, OptionalNumberEditor, SwitchEditor
from app.panels.fold import Fold
from app.panels.rows import Row
from app.panels.settings import Setting, settings_of
from app.shell.style import set_class
from app.shell.widgets.labels import line
from core.choices.fields import Kinds, OneOf

if TYPE_CHECKING:
    from app.panels.form import Form

_INSET = 12
_AT_ONCE = 2  # rows are made at once in a form that is on the screen; more would hold up the window


class Part(QWidget):
    """A setting of a form, with all that belongs to it."""

    def __init__(self, form: "Form", setting: Setting) -> None:
        super().__init__(form)
        self.form = form
        self.setting = setting
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    def refresh(self) -> None:
        """Show what is set now."""
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        """Yield the rows that the settings of now have."""
        raise NotImplementedError

    def stops(self) -> list[QWidget]:
        """Return the widgets that Tab goes through, in order."""
        return [widget for row in self.rows() for widget in row.stops()]

    def attach(self, widget: QWidget) -> None:
        """Put a widget at the end."""
        self.column.addWidget(widget)

    def let_grow(self, on: bool) -> None:
        """Let the forms within it go on growing, or wait."""

    def inner(self, settings: Sequence[Setting], ready: Callable[[], object]) -> "Form":
        """Make a form within this part, hidden; ready: called once it can be shown, if it cannot be at once."""
        form = self.form.inner(self, settings, at_once=len(settings) <= _AT_ONCE or not self.isVisible())
        form.hide()
        form.grown.connect(ready)
        return form


def part_of(form: "Form", setting: Setting) -> Part:
    """Return the part that a setting needs."""
    if isinstance(setting.limits, Kinds):
        return Choice(form, setting)
    if setting.model is not None:
        return SwitchedGroup(form, setting) if setting.optional else Group(form, setting)
    return Single(form, setting)


class Single(Part):
    """One row."""

    def __init__(self, form: "Form", setting: Setting) -> None:
        super().__init__(form, setting)
        self.row = form.make_row(setting, self._editor())
        self.column.addWidget(self.row)
        self.refresh()

    def refresh(self) -> None:
        """Show what is set now; the ? tells of the option that is chosen too."""
        self.row.refresh()
        if isinstance(self.setting.limits, OneOf):
            chosen = self.setting.limits.options.get(self.form.binding.value(self.setting.path))
            if hasattr(chosen, "sentence"):
                self.row.explain(getattr(chosen, "formula", ""), f"{self.row.setting.sentence} {_told(chosen)}")

    def rows(self) -> Iterator[Row]:
        """Yield the row."""
        yield self.row

    def _editor(self) -> Editor:
        setting, words, theme = self.setting, self.form.words, self.form.icons.theme
        if isinstance(setting.limits, OneOf):
            options = setting.limits.options
            return ChoiceEditor(theme, setting, options, lambda: self.form.binding.refusals(setting.path, options))
        if setting.limits is None:
            return SwitchEditor(theme, setting, words.switches.get(setting.path, ("", "")))
        if setting.optional:
            return OptionalNumberEditor(theme, setting)
        return NumberEditor(theme, setting, words.numbers.get(setting.path, ""))


class Group(Part):
    """Settings that belong together: each row is named with the group, "L2 penalty"."""

    def __init__(self, form: "Form", setting: Setting) -> None:
        super().__init__(form, setting)
        assert setting.model is not None
        title = setting.title.lower()
        named = [replace(part, title=f"{part.title} {title}") for part in settings_of(setting.model, setting.path)]
        self.inside = form.inner(self, named)
        self.column.addWidget(self.inside)

    def refresh(self) -> None:
        """Show what is set now."""
        self.inside.refresh()

    def rows(self) -> Iterator[Row]:
        """Yield the rows of the group."""
        yield from self.inside.rows()

    def let_grow(self, on: bool) -> None:
        """Let the group go on growing, or wait."""
        self.inside.let_grow(on)


class SwitchedGroup(Part):
    """A group that can be off, which is None: a switch, and the rows while it is on."""

    def __init__(self, form: "Form", setting: Setting) -> None:
        super().__init__(form, setting)
        assert setting.model is not None
        self.on = False
        self._last: BaseModel | None = None
        editor = SwitchEditor(form.icons.theme, setting, form.words.switches.get(setting.path, ("", "")))
        self.switch = form.make_row(setting, editor, Remembering(form.binding, lambda: self._last))
        set_class(self.switch.label, "title")
        self.inside: Form | None = None
        self.body = QWidget()
        self.body_column = QVBoxLayout(self.body)
        self.body_column.setContentsMargins(0, 0, 0, 0)
        self.body_column.setSpacing(4)
        self.body.hide()
        for widget in (line(), self.switch, self.body, line()):
            self.column.addWidget(widget)
        self.refresh()

    def refresh(self) -> None:
        """Show what is set now, with the rows only while it is on."""
        value = self.form.binding.value(self.setting.path)
        self.switch.refresh()
        if value is not None:
            self._last = value
        if (value is not None) != self.on:
            self._switch(value is not None)
        elif self.inside is not None and self.on:
            self.inside.refresh()

    def attach(self, widget: QWidget) -> None:
        """Put a widget at the end of the group, with which it comes and goes."""
        self.body_column.addWidget(widget)

    def rows(self) -> Iterator[Row]:
        """Yield the switch and, while it is on, the rows."""
        yield self.switch
        if self.inside is not None and self.on and self.inside.complete:
            yield from self.inside.rows()

    def _switch(self, on: bool) -> None:
        self.on = on
        if on:
            if self.inside is None:
                assert self.setting.model is not None
                self.inside = self.inner(settings_of(self.setting.model, self.setting.path), self._show)
                self.body_column.insertWidget(0, self.inside)
            self.inside.refresh()
        self._show()

    def let_grow(self, on: bool) -> None:
        """Let the rows go on growing while the group is on, or wait."""
        if self.inside is not None:
            self.inside.let_grow(on and self.on)

    def _show(self) -> None:
        self.let_grow(True)
        complete = self.inside is not None and self.inside.complete
        if self.inside is not None:
            self.inside.setVisible(complete)
        self.body.setVisible(self.on and complete)
        self.form.outermost().arrange()


class Choice(Part):
    """One of several kinds, and the settings of the kind that is chosen.

    What all kinds share is always to be seen; where they share something, a kind's own settings are folded away. A
    kind's rows are made when they are first to be seen, and kept.
    """

    def __init__(self, form: "Form", setting: Setting) -> None:
        super().__init__(form, setting)
        assert isinstance(setting.limits, Kinds)
        self.kinds = setting.limits
        self.kind = ""
        self._shared: dict[str, Form] = {}
        self._own: dict[str, Form] = {}
        options, theme = self.kinds.rows, form.icons.theme
        editor = ChoiceEditor(theme, setting, options, lambda: form.binding.refusals(setting.path, options))
        self.choice = form.make_row(setting, editor, Choosing(form.binding))
        self.fold = Fold(form.icons)
        self.fold.folded.connect(self._unfold)
        self.column.addWidget(self.choice)
        self.column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        self.refresh()

    def refresh(self) -> None:
        """Show what is set now, with the rows of the kind that is chosen."""
        kind = self.form.binding.value(self.setting.path).kind
        self.choice.refresh()
        if kind != self.kind:
            self.kind = kind
            row = self.kinds.rows[kind]
            self.choice.explain(getattr(row, "formula", ""), f"{self.choice.setting.sentence} {_told(row)}".strip())
            self.fold.setText(self.tr("More of {0}").format(getattr(row, "title", kind)))
            self._unfold()
        for form in self._seen():
            form.refresh()

    def rows(self) -> Iterator[Row]:
        """Yield the choice and the rows of what is chosen, as far as they are unfolded."""
        yield self.choice
        for form in self._seen():
            yield from form.rows()

    def stops(self) -> list[QWidget]:
        """Return the widgets that Tab goes through, the fold among them."""
        stops = self.choice.stops()
        for form in self._seen():
            if form is self._own.get(self.kind):
                stops.append(self.fold)
            stops += form.stops()
        return stops if self.fold in stops else [*stops, self.fold]

    def let_grow(self, on: bool) -> None:
        """Let the rows of the chosen kind go on growing, or wait; those of other kinds always wait."""
        for forms in (self._shared, self._own):
            for kind, form in forms.items():
                form.let_grow(on and kind == self.kind)

    def _settings(self) -> tuple[list[Setting], list[Setting]]:
        """Return the settings that the chosen kind shares with all others, and its own."""
        common = self.setting.model.model_fields if self.setting.model is not None else {}
        shared: list[Setting] = []
        own: list[Setting] = []
        for setting in settings_of(self.kinds.models[self.kind], self.setting.path):
            (shared if setting.name in common else own).append(setting)
        return shared, own

    def _seen(self) -> list["Form"]:
        forms = (self._shared.get(self.kind), self._own.get(self.kind))
        return [form for form in forms if form is not None and not form.isHidden()]

    def _unfold(self) -> None:
        """Show the rows that are to be seen, made if they are not there yet, and no others."""
        shared, own = self._settings()
        foldable = bool(shared and own)
        if shared and self.kind not in self._shared:
            self._shared[self.kind] = self.inner(shared, self._unfold)
            self.column.insertWidget(self.column.indexOf(self.choice) + 1, self._shared[self.kind])
        if own and (self.fold.opened or not foldable) and self.kind not in self._own:
            form = self.inner(own, self._unfold)
            form.set_in(_INSET)
            self._own[self.kind] = form
            self.column.addWidget(form)
        self.let_grow(True)
        for kind, form in self._shared.items():
            form.setVisible(kind == self.kind and form.complete)
        for kind, form in self._own.items():
            form.setVisible(kind == self.kind and form.complete and (self.fold.opened or not foldable))
        self.fold.setVisible(foldable)
        self.form.outermost().arrange()


def _told(row: object) -> str:
    """Return a row's title and sentence, for the ? beside the choice."""
    title, sentence = getattr(row, "title", ""), getattr(row, "sentence", "")
    return f"{title}: {sentence}" if title and sentence else ""
