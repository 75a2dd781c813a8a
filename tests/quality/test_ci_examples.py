"""The workflows in examples/ci name commands and options that exist."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.main import get_command

from mineru_cli.cli.compare import compare_baseline

CI = Path(__file__).resolve().parents[2] / "examples" / "ci"


@pytest.mark.parametrize("name", ["github-quality.yml", "gitlab-quality.yml"])
def test_a_workflow_converts_compares_and_keeps_the_report(name: str) -> None:
    yaml = pytest.importorskip("yaml", reason="PyYAML is not installed")
    content = yaml.safe_load((CI / name).read_text())
    job = content["jobs"]["quality"] if "jobs" in content else content["quality"]
    steps = job["script"] if "script" in job else [step.get("run", "") for step in job["steps"]]
    commands = " ".join(" ".join(step.split()) for step in steps)
    assert "mineru-batch convert ./pdfs -o mineru-output" in commands
    compared = re.search(r"mineru-batch compare-baseline baseline mineru-output (.*)", commands)
    assert compared
    app = typer.Typer()
    app.command()(compare_baseline)
    known = {option for parameter in get_command(app).params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+", compared[1])) <= known
    assert "quality.html" in (CI / name).read_text().split("path", 1)[1]


@pytest.mark.parametrize(
    ("name", "schema"),
    [
        ("github-quality.yml", "github-workflows"),
        ("gitlab-quality.yml", "gitlab-ci"),
        ("image.yml", "github-workflows"),
    ],
)
def test_a_workflow_is_valid_by_its_schema(name: str, schema: str) -> None:
    tool = Path(sys.executable).with_name("check-jsonschema")
    if not tool.exists():
        pytest.skip("check-jsonschema is not installed")
    done = subprocess.run(
        [tool, "--builtin-schema", f"vendor.{schema}", CI / name], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout
