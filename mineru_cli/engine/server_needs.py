"""Notices about the options that a model's server must be started with."""

from __future__ import annotations

import anyio

from mineru_cli.domain.events import Notice
from mineru_cli.engine.target import Target, access
from mineru_cli.inference.probe import probing
from mineru_cli.recipes.profiles.profile import Profile
from mineru_cli.settings import Settings


async def server_notices(profile: Profile, target: Target, settings: Settings) -> list[Notice]:
    """A warning about options that a server says it runs without, a note about those that none reports.

    The servers are asked only where the profile has a rule that one could answer. MinerU's own option is left
    out: no server reports it, and a notice in every run would be ignored.
    """
    if not profile.server_flags or profile.recipe == "mineru":
        return []
    from mineru_cli.servers.required_flags import check_flags, is_checkable

    pages = {}
    if is_checkable(profile.server_flags):
        pages = await _pages([card.url for card in target.cards], settings)
    notices = []
    checks = check_flags(profile.server_flags, pages)
    for check in checks:
        if check.kept == "broken":
            text = f"{profile.title} misbehaves without vllm serve {check.flag}: {', '.join(check.servers)}"
            runs = "runs" if len(check.servers) == 1 else "run"
            notices.append(Notice("warning", f"{text} {runs} without it"))
    if unknown := [check.flag for check in checks if check.kept == "unknown"]:
        text = f"{profile.title} needs these options of vllm serve, which the server does not report"
        notices.append(Notice("info", f"{text}: {' '.join(unknown)}"))
    return notices


async def _pages(urls: list[str], settings: Settings) -> dict[str, str]:
    pages: dict[str, str] = {}

    async def read(url: str) -> None:
        async with probing(url, within=5.0, **access(settings, url)) as server:
            pages[url] = await server.metrics()

    async with anyio.create_task_group() as tasks:
        for url in urls:
            tasks.start_soon(read, url)
    return {url: pages[url] for url in urls}
