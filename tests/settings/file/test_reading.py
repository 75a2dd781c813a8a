"""What a configuration file gives, and the commands that read one."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import yaml

from mineru_cli.bench.tune import Trial, Tuning
from mineru_cli.settings.file.discovered import find_file
from mineru_cli.settings.file.keys import file_keys
from mineru_cli.settings.file.reading import examine_file, read_file
from mineru_cli.settings.file.schema import config_schema
from mineru_cli.settings.resolve import resolve

ROOT = Path(__file__).parents[3]
FULL = """\
version: 1
mineru:
  workers:
    backend: vlm-http-client
    count: 8
    concurrency: auto
  vllm_server:
    base_url: [http://gpu1:8000/v1, http://gpu2:8000]
    model: MinerU2.5
    api_key_env: TEAM_KEY
    headers: {X-Team: docs}
    health_check: {interval: 5, timeout: 1.5, failures: 3}
  resilience:
    retry: {attempts: 6}
  limits: {worker_memory: 1.5G}
  input: {pages: 5, include: '*.pdf'}
"""


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("MINERU_BATCH_SERVER_URL", "MINERU_BATCH_API_KEY", "MINERU_BATCH_WORKERS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mineru-batch.yaml"
    path.write_text(FULL)
    return path


@pytest.mark.spec("orchestration/configuration/the-proposals-keys-are-read")
def test_the_proposals_keys_are_settings(config: Path) -> None:
    settings = resolve(read_file(config, {"TEAM_KEY": "secret"}).given).settings
    assert (settings.workers, settings.concurrency, settings.model) == (8, None, "MinerU2.5")
    assert settings.server_url == ("http://gpu1:8000", "http://gpu2:8000")
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "secret"
    assert settings.headers_for("http://gpu1:8000") == {"X-Team": "docs"}
    watchdog = settings.resilience.watchdog
    assert (watchdog.interval, watchdog.probe_timeout, watchdog.dead_after) == (5, 1.5, 3)
    assert settings.resilience.retry.attempts == 6
    assert settings.limits.worker_memory == 1536 * 1024**2
    assert (settings.pages, settings.include) == ("5", ("*.pdf",))


def test_a_variable_for_a_secret_must_be_set(config: Path) -> None:
    assert read_file(config, {}).missing == (
        f"{config}:10:18: mineru.vllm_server.api_key_env: the variable TEAM_KEY is not set",
    )


@pytest.mark.spec("orchestration/configuration/precedence-is-fixed")
def test_flag_before_variable_before_file(config: Path, program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINERU_BATCH_PAGES", "7")
    code, out, err = program("config", "show", "--workers", "3", "--json")
    assert code == 0
    rows = {row["key"]: row for row in json.loads(out)}
    assert (rows["mineru.workers.count"]["value"], rows["mineru.workers.count"]["source"]) == ("3", "flag")
    assert (rows["mineru.input.pages"]["value"], rows["mineru.input.pages"]["source"]) == ("7", "environment")
    assert rows["mineru.input.include"]["where"] == "mineru-batch.yaml:16:30: mineru.input.include"
    assert rows["mineru.workers.grace"] == {
        "key": "mineru.workers.grace", "option": "--grace", "value": "20", "source": "default", "where": ""
    }  # fmt: skip
    assert "settings of mineru-batch.yaml are used" in err


def test_show_masks_secrets(config: Path, program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM_KEY", "hidden-1")
    code, out, err = program(
        "config", "show", "--header", "Authorization: hidden-2", "--password", "hidden-3",
    )  # fmt: skip
    assert code == 0
    assert "hidden" not in out + err
    assert out.count("**********") == 3


def test_show_leaves_logins_out_of_urls(program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = program("config", "show", "--server-url", "http://me:hidden@gpu:1", "--all")
    assert (code, "gpu:1" in out, "hidden" in out + err) == (0, True, False)


def test_a_named_file_is_read_without_a_notice(config: Path, program, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text("mineru: {workers: {count: 2}}\n")
    _, out, err = program("config", "show", "--config", str(other))
    assert (out.split(), err) == (
        ["mineru.workers.count", "2", "file", f"{other}:1:27:", "mineru.workers.count"],
        "",
    )


@pytest.mark.spec("orchestration/configuration/the-monoliths-file-is-refused")
def test_convert_refuses_a_file_of_the_monolith_before_anything_is_done(config: Path, program) -> None:
    config.write_text("mineru:\n  workers:\n    backend: vlm-vllm-engine\n    tensor_parallel_size: 2\n")
    code, out, err = program("convert", "pdfs")
    assert (code, out) == (2, "")
    assert "mineru.workers.backend: 'vlm-vllm-engine'" in err
    assert "mineru-batch config migrate mineru-batch.yaml -o mineru-batch.yaml" in err


@pytest.mark.spec("orchestration/configuration/the-http-backend-needs-an-address")
def test_convert_asks_for_the_server_that_a_file_needs(config: Path, program) -> None:
    config.write_text("mineru: {workers: {backend: vlm-http-client}}\n")
    code, _, err = program("convert", "pdfs", "--dry-run")
    assert (code, "base_url is missing" in err) == (2, True)
    assert "base_url" not in program("convert", "pdfs", "--dry-run", "--server", "embedded")[2]


def test_validate_prints_one_line_per_problem(config: Path, program, monkeypatch: pytest.MonkeyPatch) -> None:
    assert program("config", "validate", str(config)) == (0, f"{config}: valid, 14 keys\n", "")
    monkeypatch.setenv("MINERU_BATCH_WORKRS", "2")
    config.write_text(FULL.replace("count: 8", "cuont: 8").replace("attempts: 6", "attempts: x"))
    code, out, err = program("config", "validate", "mineru-batch.yaml")
    assert (code, out) == (2, "")
    assert err.splitlines() == [
        "MINERU_BATCH_WORKRS is not a variable of any setting; did you mean 'MINERU_BATCH_WORKERS'?",
        "mineru-batch.yaml:5:5: there is no key mineru.workers.cuont; did you mean 'count'?",
        "mineru-batch.yaml:14:23: mineru.resilience.retry.attempts: 'x' is not a whole number",
    ]


def test_a_misspelt_variable_is_a_warning_of_every_command(program, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MINERU_BATCH_WORKRS", "2")
    assert "warning: MINERU_BATCH_WORKRS" in program("convert", "nosuch", "--dry-run")[2]


def test_a_file_is_found_in_the_working_directory_or_by_its_variable(tmp_path: Path) -> None:
    assert find_file(tmp_path, {}) is None
    (tmp_path / "mineru-batch.yaml").write_text("")
    assert find_file(tmp_path, {}) == tmp_path / "mineru-batch.yaml"
    assert find_file(tmp_path, {"MINERU_BATCH_CONFIG": "x.yaml"}) == Path("x.yaml")


def test_what_bench_tune_writes_is_read(tmp_path: Path) -> None:
    tuning = Tuning({"workers": 2, "concurrency": 32}, (Trial("workers", 2, (3.0, 3.1)),))
    path = tmp_path / "tuned.yaml"
    for one in (tuning, replace(tuning, urls=("http://a:1", "http://b:2")), replace(tuning, launch="docker")):
        path.write_text(one.yaml())
        found, problems = examine_file(path, {})
        assert (problems, found.needs_server) == ([], None)
        settings = resolve(found.given).settings
        assert (settings.workers, settings.concurrency) == (2, 32)
        assert settings.server_url == (one.urls or (() if one.launch else ("http://127.0.0.1:8000",)))


@pytest.mark.spec("orchestration/configuration/a-schema-is-published")
def test_the_schema_is_committed_and_says_the_same(tmp_path: Path) -> None:
    schema = config_schema()
    assert json.loads((ROOT / "schema" / "config.json").read_text()) == schema
    validator = jsonschema.Draft202012Validator(schema)
    validator.check_schema(schema)
    assert not list(validator.iter_errors(yaml.safe_load(FULL)))
    for wrong in ("mineru: {workers: {cuont: 1}}", "mineru: {workers: {count: 0}}", "foo: 1", "version: 2"):
        assert list(validator.iter_errors(yaml.safe_load(wrong))), wrong


def test_every_key_is_in_the_schema() -> None:
    for key in file_keys():
        group = config_schema()
        for part in key.split("."):
            group = group.get("anyOf", [group])[-1]["properties"][part]
        assert group


def test_a_run_reads_the_file(config: Path) -> None:
    config.write_text("mineru: {input: {include: ['*.png']}}\n")
    (config.parent / "a.pdf").write_bytes(b"%PDF-1.4")
    (config.parent / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = subprocess.run(
        [sys.executable, "-m", "mineru_cli", "convert", ".", "--dry-run"],
        cwd=config.parent, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(ROOT), "PATH": ""},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "b.png" in done.stdout
    assert "a.pdf" not in done.stdout
