"""Settings of a run: one frozen model whose fields are options, environment variables and keys of the file.

``model`` has the fields, ``declaration`` the description of an option; ``resolve`` merges flags, environment,
file and defaults and records the origin of each value.
"""

from mineru_cli.settings.groups import (
    Adapting,
    Breaking,
    Limits,
    Rendering,
    Resilience,
    Retrying,
    Watching,
)
from mineru_cli.settings.model import (
    DEFAULT_FILES,
    FileKind,
    ProgressMode,
    RecipeName,
    ServerKind,
    Settings,
    TextMode,
    fingerprint,
)

__all__ = [
    "DEFAULT_FILES",
    "Adapting",
    "Breaking",
    "FileKind",
    "Limits",
    "ProgressMode",
    "RecipeName",
    "Rendering",
    "Resilience",
    "Retrying",
    "ServerKind",
    "Settings",
    "TextMode",
    "Watching",
    "fingerprint",
]
