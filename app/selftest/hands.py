"""Hands that point, click, drag, draw and type all over the window, as a person does.

Mouse and keys go in where the system's would: Qt finds out itself what lies under the mouse and what has the focus.
Only a drag out of the palette is told to the canvas directly: without a screen Qt ends such a drag at once, and on
Windows only the real mouse can lead it.
"""

from collections.abc import Sequence

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QWindow,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QFileDialog,
    QLineEdit,
    QMenu,
    QScrollArea,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
    QWidget,
)
from shiboken6 import isValid

from app.canvas.canvas_view import CanvasView
from app.canvas.layout import Spot
from app.canvas.parts import Part, mime_of
from app.selftest.checks import Fault, check, wait
from app.shell.compose import Program

Left, Right = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
Plain, Shift, Ctrl = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
)
_FILE_NAME = "fileNameEdit"  # what Qt calls the field of its own file dialog


class Hands:
    """Does to a shown program what a person does. Places are relative to the widget; the middle where none is given."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.canvas: CanvasView = program.canvas
        self.view = program.canvas.view

    # -- the mouse -----------------------------------------------------------------------------------------------

    def reach(self, widget: QWidget, at: QPoint | None = None) -> tuple[QWindow, QPoint]:
        """Scroll a widget into sight; return its window and where in it the place is.

        Raises Fault if it is hidden, or if something else lies over the place.
        """
        name = _name(widget)
        check(widget.isVisible(), f"{name} is not to be seen.")
        area = widget.parentWidget()
        while area is not None:
            inside = area.widget() if isinstance(area, QScrollArea) else None
            if isinstance(area, QScrollArea) and inside is not None:
                middle = widget.mapTo(inside, at if at is not None else widget.rect().center())
                area.ensureVisible(middle.x(), middle.y(), 20, 20)
            area = area.parentWidget()
        place = at if at is not None else widget.rect().center()
        top = widget.window()
        there = widget.mapTo(top, place)
        found = top.childAt(there) if top is not widget else widget
        under = found is not None and (found is widget or widget.isAncestorOf(found))
        check(under, f"{name} cannot be reached with the mouse: {_name(found)} lies over it.")
        window = top.windowHandle()
        if window is None:
            raise Fault(f"{name} is in no window.")
        return window, there

    def point(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Move the mouse there."""
        window, place = self.reach(widget, at)
        QTest.mouseMove(window, place)
        QApplication.processEvents()

    def click(
        self,
        widget: QWidget,
        at: QPoint | None = None,
        button: Qt.MouseButton = Left,
        modifiers: Qt.KeyboardModifier = Plain,
    ) -> None:
        """Move the mouse there and click."""
        self.point(widget, at)
        window, place = self.reach(widget, at)
        QTest.mouseClick(window, button, modifiers, place)
        QApplication.processEvents()

    def double_click(self, widget: QWidget, at: QPoint | None = None) -> None:
        """Click twice, quickly."""
        self.point(widget, at)
        window, place = self.reach(widget, at)
        QTest.mouseDClick(window, Left, Plain, place)
        QApplication.processEvents()

    def wheel(self, widget: QWidget, at: QPoint, notches: int) -> None:
        """Turn the wheel there; up is positive."""
        window, place = self.reach(widget, at)
        for _ in range(abs(notches)):
            QTest.wheelEvent(window, QPointF(place), QPoint(0, 120 if notches > 0 else -120))
        QApplication.processEvents()

    def context_menu(self, widget: QWidget, at: QPoint) -> None:
        """Ask for the menu of what is there, as the system does after a click with the right button."""
        self.point(widget, at)
        reason = QContextMenuEvent.Reason.Mouse
        QApplication.sendEvent(widget, QContextMenuEvent(reason, at, widget.mapToGlobal(at)))

    def button(self, action: str) -> QToolButton:
        """Return the button of the toolbar that does what an action does."""
        wanted = self.program.window.commands[action]
        buttons = self.program.window.toolbar.findChildren(QToolButton)
        return next(button for button in buttons if button.defaultAction() is wanted)

    def stroke(
        self, widget: QWidget, points: Sequence[QPoint], button: Qt.MouseButton = Left, drop: bool = True
    ) -> None:
        """Press at the first point, go through the others and let go at the last; drop False: do not let go."""
        self.point(widget, points[0])
        window, first = self.reach(widget, points[0])
        QTest.mousePress(window, button, Plain, first)
        offset = first - points[0]
        for point in points[1:]:
            QTest.mouseMove(window, point + offset)
            QApplication.processEvents()
        if drop:
            QTest.mouseRelease(window, button, Plain, points[-1] + offset)
            QApplication.processEvents()

    def drag(self, widget: QWidget, start: QPoint, end: QPoint, drop: bool = True) -> None:
        """Press at one place and let go at another."""
        self.stroke(widget, [start, *(start + (end - start) * share for share in (0.1, 0.5, 1.0))], drop=drop)

    def slide(self, slider: QSlider, share: float) -> None:
        """Drag the handle of a slider to a share of its way."""
        option = QStyleOptionSlider()
        slider.initStyleOption(option)
        control, handle = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        start = slider.style().subControlRect(control, option, handle, slider).center()
        groove = slider.style().subControlRect(control, option, QStyle.SubControl.SC_SliderGroove, slider)
        half = slider.style().subControlRect(control, option, handle, slider).width() // 2
        end = QPoint(round(groove.left() + half + share * (groove.width() - 2 * half)), start.y())
        self.drag(slider, start, end)

    # -- the keyboard --------------------------------------------------------------------------------------------

    def active(self, window: QWidget | None = None) -> None:
        """Make a window the one that has the keyboard; the program's own, or its dialog, where none is given."""
        asked: list[QWidget] = []

        def has() -> bool:
            wanted = window or QApplication.activeModalWidget() or self.program.window
            if wanted.isActiveWindow() and QGuiApplication.focusWindow() is not None:
                return True
            # Now and then once more, for a dialog that closes late takes the keyboard with it.
            if wanted not in asked[-1:] or len(asked) % 50 == 0:
                wanted.raise_()
                wanted.activateWindow()
            asked.append(wanted)
            return False

        wait(has, "The system does not give the window the keyboard.", 5)

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Plain, times: int = 1) -> None:
        """Press a key in the window that has the keyboard."""
        for _ in range(times):
            # The platform without a screen forgets which window has the keyboard when a menu or a tip goes.
            if QGuiApplication.focusWindow() is None:
                self.active()
            window = QGuiApplication.focusWindow() or self.program.window.windowHandle()
            if window is None:
                raise Fault(f"No window has the keyboard; {key.name} went nowhere.")
            QTest.keyClick(window, key, modifiers)
            QApplication.processEvents()

    def letters(self, text: str) -> None:
        """Type letters into the widget that has the focus."""
        focused = QApplication.focusWidget()
        if focused is None:
            raise Fault(f'Nothing has the focus to type "{text}" into.')
        QTest.keyClicks(focused, text)

    def write(self, field: QLineEdit, text: str) -> None:
        """Click into a field and put a text in place of what is in it, with Enter."""
        self.click(field)
        self.key(Qt.Key.Key_A, Ctrl)
        self.letters(text)
        self.key(Qt.Key.Key_Return)

    # -- menus and dialogs ---------------------------------------------------------------------------------------

    def menu(self) -> QMenu:
        """Return the menu that is open."""
        wait(lambda: isinstance(QApplication.activePopupWidget(), QMenu), "No menu has opened.", 5)
        found = QApplication.activePopupWidget()
        assert isinstance(found, QMenu)
        return found

    def choose(self, text: str) -> None:
        """Click an entry of the menu that is open, by its text without & and keys."""
        menu = self.menu()
        titles = {action.text().replace("&", "").split("\t")[0]: action for action in menu.actions()}
        check(text in titles, f'The menu has no entry "{text}", only {", ".join(filter(None, titles))}.')
        check(titles[text].isEnabled(), f'The entry "{text}" of the menu cannot be chosen.')
        self.click(menu, menu.actionGeometry(titles[text]).center())

    def choose_in_bar(self, title: str, *texts: str) -> None:
        """Click a title of the menu bar, and then entries of the menus that open, by their texts without &."""
        bar = self.program.window.menu_bar
        found = next((action for action in bar.actions() if action.text().replace("&", "") == title), None)
        if found is None:
            raise Fault(f'The menu bar has no "{title}".')
        self.click(bar, bar.actionGeometry(found).center())
        for text in texts:
            before = self.menu()
            self.choose(text)
            if text is not texts[-1]:
                wait(lambda before=before: self.menu() is not before, f'"{text}" opens no menu.', 5)  # type: ignore[misc]

    def dialog(self, kind: type[QWidget]) -> QWidget:
        """Return the dialog of a class that is open, with the keyboard in it."""

        def found() -> QWidget | None:
            tops = QApplication.topLevelWidgets()
            return next((top for top in tops if isinstance(top, kind) and top.isVisible()), None)

        wait(found, f"No {kind.__name__} has opened.", 10)
        top = found()
        assert top is not None
        self.active(top)
        return top

    def name_file(self, path: str) -> None:
        """Type a path into the file dialog that is open, with Enter."""
        dialog = self.dialog(QFileDialog)
        field = dialog.findChild(QLineEdit, _FILE_NAME)
        if field is None:
            raise Fault("The file dialog is not Qt's own: its field cannot be found.")
        self.click(field)
        self.key(Qt.Key.Key_A, Ctrl)
        self.letters(path)
        self.key(Qt.Key.Key_Return)
        gone(dialog, f"The file dialog does not take {path}.")
        self.active()

    def cell(self, view: QAbstractItemView, row: int, column: int) -> QPoint:
        """Return where in the viewport a cell of a table is, scrolled into sight."""
        index = view.model().index(row, column)
        view.scrollTo(index)
        return view.visualRect(index).center()

    # -- the canvas ----------------------------------------------------------------------------------------------

    def still(self) -> None:
        """Wait until the network stands still: it moves for a moment when it is fitted anew."""
        wait(lambda: not self.view.zoom.moving, "The network on the canvas does not come to rest.", 5)

    def spot(self, kind: str, layer: str, unit: int | None = None) -> Spot:
        """Return a place of a card that answers to the mouse."""
        card = self.canvas.scene.network.card(layer)
        spots = () if card is None else card.spots
        found = next((s for s in spots if s.kind == kind and (unit is None or s.unit == unit)), None)
        if found is None:
            raise Fault(f"The canvas has no {kind} of the layer {layer}.")
        return found

    def on_canvas(self, kind: str, layer: str, unit: int | None = None) -> QPoint:
        """Return where in the canvas' viewport such a place is."""
        self.still()
        return self.view.mapFromScene(self.spot(kind, layer, unit).rect.center())

    def slot(self, place: int) -> QPoint:
        """Return the middle of the gap before the hidden layer of a place."""
        self.still()
        return self.view.mapFromScene(self.canvas.scene.network.slots[place].center())

    def press_spot(self, kind: str, layer: str, unit: int | None = None) -> None:
        """Click a place of a card."""
        self.click(self.view.viewport(), self.on_canvas(kind, layer, unit))

    def link(self, layer: str, unit: int, source: int) -> QPoint:
        """Return a place on the link of a weight at which no other link is nearer."""
        self.still()
        strands = self.canvas.scene.links.strands
        for link, line in enumerate(strands.lines):
            gap = strands.gap_of(link)
            row, column = gap.rows[link - gap.start], gap.columns[link - gap.start]
            if (gap.layer, row, column) != (layer, unit, source) or gap.dense is None:
                continue
            for x, y in line[2:-2]:
                at = self.view.mapFromScene(QPointF(x, y))
                free = self.view.spot_at(QPointF(at))
                if self.view.link_at(QPointF(at)) == link and (free is None or free.kind == "card"):
                    return at
        raise Fault(f"No place on the canvas is nearest to the link from {source} to neuron {unit} of {layer}.")

    def carry(self, part: Part, at: QPoint, drop: bool = True) -> bool:
        """Drag a part of the palette to a place of the canvas' viewport; return whether it would be taken there."""
        mime = mime_of(part)
        target = self._taker(self.view.viewport(), at)
        place = target.mapFrom(self.view.viewport(), at)
        action = Qt.DropAction.CopyAction
        QApplication.sendEvent(target, QDragEnterEvent(place, action, mime, Left, Plain))
        move = QDragMoveEvent(place, action, mime, Left, Plain)
        QApplication.sendEvent(target, move)
        welcome = move.isAccepted()
        if drop and welcome:
            QApplication.sendEvent(target, QDropEvent(QPointF(place), action, mime, Left, Plain))
        elif drop:
            QApplication.sendEvent(target, QDragLeaveEvent())  # as Qt does where a drop is refused
        QApplication.processEvents()
        return welcome

    def drop_file(self, path: str, on: QWidget) -> bool:
        """Drop a file of the desktop on a widget; return whether it was taken."""
        mime = QMimeData()
        mime.setUrls([QUrl.fromLocalFile(path)])
        target = self._taker(on, on.rect().center())
        place = target.mapFrom(on, on.rect().center())
        enter = QDragEnterEvent(place, Qt.DropAction.CopyAction, mime, Left, Plain)
        QApplication.sendEvent(target, enter)
        if not enter.isAccepted():
            return False
        drop = QDropEvent(QPointF(place), Qt.DropAction.CopyAction, mime, Left, Plain)
        QApplication.sendEvent(target, drop)
        QApplication.processEvents()
        return drop.isAccepted()

    def _taker(self, widget: QWidget, at: QPoint) -> QWidget:
        """Return what Qt would offer a drop to: the innermost widget there that takes drops."""
        top = widget.window()
        found = top.childAt(widget.mapTo(top, at)) or widget
        while not found.acceptDrops():
            parent = found.parentWidget()
            if parent is None:
                raise Fault(f"Nothing takes drops where {_name(widget)} is.")
            found = parent
        return found


def gone(dialog: QWidget, sentence: str) -> None:
    """Wait until a dialog is closed, or even deleted."""
    wait(lambda: not isValid(dialog) or not dialog.isVisible(), sentence, 5)


def _name(widget: QWidget | None) -> str:
    """Return what a widget is called, for a sentence."""
    if widget is None:
        return "nothing"
    name = widget.accessibleName() or getattr(widget, "text", lambda: "")() or widget.objectName()
    return f'{type(widget).__name__} "{name}"' if name else type(widget).__name__
