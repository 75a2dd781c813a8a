"""The Python that we run on."""

from __future__ import annotations

from mineru_cli.servers.doctor.facts import Facts
from mineru_cli.servers.doctor.finding import Finding, ok, problem

OLDEST = (3, 10)


def python(facts: Facts) -> Finding:
    """Its version."""
    told = ".".join(map(str, facts.python))
    if facts.python < OLDEST:
        return problem("python", told, "use Python 3.10 or newer")
    return ok("python", told)
