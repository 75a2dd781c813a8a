"""Every setting of a run, as one frozen model.

A field of ``Settings`` is an option of ``convert`` with the same name (``server_wait`` is ``--server-wait``)
and the environment variable ``MINERU_BATCH_<NAME>``. Groups that are no options (``resilience``, ``limits``
beyond the common ones) have sound defaults and can be given from Python or, later, from the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    SerializationInfo,
    field_serializer,
    field_validator,
)

PositiveInt = Annotated[int, Field(ge=1)]
PositiveFloat = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]

TextMode = Literal["model", "auto", "layer"]
FileKind = Literal["md", "content_list", "content_list_v2", "middle", "model", "images", "layout", "origin"]
RecipeName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,40}$")]
"""The name of a model profile (``recipes.profiles``), or "auto" to go by what the server serves."""


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Retrying(_Group):
    """Retries of one request. Waits are exponential with full jitter, in seconds."""

    attempts: PositiveInt = 4
    base: PositiveFloat = 0.5
    busy_base: PositiveFloat = 2.0
    cap: PositiveFloat = 30.0
    budget_share: Share = 0.2
    budget_floor: PositiveInt = 3
    quality_attempts: PositiveInt = 2


class Breaking(_Group):
    """The circuit breaker of a server. Times in seconds."""

    window: PositiveFloat = 30.0
    min_calls: PositiveInt = 10
    failure_share: Share = 0.5
    open_for: PositiveFloat = 15.0
    open_cap: PositiveFloat = 300.0
    half_open_calls: PositiveInt = 3


class Watching(_Group):
    """The watchdog of a server. Times in seconds."""

    interval: PositiveFloat = 2.0
    probe_timeout: PositiveFloat = 2.0
    dead_after: PositiveInt = 2
    stuck_after: PositiveFloat = 60.0


class Adapting(_Group):
    """Adaptive concurrency: additive increase, multiplicative decrease.

    ``waiting_share`` is the length of the server's queue that is aimed at, as a share of what it runs. A
    whole turn of its slots: while one worker prepares a heavy page the others' requests must keep them full.
    """

    start: PositiveInt = 64
    floor: PositiveInt = 1
    ceiling: PositiveInt = 512
    backoff: Share = 0.7
    waiting_share: Share = 1.0


class Resilience(_Group):
    """How failures of servers are met."""

    retry: Retrying = Retrying()
    breaker: Breaking = Breaking()
    watchdog: Watching = Watching()
    adaptive: Adapting = Adapting()


class Limits(_Group):
    """Bounds for strangers' files and for a model's output.

    ``max_tokens`` bounds one reply; None leaves it to the server, whose context is the bound.
    """

    max_pixels: PositiveInt = 120_000_000
    max_pages: PositiveInt = 20_000
    max_bytes: PositiveInt = 4 * 1024**3
    page_timeout: PositiveFloat = 120.0
    worker_memory: Annotated[int, Field(ge=128 * 1024**2)] = 2 * 1024**3
    max_reply_chars: PositiveInt = 200_000
    max_tokens: PositiveInt | None = None
    max_blocks: PositiveInt = 1_000


class Rendering(_Group):
    """How pages become images. The defaults are MinerU's: 200 dpi, at most 3500 px on the longer side."""

    dpi: PositiveInt = 200
    max_side: PositiveInt = 3500
    image_format: Literal["png", "jpeg", "webp"] = "png"


