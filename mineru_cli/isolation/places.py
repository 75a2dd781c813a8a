"""Files that a confined Python process still needs: interpreter, fonts, certificates, name resolution."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

FONTS = tuple(
    map(Path, ("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/fontconfig", "/etc/fonts"))
)
CERTIFICATES = tuple(
    map(Path, ("/etc/ssl", "/etc/pki", "/etc/ca-certificates", "/usr/share/ca-certificates",
               "/usr/local/share/ca-certificates", "/var/lib/ca-certificates"))
)  # fmt: skip
_NAMES_OF_HOSTS = (
    "/etc/resolv.conf", "/etc/hosts", "/etc/nsswitch.conf", "/etc/host.conf", "/etc/gai.conf",
    "/etc/services", "/run/systemd/resolve", "/run/NetworkManager", "/run/resolvconf", "/run/nscd",
    "/var/run/nscd",
)  # fmt: skip
_SYSTEM = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/proc/self",
    "/dev/urandom",
    "/dev/zero",
)
PROCESSORS = (Path("/proc/cpuinfo"), Path("/sys/devices/system/cpu"))
"""Facts about the processors. Without them onnxruntime up to 1.23 (the last for Python 3.10) aborts."""
NULL = Path("/dev/null")
"""Writable as well."""


def interpreter() -> tuple[Path, ...]:
    """Places of modules and shared libraries, those already loaded included."""
    places = {entry for entry in sys.path if entry}
    places |= {os.path.join(prefix, "lib") for prefix in (sys.prefix, sys.base_prefix)}  # noqa: PTH118
    return tuple(Path(place) for place in sorted(places | _mapped_folders()))


def system() -> tuple[Path, ...]:
    """Files that the C library reads by itself."""
    return tuple(map(Path, (*_SYSTEM, *_NAMES_OF_HOSTS)))


def certificates(environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The system's CA certificates, and those named in the environment."""
    named = (environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR"))
    return (*CERTIFICATES, *(Path(one) for one in named if one))


def _mapped_folders() -> set[str]:
    """Folders of the shared libraries mapped into this process."""
    try:
        lines = Path("/proc/self/maps").read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return set()
    paths = (line.split(maxsplit=5)[5] for line in lines if line.count("/"))
    return {os.path.dirname(path) for path in paths if ".so" in path}  # noqa: PTH120
