"""Processes of their own, which know nothing of Downhill: what another tool would be."""

import os
import subprocess
import sys
from pathlib import Path


def fresh(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a process that cannot find the core, in a folder; variables: more of its environment."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [sys.executable, "-I", "-X", "utf8", *words],
        cwd=folder,
        env=environment | variables,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
