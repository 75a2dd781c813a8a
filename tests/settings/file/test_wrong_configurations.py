"""Wrong configurations and the message each gives: its place, the key, what is wrong. None is a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from mineru_cli.errors import SettingsError
from mineru_cli.settings.file.reading import MAX_BYTES, examine_file, read_file

W = "mineru:\n  workers:\n    "
V = "mineru:\n  vllm_server:\n    "
R = "mineru:\n  resilience:\n    "
OLD = "loads the model into each worker; workers are HTTP clients here ('vlm-http-client'). To migrate the file: mineru-batch config migrate f.yaml -o mineru-batch.yaml"
GONE = "is a key of the monolithic service. To migrate the file: mineru-batch config migrate f.yaml -o mineru-batch.yaml"

WRONG = [
    ("a: " + "[" * 3000, "1:1: not valid YAML: nested too deeply"),
    (W + "count: " + "{a: " * 3000, "1:1: not valid YAML: nested too deeply"),
    (W + "count: four", "3:12: mineru.workers.count: 'four' is not a whole number"),
    (W + "count: 0", "3:12: mineru.workers.count: '0' is not allowed: it must be at least 1"),
    (W + "count: -2", "3:12: mineru.workers.count: '-2' is not allowed: it must be at least 1"),
    (W + "count: 2.5", "3:12: mineru.workers.count: '2.5' is not a whole number"),
    (W + "count: true", "3:12: mineru.workers.count: 'true' is not a whole number"),
    (W + "count: [1, 2]", "3:12: mineru.workers.count: a sequence is not a single value"),
    (W + "count: {a: 1}", "3:12: mineru.workers.count: a mapping is not a single value"),
    (W + "cuont: 4", "3:5: there is no key mineru.workers.cuont; did you mean 'count'?"),
    (W + "concurrency: lots", "3:18: mineru.workers.concurrency: 'lots' is neither a number above 0 nor auto"),
    (W + "grace:", "3:11: mineru.workers.grace: a value is missing"),
    (W + "grace: soon", "3:12: mineru.workers.grace: 'soon' is not a number"),
    (W + "backend: vlm-vllm-engine", f"3:14: mineru.workers.backend: 'vlm-vllm-engine' {OLD}"),
    (W + "backend: pipeline", f"3:14: mineru.workers.backend: 'pipeline' {OLD}"),
    (W + "backend: vlm-http", "3:14: mineru.workers.backend: 'vlm-http' is not a backend; it is 'vlm-http-client'; did you mean 'vlm-http-client'?"),
    (W + "gpu_memory_utilization: 0.5", f"3:5: mineru.workers.gpu_memory_utilization {GONE}"),
    (W + "tensor_parallel_size: 2", f"3:5: mineru.workers.tensor_parallel_size {GONE}"),
    (W + "gpu_ids: [0, 1]", f"3:5: mineru.workers.gpu_ids {GONE}"),
    (W + "count: 1\n    count: 2", "4:5: mineru.workers.count is given twice"),
    (W + "fallback: ''", "3:15: mineru.workers.fallback: it is empty: write a command line or a URL"),
    (V + "base_url: gpu1:8000", "3:15: mineru.vllm_server.base_url: 'gpu1:8000' is not the URL of a server: write http://HOST:PORT"),
    (V + "base_url: [http://a, {b: c}]", "3:15: mineru.vllm_server.base_url: its values must be plain"),
    (V + "api_key: sk-123", "3:5: mineru.vllm_server.api_key: a secret does not belong into the file; write mineru.vllm_server.api_key_env: VARIABLE"),
    (V + "api_key_env: sk-123", "3:18: mineru.vllm_server.api_key_env: not the name of an environment variable"),
    (V + "headers: [no colon]", "3:14: mineru.vllm_server.headers: a header is written as 'Name: value'"),
    (V + "health_check: false", "3:19: mineru.vllm_server.health_check: the health check cannot be switched off; remove the key"),
    (V + "health_check: {intervall: 2}", "3:20: there is no key mineru.vllm_server.health_check.intervall; did you mean 'interval'?"),
    (V + "health_check: {timeout: -1}", "3:29: mineru.vllm_server.health_check.timeout: '-1' is not allowed: it must be above 0"),
    (V + "launch: dokcer", "3:13: mineru.vllm_server.launch: 'dokcer' is not one of auto, embedded or docker; did you mean 'docker'?"),
    (V + "insecure: maybe", "3:15: mineru.vllm_server.insecure: 'maybe' is not yes or no"),
    (V + "dcgm_url: gpu1", "3:15: mineru.vllm_server.dcgm_url: 'gpu1' is not the page of an exporter: write http://HOST:9400/metrics"),
    (R + "retry: {attempts: 0}", "3:23: mineru.resilience.retry.attempts: '0' is not allowed: it must be at least 1"),
    (R + "breaker: {failure_share: 1.5}", "3:30: mineru.resilience.breaker.failure_share: '1.5' is not allowed: it must be at most 1"),
    (R + "breaker: 3", "3:14: mineru.resilience.breaker is a group of keys, not a value"),
    (R + "braker: {}", "3:5: there is no key mineru.resilience.braker; did you mean 'breaker'?"),
    ("mineru:\n  limits: {worker_memory: 2XB}", "2:27: mineru.limits.worker_memory: '2XB' is not a size: write 512M or 2G"),
    ("mineru:\n  limits: {worker_memory: 1M}", "2:27: mineru.limits.worker_memory: '1M' is not allowed: it must be at least 128M"),
    ("mineru:\n  rendering: {image_format: gif}", "2:29: mineru.rendering.image_format: 'gif' is not one of png, jpeg or webp"),
    ("mineru:\n  reading: {text: modell}", "2:19: mineru.reading.text: 'modell' is not one of model, auto or layer; did you mean 'model'?"),
    ("mineru:\n  server_wait: 3", "2:3: there is no key mineru.server_wait; did you mean 'mineru.vllm_server.server_wait'?"),
    ("mineru:\n  rollout: {percent: 110}", "2:22: mineru.rollout.percent: '110' is not allowed: it must be at most 100"),
    ("mineru:\n  rollout: {candidate: {base_ulr: a}}", "2:25: there is no key mineru.rollout.candidate.base_ulr; did you mean 'base_url'?"),
    ("minerU:\n  workers: {}", "1:1: there is no key minerU; did you mean 'mineru'?"),
    ("version: 7", "1:10: version: '7' is not known; this program reads version 1"),
    ("- a\n- b", "1:1: the file holds no keys: it begins with 'mineru:'"),
    ("just text", "1:1: the file holds no keys: it begins with 'mineru:'"),
    ("mineru:\n\tworkers: {}", "2:1: not valid YAML: found character '\\t' that cannot start any token"),
    ("mineru: {workers: [", "1:20: not valid YAML: expected the node content, but found '<stream end>'"),
    ("mineru: *nothing", "1:9: not valid YAML: found undefined alias 'nothing'"),
    ("mineru: &a\n  workers: *a", "2:3: there is no key mineru.workers.workers; did you mean 'mineru.workers'?"),
    ("mineru.workers.backend: vlm-vllm-engine", f"1:25: mineru.workers.backend: 'vlm-vllm-engine' {OLD}"),
    ("? [a, b]\n: 1", "1:3: a key must be plain text"),
]  # fmt: skip


@pytest.mark.spec("orchestration/configuration/all-problems-are-reported-at-once")
@pytest.mark.parametrize(("text", "message"), WRONG, ids=[text.splitlines()[-1].strip() for text, _ in WRONG])
def test_the_message_names_place_key_and_remedy(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = Path("f.yaml")
    path.write_text(text)
    with pytest.raises(SettingsError) as caught:
        read_file(path, {})
    assert message in [line.removeprefix("f.yaml:") for line in caught.value.message.splitlines()]
    assert caught.value.exit_code == 2


def test_there_are_at_least_forty() -> None:
    assert len(WRONG) >= 40


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe\x00", "is not UTF-8"),
        (b"#" * (MAX_BYTES + 1), "is larger than 1 MiB"),
        (None, "cannot be read: No such file or directory"),
        ("folder", "cannot be read: Is a directory"),
    ],
)
def test_a_file_that_is_not_text(content: bytes | str | None, message: str, tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    with pytest.raises(SettingsError, match=message):
        read_file(path, {})


@pytest.mark.spec("orchestration/configuration/all-problems-are-reported-at-once")
def test_all_problems_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(W + "count: x\n    grace: y\n    foo: 1\n  reading: {recipe: 'A B'}\n")
    _, problems = examine_file(path, {})
    assert [problem.line for problem in sorted(problems)] == [3, 4, 5, 6]


@pytest.mark.parametrize(
    "text", ["", "# only a comment\n", "version: 1\n", "mineru:\n", "mineru: {workers: }\n"]
)
def test_an_empty_file_says_nothing(text: str, tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(text)
    assert read_file(path, {}).given.values == {}


@pytest.mark.spec("orchestration/configuration/the-http-backend-needs-an-address")
def test_a_file_for_http_clients_needs_a_server(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(W + "backend: vlm-http-client\n")
    needed = read_file(path, {}).needs_server
    assert needed is not None
    assert needed.line == 3
    assert "mineru.vllm_server.base_url is missing" in needed.message
    path.write_text(W + "backend: vlm-http-client\n  vllm_server: {launch: docker}\n")
    assert read_file(path, {}).needs_server is None
