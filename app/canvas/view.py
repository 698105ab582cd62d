"""The view of the network: what mouse, keyboard and drops on it mean."""

from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QFrame, QGraphicsView, QWidget

from app.canvas.actions import LayerActions
from app.canvas.edits import LayerEdits
from app.canvas.gestures import CardDrag, Pan
from app.canvas.layout import Spot, field_of
from app.canvas.parts import Landing, landing, part_in
from app.canvas.scene import NetworkScene
from app.canvas.words import tr
from app.canvas.zoom import STEP, Zoom
from app.shell.selection import Selection, Weight

_REACH = 5.0  # pixels around a link
_MERGE_MS = 700  # turns of the wheel closer than this are one undo step
_FAR = 20_000.0

_BUTTONS = ("menu", "less", "more", "units", "activation", "rate", "back", "on", "mend")


class NetworkView(QGraphicsView):
    """Turns events into edits, selections and requests.

    pressed: a button or field of a card was clicked (Spot). hovered: what is under the mouse now (Spot | None), and
    where in the viewport. link_hovered: the link there (int | None), and where. weight_asked: a weight or bias was
    clicked, and where. menu_asked: a menu for a layer (or "" for the canvas) and a neuron (or −1), and where on the
    screen. moved: zoomed, scrolled or resized. merge_ended: the next small edit is an undo step of its own.
    """

    hint = Signal(str)
    pressed = Signal(object)
    named = Signal(str)
    hovered = Signal(object, QPoint)
    link_hovered = Signal(object, QPoint)
    weight_asked = Signal(object, QPoint)
    menu_asked = Signal(str, int, QPoint)
    moved = Signal()
    merge_ended = Signal()

    def __init__(
        self, scene: NetworkScene, edits: LayerEdits, actions: LayerActions, selection: Selection, parent: QWidget
    ) -> None:
        super().__init__(scene, parent)
        self.network_scene = scene
        self._edits = edits
        self._actions = actions
        self._selection = selection
        self._gesture: Pan | CardDrag | None = None
        self._landing: Landing | None = None
        self._spot: Spot | None = None
        self._link: int | None = None
        self.zoom = Zoom(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setResizeAnchor(QGraphicsView.ViewportAnchor.NoAnchor)
        self.setViewportUpdateMode(QGraphicsView.ViewportUpdateMode.SmartViewportUpdate)
        self.setOptimizationFlag(QGraphicsView.OptimizationFlag.DontAdjustForAntialiasing)
        self.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.setSceneRect(QRectF(-_FAR, -_FAR, 2 * _FAR, 2 * _FAR))
        self.setMouseTracking(True)
        self.viewport().setMouseTracking(True)
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Network canvas"))
        self.setAccessibleDescription(self.tr("The list of layers beside the canvas shows and edits the same network."))
        self._merge = QTimer(self, singleShot=True, interval=_MERGE_MS)
        self._merge.timeout.connect(self.merge_ended)

    # -- places ----------------------------------------------------------------------------------------------------

    def spot_at(self, at: QPointF) -> Spot | None:
        """Return what is at a point of the viewport, whole cards included."""
        return self.network_scene.network.at(self.mapToScene(at.toPoint()))

    def link_at(self, at: QPointF) -> int | None:
        """Return the link at a point of the viewport."""
        return self.network_scene.links.at(self.mapToScene(at.toPoint()), _REACH / self.zoom.scale)

    def on_viewport(self, rect: QRectF) -> QRect:
        """Return where a rectangle of the scene is in the viewport."""
        return self.mapFromScene(rect).boundingRect()

    def weight_of(self, link: int) -> Weight | None:
        """Return the weight that a link stands for; None for bundles and the lines into Dropout."""
        gap = self.network_scene.links.strands.gap_of(link)
        if gap.bundled or gap.dense is None:
            return None
        place = link - gap.start
        return Weight(gap.layer, int(gap.rows[place]), int(gap.columns[place]))

    def change_soon(self) -> None:
        """Let small edits in a row be one undo step until there is a pause."""
        self._merge.start()

    # -- mouse -------------------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture, or do what the place under the mouse is for."""
        at = event.position()
        if event.button() == Qt.MouseButton.MiddleButton:
            self._gesture = Pan(self.zoom, at)
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press(at)
        event.accept()

    def _press(self, at: QPointF) -> None:
        spot = self.spot_at(at)
        link = self.link_at(at) if spot is None or spot.kind == "card" else None
        weight = self.weight_of(link) if link is not None else None
        if spot is not None and spot.kind == "bias":
            weight = Weight(spot.layer, spot.unit, None)
        if weight is not None and not self._on_header(at):
            self._selection.select_weight(weight)
            self.weight_asked.emit(weight, at.toPoint())
            return
        self._selection.select_weight(None)
        if spot is None:
            self._selection.select_layer(None)
            self._selection.pin(None)
            return
        self._selection.select_layer(spot.layer)
        if spot.kind in _BUTTONS:
            self.pressed.emit(spot)
        elif spot.kind == "unit":
            neuron = self.network_scene.network.plan.neuron(spot.layer, spot.unit)
            self._selection.pin(None if self._selection.pinned == neuron else neuron)
        elif self._edits.layer(spot.layer) is not None and (spot.kind == "name" or self._on_header(at)):
            self._gesture = CardDrag(self.network_scene, self._edits, spot.layer, self.mapToScene(at.toPoint()), at)

    def _on_header(self, at: QPointF) -> bool:
        point = self.mapToScene(at.toPoint())
        return any(card.header.contains(point) for card in self.network_scene.network.cards)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse with a gesture, or tell what is under it."""
        at = event.position()
        if isinstance(self._gesture, Pan):
            self._gesture.move(at)
        elif isinstance(self._gesture, CardDrag):
            hint = self._gesture.move(self.mapToScene(at.toPoint()), at)
            if hint:
                self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
                self.hint.emit(hint)
        else:
            self._look(at)
        event.accept()

    def _look(self, at: QPointF) -> None:
        spot = self.spot_at(at)
        link = self.link_at(at) if (spot is None or spot.kind == "card") and not self._on_header(at) else None
        if spot != self._spot:
            self._spot = spot
            self.hovered.emit(spot, at.toPoint())
        if link is not None or link != self._link:
            self._link = link
            self.link_hovered.emit(link, at.toPoint())
        self.viewport().setCursor(self._cursor_for(spot, link, at))

    def _cursor_for(self, spot: Spot | None, link: int | None, at: QPointF) -> Qt.CursorShape:
        if link is not None:
            return Qt.CursorShape.PointingHandCursor if self.weight_of(link) else Qt.CursorShape.ArrowCursor
        if spot is not None and (spot.kind in _BUTTONS or spot.kind in ("unit", "bias")):
            return Qt.CursorShape.PointingHandCursor
        if spot is not None and self._on_header(at) and self._edits.layer(spot.layer) is not None:
            return Qt.CursorShape.OpenHandCursor
        return Qt.CursorShape.ArrowCursor

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End a gesture."""
        gesture, self._gesture = self._gesture, None
        if isinstance(gesture, CardDrag):
            gesture.drop()
            self.hint.emit("")
        self._look(event.position())
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename by the name; anything else is a second click."""
        spot = self.spot_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and spot is not None and spot.kind == "name":
            self.named.emit(spot.layer)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._press(event.position())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Forget what was under the mouse."""
        self.forget_hover()
        super().leaveEvent(event)

    def forget_hover(self) -> None:
        """Nothing is under the mouse, or it is something else now."""
        if self._spot is not None:
            self._spot = None
            self.hovered.emit(None, QPoint())
        if self._link is not None:
            self._link = None
            self.link_hovered.emit(None, QPoint())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change the number under the mouse, or zoom there."""
        steps = event.angleDelta().y() / 120
        spot = self.spot_at(event.position())
        if spot is not None and spot.kind in ("less", "units", "more", "rate") and steps:
            self.change_by(spot, 1 if steps > 0 else -1)
        elif steps:
            self.zoom.by(STEP**steps, event.position().toPoint())
        event.accept()

    def change_by(self, spot: Spot, by: int) -> None:
        """Step the units or the rate of a card."""
        layer, own = self._edits.layer(spot.layer), self._edits.shown.sentence((spot.layer, field_of(spot)))
        if layer is None:
            return
        if own:
            self.hint.emit(own + " " + tr("Click it to edit the runs."))
        elif layer.kind == "dense":
            self._edits.set_units(layer.id, layer.units + by)
        else:
            self._edits.set_rate(layer.id, layer.rate + 0.05 * by)
        self.change_soon()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Ask for the menu of what is under the mouse, or of what is selected."""
        keyboard = event.reason() == QContextMenuEvent.Reason.Keyboard
        layer, unit, at = "", -1, event.globalPos()
        if keyboard:
            layer = self._selection.layer or ""
            pinned = self._selection.pinned
            unit = pinned.unit if pinned is not None and pinned.layer == layer else -1
            card = self.network_scene.network.card(layer)
            if card is not None:
                at = self.viewport().mapToGlobal(self.on_viewport(card.header).center())
        else:
            spot = self.spot_at(QPointF(event.pos()))
            if spot is not None:
                layer, unit = spot.layer, spot.unit
                self._selection.select_layer(layer)
        self.menu_asked.emit(layer, unit, at)
        event.accept()

    # -- keyboard ----------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk through layers and neurons, zoom, edit; Escape cancels a drag or the selection."""
        key, plain = event.key(), not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        shifted = event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and plain:
            self._edits.step_layer(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_Up, Qt.Key.Key_Down) and plain:
            self.step_neuron(-1 if key == Qt.Key.Key_Up else 1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal) and (plain or shifted):
            self.zoom.by(STEP)
        elif key == Qt.Key.Key_Minus and plain:
            self.zoom.by(1 / STEP)
        elif key == Qt.Key.Key_0 and plain:
            self.zoom.fit()
        elif key == Qt.Key.Key_Escape:
            self.escape()
        elif not self._actions.press(event):
            super().keyPressEvent(event)

    def step_neuron(self, by: int) -> None:
        """Pin the neighbouring neuron of the selected layer."""
        card = self.network_scene.network.card(self._selection.layer or "")
        if card is not None and card.plan.picture != "picture":
            neuron = self.network_scene.network.plan.neuron(card.plan.id, 0)
            self._edits.step_neuron(neuron.layer, by, card.plan.units or 0)

    def escape(self) -> None:
        """Give up a drag, else let go of what is selected: the weight, the neuron, the layer."""
        if isinstance(self._gesture, CardDrag):
            self._gesture.cancel()
            self._gesture = None
            self.hint.emit("")
        elif self._selection.weight is not None:
            self._selection.select_weight(None)
        elif self._selection.pinned is not None:
            self._selection.pin(None)
        else:
            self._selection.select_layer(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """A later edit is an undo step of its own."""
        super().focusOutEvent(event)
        if self._merge.isActive():
            self._merge.stop()
            self.merge_ended.emit()

    # -- drops -------------------------------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome what comes from the palette."""
        if part_in(event.mimeData()) is None:
            event.ignore()
        else:
            event.acceptProposedAction()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        """Show where it would land, or why it may not."""
        part = part_in(event.mimeData())
        if part is None:
            event.ignore()
            return
        scene, point = self.network_scene, self.mapToScene(event.position().toPoint())
        found = landing(part, scene.network, point.x(), point.y())
        if found != self._landing:
            self._show_landing(found)
            self.hint.emit(found.reason or self._promise(found, part.title))
        event.acceptProposedAction()
        event.setAccepted(not found.reason)

    def _show_landing(self, found: Landing | None) -> None:
        self._landing = found
        scene = self.network_scene
        slot = None if found is None or found.slot is None else scene.network.slots[found.slot]
        card = None if found is None or found.layer is None else scene.network.card(found.layer)
        refused = found is not None and bool(found.reason)
        scene.marks.slot(slot, refused)
        scene.marks.target(None if card is None else card.rect, refused)

    def _promise(self, found: Landing, title: str) -> str:
        cards = self.network_scene.network.cards
        if found.slot is not None:
            return tr("Release to insert {what} between {before} and {after}.").format(
                what=title, before=cards[found.slot].plan.name, after=cards[found.slot + 1].plan.name
            )
        card = self.network_scene.network.card(found.layer or "")
        return tr("Release to set {what} on {name}.").format(what=title, name=card.plan.name if card else "")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Take the slot away; a release where it was refused arrives here too, and the reason stays to be read."""
        refused = self._landing is not None and self._landing.reason
        self._show_landing(None)
        if not refused:
            self.hint.emit("")
        event.accept()

    def dropEvent(self, event: QDropEvent) -> None:
        """Do what the slot promised."""
        part = part_in(event.mimeData())
        if part is None:
            event.ignore()
            return
        point = self.mapToScene(event.position().toPoint())
        found = landing(part, self.network_scene.network, point.x(), point.y())
        self._show_landing(None)
        event.acceptProposedAction()
        self.hint.emit(found.reason)
        if found.reason:
            return
        if part.what == "layer":
            self._edits.insert(part.tag, found.slot)
        elif found.layer is not None:
            self._selection.select_layer(found.layer)
            self._edits.set_activation(found.layer, part.tag)
        self.setFocus()

    # -- geometry ----------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the network in sight."""
        super().resizeEvent(event)
        if self.zoom.fitting:
            self.zoom.fit(animate=False)
        self.moved.emit()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Tell those who lay something over the view."""
        super().scrollContentsBy(dx, dy)
        self.moved.emit()
