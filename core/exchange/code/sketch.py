"""The code of an experiment that need not have been trained: what the window shows while a network is built."""

from importlib import import_module

import numpy as np

from core.choices.datasets import facts_of
from core.datasets.samples import Preparation
from core.exchange.code.program import Subject
from core.exchange.code.text import Code
from core.exchange.formats import Format
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment


def sketch(experiment: Experiment, name: str, form: Format) -> Code:
    """Return the code that a format, one that has code, would write of an experiment to a file of this name.

    Raises Mistake where the experiment's data cannot be read or do not go with its loss.
    """
    facts = facts_of(experiment.data.source)
    full = architecture(experiment, facts)
    # The code reads mean and deviation from the stored weights: here it matters only that there are any.
    standard = (np.zeros(full.inputs), np.ones(full.inputs)) if experiment.data.standardize else (None, None)
    preparation = Preparation(experiment.data.features if facts.plane else (), facts.scale, *standard)
    code: Code = import_module(f"core.exchange.code.{form.code}").program(
        Subject(name, experiment, full, preparation, facts)
    )
    return code
