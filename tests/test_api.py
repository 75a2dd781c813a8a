from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import anyio
import corpus
import pytest
from vllm_double import DoubleProcess

from mineru_cli import Settings, StopToken, convert, convert_async, convert_one, errors, events
from mineru_cli.api import make_settings


@pytest.fixture(scope="module")
def server():
    with DoubleProcess("--slots", "8") as double:
        yield double


ENGINE = {
    "api.py": {"convert_one", "_with_page"},
    "engine/results.py": {"markdown", "markdown_path"},
    "engine/run.py": {"convert_async", "_announcer"},
    "engine/conversion.py": {"_commit", "work"},
    "engine/local/pool.py": {"_attend", "start"},
    "engine/schedule/coordinator.py": {"receive", "_take_all"},
    "engine/schedule/supervisor.py": {"watch"},
}


@pytest.fixture(autouse=True)
def engine_files(no_blocking_calls) -> None:
    """A run's few small files may block its loop."""
    for function in no_blocking_calls.functions.values():
        for module, names in ENGINE.items():
            function.can_block_in(f"mineru_cli/{module}", names)


@pytest.fixture
def pdfs(tmp_path: Path) -> Path:
    folder = tmp_path / "pdfs"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.pdf").write_bytes(corpus.text_pdf([corpus.prose(name, 0)]))
    (folder / "empty.pdf").write_bytes(b"")
    return folder


def test_results_are_read_from_the_ledger_and_say_what_failed(server, pdfs, tmp_path):
    report = convert(pdfs, output=tmp_path / "out", server_url=server.url, report=tmp_path / "run.html")
    assert report.exit_code == 1
    a, b, empty = report.documents
    assert [(one.key, one.status, one.pages, one.skipped) for one in (a, b)] == [
        ("a", "done", 1, False),
        ("b", "done", 1, False),
    ]
    assert a.source == pdfs / "a.pdf"
    assert a.markdown_path == tmp_path / "out" / "a" / "vlm" / "a.md"
    assert a.markdown == a.markdown_path.read_text()
    assert (empty.status, empty.failure.code, empty.markdown_path) == ("failed", "document-empty", None)
    with pytest.raises(errors.DocumentUnreadable, match="empty has no Markdown"):
        _ = empty.markdown
    assert (tmp_path / "run.html").is_file()
    assert (tmp_path / "out" / ".mineru-batch" / "timeline.json").is_file()
    again = convert(pdfs, output=tmp_path / "out", server_url=server.url)
    assert [one.skipped for one in again.documents] == [True, True, True]


