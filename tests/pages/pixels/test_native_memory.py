"""The compiled loops read and write nothing that is not theirs: under the compiler's own watch."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import hatch_build
from tests.pages.pixels.test_native import BUILDS, ROOT

WATCHED = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-ffp-contract=off")


@pytest.mark.parametrize("build", BUILDS)
def test_no_byte_of_others_is_touched(build: str, tmp_path: Path) -> None:
    program, folder = tmp_path / "program", (ROOT / hatch_build.SOURCE).parent
    source = Path(__file__).with_name("pixels_memory.c")
    command = ["cc", *WATCHED, *BUILDS[build], f"-I{folder}", "-o", program, source, "-lm"]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no compiler with sanitizers: {getattr(error, 'stderr', error)[-200:]}")
    done = subprocess.run([program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
