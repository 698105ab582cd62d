"""Loss and accuracy of runs over the epochs, as a picture."""

import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter
from numpy.typing import NDArray

from core.pictures.look import PAGE, PANEL, TEXT, TEXT_2, outside_legend, plain_axes, run_look
from core.pictures.saving import saved
from core.runs.curves import Column
from core.runs.record import Record

Floats = NDArray[np.float64]

_TRAINING: dict[str, Any] = {"linewidth": 0.9, "linestyle": "-"}
_VALIDATION: dict[str, Any] = {"linewidth": 1.7, "linestyle": (0, (4.1, 2.3))}
_RING: dict[str, Any] = {"marker": "o", "markersize": 9, "markerfacecolor": "none", "markeredgewidth": 1.6}
_CROSS: dict[str, Any] = {"marker": "X", "markersize": 8, "markeredgecolor": PANEL, "linestyle": "none"}
_LOG_FROM = 50  # times as large as the least is the largest loss: then the axis is logarithmic
_USUAL = 10  # times the loss that 95 % lie below: what is larger, as just before a divergence, is not shown
_FEW = 4  # runs, beyond which the curves are thinner, those of training faint
_NAME = 30  # letters of a run's name
_LEGEND_ROWS = 20
_TITLE = 36  # letters that a panel is wide
_HANDLE, _LETTER = 0.8, 0.08  # inches that a line of the legend and each letter of its name are wide
_INCHES = (4.6, 3.8)  # of one panel
_ON_PAGE, _ROW = 2.7, 0.22  # inches: how high panels on a page are, and a row of the legend below them


def png(title: str, records: Sequence[Record]) -> bytes:
    """Return a picture of the curves of runs: training thin, validation dashed, a ring at the best epoch."""
    return saved(draw(title, records), "png")


def draw(title: str, records: Sequence[Record]) -> Figure:
    """Return the figure: loss, and beside it accuracy where there is one; the legend to the right."""
    panels = _panels(records)
    handles, names = _legend(records)
    columns = -(-len(names) // _LEGEND_ROWS)
    beside = columns * (_HANDLE + _LETTER * max(map(len, names)))
    figure = _figure(len(panels) * _INCHES[0] + beside, _INCHES[1] + 0.4)
    heading = textwrap.fill(title, len(panels) * _TITLE)  # not over the legend
    figure.suptitle(heading, x=0.01, ha="left", fontsize=13, fontweight="bold", color=TEXT, parse_math=False)
    _draw_panels(figure, panels, records)
    outside_legend(figure, handles, names, columns)
    return figure


def draw_on_page(records: Sequence[Record]) -> Figure:
    """Return the same figure as wide as a page, without a title; the legend below."""
    panels = _panels(records)
    handles, names = _legend(records)
    fits = int(PAGE / (_HANDLE + _LETTER * max(map(len, names))))
    columns = min(max(1, fits), len(names))
    rows = -(-len(names) // columns)
    figure = _figure(PAGE if len(panels) > 1 else 0.7 * PAGE, _ON_PAGE + _ROW * rows)
    _draw_panels(figure, panels, records)
    outside_legend(figure, handles, names, columns, "lower left")
    return figure


def _figure(width: float, height: float) -> Figure:
    return Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(w_pad=0.1, h_pad=0.1))


def _panels(records: Sequence[Record]) -> list[tuple[str, Column, Column]]:
    """Return the title and the columns of each panel."""
    panels: list[tuple[str, Column, Column]] = [("Loss", "train_loss", "validation_loss")]
    if any(np.isfinite(record.curves["train_accuracy"]).any() for record in records):
        panels.append(("Accuracy", "train_accuracy", "validation_accuracy"))
    return panels


def _draw_panels(figure: Figure, panels: list[tuple[str, Column, Column]], records: Sequence[Record]) -> None:
    for axes, (name, training, validation) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels, strict=True
    ):
        plain_axes(axes, name, "epoch")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7, steps=[1, 2, 5, 10]))
        for place, record in enumerate(records):
            _draw_run(axes, place, record, (training, validation), len(records))
        if name == "Loss":
            _scale_loss(axes, records)
        else:
            axes.yaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))


