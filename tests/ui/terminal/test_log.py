from __future__ import annotations

import io
import re

from mineru_cli.domain import events as ev
from mineru_cli.domain.failure import Failure
from mineru_cli.ui.terminal.log import ALLOWED, LogView

BAD = Failure("document-encrypted", "A password is needed.", "Give it with --password.")


def written(*happenings, colour=False):
    stream = io.StringIO()
    with LogView(stream, colour=colour) as view:
        for at, event in happenings:
            view(event, at)
    return stream.getvalue().splitlines()


def test_what_matters_is_one_line_each():
    lines = written(
        (0, ev.RunStarted("out", ("http://a",), "MinerU", "mineru", "auto", 2, 8, False, True)),
        (1, ev.DiscoveryProgress(5, 2048, False)),
        (1, ev.DiscoveryProgress(9, 2048, True)),
        (2, ev.Notice("warning", "no GPU")),
        (2, ev.DocumentStarted("a", 2, 0, 0)),
        (3, ev.PageFailed("a", 1, 0, Failure("page-timeout", "slow"))),
        (3, ev.DocumentFinished("a", "partial", 2, 1, 2.0)),
        (3, ev.DocumentFinished("b", "failed", 0, 0, 2.0, BAD)),
        (4, ev.WorkerStopped(1, 77, "crashed", "SIGSEGV")),
        (4, ev.WorkerStopped(2, 78, "finished")),
        (5, ev.RunFinished("interrupted", 130, 5.0, "Stopped by Ctrl-C.", "Run it again.")),
    )
    assert all(re.match(r"\d\d:\d\d:\d\d \S", line) for line in lines)
    said = [line[9:] for line in lines]
    assert said[0].startswith("Resuming: model MinerU")
    assert said[1] == "Found 9 documents, 2.0 KiB."
    assert said[2] == "warning: no GPU"
    assert said[3] == "warning: a, page 2: slow [page-timeout]"
    assert said[4] == "warning: Partial: a, 1 of 2 pages failed."
    assert said[5] == (
        "error: Failed: b: A password is needed. [document-encrypted] Give it with --password."
    )
    assert "SIGSEGV" in said[6]
    assert said[7].startswith("Progress: 2 of 9 documents")
    assert said[8] == "error: Interrupted after 5.0 s. Stopped by Ctrl-C. Run it again."
    assert len(said) == 9


def test_a_progress_line_each_ten_seconds_of_event_time():
    lines = written(*((at, ev.WorkerGauge(0, 1, 0, 0, 1, 8, 0, 0.0)) for at in range(65)))
    assert sum("Progress:" in line for line in lines) == 6


def test_each_ten_seconds_without_a_server_are_one_line():
    lines = written(
        *(
            (at, ev.ServerAwaited(("http://a",), "http://a: connection refused", at, 60.0))
            for at in (0, 10, 20)
        )
    )
    assert [line[9:] for line in lines] == [
        "warning: Still no server after 10 s: http://a: connection refused. Giving up in 50 s (--server-wait).",
        "warning: Still no server after 20 s: http://a: connection refused. Giving up in 40 s (--server-wait).",
    ]


def test_a_storm_is_counted_not_written():
    failures = [(at * 0.001, ev.DocumentFinished(f"d{at}", "failed", 1, 1, 0.1, BAD)) for at in range(5000)]
    lines = written(*failures, (11, ev.Notice("info", "later")))
    assert len(lines) == ALLOWED["failure"] + 2
    assert f"({5000 - ALLOWED['failure']:,} failure lines left out)" in lines[-1]


def test_many_breakers_of_one_server_are_one_trouble():
    opened = [(1, ev.BreakerChanged("http://a", "open", "refused", worker)) for worker in range(50)]
    probing = [(2, ev.BreakerChanged("http://a", "half-open", "", worker)) for worker in range(50)]
    closed = [(3, ev.BreakerChanged("http://a", "closed", "", worker)) for worker in range(50)]
    lines = written(*opened, *probing, *closed)
    assert len(lines) == 2
    assert "in trouble (refused)" in lines[0]
    assert lines[1].endswith("Server http://a answers again.")


def test_untrusted_names_cannot_write_lines_or_colours():
    name = "a\n00:00:00 error: forged\x1b[2J"
    lines = written((0, ev.DocumentFinished(name, "failed", 0, 0, 1.0, Failure("x", "bad\nnews"))))
    assert len(lines) == 1
    assert "\x1b" not in lines[0]


def test_colour_is_for_the_word_only():
    event = ev.DocumentFinished("a", "failed", 0, 0, 1.0, BAD)
    (line,) = written((0, event), colour=True)
    assert "\x1b[31merror:\x1b[0m Failed: a" in line
    assert "\x1b" not in written((0, event))[0]


def test_time_left_is_at_least_while_searching():
    happenings = [
        (0, ev.DiscoveryProgress(10, 0, False)),
        (0, ev.DocumentStarted("a", 10, 0, 0)),
        *((at, ev.PageFinished("a", at, 0, 1.0, 1, 0, 1, 0)) for at in range(1, 9)),
    ]
    (line,) = written(*happenings, (12, ev.Notice("info", "x")))[-1:]
    assert "of at least 10 documents" in line
    assert "at least 2 min" in line.split("PDFs/h")[1]


def test_files_of_unsupported_types_are_named_once():
    from mineru_cli.ui.format import unsupported

    _, line = written((0, ev.DiscoveryProgress(0, 0, True, {".docx": 1, ".heic": 2})))
    assert line[9:] == "warning: Skipped 3 files of unsupported types: .heic 2, .docx 1."
    many = {f".x{number:02}": 1 for number in range(13)}
    assert unsupported(many).endswith(".x09 1 and 3 more types")


def end_line(code, message, hint="", *, reason):
    (_, last) = written((0, ev.RunFinished("finished", code, 5.0, message, hint, reason=reason)))
    return last[9:]


def test_a_run_whose_failures_are_too_many_is_not_just_finished():
    line = end_line(1, "3 of 4 documents failed", "see why", reason="failures")
    assert line == "error: Finished with failures after 5.0 s. 3 of 4 documents failed see why"
    line = end_line(1, "it is slow", reason="rollout-reverted")
    assert line == "error: Finished, but the rollout was reverted after 5.0 s. it is slow"
    line = end_line(5, "the disk is full", reason="record-incomplete")
    assert line == "error: Finished, but its record is incomplete after 5.0 s. the disk is full"


def test_more_requests_than_the_lowered_limit_are_reported():
    lines = written(*((at, ev.WorkerGauge(0, 1, 0, 0, 7, 4, 0, 0.0)) for at in (0, 11)))
    assert "7 requests in flight, limit lowered to 4" in lines[-1]
