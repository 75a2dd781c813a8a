"""Settings of a run: one frozen model whose fields are options, environment variables and keys of the file.

``fields`` declares them, ``declaration`` describes an option, ``model`` has what is checked and asked of them
together; ``resolve`` merges flags, environment, file and defaults and records the origin of each value.
"""

from mineru_cli.settings.fields import (
    DEFAULT_FILES,
    FileKind,
    ProgressMode,
    RecipeName,
    ServerKind,
    TextMode,
)
from mineru_cli.settings.groups import (
    Adapting,
    Breaking,
    Limits,
    Rendering,
    Resilience,
    Retrying,
    Watching,
)
from mineru_cli.settings.model import Settings, fingerprint

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
