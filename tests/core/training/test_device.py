"""Why it computes on the CPU, told in a sentence."""

import sys

import pytest
import torch

from core.choices.optimizers import SGD
from core.experiment.architecture import architecture
from core.experiment.examples import read_example
from core.training import device
from core.training.step import RowSettings


@pytest.mark.parametrize(
    ("cuda", "platform", "words"),
    [
        (None, "linux", "this PyTorch is built for the CPU"),
        (None, "win32", "this PyTorch is built for the CPU"),
        (None, "darwin", "PyTorch finds no GPU"),
        ("12.8", "linux", "PyTorch finds no GPU"),
    ],
)
def test_a_build_without_gpus_says_so(
    monkeypatch: pytest.MonkeyPatch, cuda: str | None, platform: str, words: str
) -> None:
    monkeypatch.setattr(device, "gpu", lambda: None)
    monkeypatch.setattr(torch.version, "cuda", cuda)
    monkeypatch.setattr(torch.version, "hip", None)
    monkeypatch.setattr(sys, "platform", platform)
    experiment = read_example("spiral")
    settings = RowSettings(SGD(), 0.1, 0, 0, None)
    chosen, reason = device.choose("auto", architecture(experiment), 10, settings, 1)
    assert chosen == "cpu"
    assert reason.startswith(f"CPU: {words}")
