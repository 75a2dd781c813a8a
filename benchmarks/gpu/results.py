"""The page of one model's results: what it was measured on, and all that was found."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.report import Section, machine
from mineru_cli.bench.targets import ReferenceSystem

ASK = "name,driver_version,memory.total,power.limit,clocks.max.sm"


@dataclass(frozen=True)
class ClientRow:
    """A client's whole command on the same pages."""

    client: str
    found: ReferenceSystem

    def plain(self) -> dict[str, Any]:
        found = self.found
        return {
            "client": self.client,
            "pages/s": found.pages_per_second,
            "start-up and first page, s": found.worker_start_seconds,
            "GPU": _percent(found.gpu_utilisation),
        }


def write_results(
    folder: Path, line: str, phases: tuple[tuple[str, float], ...], rows: list[ClientRow]
) -> None:
    """``README.md`` beside the bench's own files, and ``clients.json``."""
    found = json.loads((folder / "bench.json").read_text("utf-8"))
    plain = [row.plain() for row in rows]
    (folder / "clients.json").write_text(json.dumps(plain, indent=2) + "\n")
    sections = [
        Section("Measured on", _environment(found, line)),
        Section("Start", [{"phase": name, "seconds": seconds} for name, seconds in phases]),
        Section("Levels", [_level(level) for level in found["levels"]], [_knee(found)]),
        Section("Both clients, whole commands", plain),
    ]
    text = "\n".join(section.markdown() for section in sections if section.rows)
    (folder / "README.md").write_text(f"## {found['fingerprint']['model']}\n\n{text}")


def _environment(found: dict[str, Any], line: str) -> list[dict[str, Any]]:
    facts = {
        "GPU": found["fingerprint"]["gpu"],
        "nvidia-smi": _nvidia_smi(),
        "vLLM": found["environment"]["server_version"],
        "machine": machine(),
        "date": found["environment"]["measured"],
        "mineru-batch": found["environment"]["mineru-batch"],
        "server": f"`{line}`",
        "utilisation is": found["gpu"]["source"],
        "recipe": found["fingerprint"]["settings"]["recipe"],
    }
    return [{"what": name, "is": value} for name, value in facts.items()]


def _nvidia_smi() -> str:
    command = ["nvidia-smi", f"--query-gpu={ASK}", "--format=csv,noheader"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except OSError:
        return "not there"
    return done.stdout.strip().replace("\n", "; ") or done.stderr.strip()


def _level(level: dict[str, Any]) -> dict[str, Any]:
    run = level["runs"][-1]
    times = level["page_seconds"] or {}
    return {
        "in flight": level["concurrency"],
        "pages/s": level["pages_per_second"],
        "PDFs/h": round(level["pdfs_per_hour"]),
        "p50, s": times.get("p50"),
        "p95, s": times.get("p95"),
        "tokens/s out": round(level["completion_tokens_per_second"]),
        "GPU": _percent(level["gpu_utilisation"]),
        "W": run["gpu"]["power"],
        "J per page": run["gpu"]["energy_per_page"],
        "KV": _percent(run["server"]["kv_use"]),
        "client CPU, s a page": level["client_cpu_seconds_per_page"],
    }


def _knee(found: dict[str, Any]) -> str:
    knee = found["knee"]
    if knee is None:
        return f"Knee: {found['knee_reason']}."
    return f"Knee: {knee['concurrency']:.1f} in flight, {knee['pages_per_second']:.2f} pages/s."


def _percent(share: float | None) -> str:
    return "unavailable" if share is None else f"{share:.0%}"
