"""The parts of packaging/dev.py that decide; what they decide is carried out whenever anybody runs the tests."""

import ctypes.util
import io
import re
import signal
import subprocess
import sys
from pathlib import Path

import dev
import pytest

ROOT = Path(__file__).parents[2]

PYPROJECT = """
[project]
dependencies = ["numpy>=2", "torch>=2.10,<2.14"]
[project.optional-dependencies]
dev = ["pytest"]
"""


def test_requirements_come_from_pyproject(tmp_path: Path) -> None:
    pyproject = tmp_path / "pyproject.toml"
    pyproject.write_text(PYPROJECT)

    assert dev.requirements(pyproject=pyproject) == ["numpy>=2", "torch>=2.10,<2.14"]
    assert dev.requirements("dev", pyproject=pyproject) == ["numpy>=2", "torch>=2.10,<2.14", "pytest"]


def test_the_faulty_releases_of_qt_are_kept_out() -> None:
    qt = [package for package in dev.requirements() if package.startswith("PySide6")]

    assert len(qt) == 2
    assert all("PySide6-Essentials>=6.10.2,!=6.11.0,!=6.11.1" in package for package in qt)
    assert [package.endswith("python_version < '3.12'") for package in qt] == ["!=6.12.0" in package for package in qt]


def test_the_fingerprint_changes_with_the_packages_and_with_python() -> None:
    before = dev.fingerprint(["numpy>=2", "tqdm"], (3, 11))

    assert dev.fingerprint(["numpy>=2", "tqdm"], (3, 11)) == before
    assert dev.fingerprint(["numpy>=2.1", "tqdm"], (3, 11)) != before
    assert dev.fingerprint(["numpy>=2"], (3, 11)) != before
    assert dev.fingerprint(["numpy>=2", "tqdm"], (3, 12)) != before


