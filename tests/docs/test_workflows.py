""".github: valid, pinned, and no more allowed than needed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
GITHUB = ROOT / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
PINNED = re.compile(r"uses: (?:\./|[\w.-]+/[\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$)")
"""A tag can be moved; a commit cannot. Dependabot keeps the comment up to date."""


def read(name: str) -> Any:
    return yaml.safe_load((GITHUB / "workflows" / name).read_text(encoding="utf-8"))


def steps(path: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(path.read_text())["jobs"].values()
    return [step for job in jobs for step in job.get("steps", ())]


@pytest.mark.parametrize("path", [*WORKFLOWS, GITHUB / "dependabot.yml"], ids=lambda path: path.name)
def test_the_files_are_valid(path: Path):
    schema = "dependabot" if path.stem == "dependabot" else "github-workflows"
    tool = Path(sys.executable).with_name("check-jsonschema")
    if not tool.exists():
        pytest.skip("check-jsonschema is not installed")
    done = subprocess.run(
        [tool, "--builtin-schema", f"vendor.{schema}", path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_no_weakness_that_zizmor_knows():
    tool = Path(sys.executable).with_name("zizmor")
    if not tool.exists():
        pytest.skip("zizmor is not installed")
    done = subprocess.run(
        [tool, "--offline", "--no-progress", "--config", GITHUB / "zizmor.yml", GITHUB],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_and_rights_are_few(path: Path):
    lines = [line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if line.startswith("uses:") and not PINNED.match(line)] == []
    assert yaml.safe_load(path.read_text())["permissions"] == {"contents": "read"}
    assert "secrets." not in path.read_text()


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_what_is_run_exists(path: Path):
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for step in steps(path):
        for script, arguments in re.findall(r"(\.ci/\S+)(.*)", step.get("run", "")):
            assert (ROOT / script).stat().st_mode & 0o100
            if script == ".ci/run":
                assert set(arguments.split()) <= set(targets)


def test_every_supported_python_is_tested():
    matrix = read("ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    supported = re.findall(
        r'"Programming Language :: Python :: (3\.\d+)"', (ROOT / "pyproject.toml").read_text()
    )
    assert matrix == supported


def test_only_the_last_job_may_publish_and_without_a_token():
    jobs = read("release.yml")["jobs"]
    assert jobs.pop("publish")["permissions"] == {"id-token": "write"}
    assert [name for name, job in jobs.items() if "permissions" in job] == []


def test_a_release_is_built_as_every_change_is():
    for name in ("ci.yml", "release.yml"):
        assert read(name)["jobs"]["build"] == {"uses": "./.github/workflows/build.yml"}
    assert {job["needs"] for name, job in read("release.yml")["jobs"].items() if name != "build"} == {
        "build", "verify",
    }  # fmt: skip
