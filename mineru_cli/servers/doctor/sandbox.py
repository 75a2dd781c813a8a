"""What the kernel lets us take away from processes that read strangers' files."""

from __future__ import annotations

from mineru_cli.isolation.sandbox import lacking
from mineru_cli.servers.doctor.facts import MachineFacts
from mineru_cli.servers.doctor.finding import Finding, ok, skipped


def sandbox(facts: MachineFacts) -> Finding:
    """Landlock, and whether it covers connections."""
    if facts.landlock is None:
        return skipped("sandbox", "not looked at")
    if missing := lacking(facts.landlock):
        return skipped("sandbox", f"not sandboxed: {missing}")
    return ok("sandbox", f"Landlock {facts.landlock} confines workers and page drawing")
