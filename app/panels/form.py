"""Forms, generated from the fields of frozen models: a new setting, or a new row of a table, appears by itself."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import BaseModel
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.panels.binding import Binding, Choosing, Remembering
from app.panels.editors import ChoiceEditor, Editor, NumberEditor, OptionalNumberEditor, SwitchEditor
from app.panels.rows import Row
from app.panels.settings import Setting, settings_of
from app.shell.icons import Icons
from app.shell.style import set_class
from app.shell.widgets.labels import line
from core.choices.fields import Kinds, OneOf


@dataclass(frozen=True)
class Words:
    """What a panel adds to what the fields say of themselves.

    switches: by path, what is written beside a switch that is off and on. numbers: by path, what the word in place of
    a number is called. notes: a sentence that the ? adds, by path. helps: whether rows have a ?.
    """

    switches: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    numbers: Mapping[str, str] = field(default_factory=dict)
    notes: Callable[[str], str] = lambda path: ""
    helps: bool = True


class Form(QWidget):
    """Rows for settings, one under the other. ``refresh`` shows what is set now."""

    def __init__(
        self,
        icons: Icons,
        binding: Binding,
        settings: Sequence[Setting],
        words: Words | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.icons = icons
        self.binding = binding
        self.words = words or Words()
        self.parts: dict[str, _Part] = {}
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        for setting in settings:
            part = self._make(setting)
            self.parts[setting.path] = part
            self.column.addWidget(part)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        icons.theme.changed.connect(self.arrange)
        self.arrange()

    def refresh(self) -> None:
        """Show what is set now, in the rows that the settings chosen now have."""
        for part in self.parts.values():
            part.refresh()

    def rows(self) -> Iterator[Row]:
        """Yield all rows, also those of groups and of the settings of what is chosen."""
        for part in self.parts.values():
            yield from part.rows()

    def row(self, path: str) -> Row:
        """Return the row of a setting."""
        return next(row for row in self.rows() if row.setting.path == path)

    def attach(self, path: str, widget: QWidget) -> None:
        """Put a widget under a setting: under its row, or at the end of its group, with which it comes and goes."""
        self.parts[path].attach(widget)

    def stops(self) -> list[QWidget]:
        """Return the widgets that Tab goes through, in order."""
        return [widget for part in self.parts.values() for widget in part.stops()]

    def arrange(self) -> None:
        """Give all names one width, take one or two lines a row by the room there is, and set the order of Tab."""
        if isinstance(self.parentWidget(), _Part):
            return  # the outermost form does it for all
        rows = list(self.rows())
        label = max((row.label_width() for row in rows), default=0)
        wide = self.width() >= max((row.wide_width(label) for row in rows), default=0)
        for row in rows:
            row.set_shape(wide, label)
        stops = self.stops()
        for first, second in zip(stops, stops[1:], strict=False):
            QWidget.setTabOrder(first, second)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt's name)
        """Return the room of the narrow shape, which is always possible."""
        width = max((row.editor.minimumSizeHint().width() for row in self.rows()), default=0)
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt's name)
        """Take the shape that fits."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.arrange()

    def _make(self, setting: Setting) -> "_Part":
        if isinstance(setting.limits, Kinds):
            return _Choice(self, setting)
        if setting.model is not None:
            return _Switched(self, setting) if setting.optional else _Group(self, setting)
        return _Single(self, setting)

    def make_row(self, setting: Setting, editor: Editor, binding: Binding | None = None) -> Row:
        """Make the row of a setting."""
        note = self.words.notes(setting.path)
        noted = replace(setting, sentence=f"{setting.sentence} {note}".strip())
        return Row(self.icons, binding or self.binding, noted, editor, self.words.helps)

    def inner(self, part: "_Part", settings: Sequence[Setting]) -> "Form":
        """Make a form within this one."""
        return Form(self.icons, self.binding, settings, self.words, part)

    def outermost(self) -> "Form":
        """Return the form that all others of it are in."""
        parent = self.parentWidget()
        return parent.form.outermost() if isinstance(parent, _Part) else self


class _Part(QWidget):
    """A setting of a form, with all that belongs to it."""

    def __init__(self, form: Form, setting: Setting) -> None:
        super().__init__(form)
        self.form = form
        self.setting = setting
        self.attached: list[QWidget] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    def refresh(self) -> None:
        raise NotImplementedError

    def rows(self) -> Iterator[Row]:
        raise NotImplementedError

    def stops(self) -> list[QWidget]:
        return [widget for row in self.rows() for widget in row.stops()]

    def attach(self, widget: QWidget) -> None:
        self.attached.append(widget)
        self.column.addWidget(widget)


class _Single(_Part):
    """One row."""

    def __init__(self, form: Form, setting: Setting) -> None:
        super().__init__(form, setting)
        self.row = form.make_row(setting, self._editor())
        self.column.addWidget(self.row)
        self.refresh()

    def _editor(self) -> Editor:
        setting, words, theme = self.setting, self.form.words, self.form.icons.theme
        if isinstance(setting.limits, OneOf):
            options = setting.limits.options
            return ChoiceEditor(setting, options, lambda: self.form.binding.refusals(setting.path, options))
        if setting.limits is None:
            return SwitchEditor(theme, setting, words.switches.get(setting.path, ("", "")))
        if setting.optional:
            return OptionalNumberEditor(theme, setting)
        return NumberEditor(theme, setting, words.numbers.get(setting.path, ""))

    def refresh(self) -> None:
        self.row.refresh()
        if isinstance(self.setting.limits, OneOf):
            chosen = self.setting.limits.options.get(self.form.binding.value(self.setting.path))
            if hasattr(chosen, "sentence"):
                self.row.explain(getattr(chosen, "formula", ""), f"{self.row.setting.sentence} {_told(chosen)}")

    def rows(self) -> Iterator[Row]:
        yield self.row


class _Group(_Part):
    """Settings that belong together: each row is named with the group, "L2 penalty"."""

    def __init__(self, form: Form, setting: Setting) -> None:
        super().__init__(form, setting)
        assert setting.model is not None
        title = setting.title.lower()
        named = [
            replace(part, title=f"{part.title} {title}") for part in settings_of(setting.model, setting.path)
        ]
        self.inside = form.inner(self, named)
        self.column.addWidget(self.inside)

    def refresh(self) -> None:
        self.inside.refresh()

    def rows(self) -> Iterator[Row]:
        yield from self.inside.rows()


class _Switched(_Part):
    """A group that can be off, which is None: a switch, and the rows while it is on."""

    def __init__(self, form: Form, setting: Setting) -> None:
        super().__init__(form, setting)
        assert setting.model is not None
        self._last: BaseModel | None = None
        editor = SwitchEditor(form.icons.theme, setting, form.words.switches.get(setting.path, ("", "")))
        self.switch = form.make_row(setting, editor, Remembering(form.binding, lambda: self._last))
        set_class(self.switch.label, "title")
        self.body = QWidget(self)
        self.inside: Form | None = None
        self.column.addWidget(line())
        self.column.addWidget(self.switch)
        self.last_line = line()
        self.column.addWidget(self.last_line)
        self.refresh()

    def refresh(self) -> None:
        value = self.form.binding.value(self.setting.path)
        self.switch.refresh()
        if value is not None:
            self._last = value
        if (value is not None) != (self.inside is not None):
            self._rebuild(value is not None)
        elif self.inside is not None:
            self.inside.refresh()

    def _rebuild(self, on: bool) -> None:
        assert self.setting.model is not None
        if self.inside is not None:
            _dispose(self.inside)
            self.inside = None
        if on:
            self.inside = self.form.inner(self, settings_of(self.setting.model, self.setting.path))
            self.column.insertWidget(self.column.indexOf(self.switch) + 1, self.inside)
        for widget in self.attached:
            widget.setVisible(on)
        self.form.outermost().arrange()

    def attach(self, widget: QWidget) -> None:
        self.attached.append(widget)
        self.column.insertWidget(self.column.indexOf(self.last_line), widget)
        widget.setVisible(self.inside is not None)

    def rows(self) -> Iterator[Row]:
        yield self.switch
        if self.inside is not None:
            yield from self.inside.rows()


