"""Workers that die, hang and grow; runs that are killed; only what is truly bad fails, each with its reason."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import corpus
import psutil
import pytest
from vllm_double import DoubleProcess

from tests.chaos.command import ROOT, Command, asked, convert, failures, gone, sabotage, summary, tree
from tests.chaos.conftest import DOCUMENTS, SLOTS, SLOW, Calm, Many


@pytest.mark.spec("orchestration/fault-isolation/a-crashing-page-fails-alone")
def test_a_page_that_crashes_pdfium_is_lost_alone(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    out = tmp_path / "out"
    run = convert(
        tmp_path, pdfs, "-o", out, "--server-url", double.url, environ=sabotage(crash="doc07:2,doc10:-1")
    )
    assert run.process.returncode == 1, run.errors()
    broken = failures(out)
    assert {key: line["status"] for key, line in broken.items()} == {"doc07": "partial", "doc10": "failed"}
    assert broken["doc07"]["pages"] == [
        {"page": 3, "code": "reader-crashed", "message": broken["doc07"]["pages"][0]["message"]}
    ]
    for line in broken.values():
        assert "SIGSEGV" in line["message"]
    crashes = [event for event in run.events("worker-stopped") if event["reason"] == "crashed"]
    assert len(crashes) == 4, "each suspect runs twice and no more"
    others = {name: data for name, data in tree(out).items() if not name.startswith(("doc07", "doc10"))}
    assert others == {name: data for name, data in calm.files.items() if name in others}
    assert len({name.split("/")[0] for name in others}) == DOCUMENTS - 2


@pytest.mark.spec("orchestration/fault-isolation/limits-bound-a-page")
def test_hanging_growing_and_enormous_pages_fail_alone(tmp_path: Path) -> None:
    pdfs, out = tmp_path / "pdfs", tmp_path / "out"
    pdfs.mkdir()
    (pdfs / "a-good.pdf").write_bytes(corpus.text_pdf([corpus.prose("good", page) for page in range(3)]))
    (pdfs / "hangs.pdf").write_bytes(corpus.slow_pdf())
    (pdfs / "grows.pdf").write_bytes(corpus.form_bomb_pdf())
    (pdfs / "pixels.pdf").write_bytes(corpus.pixel_bomb_pdf())
    (pdfs / "z-good.pdf").write_bytes(corpus.text_pdf([corpus.prose("last", 0)]))
    with DoubleProcess() as double:
        run = convert(
            tmp_path, pdfs, "-o", out, "--server-url", double.url,
            "--page-timeout", 3, "--worker-memory", "400M",
        )  # fmt: skip
    assert run.process.returncode == 1, run.errors()
    assert summary(out)["documents"]["done"] == 2
    codes = {key: line["code"] for key, line in failures(out).items()}
    assert codes.pop("grows") in ("worker-out-of-memory", "page-timeout")
    assert codes == {"hangs": "page-timeout", "pixels": "page-too-large"}


@pytest.mark.spec("mineru-service/statelessness/a-killed-worker-loses-nothing")
def test_killing_workers_again_and_again_loses_nothing(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    run = Command(
        tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--workers", 2,
        "--concurrency", SLOTS,
    )  # fmt: skip
    assert kill_workers(run, every=0.3, until=lambda killed: killed == 6) >= 2
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killing_a_worker_every_two_seconds_loses_nothing(tmp_path: Path, many: Many) -> None:
    """For as long as the run lasts."""
    with DoubleProcess(*SLOW) as double:
        run = Command(tmp_path, many.pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--workers", 2)
        killed = kill_workers(run, every=2.0, until=lambda killed: False)
        print(f"{killed} workers killed, {double.stats()['requests']} requests, calm {many.calm.requests}")
        assert killed >= 5
        assert run.wait() == 0, run.errors()
    assert summary(tmp_path / "out")["documents"]["done"] == many.documents
    assert tree(tmp_path / "out") == many.calm.files


def kill_workers(run: Command, every: float, until: Callable[[int], bool]) -> int:
    """SIGKILL one worker after the other, a random one of those that are ready. Returns how many."""
    dice, killed = random.Random(5), 0
    while run.process.poll() is None and not until(killed):
        time.sleep(every)
        stopped = {event["pid"] for event in run.events("worker-stopped")}
        alive = [pid for pid in run.worker_pids() if pid not in stopped]
        if alive and run.events("page-finished"):
            with suppress(ProcessLookupError):
                os.kill(dice.choice(alive), signal.SIGKILL)
                killed += 1
    return killed


@pytest.mark.spec("orchestration/fault-isolation/a-lost-fork-server-is-replaced")
def test_killing_the_fork_server_loses_nothing(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--workers", 2)
    run.wait_for_pages(3)
    before = run.worker_pids()
    os.kill(psutil.Process(before[0]).ppid(), signal.SIGKILL)
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    lost = {event["pid"] for event in run.events("worker-stopped") if event["signal"] == "SIGKILL"}
    assert lost == set(before)
    assert gone(run.worker_pids())


def kill_and_resume(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess, *, kills: int, within: float
) -> None:
    """Kill the run ``within`` so many seconds of its start, again and again; then let it finish.

    No page of a document that was finished is asked about again: no request for a block that it alone has.
    """
    out = tmp_path / "out"
    dice = random.Random(kills)
    arguments = (pdfs, "-o", out, "--server-url", double.url, "--concurrency", SLOTS, "--workers", 2)
    own = calm.own_blocks()
    finished: dict[str, Counter[str]] = {}
    for _ in range(kills):
        run = Command(tmp_path, *arguments)
        run.wait_for(lambda run: bool(run.events("run-started")))
        time.sleep(dice.random() * within)
        run.kill()
        run.process.wait()
        assert gone(run.worker_pids()), "a worker outlived its coordinator"
        for event in run.events("document-finished"):
            document = event["document"]
            assert document not in finished, "a finished document was taken up again"
            finished[document] = asked(double.stats())
    print(f"{kills} kills: {len(finished)} of {len(own)} documents finished before the last")
    assert len(finished) < len(own), "the last kill came too late to mean anything"
    last = convert(tmp_path, *arguments)
    assert last.process.returncode == 0, last.errors()
    assert tree(out) == calm.files
    print(f"{double.stats()['requests']} requests, calm {calm.requests}")
    for document, then in finished.items():
        now = asked(double.stats())
        assert {image: now[image] for image in own[document]} == {
            image: then[image] for image in own[document]
        }, f"{document} was finished and asked about again"
    assert not list((out / ".mineru-batch/spool").glob("*")), "the spool is empty at the end"


@pytest.mark.spec("mineru-service/statelessness/a-killed-run-resumes")
def test_killing_the_run_at_random_moments(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    kill_and_resume(tmp_path, pdfs, calm, double, kills=3, within=2.0)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_killing_the_run_at_twenty_random_moments(tmp_path: Path, many: Many) -> None:
    with DoubleProcess(*SLOW) as double:
        kill_and_resume(tmp_path, many.pdfs, many.calm, double, kills=20, within=2.0)


@pytest.mark.spec("orchestration/exclusive-output/a-second-run-is-refused")
def test_a_second_run_on_one_folder_is_refused(tmp_path: Path, pdfs: Path, double: DoubleProcess) -> None:
    arguments = (pdfs, "-o", tmp_path / "out", "--server-url", double.url)
    first = Command(tmp_path, *arguments)
    first.wait_for_pages(1)
    second = convert(tmp_path, *arguments)
    assert second.process.returncode == 2
    assert str(first.process.pid) in second.errors()
    assert first.wait() == 0


@pytest.mark.spec("orchestration/exclusive-output/other-settings-are-refused")
def test_other_settings_on_one_folder_are_refused(tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess() as double:
        arguments = (pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--limit", 2)
        assert convert(tmp_path, *arguments).process.returncode == 0
        other = convert(tmp_path, *arguments, "--pages", "1")
        assert other.process.returncode == 3
        assert "pages" in other.errors()
        assert "--overwrite" in other.errors()
        forced = convert(tmp_path, *arguments, "--pages", "1", "--overwrite")
        assert forced.process.returncode == 0, forced.errors()


@pytest.fixture
def small_disk(tmp_path: Path):
    """A file system of one megabyte."""
    disk = tmp_path / "disk"
    disk.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if made.returncode:
        pytest.skip(f"no file system can be mounted here: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_full_disk_ends_the_run_and_a_resume_completes(
    tmp_path: Path, pdfs: Path, calm: Calm, small_disk: Path
) -> None:
    out = small_disk / "out"
    with DoubleProcess() as double:
        filler = small_disk / "filler"
        filler.write_bytes(b"x" * 700_000)
        run = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
        assert run.process.returncode in (1, 4), run.errors()
        told = run.errors() + "".join(event["message"] for event in run.events("run-finished"))
        assert "no space left" in told
        complete = {name: data for name, data in tree(out).items() if "/vlm/" in name}
        assert complete == {name: calm.files[name] for name in complete}, "half a document was written"
        filler.unlink()
        subprocess.run(["mount", "-o", "remount,size=64m", str(small_disk)], check=True)
        again = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
        assert again.process.returncode == 0, again.errors()
    assert tree(out) == calm.files


@pytest.mark.slow
def test_an_output_folder_moved_away_ends_the_run_clearly(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    out = tmp_path / "out"
    run = Command(tmp_path, pdfs, "-o", out, "--server-url", double.url)
    run.wait_for_pages(5)
    out.rename(tmp_path / "moved")
    ended_for_want_of_a_folder(run, out)
    if out.exists():
        shutil.rmtree(out)
    (tmp_path / "moved").rename(out)
    again = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
    assert again.process.returncode == 0, again.errors()
    assert tree(out) == calm.files


def test_an_output_folder_removed_ends_the_run_clearly(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    out = tmp_path / "out"
    run = Command(tmp_path, pdfs, "-o", out, "--server-url", double.url)
    run.wait_for_pages(5)
    shutil.rmtree(out, ignore_errors=True)
    ended_for_want_of_a_folder(run, out)
    assert {name: data for name, data in tree(out).items() if calm.files.get(name) != data} == {}
    again = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
    assert again.process.returncode == 0, again.errors()
    assert tree(out) == calm.files


def ended_for_want_of_a_folder(run: Command, out: Path) -> None:
    assert run.wait() in (1, 4), run.errors()
    assert "Traceback" not in run.errors()
    told = run.errors() + "".join(event["message"] for event in run.events("run-finished"))
    assert str(out) in told


def test_mutated_files_are_all_accounted_for(tmp_path: Path, pdfs: Path) -> None:
    mutate_and_convert(tmp_path, sorted(pdfs.glob("*.pdf")), 40)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_two_thousand_mutated_files_are_all_accounted_for(tmp_path: Path, shared: Path) -> None:
    sources = sorted((shared / "pdfs").rglob("*.pdf")) + sorted((ROOT / "examples/pdfs").glob("*.pdf"))
    mutate_and_convert(tmp_path, [path for path in sources if path.stat().st_size < 400_000], 2000)


def mutate_and_convert(tmp_path: Path, sources: list[Path], number: int) -> None:
    folder, out = tmp_path / "mutated", tmp_path / "out"
    folder.mkdir()
    for seed in range(number):
        source = sources[seed % len(sources)]
        other = sources[seed * 7 % len(sources)]
        data = corpus.mutated(source.read_bytes(), seed, other.read_bytes())
        (folder / f"m{seed:04}.pdf").write_bytes(data)
    with DoubleProcess("--blocks", "2") as double:
        command = [
            sys.executable,
            "-m",
            "mineru_cli",
            "convert",
            str(folder),
            "-o",
            str(out),
            "--server-url",
            double.url,
        ]
        done = subprocess.run(
            [*command, "--page-timeout", "10", "--worker-memory", "1G", "--progress", "log"],
            capture_output=True, text=True, cwd=ROOT,
        )  # fmt: skip
    assert done.returncode in (0, 1), done.stderr[-3000:]
    assert "Traceback" not in done.stderr + done.stdout
    told = summary(out)["documents"]
    assert told["total"] == number
    assert told["done"] + told["partial"] + told["failed"] == number
    print(f"{number} mutated: {told}, {summary(out)['failures_by_class']}, {summary(out)['seconds']:.0f} s")
    for line in failures(out).values():
        assert line["message"]
        assert line["code"] != "error"
