"""Convert on a Ray cluster: one worker per core of all its machines, and a line when one joins or leaves.

pip install '.[ray]'                on every machine, in one version
ray start --head --port 6379        on one machine; ray start --address HOST:6379 on the others
python examples/ray/convert.py s3://papers s3://papers-out http://gpu:8000 HOST:6379
python examples/ray/convert.py examples/pdfs out http://gpu:8000 local    Ray on this machine alone

Inputs, output and server must be reachable from all machines. The same command resumes, from any of them.
"""

from __future__ import annotations

import sys

from mineru_cli import convert, errors, events


def report_workers(event: object, at: float) -> None:
    if isinstance(event, events.WorkerStarted):
        print(f"worker {event.worker} joined", file=sys.stderr)
    elif isinstance(event, events.WorkerStopped):
        print(f"worker {event.worker} left: {event.reason}", file=sys.stderr)


def main(source: str, output: str, server_url: str, address: str | None = None) -> int:
    try:
        report = convert(
            source,
            output=output,
            server_url=server_url,
            engine="ray",
            ray_address=address,
            observers=[report_workers],
        )
    except errors.MinerUBatchError as error:
        print(f"{error.message}\n  {error.hint}", file=sys.stderr)
        return error.exit_code
    done = report.summary.documents
    print(f"{done.total} documents: {done.done} done, {done.partial} partial, {done.failed} failed")
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
