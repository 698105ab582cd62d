"""Live numbers on their way to the screen: those of the run, and, while a step is played, those of the step alone."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from app.canvas.attention import Attention
from app.canvas.caption import Caption
from app.canvas.header import Header
from app.canvas.passes import Stage, Step
from app.canvas.plan import INPUT
from app.canvas.scene import NetworkScene, Pair
from app.canvas.shades import Floats, Picture
from app.canvas.words import tr
from core.probes.pictures import Tiles

Masks = Mapping[str, NDArray[np.bool_]]


class Numbers:
    """Draws numbers. What the run sends while a step is played waits for its end; activations wait until it is cleared.

    touch: called when something on the screen has moved.
    """

    def __init__(
        self,
        scene: NetworkScene,
        header: Header,
        caption: Caption,
        attention: Attention,
        touch: Callable[[], None],
    ) -> None:
        self._scene = scene
        self._header = header
        self._caption = caption
        self._attention = attention
        self._touch = touch
        self._stage: Stage | None = None
        self._played = True  # the step that is shown has come to its end
        self._weights: tuple[Pair, ...] | None = None
        self._tiles: dict[str, Tiles | Picture] = {}
        self._values: Mapping[str, Floats] = {}

    # -- of the run --------------------------------------------------------------------------------------------------

    def set_weights(self, weights: Sequence[Pair]) -> None:
        """Show weights and biases of all dense layers."""
        if not self._played:
            self._weights = tuple(weights)
            return
        self._show_weights(weights)

    def _show_weights(self, weights: Sequence[Pair]) -> None:
        self._scene.set_weights(weights)
        self._attention.tell_numbers()
        self._touch()

    def set_gradients(self, gradients: Sequence[Pair], of: str = "") -> None:
        """Take the gradients; of: of what, in words."""
        self._scene.set_gradients(gradients)
        self._attention.gradients_of = of
        self._attention.tell_numbers()
        self._touch()

    def set_tiles(self, tiles: Mapping[str, Tiles | Picture]) -> None:
        """Show what neurons compute over the plane, weight images, or the input image."""
        if self._stage is None:
            self._show_tiles(tiles)
            return
        now = {layer: picture for layer, picture in tiles.items() if self._played and not self._is_sample(layer)}
        self._tiles.update({layer: picture for layer, picture in tiles.items() if layer not in now})
        self._show_tiles(now)

    def _is_sample(self, layer: str) -> bool:
        """Tell whether the tile of a card is the sample that is sent through the network."""
        card = self._scene.network.plan.card(layer)
        return layer == INPUT and card is not None and card.picture == "picture"

    def _show_tiles(self, tiles: Mapping[str, Tiles | Picture]) -> None:
        if tiles:
            self._scene.set_tiles(tiles)
            self._attention.tell_tiles(tiles)

    def set_activations(self, values: Mapping[str, Floats]) -> None:
        """Show the activations of one sample."""
        self._values = dict(values)
        if self._stage is None:
            self._scene.set_values(values)

    def set_masks(self, masks: Masks) -> None:
        """Show which units each Dropout layer keeps."""
        self._scene.set_masks(masks)
        self._touch()

    # -- of a step that is played ------------------------------------------------------------------------------------

    def show_stage(self, step: Step, stage: Stage) -> None:
        """Draw a stage of a step, as far as it differs from what is drawn."""
        before, self._stage = self._stage, stage
        self._played = False
        scene = self._scene
        if before is None or stage.weights is not before.weights:
            self._show_weights(stage.weights)
        if stage.direction in ("backward", "update") and (before is None or before.reached is None):
            self.set_gradients(step.gradients, tr("batch of step {step}").format(step=f"{step.picture.step:,}"))
        scene.show_reached(stage.reached)
        self._header.tell_links(scene.gradients_drawn)
        if step.image is not None and (before is None or stage.layer == INPUT):
            scene.set_tiles({INPUT: step.image[None]})
        if before is None or {*stage.masks} != {*before.masks} or stage.layer == INPUT:
            scene.set_masks(stage.masks)
        scene.set_values(stage.values, stage.slopes)
        scene.ring_card("pass", stage.layer)
        note = tr("step {step} · sample {sample} of {count}").format(
            step=f"{step.picture.step:,}", sample=step.sample + 1, count=step.samples
        )
        self._caption.tell(stage.direction, stage.text, note)
        self._touch()

    def end_pass(self) -> None:
        """Show the run as it is now; the activations and masks of the step stay to be looked at."""
        self._played = True
        self._scene.ring_card("pass", None)
        weights, self._weights = self._weights, None
        if weights is not None:
            self._show_weights(weights)
        tiles = {layer: picture for layer, picture in self._tiles.items() if not self._is_sample(layer)}
        self._tiles = {layer: picture for layer, picture in self._tiles.items() if layer not in tiles}
        self._show_tiles(tiles)

    def clear_pass(self) -> None:
        """Take everything of the step off the screen."""
        self._stage = None
        self._scene.show_reached(None)
        self._header.tell_links(self._scene.gradients_drawn)
        self.end_pass()
        tiles, self._tiles = self._tiles, {}
        self._show_tiles(tiles)
        self._scene.set_masks({})
        self._scene.set_values(self._values)
        self._caption.setVisible(False)
        self._touch()

    def forget(self) -> None:
        """Forget all numbers, as the run is another one."""
        self._weights, self._tiles, self._values = None, {}, {}
        self._attention.gradients_of = ""
        self._scene.clear_live()
