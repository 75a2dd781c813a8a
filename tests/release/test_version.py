"""The version of what is built comes from the tag: .ci/version in repositories made for it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from packaging.version import Version

SCRIPT = Path(__file__).resolve().parents[2] / ".ci" / "version"
IDENTITY = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
pytestmark = pytest.mark.skipif(not shutil.which("git"), reason="needs git")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "mineru_cli").mkdir()
    (tmp_path / "mineru_cli" / "__init__.py").write_text('__version__ = "0.1.0"\n')
    git(tmp_path, "init", "--quiet")
    commit(tmp_path)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    subprocess.run(["git", *IDENTITY, *words], cwd=folder, check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", "x")


def version_of(folder: Path, **variables: str) -> Version:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    done = subprocess.run(
        [SCRIPT, folder], env={**environment, **variables}, capture_output=True, text=True, check=True
    )
    return Version(done.stdout.strip())


def test_a_tagged_commit_is_the_release(repository: Path) -> None:
    git(repository, "tag", "v1.2.3")
    assert version_of(repository) == Version("1.2.3")


def test_a_commit_after_a_tag_is_a_development_version_of_the_next(repository: Path) -> None:
    git(repository, "tag", "v1.2.9")
    commit(repository)
    commit(repository)
    version = version_of(repository)
    assert Version("1.2.9") < version < Version("1.2.10")
    assert (version.dev, version.base_version) == (2, "1.2.10")
    assert re.fullmatch(r"g[0-9a-f]{10}", version.local or "")


def test_without_a_tag_no_release_is_named(repository: Path) -> None:
    version = version_of(repository)
    assert version.is_devrelease
    assert version.base_version == "0.1.0"


def test_a_tag_that_names_something_else_does_not_count(repository: Path) -> None:
    git(repository, "tag", "vendor-update")
    git(repository, "tag", "2026-11")
    assert version_of(repository).base_version == "0.1.0"


def test_a_workflow_that_runs_for_a_tag_needs_no_history(repository: Path) -> None:
    assert version_of(repository, GITHUB_REF_TYPE="tag", GITHUB_REF_NAME="v2.0.0rc1") == Version("2.0.0rc1")
    assert version_of(repository, GITHUB_REF_TYPE="branch", GITHUB_REF_NAME="v2").is_devrelease
