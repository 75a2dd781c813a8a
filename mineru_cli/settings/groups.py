"""The groups of settings below ``Settings``: resilience, limits, rendering."""

# Without `from __future__ import annotations`: pydantic would parse each annotation again at every start.
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from mineru_cli.settings.declaration import Option, Panel
from mineru_cli.settings.values import FilePath, PositiveFloat, PositiveInt, Share, Size, byte_size


class Group(BaseModel):
    """A frozen model that rejects unknown names."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Retrying(Group):
    """Retries of one request. Waits are exponential with full jitter, in seconds."""

    attempts: PositiveInt = 4
    base: PositiveFloat = 0.5
    busy_base: PositiveFloat = 2.0
    cap: PositiveFloat = 30.0
    budget_share: Share = 0.2
    budget_floor: PositiveInt = 3
    quality_attempts: PositiveInt = 2


class Breaking(Group):
    """The circuit breaker of a server. Times in seconds."""

    window: PositiveFloat = 30.0
    min_calls: PositiveInt = 10
    failure_share: Share = 0.5
    open_for: PositiveFloat = 15.0
    open_cap: PositiveFloat = 300.0
    half_open_calls: PositiveInt = 3


class Watching(Group):
    """The watchdog of a server. Times in seconds."""

    interval: PositiveFloat = 2.0
    probe_timeout: PositiveFloat = 2.0
    dead_after: PositiveInt = 2
    stuck_after: PositiveFloat = 60.0


class Adapting(Group):
    """Adaptive concurrency: additive increase, multiplicative decrease.

    ``waiting_share`` is the target length of the server's queue as a share of its running requests. The
    default is one request per slot: while one worker prepares a heavy page, the others' requests must fill
    the slots.
    """

    start: PositiveInt = 64
    floor: PositiveInt = 1
    ceiling: PositiveInt = 512
    backoff: Share = 0.7
    waiting_share: Share = 1.0


class Resilience(Group):
    """Handling of server failures."""

    retry: Retrying = Retrying()
    breaker: Breaking = Breaking()
    watchdog: Watching = Watching()
    adaptive: Adapting = Adapting()


class Limits(Group):
    """Limits for untrusted files and for a model's output.

    ``max_tokens`` limits one reply; with None the server's context is the limit.
    """

    max_pixels: Annotated[PositiveInt, Option("Pixels of one picture, alone or on a page.", Panel.LIMITS)] = (
        120_000_000
    )
    max_pages: Annotated[PositiveInt, Option("Pages of one document.", Panel.LIMITS)] = 20_000
    max_bytes: Annotated[Size, Option("Size of one file.", Panel.LIMITS, "SIZE")] = 4 * 1024**3
    page_timeout: Annotated[PositiveFloat, Option("Time for reading one page.", Panel.LIMITS, "SECONDS")] = (
        120.0
    )
    worker_memory: Annotated[
        int,
        BeforeValidator(byte_size),
        Field(ge=128 * 1024**2),
        Option("Memory of one worker.", Panel.LIMITS, "SIZE"),
    ] = 2 * 1024**3
    max_reply_chars: PositiveInt = 200_000
    max_tokens: Annotated[
        PositiveInt | None, Option("Tokens of one reply.", Panel.LIMITS, default="what the server allows")
    ] = None
    max_blocks: PositiveInt = 1_000


class Rendering(Group):
    """Rendering of pages to images. Defaults as MinerU: 200 dpi, at most 3500 px on the longer side."""

    dpi: PositiveInt = 200
    max_side: PositiveInt = 3500
    image_format: Annotated[
        Literal["png", "jpeg", "webp"],
        Option("How images travel to the server; only png is lossless.", Panel.READING),
    ] = "png"
    page_parts: Annotated[
        bool,
        Option("Process very long or large pages in parts, so that their text is legible.", Panel.READING),
    ] = True


def _http_address(text: str | None) -> str | None:
    if text and not text.lower().startswith(("http://", "https://")):
        raise ValueError(f"{text!r} is not the address of a service: write http://HOST:PORT")
    return text


class Storage(Group):
    """Object storage for inputs and outputs. Credentials are never among the settings."""

    endpoint: Annotated[
        str | None,
        AfterValidator(_http_address),
        Option(
            "Address of a service that speaks S3, where it is not Amazon's.",
            Panel.STORAGE,
            "URL",
            name="storage_endpoint",
            key="endpoint",
        ),
    ] = None
    region: Annotated[
        str | None,
        Option("Region of the bucket.", Panel.STORAGE, "NAME", name="storage_region", key="region"),
    ] = None
    path_style: Annotated[
        bool | None,
        Option(
            "Put the bucket into the path (many other services) or into the host name.",
            Panel.STORAGE,
            name="storage_path_style",
            key="path_style",
            default="path",
        ),
    ] = None
    requester_pays: Annotated[
        bool, Option("Pay for requests to buckets of others.", Panel.STORAGE, key="requester_pays")
    ] = False
    anonymous: Annotated[
        bool,
        Option(
            "Send no credentials: for public buckets.",
            Panel.STORAGE,
            name="storage_anonymous",
            key="anonymous",
        ),
    ] = False
    ca_file: Annotated[
        FilePath | None,
        Option(
            "Certificates to trust, for a service with its own.",
            Panel.STORAGE,
            "FILE",
            name="storage_ca_file",
            key="ca_file",
        ),
    ] = None
    retry_for: Annotated[
        PositiveFloat,
        Option(
            "How long a request is retried on errors that may pass: no connection, 429, 5xx.",
            Panel.STORAGE,
            "SECONDS",
            name="storage_retry",
            key="retry",
        ),
    ] = 180.0
