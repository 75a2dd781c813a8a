"""What MinerU wrote for a fixed set of pages, as one file: the script of replies, its files, what it asked.

``python -m benchmarks.parity.golden FILE`` makes it anew with the real MinerU.
"""

from __future__ import annotations

import argparse
import gzip
import json
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.parity import mineru
from benchmarks.parity.generate import documents
from benchmarks.parity.script import ScriptedBlock, ScriptedDocument, ScriptedPage, save
from benchmarks.parity.server import ScriptedServer

SEED, PAGES = 1, 20
_KINDS = ("content_list", "content_list_v2", "middle", "model")


def pack(made: list[ScriptedDocument], output: Path, questions: dict[str, int], target: Path) -> None:
    """Put the script, MinerU's files below ``output`` and its questions into one file."""
    files: dict[str, dict[str, Any]] = {}
    for document in made:
        folder = output / document.stem / "vlm"
        files[document.stem] = {
            kind: json.loads((folder / f"{document.stem}_{kind}.json").read_text(encoding="utf-8"))
            for kind in _KINDS
        }
        files[document.stem]["md"] = (folder / f"{document.stem}.md").read_text(encoding="utf-8")
    data = {
        "mineru": mineru.VERSION,
        "documents": [asdict(document) for document in made],
        "files": files,
        "questions": questions,
    }
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    target.write_bytes(gzip.compress(text.encode(), mtime=0))


def unpack(source: Path) -> tuple[list[ScriptedDocument], dict[str, dict[str, Any]], dict[str, int]]:
    """The script, MinerU's files by document and kind, and its questions."""
    data = json.loads(gzip.decompress(source.read_bytes()))
    return [_document(one) for one in data["documents"]], data["files"], data["questions"]


def _document(data: dict[str, Any]) -> ScriptedDocument:
    pages = [
        ScriptedPage(
            page["number"],
            [ScriptedBlock(**block | {"box": tuple(block["box"])}) for block in page["blocks"]],
            tuple(page["size"]),
        )
        for page in data["pages"]
    ]
    return ScriptedDocument(data["stem"], pages)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", type=Path)
    parser.add_argument("--mineru", type=Path)
    options = parser.parse_args()
    made = documents(SEED, PAGES)
    with tempfile.TemporaryDirectory() as folder, ScriptedServer(made) as server:
        work = Path(folder)
        save(made, work / "pdfs")
        script = mineru.command(options.mineru)
        mineru.convert(script, work / "pdfs", work / "mineru", server.url, work / "mineru.log")
        pack(made, work / "mineru", dict(server.take_log().questions), options.target)


if __name__ == "__main__":
    main()
