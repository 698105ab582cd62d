"""Set up, run and test Downhill from a checkout.

    python3 packaging/dev.py run [FILE]                open the program; without a display, train an example
    python3 packaging/dev.py test [PYTEST OPTIONS]     ruff, import rules, mypy --strict, pytest
    python3 packaging/dev.py bench [NAME] [--json]     measure the speed of training, or NAME: window, landscape,
                                                       live-landscape, compare, live-compare
    python3 packaging/dev.py package [FOLDER]          freeze the program, try it out, make this system's installers
    python3 packaging/dev.py frozen [FOLDER]           freeze it and try it out, and stop there; FOLDER: else build/
    python3 packaging/dev.py setup                     make the environment and stop there

Each command first makes .venv and installs what is missing in it, which takes no time once it is done.
This file needs Python 3.11 and its standard library, nothing else.
"""

from __future__ import annotations

import ctypes
import hashlib
import http.client
import importlib.util
import io
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import time
import urllib.request
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "downhill-setup.txt"
QT_LIBRARIES = ROOT / "packaging" / "qt_libraries.txt"
PACKAGING = ("package", "frozen")  # the commands that packaging/installers.py carries out
INTERRUPTED = 130  # the exit status after Ctrl-C

# PyPI's torch for Linux brings gigabytes of libraries for NVIDIA cards; this index has the build without them.
CPU_TORCH = "https://download.pytorch.org/whl/cpu"


def main(arguments: list[str]) -> int:
    """Carry out the command named first and return its exit status: 2 if there is no such command."""
    commands = {"run": run, "test": test, "bench": bench, "setup": setup}
    name, *further = arguments or [""]
    if name in PACKAGING and len(further) <= 1 and not "".join(further).startswith("-"):
        return package(name, *further)
    if name in commands:
        return commands[name](further)
    print(__doc__)
    return 0 if arguments[-1:] in (["-h"], ["--help"]) else 2


# The commands


def setup(_arguments: list[str]) -> int:
    """Make the environment, with the tools for tests, and stop there."""
    set_up("dev")
    say(f"Ready: {VENV}")
    return 0


def run(arguments: list[str]) -> int:
    """Open the program; where there is no screen for a window, train an example through the same core."""
    set_up()
    if has_display() or "--selftest" in arguments:
        return call(PYTHON, "-P", "-m", "app", *arguments, imports=ROOT)

    named = arguments and not arguments[0].startswith("-")
    example, *options = arguments if named else ["spiral", *arguments]
    say(f"There is no display here: training the example {example} without a window.")
    return train(example, options)


def test(arguments: list[str]) -> int:
    """Run every check, so that one sees all that is wrong, and return 1 if any of them failed."""
    set_up("dev")
    failed = []
    for name, command in checks(arguments).items():
        say(f"--- {name}")
        start = time.monotonic()
        status = call(PYTHON, *command, cwd=ROOT)
        if status == INTERRUPTED:
            return status
        if status:
            failed.append(name)
        if name != "pytest":  # which says so itself, in the last line of all
            say(f"--- {name} {'failed' if status else 'passed'} in {time.monotonic() - start:.1f} s")
    if failed:
        say(f"Failed: {', '.join(failed)}")
    return 1 if failed else 0


def bench(arguments: list[str]) -> int:
    """Measure the speed of training, or what is named, and print it; with --json as one object."""
    set_up("dev")
    named = arguments[:1] and not arguments[0].startswith("-")
    name, *options = arguments if named else ["run", *arguments]
    script = ROOT / "tests" / "bench" / f"{name.replace('-', '_')}.py"
    if not script.exists():
        known = "window, landscape, live-landscape, compare, live-compare"
        say(f"There is no benchmark {name}: expected {known} or none of these.")
        return 2
    return call(PYTHON, script, *options, cwd=ROOT, imports=ROOT)


def package(what: str, folder: str = "build") -> int:
    """Freeze the program in a folder and try it out; to ``package`` it is also to make the installers."""
    set_up("package")
    if sys.platform == "linux" and not add_packages(missing_tools(), "PyInstaller needs tools that are missing"):
        return 1
    return call(PYTHON, ROOT / "packaging" / "installers.py", what, Path(folder).absolute(), cwd=ROOT, imports=ROOT)


