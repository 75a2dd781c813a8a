"""Docker: the client, the engine behind it, compose."""

from __future__ import annotations

from mineru_cli.servers.docker.stack import COMPOSE_HINT
from mineru_cli.servers.doctor.facts import Finding, MachineFacts, ok, problem, skipped

INSTALL = "install Docker Engine: https://docs.docker.com/engine/install/"
NO_GPU = "no NVIDIA GPU here: the embedded CPU engine is used, or a server elsewhere"


def docker(facts: MachineFacts) -> Finding:
    """The ``docker`` command."""
    if facts.machine.client:
        return ok("docker", f"client {facts.machine.client}")
    if not facts.wanted:
        return skipped("docker", f"not installed; {NO_GPU}")
    return problem("docker", "the docker command is not installed", INSTALL)


def engine(facts: MachineFacts) -> Finding:
    """The engine that the command connects to."""
    machine = facts.machine
    if machine.engine:
        return ok(
            "docker engine", f"version {machine.engine.version}, data in {machine.engine.folder or '?'}"
        )
    if not machine.client:
        return skipped("docker engine", "no docker command to ask with")
    if not facts.wanted:
        return skipped("docker engine", f"does not answer; {NO_GPU}")
    if "permission denied" in machine.engine_error.lower():
        fix = "add yourself to the group: sudo usermod -aG docker $USER, then log in again"
    else:
        fix = "start it: sudo systemctl start docker"
    return problem("docker engine", machine.engine_error, fix)


def compose(facts: MachineFacts) -> Finding:
    """The compose plugin, and our compose file in this environment."""
    if facts.service_error is not None:
        return problem("docker compose", facts.service_error.message, facts.service_error.hint)
    if facts.machine.compose:
        return ok("docker compose", f"version {facts.machine.compose}")
    if not facts.machine.client:
        return skipped("docker compose", "no docker command to ask with")
    if not facts.wanted:
        return skipped("docker compose", f"not installed; {NO_GPU}")
    return problem("docker compose", "the compose plugin is not installed", COMPOSE_HINT)
