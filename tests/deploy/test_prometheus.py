"""Rules, alerts and dashboards on a real Prometheus (Debian's), with a run's own metrics and vLLM's names."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

import pytest
import yaml

from mineru_cli.domain import events
from mineru_cli.domain.failure import Failure
from mineru_cli.observe.metrics.declared import METRICS
from mineru_cli.observe.metrics.exporters import exported
from mineru_cli.observe.metrics.run_metrics import RunMetrics
from tests.deploy.prometheus_server import RULES, page, prometheus, wait_for

ROOT = Path(__file__).resolve().parents[2]
FOREIGN = (Path(__file__).parent / "vllm_metrics.txt").read_bytes()
CAPTURED = ROOT.parent / "shared/vllm-wire/metrics.txt"
DASHBOARDS = sorted((ROOT / "deploy/grafana/dashboards").glob("*.json"))
SERVER = "http://gpu:8000"
NAME = re.compile(r"(?<![\w:])(?:mineru_batch_\w+|vllm:\w+|DCGM_\w+)")
needs_prometheus = pytest.mark.skipif(
    shutil.which("prometheus") is None or shutil.which("promtool") is None, reason="apt install prometheus"
)
RECORDED = [
    rule
    for name in ("alerts.rules.yml", "recording.rules.yml")
    for group in yaml.safe_load((RULES / name).read_text())["groups"]
    for rule in group["rules"]
]
ALERTS = [
    rule for group in yaml.safe_load((RULES / "alerts.rules.yml").read_text())["groups"] for rule in group["rules"]
]  # fmt: skip


def expressions() -> list[tuple[str, str]]:
    return [
        (f"{path.stem}: {panel['title']}", target["expr"])
        for path in DASHBOARDS
        for panel in json.loads(path.read_text())["panels"]
        for target in panel["targets"]
    ]


def filled(expression: str) -> str:
    for name, value in {
        "$__rate_interval": "30s", "$__range": "5m", "$job": ".*", "$instance": ".*", "$model": ".*",
    }.items():  # fmt: skip
        expression = expression.replace(name, value)
    return expression


@needs_prometheus
def test_promtool_accepts_the_rules_and_their_tests_pass():
    for command in (
        ["check", "rules", "recording.rules.yml", "alerts.rules.yml"],
        ["test", "rules", "alerts.test.yml"],
    ):
        done = subprocess.run(["promtool", *command], cwd=RULES, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.spec("orchestration/observability/alerts-are-tested-and-explained")
def test_every_alert_is_tested_to_fire_and_to_stay_silent():
    tests = yaml.safe_load((RULES / "alerts.test.yml").read_text())["tests"]
    fires, silent = set(), set()
    for one in tests:
        for check in one["alert_rule_test"]:
            (fires if check.get("exp_alerts") else silent).add(check["alertname"])
    names = {rule["alert"] for rule in ALERTS}
    assert names == fires
    assert names == silent


@pytest.mark.spec("orchestration/observability/alerts-are-tested-and-explained")
@pytest.mark.parametrize("rule", ALERTS, ids=lambda rule: rule["alert"])
def test_every_alert_says_what_it_means_and_has_a_section_in_the_runbook(rule):
    assert rule["labels"]["severity"] in ("warning", "critical")
    assert {"summary", "description", "runbook_url"} <= set(rule["annotations"])
    page_name, _, anchor = rule["annotations"]["runbook_url"].partition("#")
    headings = re.findall(r"^## (\w+)$", (ROOT / page_name).read_text(), re.MULTILINE)
    assert anchor in [heading.lower() for heading in headings]
    section = (ROOT / page_name).read_text().split(f"## {rule['alert']}\n")[1].split("\n## ")[0]
    for part in ("**Meaning.**", "**Impact.**", "**Diagnosis.**", "**Mitigation.**"):
        assert part in section


def test_dashboards_are_current():
    done = subprocess.run(
        [sys.executable, ROOT / "deploy/grafana/generate.py", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_every_metric_that_is_queried_exists():
    ours = {metric.full_name for metric in METRICS}
    suffixed = {f"{metric.full_name}_{end}" for metric in METRICS if metric.kind == "histogram" for end in ("bucket", "count", "sum")}  # fmt: skip
    foreign = set(re.findall(r"^([\w:]+)\{", FOREIGN.decode(), re.MULTILINE))
    rules = [str(rule["expr"]) for rule in ALERTS]
    for expression in [expression for _, expression in expressions()] + rules:
        for name in NAME.findall(expression):
            assert name in ours | suffixed | foreign, expression


@pytest.mark.skipif(not CAPTURED.is_file(), reason="../shared is not there")
def test_the_names_of_vllm_are_those_of_a_real_one():
    real = set(re.findall(r"^(vllm:\w+)\{", CAPTURED.read_text(), re.MULTILINE))
    assert set(re.findall(r"^(vllm:\w+)\{", FOREIGN.decode(), re.MULTILINE)) <= real


def a_run(metrics: RunMetrics, at: float, pages: int) -> None:
    """Some of everything, so that no query is empty for want of an event."""
    for number in range(pages):
        metrics(
            events.PageFinished("a", number, 0, 2.0, 5, 0, 6, 1, prompt_tokens=90, completion_tokens=9), at
        )
    metrics(events.RequestRetried(SERVER, "server-fault", 1, 0.5, 0), at)
    latencies = (0, 0, pages, *[0] * 8)
    metrics(events.RequestFinished(SERVER, "text", "stop", 0, pages, 0.4 * pages, latencies=latencies), at)


def everything_happened() -> RunMetrics:
    """The metrics after one event at least of each kind that they count."""
    metrics = RunMetrics("1.0")
    now = time.time()
    metrics(events.RunStarted("out", (SERVER,), "mineru", "mineru", "model", 2, 32, False, False), now)
    metrics(events.DiscoveryProgress(50, 9_000, True), now)
    metrics(events.WorkerStarted(0, 1, 0.5), now)
    metrics(events.WorkerGauge(0, 1, 2, 3, 8, 16, 1_000_000, 1.0), now)
    metrics(events.DocumentStarted("a", 40, 0, 0), now)
    metrics(events.GpuGauge("0", "DCGM SM active", 0.9, 10, 20), now)
    metrics(events.DocumentScored("a", 0.99, 0.99, 3), now)
    metrics(events.RolloutChanged(10.0, None, "the rollout begins"), now)
    metrics(events.RolloutScored("a", 0.9, 0.9, 20), now)
    metrics(events.RolloutJudged("match", "fail", 0.9, 0.88, 0.92, 0.98, 20), now)
    metrics(events.RolloutReverted("match", "too low", 10.0, 20), now)
    metrics(events.DocumentRecalled("a", "done", 3), now)
    metrics(events.WorkerStopped(0, 1, "crashed"), now)
    return metrics


def test_every_metric_that_is_queried_or_scaled_on_is_served():
    """Declared is not enough: the name has to be in what a scrape of a run reads."""
    metrics = everything_happened()
    a_run(metrics, 1.0, 3)
    metrics(events.PageFailed("a", 1, 0, Failure("page-unreadable", "broken"), requests=1, retried=0), 1.0)
    with (
        exported(metrics, port=0) as port,
        urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as reply,
    ):
        text = reply.read().decode()
    served = set(re.findall(r"^(mineru_batch_\w+)[{ ]", text, re.MULTILINE))
    scalers = [
        (ROOT / "deploy/kubernetes/overlays" / path).read_text()
        for path in ("observability/scaled-object.yaml", "vllm-replicas/hpa.yaml")
    ]
    asked = " ".join(
        [
            *scalers,
            *(expression for _, expression in expressions()),
            *(str(rule["expr"]) for rule in RECORDED),
        ]
    )
    ours = {name for name in NAME.findall(asked) if name.startswith("mineru_batch_")}
    assert len(ours) > 20
    assert ours - served == set()


@needs_prometheus
@pytest.mark.timeout(240)
def test_every_query_of_every_dashboard_gives_data(tmp_path):
    metrics = everything_happened()
    rules = (RULES / "recording.rules.yml", RULES / "alerts.rules.yml")
    with (
        exported(metrics, port=0) as ours,
        page(FOREIGN) as theirs,
        prometheus(tmp_path, {"mineru-batch": ours, "vllm": theirs}, rules=rules) as server,
    ):
        wait_for("the first scrape", lambda: server.query("mineru_batch_pages_total"))
        for _ in range(3):
            a_run(metrics, time.time(), 20)
            seen = server.query("sum(mineru_batch_pages_total)")[0]["value"][1]
            wait_for("a further scrape", lambda seen=seen: server.query("sum(mineru_batch_pages_total)")[0]["value"][1] != seen)  # fmt: skip
        wait_for(
            "a rate", lambda: float(server.query("sum(rate(mineru_batch_pages_total[30s]))")[0]["value"][1])
        )
        empty = [where for where, expression in expressions() if not server.query(filled(expression))]
        assert empty == []
        assert server.get("/api/v1/rules")["groups"]
        unhealthy = [
            rule["name"] for group in server.get("/api/v1/rules")["groups"] for rule in group["rules"]
            if rule["health"] not in ("ok", "unknown")
        ]  # fmt: skip
        assert unhealthy == []