def test_a_page_of_charts_that_cannot_be_written_costs_no_document(server, pdfs, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    report = convert(
        pdfs / "a.pdf", output=tmp_path / "out", server_url=server.url, report=tmp_path / "file" / "run.html"
    )
    assert report.summary.documents.done == 1
    assert report.page_failure is not None


def test_documents_are_scored_during_the_run(server, pdfs, tmp_path):
    inputs = [pdfs / "a.pdf", pdfs / "b.pdf"]
    convert(inputs, output=tmp_path / "base", server_url=server.url)
    seen: list[events.Event] = []
    convert(
        inputs,
        output=tmp_path / "out",
        server_url=server.url,
        baseline=tmp_path / "base",
        observers=[lambda event, at: seen.append(event)],
    )
    scored = [event for event in seen if isinstance(event, events.DocumentScored)]
    assert {event.match for event in scored} <= {1.0}
    assert len({event.run for event in seen}) == 1


@pytest.mark.anyio
async def test_one_document_inside_a_running_event_loop(server, pdfs, tmp_path):
    found: list[str] = []

    def in_a_notebook() -> None:
        async def cell() -> None:
            found.append(convert_one(pdfs / "a.pdf", output=tmp_path / "out", server_url=server.url).markdown)

        anyio.run(cell)

    await anyio.to_thread.run_sync(in_a_notebook)
    assert found[0] == (tmp_path / "out" / "a" / "vlm" / "a.md").read_text()


@pytest.mark.anyio
async def test_in_an_event_loop_of_the_callers(server, pdfs, tmp_path):
    report = await convert_async([str(pdfs / "a.pdf")], output=tmp_path / "out", server_url=server.url)
    assert report.summary.documents.done == 1


def test_a_stop_before_the_start_raises_and_settings_may_be_made_before(server, pdfs, tmp_path):
    stop = StopToken()
    stop.request("enough")
    settings = Settings(inputs=[pdfs], output=tmp_path / "out", server_url=(server.url,))
    with pytest.raises(errors.Interrupted, match="enough"):
        convert(settings, stop=stop)
    with pytest.raises(errors.SettingsError, match="either Settings or options"):
        convert(settings, workers=2)
    assert convert(settings).summary.documents.done == 2


@pytest.mark.parametrize(
    ("inputs", "options", "kind", "words"),
    [
        ("nowhere", {}, errors.InputNotFound, "names no file or folder"),
        ("pdfs", {"wrokers": 1}, errors.SettingsError, "no option 'wrokers'; did you mean 'workers'"),
        ("pdfs", {"workers": "many"}, errors.SettingsError, "workers: 'many' is not a whole number"),
        ("pdfs", {"server_url": "gpu1"}, errors.SettingsError, "server_url"),
        ("pdfs", {"pages": "5-1"}, errors.UsageError, "5-1"),
        ("pdfs", {"max_pages": 0}, errors.SettingsError, "^max_pages: 0 is not allowed"),
        ([], {}, errors.UsageError, "INPUT"),
    ],
)
def test_only_errors_of_the_tree_are_raised(pdfs, tmp_path, monkeypatch, inputs, options, kind, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kind, match=words):
        convert(inputs, output="out", **{"server_url": "http://127.0.0.1:9", "server_wait": 0.1, **options})


def test_one_document_must_be_a_file(tmp_path):
    with pytest.raises(errors.UsageError, match="is not a file"):
        convert_one(tmp_path)


def test_options_have_the_names_of_the_command(tmp_path):
    settings = make_settings(
        Path("in"),
        output="o",
        max_pages=7,
        image_format="jpeg",
        header=["X: y"],
        concurrency="auto",
        worker_memory="3G",
        pages=4,
    )
    assert settings.pages == "4"
    assert (settings.inputs, settings.limits.max_pages, settings.rendering.image_format) == (
        ("in",),
        7,
        "jpeg",
    )
    assert settings.headers["X"].get_secret_value() == "y"
    assert settings.limits.worker_memory == 3 * 1024**3


def test_names_that_are_not_utf8_come_back(server, tmp_path):
    name = os.fsdecode(b"caf\xe9.pdf")
    (tmp_path / name).write_bytes(corpus.text_pdf([corpus.prose("c", 0)]))
    result = convert_one(tmp_path / name, output=tmp_path / "out", server_url=server.url)
    assert (result.status, result.source.name) == ("done", name)
    assert result.markdown


def test_ctrl_c_ends_a_script_and_its_workers(server, pdfs, tmp_path):
    code = (
        "import os, signal, mineru_cli\n"
        "def stop(event, at):\n"
        "    if isinstance(event, mineru_cli.events.WorkerStarted): os.kill(os.getpid(), signal.SIGINT)\n"
        f"mineru_cli.convert({str(pdfs)!r}, output={str(tmp_path / 'out')!r}, server_url={server.url!r}, observers=[stop])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert "KeyboardInterrupt" in done.stderr
    assert done.returncode != 0


def test_an_observer_ends_the_program(server, pdfs, tmp_path):
    def leave(event: events.Event, at: float) -> None:
        if isinstance(event, events.DocumentStarted):
            raise SystemExit(3)

    with pytest.raises(SystemExit, match="3"):
        convert(pdfs, output=tmp_path / "out", server_url=server.url, observers=[leave])


def test_an_interrupted_cell_of_a_notebook_leaves_no_run_behind(pdfs, tmp_path):
    code = (
        "import asyncio, os, signal, threading, mineru_cli\n"
        "def interrupt(event, at):\n"
        "    if isinstance(event, mineru_cli.events.RunStarted): os.kill(os.getpid(), signal.SIGINT)\n"
        "async def cell():\n"
        "    try:\n"
        f"        mineru_cli.convert({str(pdfs)!r}, output={str(tmp_path / 'out')!r}, server_url=URL, observers=[interrupt])\n"
        "    except KeyboardInterrupt:\n"
        "        print(any(thread.name.startswith('mineru-batch') for thread in threading.enumerate()))\n"
        "loop = asyncio.new_event_loop()\n"
        "loop.run_until_complete(cell())\n"
        "loop.close()\n"
    )
    with DoubleProcess("--layout-seconds", "60") as slow:
        done = subprocess.run(
            [sys.executable, "-c", code.replace("URL", repr(slow.url))],
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert (done.stdout, done.stderr, done.returncode) == ("False\n", "", 0)
