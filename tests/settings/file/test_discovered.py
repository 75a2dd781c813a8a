"""A ``mineru-batch.yaml`` that came with the PDFs: what it may not do until it is named."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mineru_cli.cli.app import run
from tests import corpus
from tests.vllm_double import Double

ROOT = str(Path(__file__).parents[3])
SERVER = "mineru:\n  vllm_server: {base_url: http://203.0.113.7:8000%s}\n"
KEYED = {"MINERU_BATCH_API_KEY": "s3cret-key"}
REMOTE = {**KEYED, "MINERU_BATCH_SERVER_URL": "https://gpu.example:8000"}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    for name in ("SERVER_URL", "API_KEY", "HEADER", "CONFIG"):
        monkeypatch.delenv(f"MINERU_BATCH_{name}", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pdf").write_bytes(corpus.text_pdf(["A page."]))

    def call(text: str, environ: dict[str, str], *arguments: str) -> tuple[int, str]:
        (tmp_path / "mineru-batch.yaml").write_text(text)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        command = ("convert", ".", "-o", "out", "--server-wait", "0.1", "--progress", "log")
        monkeypatch.setattr(sys, "argv", ["mineru-batch", *(arguments or command)])
        return run(), capsys.readouterr().err

    return call


@pytest.mark.parametrize(
    ("text", "environ", "words"),
    [
        (
            SERVER % "",
            KEYED,
            "vllm_server.base_url would send MINERU_BATCH_API_KEY to http://203.0.113.7:8000",
        ),
        (SERVER % "", {"MINERU_BATCH_HEADER": "X-Key: s3cret-key"}, "would send MINERU_BATCH_HEADER to"),
        (SERVER % ", api_key_env: CLOUD_TOKEN", {"CLOUD_TOKEN": "s3cret-key"}, "(CLOUD_TOKEN) to http://203"),
        (
            "mineru: {rollout: {candidate: {base_url: http://203.0.113.7}}}\n",
            {**KEYED, "MINERU_BATCH_SERVER_URL": "http://127.0.0.1:9"},
            "candidate.base_url would send MINERU_BATCH_API_KEY to http://203.0.113.7",
        ),
        ("mineru: {vllm_server: {insecure: true}}\n", REMOTE, "insecure would send MINERU_BATCH_API_KEY to"),
        (
            "mineru: {workers: {fallback: 'sh evil.sh'}, rollout: {candidate: {base_url: http://127.0.0.1:9}}}\n",
            {"MINERU_BATCH_SERVER_URL": "http://127.0.0.1:9"},
            "mineru.workers.fallback would run a program: sh evil.sh",
        ),
        (
            "mineru: {reporting: {log_file: ../.bashrc}}\n",
            {},
            "would write outside of this folder: ../.bashrc",
        ),
        ("mineru: {reporting: {report: /etc/motd}}\n", {}, "would write outside of this folder: /etc/motd"),
    ],
)
def test_a_found_file_is_refused_and_says_how_to_allow_it(program, text: str, environ: dict, words: str):
    code, err = program(text, environ)
    assert code == 2, err
    assert words in err
    assert "name it with --config" in err
    assert "s3cret" not in err
    assert not Path("out").exists()


def test_naming_the_file_is_consent(program, monkeypatch: pytest.MonkeyPatch):
    command = ("convert", ".", "-o", "out", "--server-wait", "0.1", "--request-timeout", "0.1")
    text = "mineru: {vllm_server: {base_url: http://gpu.invalid:8000}}\n"
    code, err = program(text, KEYED, *command, "--config", "mineru-batch.yaml")
    assert code == 4, err
    monkeypatch.setenv("MINERU_BATCH_CONFIG", "mineru-batch.yaml")
    assert program(text, KEYED, *command)[0] == 4


def test_a_server_of_this_machine_gets_the_key(program):
    with Double(slots=4, api_key="s3cret-key") as double:
        text = f"mineru: {{vllm_server: {{base_url: '{double.url}', api_key_env: TEAM_KEY}}}}\n"
        Path("mineru-batch.yaml").write_text(text)
        done = subprocess.run(
            [sys.executable, "-m", "mineru_cli", "convert", ".", "-o", "out"],
            env={**os.environ, "TEAM_KEY": "s3cret-key", "PYTHONPATH": ROOT},
            capture_output=True, text=True, timeout=110, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "settings of mineru-batch.yaml are used" in done.stderr


def test_what_sends_nothing_shows_the_settings_all_the_same(program):
    assert program(SERVER % "", KEYED, "config", "show")[0] == 0
