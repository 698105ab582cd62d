"""The start of the program: its arguments, and what is loaded before Qt."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import main as start
from app.selftest import run as selftest_run

ROOT = Path(__file__).resolve().parents[2]


def test_selftest_runs_in_the_folder_that_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path] = []

    def selftest(folder: Path) -> int:
        asked.append(folder)
        return 3

    monkeypatch.setattr(selftest_run, "selftest", selftest)
    assert start.main(["--selftest", str(tmp_path)]) == 3
    assert asked == [tmp_path]


def test_a_file_is_opened_and_without_one_the_spiral(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked: list[Path | None] = []

    def open_window(file: Path | None) -> int:
        asked.append(file)
        return 0

    monkeypatch.setattr(start, "open_window", open_window)
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert start.main([]) == 0
    assert start.main([str(tmp_path / "a.downhill")]) == 0
    assert asked == [None, tmp_path / "a.downhill"]


def test_without_a_screen_the_command_line_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "has_display", lambda: False)
    assert start.main([]) == 1
    assert capsys.readouterr().err.endswith("try: python -m core train spiral\n")


@pytest.mark.skipif(sys.platform != "linux", reason="only there a screen may be missing")
@pytest.mark.parametrize("name", ["DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"])
def test_what_names_a_screen(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for other in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(other, raising=False)
    assert not start.has_display()
    monkeypatch.setenv(name, "something")
    assert start.has_display()


def test_a_missing_library_is_told_with_its_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def open_window(file: Path | None) -> int:
        raise ImportError("libEGL.so.1: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(start, "open_window", open_window)
    monkeypatch.setattr(start, "has_display", lambda: True)
    monkeypatch.setattr(start, "RESOURCES", tmp_path)
    assert start.main([]) == 1
    assert "needs libEGL.so.1, which this system lacks: install the package" in capsys.readouterr().err

    (tmp_path / "qt_libraries.txt").write_text("# library and package\nlibEGL.so.1   libegl1\n")
    assert start.main([]) == 1
    assert "lacks: sudo apt-get install libegl1" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere Qt brings all of it")
@pytest.mark.parametrize("frozen", [False, True])
def test_a_library_that_the_plugin_for_the_screen_lacks_is_told_before_qt_aborts(
    monkeypatch: pytest.MonkeyPatch, frozen: bool
) -> None:
    tried: list[str] = []
    there: set[str] = set()

    def load(path: str) -> None:
        tried.append(Path(path).name)
        if tried[-1] not in there:
            reason = OSError(f"lib{len(tried)}.so.1: cannot open shared object file: No such file or directory")
            if frozen:
                raise OSError(f"Failed to load {path}") from reason
            raise reason

    monkeypatch.setattr("ctypes.CDLL", load)
    monkeypatch.setattr(start, "_answers", lambda: True)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    with pytest.raises(ImportError, match=r"^lib1\.so\.1: cannot open shared object file"):
        start.load_platform()
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    with pytest.raises(ImportError, match=r"^lib2\.so\.1: "):
        start.load_platform()
    there.add("libqxcb.so")
    start.load_platform()
    assert tried == ["libqxcb.so", "libqwayland.so", "libqxcb.so", "libqwayland.so", "libqxcb.so"]
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    start.load_platform()
    assert len(tried) == 5


@pytest.mark.skipif(sys.platform != "linux", reason="only there a screen has an address")
def test_a_screen_that_does_not_answer_is_told_before_qt_aborts() -> None:
    environment = {
        name: value for name, value in os.environ.items() if name not in ("QT_QPA_PLATFORM", "WAYLAND_DISPLAY")
    }
    done = subprocess.run(
        [sys.executable, "-m", "app"],
        cwd=ROOT,
        env=environment | {"DISPLAY": ":4711"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert (
        done.stderr
        == "There is no screen here to open a window on; on the command line, try: python -m core train spiral\n"
    )


def test_another_error_of_an_import_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def open_window(file: Path | None) -> int:
        raise ImportError("cannot import name 'a' from 'b'")

    monkeypatch.setattr(start, "open_window", open_window)
    monkeypatch.setattr(start, "has_display", lambda: True)
    with pytest.raises(ImportError, match="cannot import name"):
        start.main([])


def test_unknown_arguments_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        start.main(["--colour"])
    assert ended.value.code == 2
    assert "--colour" in capsys.readouterr().err


def test_the_start_imports_neither_torch_nor_qt() -> None:
    """On Windows torch's libraries come before Qt's; elsewhere the window would open late."""
    code = "import app.main, sys; sys.exit(any(m.split('.')[0] in ('torch', 'PySide6') for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
