"""A model server for tests that keeps vLLM's contract, answers from the pixels, and fails on command.

As a process: ``python tests/vllm_double --port 0 --slots 32``; its first line on stdout is JSON with
``url``, ``port``, ``control_port`` and ``pid``. In a thread: ``with Double(slots=8) as double: double.url``.
As a child: ``with DoubleProcess("--slots", "8") as double``.

What it answers is a function of the decoded pixels, so a test knows from the text alone which image was sent: tests can call ``layout_of`` and ``reply_to`` themselves. ``/_stats`` returns all counters.
``POST /_control`` (also on the control port, which stays up while the main one refuses) takes any of::

    faults: [{kind, p=1, match="", count=None, seconds=None, retry_after=None, bytes=None}]   replaces all
    seed: N · refuse: S (the port is closed, connections reset; hold=true leaves them hanging as SIGTERM does)
    drain: true (as SIGTERM with --shutdown-timeout: nothing new is taken, what is here is answered) ·
    dead: true (as refuse, for good; false comes back) · die: true (os._exit) stuck: BOOL (health stays 200) ·
    health: "ok"|"503"|"hang" · metrics: BOOL · slots: N · models: [...] close_idle: true · reset_stats: true
    · images: BOOL (false: the model takes none) · proof_seconds: S
    front_seconds: S · crowd: N (the API process is overloaded: all answers are late, also those of ``/health``)

``match`` is a kind of request ("layout", "block", "page") or the start of an image's hash. Kinds of faults:
reset hang stale cut slow die · 500 502 408 429 503busy 503html 400 401 404model 404route 501 redirect ·
html notjson nochoices nullcontent huge · abort length repetition prose silent (an empty text) garbled.
"""

from __future__ import annotations

from .client import Double, DoubleProcess
from .contract import layout_of, pixel_hash, reply_to

__all__ = ["Double", "DoubleProcess", "layout_of", "pixel_hash", "reply_to"]
