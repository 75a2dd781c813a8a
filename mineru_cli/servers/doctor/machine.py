"""The machine itself: Python, compiled code, disk and port for a server, the sandbox."""

from __future__ import annotations

from mineru_cli.domain.extras import install_command
from mineru_cli.isolation.sandbox import lacking
from mineru_cli.servers.doctor.facts import Finding, MachineFacts, ok, problem, skipped
from mineru_cli.servers.doctor.gpu import GIB, weights

OLDEST = (3, 10)
IMAGE = 25 * GIB
"""Approximate size of vLLM's image when unpacked."""


def python(facts: MachineFacts) -> Finding:
    """The version of Python."""
    text = ".".join(map(str, facts.python))
    if facts.python < OLDEST:
        return problem("python", text, "use Python 3.10 or newer")
    return ok("python", text)


def loops(facts: MachineFacts) -> Finding:
    """Whether workers resize pages with the compiled loops or with Pillow."""
    if not facts.loops:
        return skipped(
            "pixel loops",
            "not compiled: pages take more CPU; install a C compiler, then mineru-batch again",
        )
    return ok("pixel loops", "compiled, the same pixels as Pillow's")


def listings(facts: MachineFacts) -> Finding:
    """Whether the language of code listings is detected, as MinerU does."""
    if not facts.listings:
        return skipped(
            "code languages", f"not guessed, fences say txt: {install_command('code')} (or [embedded])"
        )
    return ok("code languages", "guessed with magika")


def disk(facts: MachineFacts) -> Finding:
    """Free disk where Docker keeps images and volumes."""
    engine, service = facts.machine.engine, facts.service
    if engine is None or service is None:
        return skipped("disk", "no Docker engine to ask")
    if engine.disk_free is None:
        return skipped("disk", f"{engine.folder or 'the data folder'} is on another machine")
    need = (0 if facts.image_here else IMAGE) + (weights(service.model) or 0)
    text = f"{engine.disk_free / GIB:.0f} GiB free in {engine.folder}"
    if facts.image_here or engine.disk_free >= need:
        return ok("disk", text)
    return problem(
        "disk",
        f"{text}, image and weights take about {need / GIB:.0f} GiB",
        "free space (docker system prune), or move Docker's data-root to a larger disk",
    )


def port(facts: MachineFacts) -> Finding:
    """The port that the server would listen on."""
    service, container = facts.service, facts.container
    if service is None:
        return skipped("port", "no server described")
    if facts.serving and container is not None and container.port == service.port:
        return ok("port", f"{service.port} is held by our server {container.name}")
    if not facts.port_taken:
        return ok("port", f"{service.port} is free")
    if not facts.wanted:
        return skipped("port", f"port {service.port} is taken, and no server is started here")
    return problem(
        "port",
        f"port {service.port} is taken by another program",
        f"see who it is with `ss -ltnp sport = :{service.port}`, or take another: --port {service.port + 1}",
    )


def sandbox(facts: MachineFacts) -> Finding:
    """Landlock, and whether it restricts connections."""
    if facts.landlock is None:
        return skipped("sandbox", "not checked")
    if missing := lacking(facts.landlock):
        return skipped("sandbox", f"not sandboxed: {missing}")
    return ok(
        "sandbox",
        f"Landlock {facts.landlock} confines workers, viewer and embedded engine",
    )
