"""What a build from source gives, with a C compiler and without one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[1]
LIBRARY = "mineru_cli/pages/pixels/libpixels.so"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """What the build needs of the repository, with a library that an older build left."""
    tree = tmp_path / "source"
    shutil.copytree(
        ROOT / "mineru_cli", tree / "mineru_cli", ignore=shutil.ignore_patterns("__pycache__", "*.so")
    )
    for part in ("vllm-mineru", "prometheus", "grafana"):
        shutil.copytree(ROOT / "deploy" / part, tree / "deploy" / part)
    shutil.copytree(ROOT / "share", tree / "share")
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "docker-compose.yml"):
        shutil.copy(ROOT / name, tree)
    (tree / LIBRARY).write_bytes(b"old")
    return tree


def build(source: Path, compiler: str) -> tuple[ZipFile, str]:
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", source / "dist"],
        cwd=source, env={**os.environ, "CC": compiler}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    (wheel,) = (source / "dist").glob("*.whl")
    return ZipFile(wheel), done.stderr + done.stdout


@pytest.mark.skipif(not shutil.which("cc"), reason="needs a C compiler")
def test_with_a_compiler_the_wheel_carries_the_loops_and_is_for_this_platform(source):
    wheel, said = build(source, "cc")
    assert wheel.read(LIBRARY).startswith(b"\x7fELF")
    assert "py3-none-linux_" in wheel.filename
    assert "warning" not in said
    assert [path.name for path in (source / "mineru_cli" / "pages" / "pixels").glob("*.so")] == [
        "libpixels.so"
    ]


@pytest.mark.parametrize("compiler", ["false", "no-such-compiler"])
def test_without_one_the_wheel_is_pure_and_says_so(source, compiler):
    wheel, said = build(source, compiler)
    assert "py3-none-any" in wheel.filename
    assert LIBRARY not in wheel.namelist()
    assert "was not compiled" in said