class Environment:
    """A .venv in a folder of its own, whose Python writes down what it is asked instead of doing it."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, ...]] = []
        self.status = 0
        self.python = folder / "python"
        self.python.touch()
        patch.setattr(dev, "PYTHON", self.python)
        patch.setattr(dev, "STAMP", folder / "stamp.txt")
        patch.setattr(dev, "call", self.call)
        patch.setattr(dev, "missing_packages", list)
        patch.setattr(dev, "environment_works", lambda: True)
        patch.setattr(dev, "torch_source", list)

    def call(self, *command: str | Path, **_: object) -> int:
        self.asked.append(tuple(map(str, command)))
        return self.status


@pytest.fixture
def environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    return Environment(tmp_path, monkeypatch)


def test_set_up_installs_once(environment: Environment) -> None:
    dev.set_up()
    dev.set_up()
    assert len(environment.asked) == 1
    assert environment.asked[0][1:4] == ("-m", "pip", "install")
    assert set(dev.requirements()) <= set(environment.asked[0])


def test_the_tools_are_installed_when_they_are_needed_and_cover_the_program(environment: Environment) -> None:
    dev.set_up()
    dev.set_up("dev")
    dev.set_up()
    assert ["pytest-qt>=4.4" in command for command in environment.asked] == [False, True]


def test_a_failed_installation_is_told_and_tried_again(environment: Environment) -> None:
    environment.status = 1
    for _ in range(2):
        with pytest.raises(SystemExit, match="pip could not install everything"):
            dev.set_up()
    assert len(environment.asked) == 2


def test_an_environment_without_its_python_is_set_up_again(environment: Environment) -> None:
    dev.set_up()
    environment.python.unlink()
    dev.set_up()
    assert len(environment.asked) == 2


def test_each_missing_library_names_its_package() -> None:
    assert dev.missing_packages(lambda library: True) == []
    missing = dev.missing_packages(lambda library: library not in {"libEGL.so.1", "libxcb-cursor.so.0"})
    assert missing == ["libegl1", "libxcb-cursor0"]
    assert len(set(dev.missing_packages(lambda library: False))) == 30


@pytest.mark.skipif(sys.platform != "linux", reason="the names are those of Linux")
def test_a_library_is_found_if_it_is_there() -> None:
    libc = ctypes.util.find_library("c")
    assert libc
    assert dev.has_library(libc)
    assert not dev.has_library("libdownhill-of-nowhere.so.1")


def test_without_the_right_to_install_the_line_to_type_is_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev, "administrator", lambda: None)

    assert not dev.add_packages(["libegl1", "libgl1"], "Something is missing")
    assert "    sudo apt-get install libegl1 libgl1\n" in capsys.readouterr().err


@pytest.mark.parametrize("rights", [[], ["sudo", "-n"]])
def test_with_the_right_to_install_it_is_used(
    environment: Environment, monkeypatch: pytest.MonkeyPatch, rights: list[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(dev, "administrator", lambda: rights)

    assert dev.add_packages(["libegl1"], "Something is missing")
    update, install = (" ".join(command) for command in environment.asked)
    assert update.startswith(" ".join([*rights, "env "]))
    assert update.endswith("apt-get -qq update")
    assert install.endswith("apt-get -qq install --yes --no-install-recommends libegl1")


def test_a_system_without_apt_gets_the_names(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)

    assert not dev.add_packages(["libegl1"], "Something is missing")
    assert "what Debian calls libegl1" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="only torch for Linux comes in two sizes")
@pytest.mark.parametrize(("card", "reachable"), [(True, True), (False, True), (False, False)])
def test_only_linux_without_an_nvidia_card_takes_the_small_torch(
    monkeypatch: pytest.MonkeyPatch, card: bool, reachable: bool
) -> None:
    def urlopen(url: str, timeout: float) -> io.BytesIO:
        assert timeout <= 5
        if not reachable:
            raise OSError(url)
        return io.BytesIO()

    monkeypatch.setattr("shutil.which", lambda name: "/usr/bin/nvidia-smi" if card else None)
    monkeypatch.setattr("urllib.request.urlopen", urlopen)

    expected = [] if card or not reachable else ["--extra-index-url", "https://download.pytorch.org/whl/cpu"]
    assert dev.torch_source() == expected


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("win32", {}, True),
        ("darwin", {}, True),
    ],
)
def test_where_a_window_can_be_opened(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: bool
) -> None:
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert dev.has_display(platform) == expected


def test_the_command_that_trains_an_example() -> None:
    folder = Path("runs", "here")
    command = dev.training_command("my/net.downhill", ["--epochs", "3"], folder)

    assert command[:5] == ["-P", "-m", "core", "train", "my/net.downhill"]
    assert command[5:-2] == [
        *("--save", str(folder / "net.downhill")),
        *("--csv", str(folder / "curves.csv")),
        *("--png", str(folder / "curves.png")),
    ]
    assert command[-2:] == ["--epochs", "3"]


@pytest.fixture
def no_window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in an empty folder, without a display, with an environment that is ready."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(dev, "set_up", lambda *_: None)
    monkeypatch.setattr(dev, "PYTHON", Path(sys.executable))
    monkeypatch.setattr(dev, "has_display", lambda: False)
    return tmp_path


def test_run_leaves_the_summary_in_a_folder_that_it_names(
    no_window: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def command(example: str, options: list[str], folder: Path) -> list[str]:
        return ["-c", f"print('σ', {example!r}, {options!r}); raise SystemExit(3)"]

    monkeypatch.setattr(dev, "training_command", command)

    assert dev.main(["run", "xor", "--epochs", "1"]) == 3
    (folder,) = (no_window / "runs").iterdir()
    said = capsys.readouterr()
    assert folder.name.startswith("downhill-xor-")
    assert str(folder) in said.err.splitlines()[-1]
    assert said.out == "σ xor ['--epochs', '1']\n" == (folder / "summary.txt").read_text(encoding="utf-8")


def test_run_leaves_no_folder_when_nothing_was_trained(no_window: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dev, "training_command", lambda *_: ["-c", "raise SystemExit(1)"])

    assert dev.main(["run", "--epochs", "1"]) == 1
    assert list((no_window / "runs").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends Ctrl-C to a console, not to a process")
def test_ctrl_c_waits_for_the_command_to_save(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    child = f"""
import os, pathlib, signal, time
os.kill(os.getppid(), signal.SIGINT)
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
except KeyboardInterrupt:
    time.sleep(0.5)
    pathlib.Path({str(saved)!r}).touch()
