"""Identifiers of traces and spans, derived from what they are of.

The coordinator and a worker derive the same identifiers independently: the header that a worker sends to a
server and the span that the coordinator exports belong together. W3C Trace Context: 16 and 8 bytes.
"""

from __future__ import annotations

from hashlib import blake2b


def trace_id(run: str) -> str:
    """The trace of a run: 32 hexadecimal digits."""
    return blake2b(run.encode(errors="surrogateescape"), digest_size=16, person=b"mineru-trace").hexdigest()


def span_id(run: str, *of: object) -> str:
    """The span of a part of a run, such as a document's key and a page's number: 16 hexadecimal digits."""
    name = "\0".join([run, *map(str, of)]).encode(errors="surrogateescape")
    return blake2b(name, digest_size=8, person=b"mineru-span").hexdigest()


def traceparent(run: str, *of: object, sampled: bool = True) -> str:
    """The header that makes what a server does a child of this span."""
    return f"00-{trace_id(run)}-{span_id(run, *of)}-{'01' if sampled else '00'}"