class _Choice(_Part):
    """One of several kinds, and the settings of the kind that is chosen.

    What all kinds share is always to be seen; where they share something, a kind's own settings are folded away.
    """

    def __init__(self, form: Form, setting: Setting) -> None:
        super().__init__(form, setting)
        assert isinstance(setting.limits, Kinds)
        self.kinds = setting.limits
        self.kind = ""
        options = self.kinds.rows
        editor = ChoiceEditor(setting, options, lambda: form.binding.refusals(setting.path, options))
        self.choice = form.make_row(setting, editor, Choosing(form.binding))
        self.shared: Form | None = None
        self.own: Form | None = None
        self.opened = False
        self.fold = QPushButton()
        self.fold.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        set_class(self.fold, "flat")
        self.fold.clicked.connect(self._toggle)
        self.column.addWidget(self.choice)
        self.column.addWidget(self.fold, 0, Qt.AlignmentFlag.AlignLeft)
        self.refresh()

    def refresh(self) -> None:
        value = self.form.binding.value(self.setting.path)
        self.choice.refresh()
        if value.kind != self.kind:
            self._rebuild(value.kind)
            return
        for form in (self.shared, self.own):
            if form is not None:
                form.refresh()

    def _rebuild(self, kind: str) -> None:
        self.kind = kind
        row = self.kinds.rows[kind]
        self.choice.explain(getattr(row, "formula", ""), f"{self.choice.setting.sentence} {_told(row)}".strip())
        for form in (self.shared, self.own):
            if form is not None:
                _dispose(form)
        settings = settings_of(self.kinds.models[kind], self.setting.path)
        common = self.setting.model.model_fields if self.setting.model is not None else {}
        shared = [setting for setting in settings if setting.name in common]
        own = [setting for setting in settings if setting.name not in common]
        self.shared = self.form.inner(self, shared) if shared else None
        self.own = self.form.inner(self, own) if own else None
        place = self.column.indexOf(self.choice) + 1
        if self.shared is not None:
            self.column.insertWidget(place, self.shared)
        if self.own is not None:
            self.column.insertWidget(self.column.indexOf(self.fold) + 1, self.own)
        self.fold.setText(self.tr("More of {0}").format(getattr(row, "title", kind)))
        self._fold()
        self.form.outermost().arrange()

    def _toggle(self) -> None:
        self.opened = not self.opened
        self._fold()

    def _fold(self) -> None:
        foldable = self.shared is not None and self.own is not None
        self.fold.setVisible(foldable)
        self.fold.setIcon(self.form.icons.get("chevron-down" if self.opened else "chevron-right", "accent"))
        if self.own is not None:
            self.own.setVisible(self.opened or not foldable)

    def rows(self) -> Iterator[Row]:
        yield self.choice
        for form in (self.shared, self.own):
            if form is not None:
                yield from form.rows()

    def stops(self) -> list[QWidget]:
        stops = self.choice.stops()
        if self.shared is not None:
            stops += [*self.shared.stops(), self.fold]
        return stops + (self.own.stops() if self.own is not None else [])


def _told(row: object) -> str:
    """Return a row's title and sentence, for the ? beside the choice."""
    title, sentence = getattr(row, "title", ""), getattr(row, "sentence", "")
    return f"{title}: {sentence}" if title and sentence else ""


def _dispose(form: Form) -> None:
    """Take a form away at once; Qt deletes it when its own events are done."""
    form.hide()
    form.setParent(None)
    form.deleteLater()
