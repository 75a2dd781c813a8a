"""The Python that we run on, and what was compiled for it."""

from __future__ import annotations

from mineru_cli.domain.extras import install_command
from mineru_cli.servers.doctor.facts import MachineFacts
from mineru_cli.servers.doctor.finding import Finding, ok, problem, skipped

OLDEST = (3, 10)


def python(facts: MachineFacts) -> Finding:
    """Its version."""
    told = ".".join(map(str, facts.python))
    if facts.python < OLDEST:
        return problem("python", told, "use Python 3.10 or newer")
    return ok("python", told)


def loops(facts: MachineFacts) -> Finding:
    """Whether a worker shrinks pages with the compiled loops or with Pillow."""
    if not facts.loops:
        return skipped(
            "pixel loops", "not compiled: pages take more CPU; install a C compiler, then mineru-batch anew"
        )
    return ok("pixel loops", "compiled, the same pixels as Pillow's")


def listings(facts: MachineFacts) -> Finding:
    """Whether the language of listings is guessed, as MinerU does."""
    if not facts.listings:
        return skipped(
            "code languages", f"not guessed, fences say txt: {install_command('code')} (or [embedded])"
        )
    return ok("code languages", "guessed with magika")
