"""What the ledger calls written and is no longer there is converted again."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

from tests import corpus
from tests.vllm_double import Double


def test_a_missing_result_is_made_again(tmp_path: Path):
    (tmp_path / "in").mkdir()
    for name in ("a", "b", "c"):
        (tmp_path / "in" / f"{name}.pdf").write_bytes(corpus.text_pdf([corpus.prose(name, 0)]))
    out = tmp_path / "out"
    with Double(slots=8) as double:
        command = [sys.executable, "-m", "mineru_cli", "convert", str(tmp_path / "in"), "-o", str(out)]
        command += ["--server-url", double.url, "--workers", "1", "--progress", "none"]

        def documents() -> dict[str, int]:
            subprocess.run(command, check=True, timeout=100)
            return json.loads((out / ".mineru-batch" / "run.json").read_text())["documents"]

        first = documents()
        assert (first["done"], first["skipped"]) == (3, 0)
        shutil.rmtree(out / "a")
        for file in (out / "b" / "vlm").iterdir():
            shutil.rmtree(file) if file.is_dir() else file.unlink()
        again = documents()
    assert (again["done"], again["skipped"]) == (2, 1)
    assert (out / "a" / "vlm" / "a.md").is_file()
