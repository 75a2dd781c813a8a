"""The command line as it may be printed: without the secrets that were typed into it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence

from mineru_cli.masking import MASK, masked, without_login

_KEY = '"$MINERU_BATCH_API_KEY"'
_HIDDEN = {"--api-key": _KEY, "--password": shlex.quote(MASK)}


def repeatable(arguments: Sequence[str]) -> str:
    """The command quoted for a shell. A key becomes a reference to its variable, other secrets a mask."""
    return masked(" ".join(("mineru-batch", *_words(arguments))))


def _words(arguments: Sequence[str]) -> Iterator[str]:
    rest = iter(arguments)
    for word in rest:
        option, equals, value = word.partition("=")
        if option in (*_HIDDEN, "--header"):
            value = value if equals else next(rest, "")
            yield option
            yield _HIDDEN.get(option) or shlex.quote(f"{value.partition(':')[0]}: {MASK}")
        else:
            yield shlex.quote(re.sub(r"https?://[^\s,]*", lambda url: without_login(url[0]), word))