class Settings(_Group):
    """All settings of one ``convert``."""

    inputs: tuple[str, ...] = ()
    output: Path = Path("mineru-output")

    server_url: tuple[str, ...] = ()
    server: Literal["auto", "embedded", "docker"] = "auto"
    keep: bool = False
    api_key: SecretStr | None = None
    headers: dict[str, str] = Field(default_factory=dict)
    tls_verify: bool | Path = True
    model: str | None = None
    request_timeout: PositiveFloat = 600.0
    server_wait: PositiveFloat = 600.0
    dcgm_url: str | None = None

    recipe: RecipeName = "auto"
    recipe_file: Path | None = None
    text: TextMode | None = None
    image_analysis: bool = True
    cross_page_tables: bool = True
    table_formula_wrap: bool = True
    page_fallback: Literal["none", "layer"] = "none"
    password: tuple[SecretStr, ...] = ()
    rendering: Rendering = Rendering()

    workers: PositiveInt | None = None
    concurrency: PositiveInt | None = None
    window_pages: PositiveInt = 16
    document_deadline: PositiveFloat | None = None
    grace: PositiveFloat = 20.0

    pages: str | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    limit: PositiveInt | None = None
    shard: str | None = None
    overwrite: bool = False
    retry_failed: bool = False
    max_error_rate: Share = 0.001
    layout_pdf: bool = False
    format: Literal["mineru3"] = "mineru3"
    files: tuple[FileKind, ...] = ("md", "content_list", "content_list_v2", "middle", "model", "images")
    markdown: Literal["parity", "clean"] = "parity"
    heading_levels: bool = False

    limits: Limits = Limits()
    resilience: Resilience = Resilience()

    @field_validator("server_url")
    @classmethod
    def _plain_urls(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            if not url.startswith(("http://", "https://")):
                raise ValueError(f"{url!r} is no URL of a server: write http://HOST:PORT")
        return tuple(url.rstrip("/").removesuffix("/v1") for url in urls)

    @field_validator("dcgm_url")
    @classmethod
    def _page_of_an_exporter(cls, url: str | None) -> str | None:
        if url and not url.startswith(("http://", "https://")):
            raise ValueError(f"{url!r} is no page of an exporter: write http://HOST:9400/metrics")
        return url or None

    @field_serializer("api_key", "password", when_used="json")
    def _secrets(self, value: SecretStr | tuple[SecretStr, ...] | None, info: SerializationInfo) -> object:
        """Secrets stay masked in ``run.json``; only a worker's job carries them."""
        reveal = bool(info.context and info.context.get("reveal"))
        if value is None or isinstance(value, tuple):
            return value and [one.get_secret_value() if reveal else str(one) for one in value]
        return value.get_secret_value() if reveal else str(value)

    @property
    def wanted_files(self) -> frozenset[FileKind]:
        """What to write for each document."""
        return frozenset((*self.files, *(("layout",) if self.layout_pdf else ())))

    def to_wire(self) -> str:
        """All that a worker needs, secrets included. Paths travel apart: they may be no UTF-8."""
        return self.model_dump_json(
            exclude={"inputs", "output", "include", "exclude"}, context={"reveal": True}
        )

    @classmethod
    def from_wire(cls, text: str) -> Settings:
        """The reverse of ``to_wire``."""
        return cls.model_validate_json(text)

    def shaping(
        self, *, model: str, recipe: str, text: str, profile: Mapping[str, object] | None = None
    ) -> dict[str, object]:
        """Everything that changes the output, by name. Two runs may share a folder only if it is equal.

        ``profile`` has the facts of a model profile of the user's own.
        """
        return {
            "model": model,
            "recipe": recipe,
            **({"profile": dict(profile)} if profile else {}),
            "text": text,
            "pages": self.pages,
            "page_fallback": self.page_fallback,
            "image_analysis": self.image_analysis,
            "cross_page_tables": self.cross_page_tables,
            "table_formula_wrap": self.table_formula_wrap,
            "format": self.format,
            "files": sorted(self.wanted_files),
            "markdown": self.markdown,
            "heading_levels": self.heading_levels,
            "max_tokens": self.limits.max_tokens,
            "rendering": self.rendering.model_dump(),
        }


def fingerprint(shaping: dict[str, object]) -> str:
    """Short hash of ``Settings.shaping()``."""
    return hashlib.sha256(json.dumps(shaping, sort_keys=True).encode()).hexdigest()[:16]
