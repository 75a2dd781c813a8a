"""Deterministic identifiers of traces and spans, and the sampling decision.

The coordinator and a worker derive the same identifiers independently: the header that a worker sends to a
server refers to the span that the coordinator exports. W3C Trace Context: 16 and 8 bytes.
"""

from __future__ import annotations

from hashlib import blake2b

_ALL = 2**64


def trace_id(run: str) -> str:
    """The trace of a run: 32 hexadecimal digits."""
    return blake2b(run.encode(errors="surrogateescape"), digest_size=16, person=b"mineru-trace").hexdigest()


def span_id(run: str, *of: object) -> str:
    """The span of a part of a run, such as a document's key and a page's number: 16 hexadecimal digits."""
    name = "\0".join([run, *map(str, of)]).encode(errors="surrogateescape")
    return blake2b(name, digest_size=8, person=b"mineru-span").hexdigest()


def is_sampled(span: str, ratio: float) -> bool:
    """Whether a span with this id is in the recorded share ``ratio`` (0-1). All processes decide alike."""
    return int(span, 16) < ratio * _ALL


def traceparent(trace: str, span: str, *, sampled: bool = True) -> str:
    """The ``traceparent`` header that makes the server's spans children of ``span``."""
    return f"00-{trace}-{span}-{'01' if sampled else '00'}"
