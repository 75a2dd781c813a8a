"""Writes docs/cli.md and docs/metrics.md from the code; ``--check`` says whether they are up to date."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from mineru_cli.cli.app import EXIT_CODES, app
from mineru_cli.observe.metrics.declared import METRICS

HERE = Path(__file__).parent
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


def main() -> int:
    stale = []
    for name, text in {"cli.md": page(), "metrics.md": metrics_page()}.items():
        path = HERE / name
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(str(path))
    if stale:
        print(f"{', '.join(stale)}: out of date, run make docs")
    return bool(stale)


if __name__ == "__main__":
    sys.exit(main())
