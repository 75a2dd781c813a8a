"""The old service takes over: its command line, its files in the place of ours."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from blockbuster import BlockBuster
from vllm_double import Double

from mineru_cli import convert
from mineru_cli.domain import events as ev
from mineru_cli.rollout.fallback import Fallback
from mineru_cli.settings import Settings
from tests.corpus import text_pdf

OLD_SERVICE = """
import json, pathlib, sys
source, output = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
if source.stem == "bad":
    sys.exit("CUDA out of memory")
folder = output / source.stem / "auto"
folder.mkdir(parents=True)
(folder / f"{source.stem}.md").write_text("by the old service")
if source.stem == "odd":
    (folder / "picture.jpg").symlink_to("not there")
(folder / f"{source.stem}_middle.json").write_text(json.dumps({"pdf_info": [{}, {}]}))
"""


@pytest.fixture(autouse=True)
def run_files(no_blocking_calls: BlockBuster) -> None:
    for function in no_blocking_calls.functions.values():
        function.can_block_in("mineru_cli/engine/run.py", {"convert_async", "_announcer"})
        function.can_block_in("mineru_cli/engine/conversion.py", {"_commit", "work"})
        function.can_block_in("mineru_cli/engine/rebuild.py", {"rebuild_missing"})


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("old --in {input} --out={output}", ["old", "--in", "/a b.pdf", "--out=/o"]),
        ("mineru -b vlm-vllm-engine", ["mineru", "-b", "vlm-vllm-engine", "-p", "/a b.pdf", "-o", "/o"]),
        ("http://old:8000", ["mineru", "-p", "/a b.pdf", "-o", "/o", "--api-url", "http://old:8000"]),
        ("'/opt/my tool' {input} {output}", ["/opt/my tool", "/a b.pdf", "/o"]),
    ],
)
def test_a_name_with_a_blank_stays_one_word(template: str, words: list[str]) -> None:
    assert Fallback(template, Path("/s")).command("/a b.pdf", "/o") == words


def test_a_document_named_like_a_placeholder_is_passed_by_its_name() -> None:
    words = Fallback("old {input} {output}", Path("/s")).command("/{output}/{input}.pdf", "/o")
    assert words == ["old", "/{output}/{input}.pdf", "/o"]


@pytest.mark.spec("orchestration/gradual-rollout/a-reverted-run-falls-back-to-the-old-service")
def test_documents_go_to_the_old_service_and_what_it_cannot_do_to_the_baseline(tmp_path: Path) -> None:
    pdfs, out, script = tmp_path / "pdfs", tmp_path / "out", tmp_path / "old.py"
    script.write_text(OLD_SERVICE)
    pdfs.mkdir()
    for name in ("a", "b c", "bad", "odd"):
        (pdfs / f"{name}.pdf").write_bytes(text_pdf([name]))
    seen: list[ev.Event] = []
    with Double(slots=8) as double:
        report = convert(
            Settings(
                inputs=(pdfs,),
                output=out,
                server_url=double.url,
                server_wait=0.2,
                workers=1,
                rollout={
                    "candidate": {"base_url": "http://127.0.0.1:9"},
                    "fallback": f"{sys.executable} {script} {{input}} {{output}}",
                },
            ),
            observers=[lambda event, at: seen.append(event)],
        )
    assert report.exit_code == 1
    assert (report.summary.documents.done, report.summary.documents.total) == (4, 4)
    for name in ("a", "b c"):
        assert (out / name / "vlm" / f"{name}.md").read_text() == "by the old service"
    for name in ("bad", "odd"):
        assert "Read " in (out / name / "vlm" / f"{name}.md").read_text()
    targets = {one.document: one.target for one in seen if isinstance(one, ev.DocumentFinished)}
    assert targets == {"a": "fallback", "b c": "fallback", "bad": "", "odd": ""}
    warnings = [one.text for one in seen if isinstance(one, ev.Notice) and "fallback failed" in one.text]
    bad, odd = sorted(warnings, key=lambda text: "odd" in text)
    assert "CUDA out of memory" in bad
    assert "odd/auto/picture.jpg of its output cannot be read" in odd
