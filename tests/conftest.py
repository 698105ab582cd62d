"""What every test has: no screen, a cache of its own, real MNIST where it lies."""

import importlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

if sys.platform == "win32":
    # pytest-qt is about to import Qt, and on Windows torch's libraries must be loaded before any of Qt's.
    importlib.import_module("torch")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# No deadline: the machines that run the tests are slow and shared. In CI the examples are the same every time, so
# that a change is never blamed for an old fault.
settings.register_profile(
    "downhill",
    deadline=None,
    max_examples=50,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("downhill")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip the tests marked gpu where there is no CUDA device; torch is imported only if there are any."""
    marked = [item for item in items if item.get_closest_marker("gpu")]
    if marked and not importlib.import_module("torch").cuda.is_available():
        for item in marked:
            item.add_marker(pytest.mark.skip(reason="needs a CUDA device, and this machine has none"))


@pytest.fixture(scope="session", autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests out of the user's cache: they have a folder of their own, for the whole session."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOWNHILL_CACHE", str(folder))
        yield folder


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """Return the folder with the four gzip files of real MNIST; without it, skip."""
    beside = Path(__file__).parents[2] / "shared" / "mnist"
    folder = Path(os.environ.get("DOWNHILL_TEST_MNIST") or beside)
    if not (folder / "train-images-idx3-ubyte.gz").exists():
        pytest.skip(f"real MNIST is not in {folder}; DOWNHILL_TEST_MNIST names another folder")
    return folder
