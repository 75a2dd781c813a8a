"""The sandbox of a worker that reads untrusted files."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import urlsplit

from mineru_cli.domain.location import is_object_url
from mineru_cli.engine.messages import WorkerJob
from mineru_cli.isolation.places import FONTS, NULL, PROCESSORS, certificates, interpreter, system
from mineru_cli.isolation.sandbox import Allowed
from mineru_cli.isolation.sandbox_mode import close_sandbox
from mineru_cli.settings import Settings

SLACK = 512 * 1024**2
"""Address space above ``--worker-memory``: stacks of threads reserve it without using it."""

_DNS = 53
_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")
_CREDENTIALS = (".aws", ".azure", ".config/gcloud")
_TOKENS = (Path("/var/run/secrets"), Path("/run/secrets"))


def enter_sandbox(job: WorkerJob, settings: Settings, environ: Mapping[str, str]) -> bool:
    """Confine this process for its job. Call it before the first thread is started.

    Returns whether files and connections are denied, not memory and privileges alone. Raises
    ``SettingsError`` where that is required and this machine's kernel cannot do it.
    """
    needed = allowed(job, settings, environ)
    memory = settings.limits.worker_memory + SLACK
    return close_sandbox(settings.sandbox, needed, process=f"a worker on {platform.node()}", memory=memory)


def allowed(job: WorkerJob, settings: Settings, environ: Mapping[str, str]) -> Allowed:
    """What the worker of a job needs: inputs, interpreter and fonts; OUT; the ports of its servers."""
    read = [Path(place) for place in job.readable]
    read += [*interpreter(), *system(), *PROCESSORS, *FONTS, *certificates(environ)]
    read += [settings.ca_file] if settings.ca_file else []
    ports: tuple[int, ...] | None = tuple(sorted({_DNS, *_ports(job.servers), *_proxies(environ)}))
    write = [Path(job.output), NULL]
    if any(is_object_url(place) for place in (*job.readable, settings.output_url or "")):
        ports = None  # object storage may use ports and redirect to hosts that are not known here
        read += [*_TOKENS, *(Path(environ.get("HOME", "/"), name) for name in _CREDENTIALS)]
        write.append(Path(environ.get("TMPDIR") or "/tmp"))  # noqa: S108
    return Allowed(tuple(read), tuple(write), ports)


def _proxies(environ: Mapping[str, str]) -> Iterable[int]:
    proxies = (environ.get(name) or environ.get(name.upper()) for name in _PROXIES)
    return _ports(url if "://" in url else f"http://{url}" for url in proxies if url)


def _ports(urls: Iterable[str]) -> Iterable[int]:
    for url in urls:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme.lower())
        if port:
            yield port
