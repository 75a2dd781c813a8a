"""A resume with nothing to do starts no server; anything to do, or any doubt, starts one."""

from __future__ import annotations

import json
import time
from pathlib import Path

import corpus
import pytest

from mineru_cli.engine.feed import find_documents
from mineru_cli.engine.noop_resume import target_without_server
from mineru_cli.engine.run_config import run_config
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.local.results import LocalResults
from tests.chaos.command import convert

MODEL = "mineru-embedded-cpu"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of a run that did two documents on the embedded engine, one of which failed."""
    folder = tmp_path / "pdfs"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / f"{name}.pdf").write_bytes(corpus.text_pdf([name]))
    settings = Settings(inputs=(str(folder),), output=tmp_path / "out")
    prompts = ("\nLayout Detection:", "\nText Recognition:")
    shape = run_config(settings, MODEL, embedded=True, prompts=prompts)
    ledger = Ledger.open(path(settings), clock=time.time)
    server = {"model": MODEL, "embedded": True, "version": "1", "prompts": list(prompts)}
    facts = {"server": server, "settings": {}, "inputs": []}
    ledger.begin(shape.fingerprint, shape.shaping, overwrite=False, facts=facts)
    for ref, status in zip(find_documents(settings), ("done", "failed"), strict=True):
        ledger.finished(ref, status, pages=1)
        results = settings.output / ref.key / "vlm"
        results.mkdir(parents=True)
        (results / "x.md").touch()
    ledger.end("finished")
    ledger.close()
    return settings


def path(settings: Settings) -> Path:
    return settings.output / ".mineru-batch" / "ledger.db"


def needs_no_server(settings: Settings, **changes) -> bool:
    settings = settings.model_copy(update=changes)
    results = LocalResults(settings.output)
    return target_without_server(settings, find_documents(settings), path(settings), results) is not None


@pytest.mark.spec("mineru-service/start-up/finished-work-needs-no-server")
def test_all_done_needs_no_server(settings: Settings):
    assert needs_no_server(settings)
    assert needs_no_server(settings, model=MODEL)


@pytest.mark.parametrize(
    "change",
    [
        {"retry_failed": True},
        {"overwrite": True},
        {"pages": "1"},
        {"recipe": "markdown"},
        {"text": "model"},
        {"model": "another"},
        {"server": "docker"},
        {"server_url": ("http://gpu1:8000",)},
    ],
)
def test_other_settings_may_need_one(settings: Settings, change: dict):
    assert not needs_no_server(settings, **change)


def test_a_new_document_and_a_changed_one_need_one(settings: Settings):
    folder = Path(settings.inputs[0])
    (folder / "c.pdf").write_bytes(b"new")
    assert not needs_no_server(settings)
    (folder / "c.pdf").unlink()
    (folder / "a.pdf").write_bytes(b"changed")
    assert not needs_no_server(settings)


@pytest.mark.spec("mineru-service/start-up/finished-work-needs-no-server")
def test_such_a_run_ends_well_without_engine_or_workers(settings: Settings, tmp_path: Path):
    folder, out = settings.inputs[0], settings.output
    run = convert(tmp_path, folder, "-o", out, "--max-error-rate", "1")
    assert run.process.returncode == 0, run.errors()
    assert len(run.events("document-skipped")) == 2
    assert run.events("run-started")[0]["servers"] == []
    assert run.events("worker-started") == []
    assert [event["text"][:13] for event in run.events("notice")] == ["nothing to do"]
    summary = json.loads((out / ".mineru-batch" / "run.json").read_text())
    assert summary["documents"] == {"total": 2, "done": 0, "partial": 0, "failed": 1, "skipped": 1}
    assert summary["server"]["version"] == "1"
