"""What all commands share: how they are chosen, and how they end."""

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from core.cli.main import COMMANDS
from core.pictures.plots import PLOTS

Command = Callable[..., Any]


def test_without_a_command_it_tells_the_usage(core: Command) -> None:
    result = core()
    assert result.status == 2
    assert "usage: python -m core" in result.err


def test_an_unknown_command_is_a_fault_of_usage(core: Command) -> None:
    result = core("nonsense")
    assert result.status == 2
    assert "choose from" in result.err


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_tells_every_argument(core: Command, command: str) -> None:
    result = core(*[word for word in (command, "--help") if word])
    assert result.status == 0
    assert result.err == ""
    wanted = {
        "": COMMANDS,
        "list": ["TABLE", "examples", "activations", "formats"],
        "new": ["NAME", "-o FILE", "--force"],
        "check": ["FILE"],
        "train": [
            *("FILE-or-NAME", "--set PATH=VALUE", "--epochs N", "--seed N", "--device", "--continue"),
            *("--save OUT", "--csv OUT", "--png OUT", "--json"),
        ],
        "export": ["FILE", "--to", "-o OUT", "--run NAME", "--at", "start", "best", "last"],
        "predict": ["MODEL", "INPUT", "--run NAME", "--at", "--json", "--csv"],
        "landscape": [
            *("FILE-or-NAME", "--directions", "random", "pca", "weights:A,B", "line", "runs:A,B,C", "--resolution N"),
            *("--samples N", "--range R", "--run NAME", "--at", "--png OUT", "--npz OUT", "--csv OUT", "--json"),
            *("--svg OUT", "--gif OUT", "--surface"),
        ],
        "plot": ["FILE", *PLOTS, "-o OUT", "--run NAME", "--at MOMENT"],
        "report": ["FILE", "-o OUT.html", "--run NAME"],
        "draw": ["FILE", "-o OUT", ".png", ".svg", ".gif"],
    }
    assert all(word in result.out for word in wanted[command])


def test_interrupted_before_it_began_is_130(core: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.cli.list.run", interrupted)
    assert core("list") == (130, "", "Interrupted.\n")


def test_a_fault_of_the_system_is_one_sentence(core: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_arguments: object) -> int:
        raise PermissionError(13, "Permission denied", "there.downhill")

    monkeypatch.setattr("core.cli.list.run", fail)
    assert core("list") == (1, "", "there.downhill: Permission denied\n")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory")])
def test_too_little_memory_is_one_sentence(core: Command, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(_arguments: object) -> int:
        raise error

    monkeypatch.setattr("core.cli.list.run", fail)
    result = core("list")
    assert result.status == 1
    assert result.err.startswith("There is not enough memory")


def test_a_fault_of_the_program_is_not_hidden(core: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_arguments: object) -> int:
        raise RuntimeError("a shape is wrong")

    monkeypatch.setattr("core.cli.list.run", fail)
    with pytest.raises(RuntimeError, match="a shape is wrong"):
        core("list")


def test_a_reader_that_has_seen_enough_is_no_fault(child_environment: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-P", "-c", "from core.cli.main import main; import sys; sys.exit(main(['list']))"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=child_environment,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.close()
        assert child.stderr.read() == b""


@pytest.mark.parametrize(
    "words", [["list"], ["check", "mnist"], ["new", "spiral", "-o", "made.downhill"], ["train", "--help"]]
)
def test_a_quick_command_imports_nothing_slow(fresh: Command, words: list[str]) -> None:
    code = f"""
import sys
from core.cli.main import main
status = main({words})
slow = {{"torch", "matplotlib", "scipy", "pandas"}} & set(sys.modules)
sys.exit(f"imported {{slow}}" if slow else status)
"""
    result = fresh("-c", code)
    assert (result.status, result.err) == (0, "")


def test_it_runs_as_a_module(fresh: Command) -> None:
    result = fresh("-m", "core", "list", "losses")
    assert result.status == 0
    assert "Binary cross-entropy" in result.out
