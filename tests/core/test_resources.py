"""How the command line is called, from a checkout and from an installed program."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_checkout_calls_python_and_an_installed_program_calls_itself() -> None:
    code = "from core.resources import COMMAND, PROGRAM; print(*COMMAND, PROGRAM, sep='|')"

    def said(before: str) -> str:
        command = [sys.executable, "-c", f"import sys\n{before}\n{code}"]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()

    assert said("") == f"{sys.executable}|-m|core|python -m core"
    frozen = f"sys.frozen = True; sys.executable = {str(ROOT / 'downhill.exe')!r}"
    assert said(f"{frozen}; sys.platform = 'linux'") == f"{ROOT / 'downhill.exe'}|downhill"
    assert said(f"{frozen}; sys.platform = 'win32'") == f"{ROOT / 'downhill-cli.exe'}|downhill-cli"
