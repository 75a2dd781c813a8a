"""Secrets of this process, and the one function that takes them out of what is about to be shown.

Code that reads a secret (a key, a password, a header's value, the login in a URL) makes it known with
``conceal``. Errors and events pass their words through ``masked``: a server that quotes a request must not
carry the key into a log. One set for the whole process, because forgetting to hand it on would be a leak.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from urllib.parse import quote, unquote, urlsplit, urlunsplit

MASK = "***"
SHORTEST = 4
"""Shorter secrets are not looked for: they would take half of every message along."""

_UNQUOTED = re.compile(r"[^/?#@]*:(?!\d*/)[^@]*@")
"""What stands before ``@`` cannot be a host, as its port is not a number."""

_known: set[str] = set()


def conceal(*secrets: str) -> None:
    """From now on ``masked`` hides these, also as they look in JSON and in URLs."""
    for secret in secrets:
        _known.update(form for form in _forms(secret.strip()) if len(form) >= SHORTEST)


def masked(text: str) -> str:
    """``text`` with every known secret replaced."""
    if not _known:
        return text
    for secret in sorted((one for one in _known if one in text), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def split_login(url: str) -> tuple[str, str]:
    """The address without ``user:password@``, and these (percent-decoded; "" where there are none).

    They are concealed on the way.
    """
    scheme, separator, rest = url.partition("://")
    login, at, _ = rest.partition("/")[0].rpartition("@")
    if not at and _UNQUOTED.match(rest):  # a slash in a password that should have been %2F
        login, at, _ = rest.rpartition("@")
    if not separator or not at:
        return url, ""
    conceal_login(login)
    return f"{scheme}://{rest[len(login) + 1 :]}", unquote(login)


def conceal_login(login: str) -> None:
    """``user:password`` as it stands in a URL: the password, and the whole as the Basic scheme sends it."""
    plain = unquote(login)
    conceal(plain.partition(":")[2], basic(plain).partition(" ")[2])
    if ":" not in plain:  # some services take a token in the user's place
        conceal(plain)


def basic(login: str) -> str:
    """The value of an Authorization header for ``user:password``."""
    login = login if ":" in login else f"{login}:"
    return "Basic " + b64encode(login.encode()).decode()


def without_login(url: str) -> str:
    """``url`` fit to be shown."""
    return split_login(url)[0]


def with_login(url: str, login: str) -> str:
    """The reverse of ``split_login``."""
    user, colon, password = login.partition(":")
    scheme, separator, rest = url.partition("://")
    return f"{scheme}{separator}{quote(user, safe='')}{colon}{quote(password, safe='')}@{rest}"


def place(url: str) -> str:
    """Host and port of an address, as a key: a login is for all paths below them."""
    parts = urlsplit(without_login(url))
    return urlunsplit((parts.scheme, parts.netloc.lower(), "", "", ""))


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
