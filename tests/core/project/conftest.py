from pathlib import Path

import pytest

from core.project.archive import Project
from tests.core.project.making import a_project, an_archive


@pytest.fixture
def project() -> Project:
    """A project with one of everything."""
    return a_project()


@pytest.fixture
def archive(project: Project, tmp_path: Path) -> bytes:
    """The bytes of that project's file."""
    return an_archive(project, tmp_path)
