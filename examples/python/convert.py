"""Convert a folder from Python: progress as it comes, then what was lost, and an exit code for the caller.

python examples/python/convert.py examples/pdfs out
python examples/python/convert.py examples/pdfs out http://gpu:8000
"""

from __future__ import annotations

import sys

from mineru_cli import convert, errors, events


def report_each(event: object, at: float) -> None:
    """One line for each document that is finished."""
    if isinstance(event, events.DocumentFinished):
        print(f"{event.document}: {event.status}, {event.seconds:.1f} s", file=sys.stderr)


def main(source: str, output: str, *server_url: str) -> int:
    try:
        report = convert(source, output=output, server_url=server_url or None, observers=[report_each])
    except errors.MinerUBatchError as error:
        print(f"{error.message}\n  {error.hint}", file=sys.stderr)
        return error.exit_code
    for document in report.documents:
        if document.status == "done":
            print(document.markdown_path)
        else:
            reason = document.failure.message if document.failure else f"{document.lost_pages} pages lost"
            print(f"{document.source}: {document.status}: {reason}", file=sys.stderr)
    return report.exit_code


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
