"""All checks, in the order they are shown. A new check is one function and one line here."""

from __future__ import annotations

from dataclasses import replace

from mineru_cli.servers.doctor import docker, gpu, machine, server
from mineru_cli.servers.doctor.facts import Check, Finding, MachineFacts

LAUNCH: tuple[Check, ...] = (
    docker.docker,
    docker.engine,
    docker.compose,
    gpu.driver,
    gpu.runtime,
    gpu.memory,
    machine.disk,
    machine.port,
)
"""What a launch depends on."""

ALL: tuple[Check, ...] = (
    machine.python,
    machine.loops,
    machine.listings,
    machine.sandbox,
    *LAUNCH,
    server.container,
    server.servers,
    server.model,
    server.embedded,
)


def examine(facts: MachineFacts, checks: tuple[Check, ...] = ALL) -> list[Finding]:
    """Run every check."""
    return [check(facts) for check in checks]


def preflight(facts: MachineFacts) -> list[Finding]:
    """Problems that would make a launch fail; empty if none are known."""
    findings = examine(replace(facts, launching=True), LAUNCH)
    return [finding for finding in findings if finding.status == "problem"]
