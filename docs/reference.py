"""Writes most pages of docs/ and the files of schema/ and share/ from the code: see ``main``.

``--check`` says whether they are up to date.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
import yaml
from api_page import api_page
from licences_page import licences_page
from man_page import man_page

from mineru_cli.cli.app import EXIT_CODES, app
from mineru_cli.domain.codec import tag
from mineru_cli.domain.event_schema import event_classes, events_schema, fields_of
from mineru_cli.observe.metrics.declared import METRICS
from mineru_cli.settings.file.keys import file_keys
from mineru_cli.settings.file.schema import config_schema

PAGE = Path(__file__).with_name("cli.md")
API_PAGE = Path(__file__).with_name("api.md")
LICENCES_PAGE = Path(__file__).with_name("licences.md")
SHARE = Path(__file__).resolve().parents[1] / "share"
"""Laid out as below /usr/share, and installed so by the wheel."""
EVENTS_PAGE = Path(__file__).with_name("events.md")
EVENTS_SCHEMA = Path(__file__).resolve().parents[1] / "schema" / "events.json"
SETTINGS = PAGE.with_name("settings.md")
METRICS_PAGE = PAGE.with_name("metrics.md")
ALERTS_PAGE = PAGE.with_name("alerts.md")
RULES = PAGE.parents[1] / "deploy" / "prometheus"
SCHEMA = PAGE.parents[1] / "schema" / "config.json"
SETTINGS_INTRO = """# Settings

Written by `make docs` from the declarations; CI fails when it is out of date. How options, variables and the
file work together: [configuration.md](configuration.md).

"""
INTRO = """# Command reference

Written by `make docs` from the commands themselves; CI fails when it is out of date.

"""


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """All commands with their full names, groups before what they hold.

    Newer typer has a click of its own inside, so commands are known by what they have, not by their class.
    """
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from commands(inner, f"{path} {name}")


def section(path: str, command: Any) -> str:
    context = command.context_class(
        command,
        info_name=path,
        max_content_width=100,
        terminal_width=100,
        help_option_names=["-h", "--help"],
    )
    return f"## {path}\n\n```text\n{command.get_help(context).strip()}\n```\n"


def page() -> str:
    root = typer.main.get_command(app)
    parts = [section(path, command) for path, command in commands(root, "mineru-batch")]
    return INTRO + EXIT_CODES.strip() + "\n\n" + "\n".join(parts)


def settings_page() -> str:
    rows = ["| key | option | variable | default | |", "| --- | --- | --- | --- | --- |"]
    for key, one in file_keys().items():
        names = (one.flag, one.variable) if one.option else ("", "")
        default = one.shown_default if one.option else str(one.default)
        named = [f"`{name}`" if name else "" for name in (key, *names)]
        cells = (*named, default, one.option.help if one.option else "")
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return SETTINGS_INTRO + "\n".join(rows) + "\n"


METRICS_INTRO = """# Metrics

Written by `make docs` from the code; CI fails when it is out of date.

`convert --metrics-port 9464` serves these while a run lasts, `--metrics-textfile FILE` writes them for
node_exporter's textfile collector, `--pushgateway URL` pushes them every 15 s and at the end. Counters belong to one
run; a resumed run starts at zero and counts what it does itself. No label holds the name of a document.

Rules and alerts are in `deploy/prometheus/`, dashboards for Grafana 10.4 or newer in `deploy/grafana/`; each alert
has a section in [runbook.md](runbook.md). vLLM's own metrics are explained by vLLM; its process metrics are missing
when it runs more than one API server process, so nothing here relies on them.

| metric | type | labels | meaning |
| --- | --- | --- | --- |
"""


def metrics_page() -> str:
    rows = [
        f"| `{one.full_name}` | {one.kind} | {', '.join(f'`{label}`' for label in one.labels) or '-'} | {one.help} |"
        for one in METRICS
    ]
    return METRICS_INTRO + "\n".join(rows) + "\n"


ALERTS_INTRO = """# Alerts

Written by `make docs` from `deploy/prometheus/alerts.rules.yml` and its tests; CI fails when it is out of date.

