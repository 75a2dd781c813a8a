"""Facts about a run that it reports at its start, and those that are needed to repeat its command."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from mineru_cli.domain.events import RunStarted
from mineru_cli.domain.location import is_object_url
from mineru_cli.engine.routes import Route
from mineru_cli.engine.target import Target
from mineru_cli.settings import Settings


def run_started(settings: Settings, routes: Sequence[Route], *, resumed: bool) -> RunStarted:
    """The first event. The first of ``routes`` is the run's own."""
    own = routes[0]
    return RunStarted(
        output=settings.output_url or str(settings.output),
        servers=tuple(dict.fromkeys(url for route in routes for url in route.target.urls)),
        model=own.target.model,
        recipe=own.config.recipe,
        text=own.config.text,
        workers=sum(route.sizing.workers for route in routes),
        concurrency=sum(route.sizing.concurrency for route in routes),
        adaptive=own.sizing.adaptive,
        resumed=resumed,
        embedded=own.target.embedded,
    )


def server_facts(target: Target) -> dict[str, Any]:
    """The servers, as ``run.json`` and the ledger keep them."""
    return {
        "urls": list(target.urls),
        "model": target.model,
        "embedded": target.embedded,
        "version": target.version,
        **({"prompts": list(target.prompts)} if target.prompts else {}),
    }


def command_facts(settings: Settings, target: Target) -> dict[str, Any]:
    """What ``runs retry`` needs to repeat the command."""
    kept = settings.model_dump(mode="json", exclude={"inputs", "output", "api_key", "password", "logins"})
    inputs = [
        one if is_object_url(one) else os.path.abspath(one)  # noqa: PTH100  globs are not paths
        for one in settings.inputs
    ]
    return {"server": server_facts(target), "settings": kept, "inputs": inputs}