"""
    before = signal.getsignal(signal.SIGINT)

    assert dev.call(sys.executable, "-c", child) == 130
    assert saved.exists()
    assert signal.getsignal(signal.SIGINT) is before


def test_every_check_runs_though_one_fails(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def call(*command: str | Path, **_: object) -> int:
        asked.append(str(command[2]))
        return int(command[2] == "mypy")

    monkeypatch.setattr(dev, "set_up", lambda *_: None)
    monkeypatch.setattr(dev, "call", call)

    assert dev.main(["test", "-k", "rows"]) == 1
    assert [word for word in asked if " " not in word] == ["ruff", "ruff", "mypy", "pytest"]
    assert capsys.readouterr().err.splitlines()[-1] == "Failed: mypy --strict"


def test_an_unknown_command_gets_the_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert dev.main(["fly"]) == 2
    assert dev.main([]) == 2
    assert dev.main(["--help"]) == 0
    assert "packaging/dev.py run" in capsys.readouterr().out


def test_what_is_no_folder_is_not_taken_for_one(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[tuple[str, ...]] = []

    def package(*words: str) -> int:
        asked.append(words)
        return 0

    monkeypatch.setattr(dev, "package", package)

    assert dev.main(["frozen", "--help"]) == 0
    assert dev.main(["package", "--fast"]) == 2
    assert dev.main(["package", "here", "there"]) == 2
    assert asked == []
    assert capsys.readouterr().out.count("packaging/dev.py frozen [FOLDER]") == 3
    assert dev.main(["frozen"]) == 0
    assert dev.main(["package", "here"]) == 0
    assert asked == [("frozen",), ("package", "here")]


def test_the_readme_names_the_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("run", "test", "package"):
        assert f"python3 packaging/dev.py {command}" in readme
    assert "dev.py frozen" in readme


def test_every_benchmark_is_named() -> None:
    files = {file.stem.replace("_", "-") for file in (ROOT / "tests" / "bench").glob("*.py")}
    known = files - {"measure", "plain", "run"}
    assert dev.__doc__
    assert known == set(re.findall(r"[a-z-]+", dev.__doc__.split("or NAME: ")[1].split("python3")[0]))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has its tools apart")
def test_what_pyinstaller_works_with_is_installed_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(dev, "has_library", lambda library: False)
    monkeypatch.setattr("sysconfig.get_config_var", lambda name: "libpython3.11.so.1.0")
    assert dev.missing_tools(tmp_path) == ["binutils", "libpython3.11"]
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "libpython3.11.so.1.0").touch()
    assert dev.missing_tools(tmp_path) == ["binutils"]
    monkeypatch.setattr("sysconfig.get_config_var", lambda name: "libpython3.11.a")
    assert dev.missing_tools(tmp_path / "elsewhere") == ["binutils"]
    asked: list[str] = []
    monkeypatch.setattr(dev, "set_up", lambda *extras: asked.extend(extras))
    monkeypatch.setattr(dev, "add_packages", lambda packages, reason: False)
    assert dev.package("frozen") == 1
    assert asked == ["package"]


def test_dev_needs_the_standard_library_alone() -> None:
    """-S leaves out site-packages, -I the environment variables and the folder of the script."""
    answer = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "packaging" / "dev.py", "--help"], capture_output=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
