"""train(): the loop that everything drives - the command line, the tests and the window's background thread."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from core.datasets.load import load as load_data
from core.datasets.samples import Dataset
from core.experiment.architecture import Architecture, DenseLayer, architecture
from core.experiment.data import Data
from core.experiment.memory import KEEP_BYTES
from core.experiment.variants import Run
from core.training.batches import CHUNK, Parts, Samples
from core.training.device import choose
from core.training.events import Change, Events, Look, Order, Save, SetWeight, State, Stop
from core.training.keeping import capacity
from core.training.matrix import Matrix, Work
from core.training.member import Member, continued, new_member, row_settings


@dataclass(frozen=True)
class Job:
    """What is to be trained: runs, the data of each, states to go on from by a run's place, and the paths' budget."""

    runs: tuple[Run, ...]
    datasets: tuple[Dataset, ...]
    states: Mapping[int, State] = field(default_factory=dict)
    keep_bytes: int = KEEP_BYTES
    dtype: torch.dtype = torch.float32


def prepare(
    runs: Sequence[Run],
    load: Callable[[Data], Dataset] = load_data,
    states: Mapping[int, State] | None = None,
    keep_bytes: int = KEEP_BYTES,
    dtype: torch.dtype = torch.float32,
) -> Job:
    """Return the job of these runs, with the data of each loaded once; raises Mistake where data cannot be had."""
    loaded: dict[Data, Dataset] = {}
    for run in runs:
        data = run.experiment.data
        if data not in loaded:
            loaded[data] = load(data)
    datasets = tuple(loaded[run.experiment.data] for run in runs)
    return Job(tuple(runs), datasets, states or {}, keep_bytes, dtype)


class _Stopped(Exception):
    """The order Stop, on its way from wherever it was received to the end of train()."""


def _own_threads(work: Work) -> Work:
    """Drive a training that sets the number of threads, and give the caller's own number back at each yield."""
    order: Order | None = None
    mine = torch.get_num_threads()
    try:
        while True:
            before = torch.get_num_threads()
            torch.set_num_threads(mine)
            try:
                events = work.send(order)
            except StopIteration:
                return
            finally:
                mine = torch.get_num_threads()
                torch.set_num_threads(before)
            order = yield events
    finally:
        work.close()


def train(job: Job) -> Work:
    """Train all runs of a job; yield the events of each step, mostly none, and take orders by ``send``.

    The first ``next`` tells that the runs have begun, with their start weights. Each further one does one step of one
    matrix, or a chunk of at most 4,096 samples of an evaluation or of a batch that is larger. ``send`` does no step: it
    returns what the order brought. Runs that cannot share a matrix train in turn, an epoch each. Raises Mistake where
    given start weights or a device do not fit.
    """
    return _own_threads(_train(job))


def _train(job: Job) -> Work:
    stopping = False

    def obey(order: Order | None) -> Work:
        while order is not None:
            events: Events = ()
            if isinstance(order, Stop):
                if not stopping:
                    raise _Stopped
            elif isinstance(order, Change):
                events = tuple(event for matrix in matrices for event in matrix.change(order))
            elif isinstance(order, SetWeight):
                events = tuple(event for matrix in matrices for event in matrix.edit(order))
            elif isinstance(order, Save):
                events = tuple(event for matrix in matrices for event in matrix.save())
            elif isinstance(order, Look):
                events = tuple(event for matrix in matrices for event in matrix.look(order.run))
            else:
                for matrix in matrices:
                    matrix.followed = order.run
            order = yield events

    matrices = _matrices(job, obey)
    try:
        order = yield tuple(event for matrix in matrices for event in matrix.begun())
        yield from obey(order)
        for matrix in matrices:
            torch.set_num_threads(matrix.threads)
            yield from matrix.begin()
        while any(matrix.members for matrix in matrices):
            for matrix in matrices:
                if matrix.members:
                    torch.set_num_threads(matrix.threads)
                    yield from matrix.train_epoch()
    except _Stopped:
        stopping = True
        for matrix in matrices:
            if matrix.members:
                yield from matrix.interrupt()


def _matrices(job: Job, obey: Callable[[Order], Work]) -> list[Matrix]:
    """Put the runs that can share a matrix together, those of one optimizer side by side."""
    stacks: dict[Any, list[Member]] = {}
    reasons: dict[Any, str] = {}
    for index, (run, dataset) in enumerate(zip(job.runs, job.datasets, strict=True)):
        built = architecture(run.experiment, dataset.facts)
        training = run.experiment.training
        batch = len(dataset.train) if training.batch_size == "all" else training.batch_size
        device, reason = choose(training.device, built, batch, row_settings(training), len(job.runs))
        member = new_member(index, run, built, device, job.dtype)
        if index in job.states:
            member = continued(member, job.states[index], job.dtype)
        position = (member.epoch, member.step, member.step_in_epoch)
        key = (id(dataset), _shape(built), training.batch_size, device, position)
        stacks.setdefault(key, []).append(member)
        reasons[key] = reason
    parts: dict[Any, Parts] = {}
    matrices = []
    for key, members in stacks.items():
        members.sort(key=lambda member: member.settings.optimizer.model_dump_json(exclude={"learning_rate"}))
        first = members[0]
        data_key = (key[0], first.architecture.head, first.device)
        if data_key not in parts:
            parts[data_key] = _parts(job.datasets[first.index], first.architecture, first.device, job.dtype)
        rows = capacity(first.architecture.parameters, len(job.runs), job.keep_bytes)
        matrices.append(Matrix(members, parts[data_key], reasons[key], rows, obey))
    return matrices


def _shape(built: Architecture) -> Any:
    """Return what must be equal for two networks to share a matrix; start weights and dropout rates may differ."""
    layers = [
        (layer.units, layer.activation) if isinstance(layer, DenseLayer) else layer.units for layer in built.layers
    ]
    return built.inputs, tuple(layers), built.head, built.loss.tag


def _parts(dataset: Dataset, built: Architecture, device: str, dtype: torch.dtype) -> Parts:
    train, validation, test = (
        Samples(part, dataset.preparation, built, device, dtype)
        for part in (dataset.train, dataset.validation, dataset.test)
    )
    return Parts(train, train.sample(CHUNK), validation, test)