def _draw_run(axes: Any, place: int, record: Record, columns: tuple[Column, Column], runs: int) -> None:
    colour, marker = run_look(place)
    epochs = record.curves["epoch"]
    many = len(epochs)
    watched = None
    for column, style in zip(columns, (_TRAINING, _VALIDATION), strict=True):
        values = _finite(record.curves[column])
        if np.isfinite(values).any():
            # Markers stand on the thicker line, each run's a little further along.
            every = (place * many // 29 % max(1, many // 6), max(1, many // 6)) if runs > 1 else None
            own = {"marker": marker, "markevery": every, "markersize": 5} if every and style is _VALIDATION else {}
            if runs > _FEW:
                own["linewidth"] = style["linewidth"] * 0.7
            faint = 0.4 if runs > _FEW and style is _TRAINING else 1
            axes.plot(epochs, values, color=colour, alpha=faint, **style | own)
            watched = values
    if watched is None:
        return
    best = np.flatnonzero((epochs == record.best_epoch) & (record.curves.spans == 1))
    if len(best) and record.best_epoch:
        axes.plot(epochs[best[:1]], watched[best[:1]], color=colour, **_RING)
    if record.outcome == "diverged":
        last = np.flatnonzero(np.isfinite(watched))[-1:]
        axes.plot(epochs[last], watched[last], color=colour, **_CROSS)


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _scale_loss(axes: Any, records: Sequence[Record]) -> None:
    """Choose the axis: logarithmic where losses lie far apart, and without the few that would press all others flat."""
    losses = np.concatenate([record.curves[name] for record in records for name in ("train_loss", "validation_loss")])
    losses = losses[np.isfinite(losses)]
    if not len(losses) or losses.min() < 0:
        return
    usual = _USUAL * float(np.quantile(losses, 0.95))
    if losses.max() > usual > 0:
        losses = losses[losses <= usual]
        axes.set_title(f"Loss, up to {losses.max():.2g}", loc="left")
        axes.set_ylim(top=1.05 * losses.max())
    if losses.min() > 0 and losses.max() > _LOG_FROM * losses.min():
        axes.set_yscale("log")
        axes.set_title(f"{axes.get_title(loc='left')}, logarithmic", loc="left")
        near = losses.max() < 1000 * losses.min()
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if near else (1,)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda loss, _: f"{loss:g}"))
        axes.yaxis.set_minor_formatter(NullFormatter())
    else:
        axes.set_ylim(bottom=-0.03 * losses.max())  # room for the ring of a best epoch near 0


def _legend(records: Sequence[Record]) -> tuple[list[Line2D], list[str]]:
    """Return handles and names: the runs if there are several, then what the lines and marks mean."""
    entries: list[tuple[Line2D, str]] = []
    several = len(records) > 1
    for place, record in enumerate(records if several else ()):
        colour, marker = run_look(place)
        line = Line2D([], [], color=colour, marker=marker, markersize=5, linewidth=1.7)
        entries.append((line, _short(record.name)))
    grey = TEXT_2 if several else run_look(0)[0]
    entries.append((Line2D([], [], color=grey, **_TRAINING), "training"))
    if any(np.isfinite(record.curves["validation_loss"]).any() for record in records):
        entries.append((Line2D([], [], color=grey, **_VALIDATION), "validation"))
    if any(record.best_epoch for record in records):
        entries.append((Line2D([], [], color=grey, linestyle="none", **_RING), "best epoch"))
    if any(record.outcome == "diverged" for record in records):
        entries.append((Line2D([], [], color=grey, **_CROSS), "diverged"))
    return [handle for handle, _ in entries], [name for _, name in entries]


def _short(name: str) -> str:
    """Return a name that is not too long; names of runs mostly differ at their beginning or their end."""
    name = " ".join(name.split())
    return name if len(name) <= _NAME else f"{name[: _NAME // 2]}…{name[-_NAME // 2 + 1 :]}"
