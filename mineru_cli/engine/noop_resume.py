"""Detects a no-op resume before a server is started for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from mineru_cli.domain.document import DocumentRef
from mineru_cli.engine.feed import LARGEST_BATCH, Found, growing_batches, is_up_to_date
from mineru_cli.engine.run_config import run_config
from mineru_cli.engine.target import Target
from mineru_cli.settings import Settings
from mineru_cli.store.ledger.ledger import Ledger
from mineru_cli.store.ports import ResultStore


def target_without_server(
    settings: Settings, found: Iterator[Found], ledger: Path, results: ResultStore
) -> Target | None:
    """The last run's target, without a server, when none of the documents in ``found`` needs one.

    None when there is work to do, or when the server is the user's: it is always queried, as its model may
    have changed. Reads files and the ledger: call it in a thread.
    """
    if settings.server_url or settings.overwrite:
        return None
    with closing(Ledger.view(ledger)) as known:
        runs = known.runs()
        if not runs or not _same_kind(settings, server := runs[-1].facts.get("server", {})):
            return None
        prompts = tuple(server.get("prompts") or ())
        target = Target(
            (), server["model"], bool(server["embedded"]), (), server.get("version") or "", prompts
        )
        mark = run_config(settings, target.model, embedded=target.embedded, prompts=prompts).fingerprint
        for batch in growing_batches(found, LARGEST_BATCH):
            refs = [one for one in batch if isinstance(one, DocumentRef)]
            records = known.records([ref.key for ref in refs])
            missing = results.missing(records)
            for ref in refs:
                record = records.get(ref.key)
                if record is None or not is_up_to_date(ref, record, settings, mark) or ref.key in missing:
                    return None
    return target


def _same_kind(settings: Settings, server: dict[str, object]) -> bool:
    """Whether this run would start the same kind of server as the last one, with the same model."""
    embedded = settings.server != "docker"
    return server.get("embedded") is embedded and settings.model in (None, server.get("model"))
