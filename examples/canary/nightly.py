"""A nightly canary: each run converts new documents, and the candidate's share grows while its guards pass.

python examples/canary/nightly.py pdfs out http://gpu1:8000 http://gpu2:8000
python examples/canary/nightly.py pdfs out http://gpu1:8000 http://gpu2:8000 50    begin with 50 %, not 10 %

The first server is the one in use, the second the candidate. The share goes from 10 to 50 to 100 %, one step
per run whose verdict is "pass". A candidate that is worse is reverted within the run, its documents are
converted again by the server in use, and the exit code is 1: for that run, and for each after it until the
candidate is another one or `mineru-batch rollout set out 10` gives it a second chance.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from mineru_cli import convert, errors

STEPS = (10.0, 50.0, 100.0)


def next_percent(output: Path, first: float) -> float:
    """What the last run's verdict in ``run.json`` allows, in percent of the documents."""
    try:
        last = json.loads((output / ".mineru-batch" / "run.json").read_text(encoding="utf-8"))["rollout"]
    except (FileNotFoundError, KeyError):
        return first
    if not last or last["state"] == "reverted":
        return first
    larger = [step for step in STEPS if step > last["percent"]]
    return larger[0] if larger and last["verdict"] == "pass" else last["percent"]


def main(source: str, output: str, server: str, candidate: str, first: str = "10") -> int:
    percent = next_percent(Path(output), float(first))
    try:
        report = convert(
            source, output=output, server_url=server, candidate_url=candidate, candidate_percent=percent
        )
    except errors.MinerUBatchError as error:
        print(f"{error.message}\n  {error.hint}", file=sys.stderr)
        return error.exit_code
    rollout = report.summary.rollout or {}
    print(f"{percent:g} %: {rollout.get('verdict')}, {rollout.get('candidate_documents')} by the candidate")
    if rollout.get("state") == "reverted":
        print(f"reverted by the guard {rollout['guard']}: {rollout['reason']}", file=sys.stderr)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
