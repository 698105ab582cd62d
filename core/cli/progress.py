"""Progress on stderr: bars with the time left, on a terminal; nothing elsewhere."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tqdm import tqdm

from core.datasets.samples import Progress
from core.experiment.variants import Run
from core.training.events import Begun, Ended, EpochDone, Events

_LONG = 200  # steps without news, after which the steps of an epoch are shown


@contextmanager
def download_bar() -> Iterator[Progress]:
    """Give what a download tells its bytes to; the bar appears with the first, so not for data that are there."""
    bar: Any = None

    def tell(done: int, total: int) -> None:
        nonlocal bar
        if bar is None or bar.total != total:  # the first file, or the next one
            if bar is not None:
                bar.close()
            bar = tqdm(total=total, desc="Data", unit="B", unit_scale=True, leave=False, **_terminal())
        bar.update(done - bar.n)

    try:
        yield tell
    finally:
        if bar is not None:
            bar.close()


@contextmanager
def training_bar(runs: Sequence[Run]) -> Iterator[Callable[[Events], None]]:
    """Give what takes the events of training: one bar over all epochs of all runs."""
    with tqdm(
        total=sum(run.experiment.training.epochs for run in runs),
        desc="Training",
        unit="epoch",
        bar_format="{desc} {percentage:3.0f} %|{bar}| {n_fmt}/{total_fmt} epochs, {remaining} left{postfix}",
        **_terminal(),
    ) as bar:
        yield _Training(runs, bar).take


def _terminal() -> dict[str, Any]:
    """Return how tqdm is to draw: on a terminal alone, and also on one that does not know how large it is."""
    return {"disable": None, "ncols": shutil.get_terminal_size().columns - 1, "nrows": 20}


class _Training:
    """What the bar of training must remember."""

    def __init__(self, runs: Sequence[Run], bar: Any) -> None:
        self._epochs = [run.experiment.training.epochs for run in runs]
        self._bar = bar
        self._over = 0
        self._steps = 0  # since the last news
        self._steps_per_epoch = 0

    def take(self, events: Events) -> None:
        """Move on by what one step of training has told."""
        if self._bar.disable:
            return
        self._steps = 0 if events else self._steps + 1
        if self._steps and self._steps % _LONG == 0:
            done = min(self._steps, self._steps_per_epoch)
            self._bar.set_postfix_str(f"step {done:,} of {self._steps_per_epoch:,}")
        for event in events:
            if isinstance(event, Begun):
                self._steps_per_epoch = max(self._steps_per_epoch, event.steps_per_epoch)
                self._bar.initial += event.epoch  # epochs of an earlier training say nothing about the speed of this
                self._bar.update(event.epoch)
            elif isinstance(event, EpochDone) and event.epoch:
                self._bar.update()
                self._tell(event)
            elif isinstance(event, Ended):
                self._over += 1
                self._bar.total -= self._epochs[event.run] - event.epoch

    def _tell(self, done: EpochDone) -> None:
        """Show beside the bar the validation loss of a single run, or how many of several are over."""
        loss = done.metrics.validation_loss
        if len(self._epochs) > 1:
            self._bar.set_postfix_str(f"{self._over} of {len(self._epochs)} runs done", refresh=False)
        elif loss is not None:
            self._bar.set_postfix_str(f"validation loss {loss:.4g}", refresh=False)
