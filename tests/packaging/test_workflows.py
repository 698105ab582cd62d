"""The workflows of GitHub Actions: they can be read, and what they name is there."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import dev
import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
RUNNERS = {"ubuntu-22.04", "ubuntu-latest", "windows-latest", "macos-latest", "macos-14"}
CONTEXTS = {"github", "matrix", "runner", "secrets", "env", "always()"}


def read(path: Path) -> dict[Any, Any]:
    workflow: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return workflow


def steps(workflow: dict[Any, Any]) -> list[dict[str, Any]]:
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
class TestWorkflow:
    def test_it_keeps_to_the_schema_of_github(self, path: Path) -> None:
        command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
        said = subprocess.run(command, text=True, capture_output=True, check=False)
        assert said.returncode == 0, said.stdout + said.stderr

    def test_every_job_runs_somewhere_for_a_bounded_time(self, path: Path) -> None:
        workflow = read(path)
        assert workflow[True]  # "on", which YAML reads as a truth value
        assert workflow["permissions"] == {"contents": "read"}
        for job in workflow["jobs"].values():
            assert job["timeout-minutes"] <= 120
            matrix = job.get("strategy", {}).get("matrix", {})
            places = matrix.get("os") or [row["os"] for row in matrix.get("include", [])] or [job["runs-on"]]
            assert set(places) <= RUNNERS
            assert set(job.get("needs", "").split()) <= set(workflow["jobs"])

    def test_every_step_does_one_thing_and_names_its_version(self, path: Path) -> None:
        for step in steps(read(path)):
            assert ("uses" in step) != ("run" in step), step
            assert set(step) <= {"name", "if", "uses", "with", "run", "env", "shell"}, step
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@v\d+", step["uses"])

    def test_expressions_name_what_there_is(self, path: Path) -> None:
        text = path.read_text(encoding="utf-8")
        rows = read(path)["jobs"].values()
        matrices = [job.get("strategy", {}).get("matrix", {}) for job in rows]
        known = {key for matrix in matrices for row in [matrix, *matrix.get("include", [])] for key in row}
        found = re.findall(r"\$\{\{ *([\w.-]+) *\}\}", text)
        assert len(found) == text.count("${{")
        for name in found:
            context, _, rest = name.partition(".")
            assert context in CONTEXTS
            assert context != "matrix" or rest in known

    def test_no_secret_and_no_name_that_others_chose_is_written_into_a_script(self, path: Path) -> None:
        for step in steps(read(path)):
            assert not re.search(r"\$\{\{ *(secrets|github)\.", step.get("run", "")), step

    def test_scripts_are_right_for_the_shell(self, path: Path) -> None:
        for step in steps(read(path)):
            script = re.sub(r"\$\{\{.*?\}\}", "x", step.get("run", ""))
            said = subprocess.run(["bash", "-n"], input=script, text=True, capture_output=True, check=False)
            assert said.returncode == 0, said.stderr


def test_the_release_builds_on_all_three_systems_and_tries_each_program_out() -> None:
    job = read(ROOT / ".github" / "workflows" / "release.yml")["jobs"]["build"]
    rows = job["strategy"]["matrix"]["include"]
    assert {row["os"].split("-")[0] for row in rows} == {"ubuntu", "windows", "macos"}
    assert all(row["package"].endswith("python packaging/dev.py package") for row in rows)
    assert dev.PACKAGING == ("package", "frozen")
    paths = [step["with"]["path"] for step in job["steps"] if "upload" in step.get("uses", "")]
    assert paths == ["build/selftest", "build/installers"]


def test_what_the_workflow_passes_on_is_what_the_scripts_ask_for() -> None:
    import macos
    import windows

    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    for name in (windows.CERTIFICATE, windows.PASSWORD, macos.IDENTITY, *macos.ACCOUNT.values()):
        assert f"{name}=" in text or f"{name}: " in text


def test_what_ci_runs_is_right_for_the_shell_and_tests_and_freezes() -> None:
    script = ROOT / ".ci" / "run"
    assert subprocess.run(["bash", "-n", script], check=False).returncode == 0
    commands = re.findall(r"python3 packaging/dev\.py (\w+)", script.read_text(encoding="utf-8"))
    assert commands == ["test", "frozen"]
