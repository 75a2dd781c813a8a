"""The figures of another system on the same work: as far as they are known."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from mineru_cli.errors import UsageError


class ReferenceSystem(BaseModel):
    """What is known of the old system; None where nobody measured it. ``origin`` says where it is from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str = ""
    pages_per_second: float | None = Field(default=None, gt=0)
    pdfs_per_hour: float | None = Field(default=None, gt=0)
    vram_per_worker_gb: float | None = Field(default=None, ge=0)
    worker_start_seconds: float | None = Field(default=None, ge=0)
    gpu_utilisation: float | None = Field(default=None, ge=0, le=1)
    workers: int | None = Field(default=None, ge=1)


def read_monolith(path: Path) -> ReferenceSystem:
    """A JSON file of these figures. Raises ``UsageError``."""
    try:
        data: Any = json.loads(path.read_text("utf-8"))
        found = ReferenceSystem.model_validate(data)
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValidationError, ValueError) as error:
        raise UsageError(
            f"{path} holds no figures of a monolith: {str(error).splitlines()[0]}",
            hint=f"a JSON object with any of: {', '.join(ReferenceSystem.model_fields)}",
        ) from None
    return found if found.origin else found.model_copy(update={"origin": str(path)})