`promtool test rules deploy/prometheus/alerts.test.yml` runs the tests below: an alert fires in the situations of the one
column, and stays silent, with its metrics present, in those of the other. `tests/deploy/test_prometheus.py` holds that each
alert has both and a section in [runbook.md](runbook.md). `tests/deploy/test_outage_alert.py` takes one the whole way: a real
run loses its server, and the alert is pending and firing in Prometheus, reaches a receiver behind Alertmanager, and ends.

| alert | severity | after | fires | stays silent |
| --- | --- | --- | --- | --- |
"""


def alerts_page() -> str:
    rules = yaml.safe_load((RULES / "alerts.rules.yml").read_text("utf-8"))
    tests = yaml.safe_load((RULES / "alerts.test.yml").read_text("utf-8"))["tests"]
    rows = []
    for rule in (rule for group in rules["groups"] for rule in group["rules"]):
        name = rule["alert"]
        cells = (f"[{name}](runbook.md#{name.lower()})", rule["labels"]["severity"], rule["for"])
        shown = ("; ".join(_situations(tests, name, fires)) for fires in (True, False))
        rows.append(f"| {' | '.join((*cells, *shown))} |")
    return ALERTS_INTRO + "\n".join(rows) + "\n"


def _situations(tests: list[dict[str, Any]], alert: str, fires: bool) -> list[str]:
    return [
        test["name"]
        for test in tests
        if any(
            check["alertname"] == alert and bool(check.get("exp_alerts")) == fires
            for check in test["alert_rule_test"]
        )
    ]


EVENTS_INTRO = """# Events

Written by `make docs` from the code; CI fails when it is out of date.

`convert --progress json` writes one JSON object per line on stdout, and nothing else there; `observers` of
[the Python interface](python.md) are called with the same events as values. Every line has `event` (its kind), `at` (Unix
seconds) and `run` (the id of the run, which `run.json` has too). `run-started` carries the version of the stream in
`schema`. Within one version, fields and events are only added: ignore what you do not know. `schema/events.json` is the
JSON Schema of a line.

Pages are counted from 0 here, as in MinerU's JSON; what is made for people (the log, the reports, `failures.jsonl`) counts
from 1. Times are seconds, memory is bytes, shares are 0-1. `document` is the document's folder below the output folder.
A number that is not known is null. The order is that of what happened: `run-finished`, with the totals of the run, is the
last line of every run that began, also of one that was stopped.

"""


def events_page() -> str:
    parts = []
    for cls in event_classes():
        text = inspect.cleandoc(cls.__doc__ or "").replace("``", "`")
        rows = [f"| `{name}` | {words} |" for name, words in fields_of(cls)]
        parts.append(f"## {tag(cls)}\n\n{text}\n\n| field | type |\n| --- | --- |\n" + "\n".join(rows) + "\n")
    return EVENTS_INTRO + "\n".join(parts)


def shared() -> dict[Path, str]:
    """The manual page and the completion of each shell."""
    names = {
        "bash": "bash-completion/completions/mineru-batch",
        "fish": "fish/vendor_completions.d/mineru-batch.fish",
        "zsh": "zsh/site-functions/_mineru-batch",
    }
    root = list(commands(typer.main.get_command(app), "mineru-batch"))
    return {
        SHARE / "man/man1/mineru-batch.1": man_page(root, EXIT_CODES),
        **{SHARE / name: completion_script(shell).lstrip() + "\n" for shell, name in names.items()},
    }


def completion_script(shell: str) -> str:
    from typer.completion import get_completion_script

    script: str = get_completion_script(
        prog_name="mineru-batch", complete_var="_MINERU_BATCH_COMPLETE", shell=shell
    )
    return script


def main() -> int:
    events = json.dumps(events_schema(), indent=2) + "\n"
    schema = json.dumps(config_schema(), indent=2) + "\n"
    texts = {
        PAGE: page(),
        SETTINGS: settings_page(),
        METRICS_PAGE: metrics_page(),
        ALERTS_PAGE: alerts_page(),
        SCHEMA: schema,
        API_PAGE: api_page(),
        LICENCES_PAGE: licences_page(),
        EVENTS_PAGE: events_page(),
        EVENTS_SCHEMA: events,
        **shared(),
    }
    late = [path for path, text in texts.items() if not path.is_file() or path.read_text("utf-8") != text]
    if "--check" in sys.argv:
        for path in late:
            print(f"{path} is out of date: run make docs")
        return int(bool(late))
    for path in late:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(texts[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
