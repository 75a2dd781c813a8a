"""Results as Markdown and JSON."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Section:
    """One scenario's table. Every row is a dict with the same keys; ``notes`` are lines below it."""

    title: str
    rows: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)

    def markdown(self) -> str:
        names = list(self.rows[0])
        lines = [f"### {self.title}", "", f"| {' | '.join(names)} |", "|" + " --- |" * len(names)]
        lines += [f"| {' | '.join(_cell(row.get(name)) for name in names)} |" for row in self.rows]
        return "\n".join([*lines, "", *(f"{note}  " for note in self.notes)]).rstrip() + "\n"


class Report:
    """Prints sections as they come and keeps the files whole after each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sections: dict[str, Section] = {}
        self._load = os.getloadavg()[0]

    def add(self, name: str, section: Section) -> None:
        print("\n" + section.markdown(), flush=True)
        self._sections[name] = section
        self._folder.mkdir(parents=True, exist_ok=True)
        head = f"Load average at the start: {self._load:.2f}. {machine()}\n"
        text = "\n".join([head, *(one.markdown() for one in self._sections.values())])
        (self._folder / "results.md").write_text(text)
        values = {
            name: {"title": one.title, "rows": one.rows, "notes": one.notes}
            for name, one in self._sections.items()
        }
        data = {"machine": machine(), "load": self._load, "scenarios": values}
        (self._folder / "results.json").write_text(json.dumps(data, indent=2) + "\n")


def machine() -> str:
    model = ""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}, {platform.system()}."


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return (
        f"{value:.3g}"
        if isinstance(value, float) and abs(value) < 100
        else (f"{value:.0f}" if isinstance(value, float) else str(value))
    )
