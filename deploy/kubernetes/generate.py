"""Writes the PrometheusRule of the observability overlay from deploy/prometheus; ``--check`` compares."""

from __future__ import annotations

import sys
from pathlib import Path

import yaml

HERE = Path(__file__).parent
RULES = HERE.parent / "prometheus"
TARGET = HERE / "overlays" / "observability" / "prometheus-rule.yaml"
HEAD = "# Written by deploy/kubernetes/generate.py from deploy/prometheus: change the rules there.\n"


def rendered() -> str:
    """The rules of all files as one PrometheusRule."""
    groups = [
        group
        for path in sorted(RULES.glob("*.rules.yml"))
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]
    ]
    resource = {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "mineru-batch"},
        "spec": {"groups": groups},
    }
    return HEAD + yaml.safe_dump(resource, sort_keys=False, allow_unicode=True, width=110)


def main() -> int:
    """Write the file, or compare it."""
    if "--check" in sys.argv[1:]:
        fresh = TARGET.exists() and TARGET.read_text(encoding="utf-8") == rendered()
        if not fresh:
            sys.stderr.write(f"{TARGET} is stale: run python deploy/kubernetes/generate.py\n")
        return 0 if fresh else 1
    TARGET.write_text(rendered(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
