"""Writes the dashboards in ``dashboards/``: ``python deploy/grafana/generate.py [--check]``.

Grafana 10.4 or newer. Dashboards are data that people import; they are generated so that panels look alike and
a test can run every query on a real Prometheus. ``--check`` fails when a committed file is stale.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent / "dashboards"
SCHEMA = 39
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
RUN = 'job=~"$job",instance=~"$instance"'
VLLM = 'model_name=~"$model"'
WIDTH = 24


@dataclass(frozen=True)
class Panel:
    """One panel: ``queries`` are pairs of expression and legend. ``width`` and ``height`` in grid units."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 12
    height: int = 8
    text: str = ""
    red_above: float | None = None

    def body(self, number: int, x: int, y: int) -> dict[str, Any]:
        """The panel as Grafana's JSON."""
        steps = [{"color": "green", "value": None}]
        if self.red_above is not None:
            steps.append({"color": "red", "value": self.red_above})
        return {
            "id": number,
            "title": self.title,
            "description": self.text,
            "type": self.kind,
            "datasource": DATASOURCE,
            "gridPos": {"x": x, "y": y, "w": self.width, "h": self.height},
            "fieldConfig": {
                "defaults": {"unit": self.unit, "min": 0, "thresholds": {"mode": "absolute", "steps": steps}},
                "overrides": [],
            },
            "options": {"legend": {"displayMode": "list", "placement": "bottom"}}
            if self.kind == "timeseries"
            else {"reduceOptions": {"calcs": ["lastNotNull"]}},
            "targets": [
                {"refId": chr(65 + at), "expr": expression, "legendFormat": legend, "datasource": DATASOURCE}
                for at, (expression, legend) in enumerate(self.queries)
            ],
        }


def stat(title: str, expression: str, unit: str = "short", **how: Any) -> Panel:
    """A single number."""
    return Panel(title, ((expression, ""),), unit, "stat", width=4, height=4, **how)


OVERVIEW = (
    stat("Pages per second", f"sum(rate(mineru_batch_pages_total{{{RUN}}}[$__rate_interval]))"),
    stat("Documents left", f"sum(mineru_batch_backlog_documents{{{RUN}}})"),
    stat("Pages left (estimate)", f"sum(mineru_batch_backlog_pages{{{RUN}}})"),
    stat(
        "Time left",
        f"sum(mineru_batch_backlog_pages{{{RUN}}}) / sum(rate(mineru_batch_pages_total{{{RUN}}}[5m]))",
        "s",
    ),
    stat(
        "Pages that lose content",
        f'sum(mineru_batch_pages_total{{outcome=~"failed|incomplete",{RUN}}}) / sum(mineru_batch_pages_total{{{RUN}}})',
        "percentunit",
        red_above=0.001,
    ),
    stat("Runs at work", f"sum(mineru_batch_run_active{{{RUN}}})"),
    Panel(
        "Throughput",
        ((f"sum by (outcome) (rate(mineru_batch_pages_total{{{RUN}}}[$__rate_interval]))", "{{outcome}}"),),
        "ops",
        text="Pages per second by outcome.",
    ),
    Panel(
        "Backlog",
        (
            (f"sum(mineru_batch_backlog_documents{{{RUN}}})", "documents"),
            (f"sum(mineru_batch_backlog_pages{{{RUN}}})", "pages"),
        ),
    ),
    Panel(
        "Slots",
        (
            (f"sum(mineru_batch_requests_in_flight{{{RUN}}})", "in flight"),
            (f"sum(mineru_batch_request_limit{{{RUN}}})", "limit"),
            (f"sum(mineru_batch_requests_queued{{{RUN}}})", "queued"),
            (f"sum(mineru_batch_pages_prepared{{{RUN}}})", "pages prepared"),
        ),
        text="In flight below the limit with pages prepared: the server's limit adapts. None prepared: add workers.",
    ),
    Panel(
        "Time per page",
        tuple(
            (
                f"histogram_quantile({share}, sum by (le) "
                f"(rate(mineru_batch_page_duration_seconds_bucket{{{RUN}}}[$__rate_interval])))",
                f"p{share * 100:.0f}",
            )
            for share in (0.5, 0.95, 0.99)
        ),
        "s",
    ),
    Panel(
        "Failures by class",
        (
            (
                f"sum by (scope, code) (increase(mineru_batch_failures_total{{{RUN}}}[$__range])) or vector(0)",
                "{{scope}}: {{code}}",
            ),
        ),
    ),
    Panel(
        "Workers",
        (
            (f"sum(mineru_batch_workers{{{RUN}}})", "ready"),
            (
                f"sum by (reason) (increase(mineru_batch_worker_restarts_total{{{RUN}}}[$__range]))",
                "ended: {{reason}}",
            ),
        ),
    ),
)