def checks(pytest_arguments: list[str]) -> dict[str, list[str]]:
    """Return what ``test`` runs: each check's name and its arguments to Python, the quick ones first."""
    lint_imports = "from importlinter.cli import lint_imports_command as main; main()"
    return {
        "ruff check": ["-m", "ruff", "check"],
        "ruff format": ["-m", "ruff", "format", "--check"],
        "import rules": ["-c", lint_imports, "--no-logo"],
        "mypy --strict": ["-m", "mypy", "--strict", "core", "app", "packaging", "tests"],
        "pytest": ["-m", "pytest", "-q", "-n", "auto", "--dist", "loadfile", *pytest_arguments],
    }


# Training without a window


def has_display(platform: str = sys.platform) -> bool:
    """Say whether a window can be opened: on Linux it takes an X or a Wayland server."""
    return platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def train(example: str, options: list[str]) -> int:
    """Train an example, or an experiment file, and leave model, curves and summary in a new folder below runs/."""
    folder = Path.cwd() / "runs" / f"downhill-{Path(example).stem}-{datetime.now():%Y-%m-%d-%H%M%S}"
    folder.mkdir(parents=True)
    status = call(PYTHON, *training_command(example, options, folder), imports=ROOT, copy=folder / "summary.txt")
    if any(file.stat().st_size for file in folder.iterdir()):
        say(f"The trained model, its curves and the summary are in {folder}")
    else:
        shutil.rmtree(folder)
    return status


def training_command(example: str, options: list[str], folder: Path) -> list[str]:
    """Return the arguments to Python that train an example into a folder; the user's options come last and win."""
    outputs = {"--save": f"{Path(example).stem}.downhill", "--csv": "curves.csv", "--png": "curves.png"}
    named = [word for option, file in outputs.items() for word in (option, str(folder / file))]
    # -P: a folder named core where the user stands is not ours.
    return ["-P", "-m", "core", "train", example, *named, *options]


# The environment


def set_up(*extras: str) -> None:
    """Make .venv and install the program's dependencies in it, with those for tests or packaging where asked.

    What was installed is noted in a stamp, so that nothing is done when nothing changed.
    """
    if sys.platform == "linux":
        add_packages(missing_packages(), "Qt, which draws the window, needs system libraries that are missing")
    wanted = {fingerprint(requirements()), fingerprint(requirements(*extras))}
    there = set(STAMP.read_text().split()) if STAMP.exists() and PYTHON.exists() else set()
    if wanted <= there:
        return
    make_environment()
    say("Installing what Downhill needs into .venv: up to 1.5 GB, some minutes the first time.")
    # On a terminal pip shows how far it has come; in a log its many lines help nobody.
    quiet = [] if sys.stdout.isatty() else ["--quiet"]
    pip = ["-m", "pip", "install", "--no-input", "--disable-pip-version-check", *quiet]
    if call(PYTHON, *pip, *torch_source(), *requirements(*extras)):
        raise SystemExit("pip could not install everything: see above. Check network and disk space, then try again.")
    # Other extras that stand there were installed beside what the program still needs; else pip begins anew with them.
    STAMP.write_text("\n".join(wanted | (there if fingerprint(requirements()) in there else set())))


def requirements(*extras: str, pyproject: Path = ROOT / "pyproject.toml") -> list[str]:
    """Return the packages that the project declares, as pip reads them; ``extras``: further lists of them, by name."""
    import tomllib  # here, because a Python too old to have it still gets as far as its clear sentence

    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    further = (package for extra in extras for package in project["optional-dependencies"][extra])
    return [*project["dependencies"], *further]


def fingerprint(packages: list[str], python: tuple[int, ...] = sys.version_info[:2]) -> str:
    """Return a hash that changes with the packages wanted and with the version of Python."""
    return hashlib.sha256(repr((python, packages)).encode()).hexdigest()


def make_environment() -> None:
    """Make .venv, unless one is there that starts and belongs to this version of Python."""
    if environment_works():
        return
    if importlib.util.find_spec("ensurepip") is None:  # Debian ships it apart
        package = "python{}.{}-venv".format(*sys.version_info)
        if not add_packages([package], "This Python cannot make a virtual environment"):
            raise SystemExit(1)
    say(f"Making {VENV} with Python {sys.version.split()[0]}.")
    if call(sys.executable, "-m", "venv", "--clear", VENV):
        raise SystemExit(f"The virtual environment {VENV} could not be made; Python says why above.")


