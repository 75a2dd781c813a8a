"""Whether a server runs with the options of ``vllm serve`` that a model needs, as far as it reports them.

vLLM's ``/metrics`` page shows two of them. The others (logits processors, chat templates) cannot be observed:
for those there is only a notice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mineru_cli.telemetry.vllm import ServerCaches, read_caches

Kept = Literal["kept", "broken", "unknown"]


@dataclass(frozen=True, slots=True)
class FlagCheck:
    """One option: ``kept`` only if every server confirms it, ``broken`` with the servers that lack it."""

    flag: str
    kept: Kept
    servers: tuple[str, ...] = ()


def is_checkable(flags: Iterable[str]) -> bool:
    """Whether any of these options is visible in metrics; otherwise they need not be fetched."""
    return any(flag in _RULES for flag in flags)


def check_flags(flags: Iterable[str], pages: Mapping[str, str]) -> list[FlagCheck]:
    """Check each option against the servers' metrics pages, by URL; an empty page proves nothing."""
    caches = {url: read_caches(page) for url, page in pages.items()}
    checked = []
    for flag in flags:
        rule = _RULES.get(flag, _unknown)
        found = {url: rule(one) for url, one in caches.items()}
        broken = tuple(url for url, kept in found.items() if kept == "broken")
        kept = bool(found) and all(one == "kept" for one in found.values())
        checked.append(FlagCheck(flag, "broken" if broken else "kept" if kept else "unknown", broken))
    return checked


def _no_prefix_cache(caches: ServerCaches) -> Kept:
    if caches.prefix_caching is None:
        return "unknown"
    return "broken" if caches.prefix_caching else "kept"


def _no_image_cache(caches: ServerCaches) -> Kept:
    """A hit proves the cache; the absence of hits proves nothing."""
    return "broken" if caches.image_hits else "unknown"


def _unknown(caches: ServerCaches) -> Kept:
    return "unknown"


_RULES: Mapping[str, Callable[[ServerCaches], Kept]] = {
    "--no-enable-prefix-caching": _no_prefix_cache,
    "--mm-processor-cache-gb 0": _no_image_cache,
}
