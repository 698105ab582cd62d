"""The code of an experiment that need not have been trained: what the window shows while a network is built."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from core.choices.datasets import facts_of
from core.choices.fields import table
from core.datasets.samples import Preparation
from core.exchange.code import keras_network, notebook, program
from core.exchange.code.program import Subject
from core.exchange.code.text import Code
from core.experiment.architecture import architecture
from core.experiment.experiment import Experiment