def environment_works() -> bool:
    """Say whether .venv has a Python that starts, has pip, and is of the version that runs this file."""
    try:
        question = "import sys, pip; print(*sys.version_info[:2])"
        answer = subprocess.check_output([PYTHON, "-c", question], stderr=subprocess.DEVNULL, text=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return answer.split() == [str(number) for number in sys.version_info[:2]]


def torch_source() -> list[str]:
    """Return pip's options for a torch that fits this machine: on Linux without an NVIDIA card, the small one."""
    if sys.platform != "linux" or shutil.which("nvidia-smi"):
        return []
    try:
        with urllib.request.urlopen(f"{CPU_TORCH}/torch/", timeout=5):
            return ["--extra-index-url", CPU_TORCH]
    except (OSError, http.client.HTTPException):
        say(f"{CPU_TORCH} cannot be reached: torch comes from pip's usual source, if need be with its CUDA libraries.")
        return []


def has_library(library: str) -> bool:
    """Say whether the system has a shared library, by loading it."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def missing_packages(present: Callable[[str], bool] = has_library) -> list[str]:
    """Return the Debian packages whose libraries Qt needs and this system does not have."""
    lines = QT_LIBRARIES.read_text(encoding="utf-8").splitlines()
    needs = [line.split() for line in lines if not line.startswith("#")]
    return [package for library, package in needs if not present(library)]


def missing_tools(python: Path = Path(sys.base_prefix)) -> list[str]:
    """Return the Debian packages with what PyInstaller works with and this system does not have."""
    missing = [] if shutil.which("objcopy") and shutil.which("objdump") else ["binutils"]
    # Debian's Python does without its library, which is a package of its own; a frozen program starts from it.
    library = str(sysconfig.get_config_var("INSTSONAME"))
    if library.endswith(".so.1.0") and not (python / "lib" / library).exists() and not has_library(library):
        missing.append(library.removesuffix(".so.1.0"))
    return missing


def add_packages(packages: list[str], reason: str) -> bool:
    """Install Debian packages if this user may, else print the line to type; say whether they are there now."""
    if not packages:
        return True
    if shutil.which("apt-get") is None:
        say(f"{reason}. They are what Debian calls {' '.join(packages)}: install them as your system does.")
        return False
    rights = administrator()
    if rights is not None:
        say(f"{reason}: installing {' '.join(packages)}")
        apt_get = [*rights, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
        call(*apt_get, "update")  # fails if any one source does; what counts is the next line
        if call(*apt_get, "install", "--yes", "--no-install-recommends", *packages) == 0:
            return True
    say(f"{reason}. Type this, then try again:\n    sudo apt-get install {' '.join(packages)}")
    return False


def administrator() -> list[str] | None:
    """Return what to put before a command to run it as root without being asked for a password, or None."""
    if sys.platform == "win32":
        return None
    if os.geteuid() == 0:
        return []
    try:
        subprocess.run(["sudo", "-n", "true"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # there is no sudo, or it asks for a password
        return None
    return ["sudo", "-n"]


# Commands and words


def call(*command: str | Path, cwd: Path | None = None, imports: Path | None = None, copy: Path | None = None) -> int:
    """Run a command to its end and return its exit status, 130 after Ctrl-C.

    ``imports`` is a folder that its Python imports from as well, ``copy`` a file that gets what it prints, too.
    """
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    if imports:
        environment["PYTHONPATH"] = os.pathsep.join(filter(None, [str(imports), os.environ.get("PYTHONPATH")]))
    stdout = subprocess.PIPE if copy else None
    interrupts: list[int] = []
    # Ctrl-C reaches the command as well, which saves what it has and ends; it is not for us to end before it.
    before = signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    try:
        words = [str(word) for word in command]
        with subprocess.Popen(words, cwd=cwd, env=environment, stdout=stdout, encoding="utf-8") as child:
            if copy and child.stdout:
                with copy.open("w", encoding="utf-8") as file:
                    for line in child.stdout:
                        print(line, end="", flush=True)
                        file.write(line)
        return INTERRUPTED if interrupts else child.returncode
    finally:
        signal.signal(signal.SIGINT, before)


def say(sentence: str) -> None:
    """Tell the user something, on stderr: stdout belongs to the results."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # an old Windows console does not know every letter
    if sys.version_info < (3, 11):  # noqa: UP036 - an old Python gets as far as here
        sys.exit("Downhill needs Python 3.11 or newer, and this is {}.{}.".format(*sys.version_info))
    try:
        sys.exit(main(sys.argv[1:]))
    except OSError as error:  # a full disk, a folder that may not be written to
        sys.exit(str(error))
