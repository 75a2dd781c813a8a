"""HTTP to model servers: one request's bytes and reply, retries, breakers, several servers as one fleet."""

import sys

# httpx also imports its own command line where click and rich are installed: 70 ms in every process. It is
# made to do without, and does as soon as the module is marked as not there.
if "httpx" not in sys.modules:
    sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # typeshed knows no such mark