SERVERS = (
    Panel(
        "Circuit breakers",
        ((f"max by (server) (mineru_batch_breaker_state{{{RUN}}})", "{{server}}"),),
        text="0 closed, 1 half-open, 2 open in every worker.",
        red_above=2,
    ),
    Panel(
        "Retries by class",
        (
            (
                f"sum by (server, code) (rate(mineru_batch_retries_total{{{RUN}}}[$__rate_interval])) or vector(0)",
                "{{server}} {{code}}",
            ),
        ),
        "ops",
    ),
    Panel(
        "Requests",
        (
            (
                f"sum by (outcome) (rate(mineru_batch_requests_total{{{RUN}}}[$__rate_interval]))",
                "{{outcome}}",
            ),
        ),
        "ops",
    ),
    Panel(
        "Time per request, p95",
        (
            (
                f"histogram_quantile(0.95, sum by (server, le) (rate(mineru_batch_request_duration_seconds_bucket{{{RUN}}}[$__rate_interval])))",
                "{{server}}",
            ),
        ),
        "s",
    ),
    Panel(
        "Requests by outcome",
        (
            (
                f"sum by (server, outcome) (rate(mineru_batch_server_requests_total{{{RUN}}}[$__rate_interval]))",
                "{{server}} {{outcome}}",
            ),
        ),
        "ops",
        text="length and repetition are replies that were cut: the page is asked about again, then flawed.",
    ),
    Panel(
        "Tokens per second",
        ((f"sum by (kind) (rate(mineru_batch_tokens_total{{{RUN}}}[$__rate_interval]))", "{{kind}}"),),
        "ops",
    ),
    Panel(
        "vLLM: running and waiting",
        (
            (f"sum by (instance) (vllm:num_requests_running{{{VLLM}}})", "{{instance}} running"),
            (f"sum by (instance) (vllm:num_requests_waiting{{{VLLM}}})", "{{instance}} waiting"),
        ),
        text="A bounded client keeps the waiting queue short. For more see vLLM's own dashboards, tag vllm.",
    ),
    Panel(
        "vLLM: KV cache",
        ((f"max by (instance) (vllm:kv_cache_usage_perc{{{VLLM}}})", "{{instance}}"),),
        "percentunit",
        red_above=0.95,
    ),
    Panel(
        "vLLM: engine steps",
        (
            (
                f"sum by (instance) (rate(vllm:iteration_tokens_total_count{{{VLLM}}}[$__rate_interval]))",
                "{{instance}}",
            ),
        ),
        "ops",
        text="Zero while requests run: the engine is stalled, although /health may be 200.",
    ),
    Panel(
        "vLLM: preemptions",
        (
            (
                f"sum by (instance) (rate(vllm:num_preemptions_total{{{VLLM}}}[$__rate_interval]))",
                "{{instance}}",
            ),
        ),
        "ops",
    ),
)

GPU = (
    Panel(
        "Utilisation as the run observes it",
        ((f"mineru_batch_gpu_utilisation_ratio{{{RUN}}}", "{{gpu}} ({{source}})"),),
        "percentunit",
    ),
    Panel(
        "Memory as the run observes it",
        ((f"mineru_batch_gpu_memory_used_bytes{{{RUN}}}", "{{gpu}} ({{source}})"),),
        "bytes",
    ),
    Panel("SM active (DCGM)", (("DCGM_FI_PROF_SM_ACTIVE", "GPU {{gpu}}"),), "percentunit"),
    Panel("Power (DCGM)", (("DCGM_FI_DEV_POWER_USAGE", "GPU {{gpu}}"),), "watt"),
    Panel("Temperature (DCGM)", (("DCGM_FI_DEV_GPU_TEMP", "GPU {{gpu}}"),), "celsius"),
    Panel("XID errors (DCGM)", (("DCGM_FI_DEV_XID_ERRORS", "GPU {{gpu}}"),), red_above=1),
)

