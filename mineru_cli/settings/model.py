"""The settings of a run as one model: what is checked over several fields, and what a run asks of them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, SerializationInfo, ValidationError, field_serializer, model_validator

from mineru_cli.errors import SettingsError
from mineru_cli.masking import basic, place, with_login
from mineru_cli.settings.fields import FileKind, SettingsFields
from mineru_cli.settings.problems import not_valid, problems_of
from mineru_cli.settings.secrets import DCGM, PUSHGATEWAY, take_secrets
from mineru_cli.settings.values import with_work_folder


class Settings(SettingsFields):
    """All settings of one ``convert``. Invalid values raise ``SettingsError``."""

    model_config = ConfigDict(defer_build=False)

    @model_validator(mode="wrap")
    @classmethod
    def _errors_of_our_tree(cls, given: Any, build: Callable[[Any], Settings]) -> Settings:
        try:
            settings = build(with_work_folder(take_secrets(given)))
        except ValidationError as error:
            raise not_valid(problems_of(error)) from None
        if settings.api_key and any(place(url) in settings.logins for url in settings.server_url):
            raise SettingsError(
                "a login in a server URL and an API key exclude each other: both go into Authorization",
                hint="leave one of them out",
            )
        if settings.engine == "ray" and not settings.server_url:
            raise SettingsError(
                "--engine ray needs a server that all machines of the cluster reach",
                hint="give its address with --server-url",
            )
        if settings.output_url and settings.baseline:
            raise SettingsError(
                "a baseline is compared with files, and the output is in object storage",
                hint="copy the output to a folder, then: mineru-batch compare-baseline BASE FOLDER",
            )
        return settings

    def headers_for(self, url: str) -> dict[str, str]:
        """Headers of every request to ``url``, without the API key. Secret: for HTTP requests only."""
        headers = {name: value.get_secret_value() for name, value in self.headers.items()}
        login = self.logins.get(place(url))
        return {"Authorization": basic(login.get_secret_value()), **headers} if login else headers

    def address(self, url: str) -> str:
        """``url``, one of ``server_url``, with its login. Secret: for HTTP requests only."""
        login = self.logins.get(place(url))
        return with_login(url, login.get_secret_value()) if login else url

    @property
    def dcgm_address(self) -> str | None:
        """``dcgm_url`` with its login. Secret: for HTTP requests only."""
        return self._with_login(self.dcgm_url, DCGM)

    @property
    def pushgateway_address(self) -> str | None:
        """``pushgateway`` with its login. Secret: for HTTP requests only."""
        return self._with_login(self.pushgateway, PUSHGATEWAY)

    def _with_login(self, url: str | None, key: str) -> str | None:
        login = self.logins.get(key)
        return with_login(url, login.get_secret_value()) if url and login else url

    @field_serializer("api_key", "password", "headers", "logins", when_used="json")
    def _secrets(self, value: Any, info: SerializationInfo) -> object:
        """Secrets are masked in ``run.json``; only the job of a worker contains them."""
        reveal = bool(info.context and info.context.get("reveal"))
        if isinstance(value, dict):
            return {name: one.get_secret_value() if reveal else str(one) for name, one in value.items()}
        if value is None or isinstance(value, tuple):
            return value and [one.get_secret_value() if reveal else str(one) for one in value]
        return value.get_secret_value() if reveal else str(value)

    @property
    def tls_verify(self) -> bool | Path:
        """Whether certificates are verified, or the CA file to verify them with in place of the system's."""
        return False if self.insecure else self.ca_file or True

    @property
    def wanted_files(self) -> frozenset[FileKind]:
        """The files to write per document."""
        return frozenset((*self.files, *(("layout",) if self.layout_pdf else ())))

    def to_wire(self) -> str:
        """All settings for a worker, including secrets, without paths, which may not be UTF-8."""
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
        """All settings that change the output, by name. Two runs may share a folder only if they are equal.

        ``profile`` is the content of a user-defined model profile.
        """
        return {
            "model": model,
            "recipe": recipe,
            **({"profile": dict(profile)} if profile else {}),
            **({"unsafe_markdown": True} if self.unsafe_markdown else {}),
            **({"confidence": True} if self.confidence else {}),
            "text": text,
            "pages": self.pages,
            "page_fallback": self.page_fallback,
            "image_analysis": self.image_analysis,
            "table_formula_wrap": self.table_formula_wrap,
            "cross_page_tables": self.cross_page_tables,
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
