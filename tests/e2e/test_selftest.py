"""``python -m app --selftest DIR`` as it is run by hand and by CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_the_whole_program_tries_itself_out(folder: Path) -> None:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "HOME": str(folder / "home"), "XDG_CONFIG_HOME": ""}
    command = [sys.executable, "-m", "app", "--selftest", str(folder / "pictures")]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=300, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "FAIL" not in done.stdout
    pictures = {path.stem for path in (folder / "pictures").glob("*.png")}
    assert {"01-empty-light", "01-empty-dark", "08-digits-light", "08-digits-dark", "05-chain-dark"} <= pictures
    assert not (folder / "home").exists()  # it has touched nothing of the user's
