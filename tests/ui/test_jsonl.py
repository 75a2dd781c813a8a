from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path

from mineru_cli.domain.codec import decode
from mineru_cli.domain.events import DocumentStarted, Notice, RunFinished
from mineru_cli.ui.jsonl import JsonView

ROOT = Path(__file__).parents[2]

CHILD = """
import sys, time
from mineru_cli.domain.events import Notice
from mineru_cli.ui.jsonl import JsonView
with JsonView(sys.stdout) as view:
    for number in range(20000):
        view(Notice("info", "x" * 100), float(number))
print("survived", file=sys.stderr)
sys.exit(7)
"""


def test_each_event_is_a_line_that_reads_back():
    stream = io.StringIO()
    happenings = [DocumentStarted(os.fsdecode(b"caf\xe9\n"), 3, 0, 1), RunFinished("finished", 0, 2.0)]
    with JsonView(stream) as view:
        for at, event in enumerate(happenings):
            view(event, 1000.1234 + at)
    lines = stream.getvalue().splitlines()
    assert [decode(line) for line in lines] == happenings
    assert [json.loads(line)["at"] for line in lines] == [1000.123, 1001.123]
    assert view.progress.end == happenings[1]


def test_lines_are_flushed_one_by_one(tmp_path):
    path = tmp_path / "events"
    with path.open("w", encoding="utf-8", buffering=65536) as stream, JsonView(stream) as view:
        view(Notice("info", "first"), 1.0)
        assert path.read_text().endswith('"first"}\n')


def test_a_reader_that_leaves_does_not_end_the_run():
    with subprocess.Popen(
        [sys.executable, "-c", CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        child.stdout.readline()
        child.stdout.close()
        complaint = child.stderr.read()
    assert child.returncode == 7
    assert complaint == "survived\n"
