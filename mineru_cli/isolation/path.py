"""The import path: never the working directory, which may hold untrusted files.

Imports only what every interpreter has loaded at startup: anything else would be found on the path that is
about to be corrected. Not even ``from __future__``, which is a module too.
"""

import os
import sys

PACKAGE_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))  # noqa: PTH100, PTH120


def trusted_path() -> list[str]:
    """``sys.path`` without the working directory.

    ``python -m`` and ``python -c`` put it there, and so does an empty entry of PYTHONPATH. It stays where the
    user names it in PYTHONPATH, and where this package itself lies in it (an unpacked source tree).
    """
    try:
        here = os.path.realpath(os.getcwd())  # noqa: PTH109
    except OSError:  # it was removed: nothing can be imported from it
        return [entry for entry in sys.path if entry]
    named = [entry for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    kept = {os.path.realpath(entry) for entry in (*named, PACKAGE_ROOT)}
    places = [(entry, os.path.realpath(entry)) for entry in sys.path if entry]
    return [entry for entry, real in places if real != here or real in kept]
