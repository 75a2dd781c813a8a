"""What the kernel lets us take away from processes that draw strangers' pages."""

from __future__ import annotations

from mineru_cli.servers.doctor.facts import MachineFacts
from mineru_cli.servers.doctor.finding import Finding, ok, skipped

WITH_NETWORK = 4


def sandbox(facts: MachineFacts) -> Finding:
    """Landlock, and whether it covers connections. Workers are not confined by it in any case."""
    if facts.landlock is None:
        return skipped("sandbox", "not looked at")
    if not facts.landlock:
        return skipped("sandbox", "not sandboxed: the kernel has no Landlock (Linux 5.13 and newer have it)")
    network = "" if facts.landlock >= WITH_NETWORK else ", files only: connections need Linux 6.7"
    return ok("sandbox", f"Landlock {facts.landlock} for page drawing{network}; workers are not sandboxed")