QUALITY = (
    stat("Match with the baseline", f"avg(mineru_batch_quality_match_ratio{{{RUN}}})", "percentunit"),
    stat("Documents compared", f"sum(mineru_batch_quality_documents_scored{{{RUN}}})"),
    stat(
        "Incomplete pages",
        f'sum(mineru_batch_pages_total{{outcome="incomplete",{RUN}}})',
        red_above=1,
    ),
    stat("Partial documents", f'sum(mineru_batch_documents_total{{outcome="partial",{RUN}}})', red_above=1),
    Panel(
        "Match over time",
        ((f"avg by (instance) (mineru_batch_quality_match_ratio{{{RUN}}})", "{{instance}}"),),
        "percentunit",
        width=WIDTH,
        text="The mean over the documents compared so far. The gate is 95 %.",
    ),
    stat("Documents to the candidate", f"max(mineru_batch_rollout_candidate_ratio{{{RUN}}})", "percentunit"),
    stat(
        "Rollouts reverted",
        f"sum(mineru_batch_rollout_reverted{{{RUN}}})",
        red_above=1,
        text="See the alert MineruBatchRolloutReverted.",
    ),
    stat("Match of the candidate", f"avg(mineru_batch_rollout_match_ratio{{{RUN}}})", "percentunit"),
    stat("Its documents compared", f"sum(mineru_batch_rollout_documents_scored{{{RUN}}})"),
    stat("Documents begun anew", f"sum(mineru_batch_documents_recalled_total{{{RUN}}}) or vector(0)"),
    Panel(
        "Rollout",
        (
            (
                f"max by (instance) (mineru_batch_rollout_candidate_ratio{{{RUN}}})",
                "{{instance}} to the candidate",
            ),
            (f"max by (instance) (mineru_batch_rollout_match_ratio{{{RUN}}})", "{{instance}} match"),
        ),
        "percentunit",
    ),
    Panel(
        "Verdicts of the guards",
        (
            (
                f"max by (instance, guard) (mineru_batch_rollout_guard_verdict{{{RUN}}})",
                "{{instance}} {{guard}}",
            ),
        ),
        text="0 pass, 1 inconclusive, 2 fail: the rollout is reverted.",
        red_above=2,
    ),
    Panel(
        "Reverts by guard",
        ((f"sum by (guard) (mineru_batch_rollout_reverts_total{{{RUN}}}) or vector(0)", "{{guard}}"),),
        width=WIDTH,
    ),
)


def variables(*names: str) -> list[dict[str, Any]]:
    """The variables of a dashboard; the data source is always one."""
    queries = {
        "job": ("mineru_batch_build_info", "job"),
        "instance": ("mineru_batch_build_info", "instance"),
        "model": ("vllm:num_requests_running", "model_name"),
    }
    found: list[dict[str, Any]] = [{"name": "datasource", "type": "datasource", "query": "prometheus"}]
    for name in names:
        metric, label = queries[name]
        found.append(
            {
                "name": name,
                "type": "query",
                "datasource": DATASOURCE,
                "query": {"query": f"label_values({metric}, {label})", "refId": name},
                "includeAll": True,
                "multi": True,
                "current": {"text": "All", "value": "$__all"},
                "allValue": ".*",
                "refresh": 2,
            }
        )
    return found


def dashboard(uid: str, title: str, panels: tuple[Panel, ...], *names: str) -> dict[str, Any]:
    """A dashboard with its panels laid out row by row."""
    placed, x, y, tallest = [], 0, 0, 0
    for number, panel in enumerate(panels, 1):
        if x + panel.width > WIDTH:
            x, y, tallest = 0, y + tallest, 0
        placed.append(panel.body(number, x, y))
        x, tallest = x + panel.width, max(tallest, panel.height)
    return {
        "uid": uid,
        "title": title,
        "tags": ["mineru-batch"],
        "schemaVersion": SCHEMA,
        "editable": True,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": variables(*names)},
        "links": [
            {"title": "mineru-batch", "type": "dashboards", "tags": ["mineru-batch"], "asDropdown": True},
            {"title": "vLLM", "type": "dashboards", "tags": ["vllm"], "asDropdown": True},
        ],
        "panels": placed,
    }


DASHBOARDS = {
    "overview": dashboard("mineru-batch-overview", "mineru-batch: overview", OVERVIEW, "job", "instance"),
    "servers": dashboard(
        "mineru-batch-servers", "mineru-batch: servers", SERVERS, "job", "instance", "model"
    ),
    "gpu": dashboard("mineru-batch-gpu", "mineru-batch: GPU", GPU, "job", "instance"),
    "quality": dashboard(
        "mineru-batch-quality", "mineru-batch: quality and rollout", QUALITY, "job", "instance"
    ),
}


def main() -> int:
    """Write the files, or with ``--check`` say which ones are stale."""
    stale = []
    for name, body in DASHBOARDS.items():
        path = HERE / f"{name}.json"
        text = json.dumps(body, indent=2, sort_keys=True) + "\n"
        if "--check" in sys.argv:
            if not path.is_file() or path.read_text(encoding="utf-8") != text:
                stale.append(path.name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"stale: {', '.join(stale)}: run python deploy/grafana/generate.py")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
