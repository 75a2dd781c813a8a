"""Servers that fail: no document is lost, nothing is asked more often than it must be."""

from __future__ import annotations

import re
import signal
import time
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image
from vllm_double import DoubleProcess, pixel_hash

from mineru_cli.pages.pixels.encode import png
from mineru_cli.pages.reader import open_document
from mineru_cli.settings import Limits, Rendering
from tests.chaos.command import Command, convert, failures, summary, tree
from tests.chaos.conftest import DOCUMENTS, PAGES, SLOTS, SLOW, Calm, Many


@pytest.mark.spec("mineru-service/http-client/each-reply-belongs-to-its-own-request")
def test_every_block_comes_from_its_own_request_once(calm: Calm) -> None:
    """Blank crops are alike, so blocks are counted, not only compared as a set."""
    texts = [data.decode() for name, data in calm.files.items() if name.endswith(".md")]
    assert len(texts) == DOCUMENTS
    read = Counter(word for text in texts for word in text.split() if re.fullmatch("[0-9a-f]{16}", word))
    answered = calm.stats["answered_by_image"]
    assert read == {image: answered[image] for image in read}, "a block is missing, doubled or swapped"
    assert sum(read.values()) == calm.stats["by_kind"]["block"]
    assert calm.requests == calm.stats["by_kind"]["block"] + calm.stats["by_kind"]["layout"]


@pytest.mark.spec("mineru-service/circuit-breaker/an-outage-fails-no-document")
def test_server_dead_for_a_while_fails_nothing(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    dead_for_a_while(tmp_path, pdfs, calm, double, seconds=2.0)


@pytest.mark.slow
def test_server_dead_for_ten_seconds_fails_nothing(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    dead_for_a_while(tmp_path, pdfs, calm, double, seconds=10.0)


def dead_for_a_while(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess, *, seconds: float
) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", SLOTS)
    run.wait_for_pages(5)
    double.control(refuse=seconds)
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    stats = double.stats()
    print(f"dead for {seconds:g} s: {stats['requests']} requests, calm {calm.requests}")
    assert stats["requests"] <= calm.requests * 1.05 + SLOTS
    states = [event["state"] for event in run.events("breaker-changed")]
    assert "open" in states
    assert states[-1] == "closed"


@pytest.mark.spec("mineru-service/circuit-breaker/a-restarted-server-is-used-again")
def test_server_killed_and_started_again(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", SLOTS)
    run.wait_for_pages(5)
    double.kill()
    time.sleep(1.0)
    double.start()
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    assert summary(tmp_path / "out")["documents"]["failed"] == 0


@pytest.mark.spec("mineru-service/circuit-breaker/a-server-that-stays-away-is-given-up")
def test_server_dead_for_good_is_given_up_and_a_resume_completes(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    out = tmp_path / "out"
    run = Command(tmp_path, pdfs, "-o", out, "--server-url", double.url, "--server-wait", 2)
    run.wait_for_pages(5)
    double.kill()
    assert run.wait() == 4
    assert summary(out)["outcome"] == "given-up"
    assert failures(out) == {}
    done = {event["document"] for event in run.events("document-finished")}
    kept = len(run.events("page-finished"))
    double.start()
    again = convert(tmp_path, pdfs, "-o", out, "--server-url", double.url)
    assert again.process.returncode == 0, again.errors()
    assert tree(out) == calm.files
    assert {event["document"] for event in again.events("document-skipped")} == done
    assert len(again.events("page-finished")) == PAGES - kept


@pytest.mark.spec("mineru-service/start-up/a-slow-server-is-waited-for")
def test_a_server_that_is_slow_to_start_is_waited_for(tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess("--warmup", "1") as double:
        double.kill()
        run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--limit", 2)
        run.wait_for(lambda run: any("not there yet" in event["text"] for event in run.events("notice")))
        double.start()
        assert run.wait() == 0, run.errors()
    assert "Traceback" not in run.errors()


@pytest.mark.spec("mineru-service/start-up/an-absent-server-is-given-up")
def test_no_server_at_the_start_is_given_up(tmp_path: Path, pdfs: Path) -> None:
    run = Command(
        tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", "http://127.0.0.1:9", "--server-wait", 1
    )
    assert run.wait() == 4
    assert "http://127.0.0.1:9" in run.errors()
    assert "Traceback" not in run.errors()


@pytest.mark.spec("mineru-service/retries/retries-have-a-budget")
def test_faults_and_resets(tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess) -> None:
    double.control(faults=[{"kind": "500", "p": 0.05}, {"kind": "reset", "p": 0.05}], seed=7)
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", SLOTS)
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    asked = double.stats()["requests"]
    print(f"5 % 500 and 5 % reset: {asked} requests, calm {calm.requests}")
    assert asked <= calm.requests * 1.25
    assert run.events("request-retried")


@pytest.mark.spec("mineru-service/backpressure/a-busy-server-is-not-an-outage")
def test_busy_shrinks_but_does_not_break(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    busy_for_a_while(tmp_path, pdfs, calm, double, seconds=3.0)


@pytest.mark.slow
def test_busy_for_fifteen_seconds_shrinks_recovers_and_does_not_break(tmp_path: Path, many: Many) -> None:
    with DoubleProcess(*SLOW) as double:
        limits = busy_for_a_while(tmp_path, many.pdfs, many.calm, double, seconds=15.0)
    low = limits.index(min(limits))
    assert max(limits[low:]) >= SLOTS, "the server takes so many, and got them again"


def busy_for_a_while(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess, *, seconds: float
) -> list[int]:
    """Every request is refused for so long. Returns the limits that the one worker went through."""
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--workers", 1)
    run.wait_for_pages(3)
    before = max(event["limit"] for event in run.events("worker-gauge"))
    double.control(faults=[{"kind": "503busy", "seconds": seconds}])
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    assert run.events("breaker-changed") == []
    limits = [event["limit"] for event in run.events("worker-gauge")]
    assert min(limits[limits.index(before) :]) < before
    # All that were in flight are refused; from then on a few ask from time to time: all would be hundreds.
    refused = double.stats()["faults"]["503busy"]
    print(f"busy for {seconds:g} s: limits {limits}, {refused} refused, calm {calm.requests}")
    assert refused <= before * 3 + 6 * seconds
    return limits


@pytest.mark.spec("mineru-service/retries/passing-faults-are-retried")
@pytest.mark.parametrize(
    "kinds",
    [
        ("429", "408", "503html", "502"),
        ("cut", "html", "notjson", "nochoices"),
        ("nullcontent", "abort", "length"),
        ("repetition",),  # on its own: a question is asked twice, and two poor replies in a row may meet
    ],
)
def test_a_passing_fault_costs_nothing(
    kinds: tuple[str, ...], tmp_path: Path, pdfs: Path, calm: Calm
) -> None:
    with DoubleProcess() as double:
        double.control(faults=[{"kind": kind, "count": 1, "retry_after": 0} for kind in kinds])
        run = convert(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--limit", 4)
        assert run.process.returncode == 0, run.errors()
        assert double.stats()["faults"] == dict.fromkeys(kinds, 1), "one never struck"
    first = ("doc00", "doc01", "doc02", "doc03")
    assert tree(tmp_path / "out") == {
        name: data for name, data in calm.files.items() if name.startswith(first)
    }


@pytest.mark.spec("mineru-service/http-client/a-stale-connection-is-replaced")
def test_a_connection_closed_at_the_worst_moment_is_not_an_error(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    double.control(faults=[{"kind": "stale", "count": 3}])
    run = convert(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", 2)
    assert run.process.returncode == 0, run.errors()
    assert double.stats()["faults"], "no connection was ever used again"
    assert tree(tmp_path / "out") == calm.files
    assert run.events("request-retried") == []


@pytest.mark.spec("mineru-service/stall-detection/a-silent-server-returns-its-requests")
def test_a_stuck_server_gives_its_requests_back(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", SLOTS)
    run.wait_for_pages(5)
    double.control(refuse=2.0, hold=True)  # connections stay open and silent, as a stopping vLLM leaves them
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    assert {event["code"] for event in run.events("request-retried")} <= {
        "request-taken-back",
        "server-unreachable",
    }


@pytest.mark.spec("mineru-service/backpressure/a-busy-server-is-not-an-outage")
def test_an_overloaded_server_is_not_an_outage(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    """Other clients keep it so busy that all answers take 4 s, also those of ``/health``, which is given 2 s."""
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", SLOTS)
    run.wait_for_pages(5)
    double.control(front_seconds=0.02, crowd=200)
    run.wait_for_pages(9)
    double.control(crowd=0, front_seconds=0)
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    opened = Counter(
        (event["server"], event["worker"])
        for event in run.events("breaker-changed")
        if event["state"] == "open"
    )
    retried = run.events("request-retried")
    print(f"overloaded: {len(retried)} requests taken back, breakers opened {dict(opened)}")
    assert set(opened.values()) <= {1}
    assert len(retried) <= SLOTS
    assert {event["code"] for event in retried} <= {"request-taken-back"}


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_stuck_engine_is_noticed_though_health_is_well(
    tmp_path: Path, pdfs: Path, calm: Calm, double: DoubleProcess
) -> None:
    """``/health`` says 200 all the time; only ``vllm:iteration_tokens_total_count`` stands still."""
    run = Command(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--concurrency", SLOTS)
    run.wait_for_pages(5)
    double.control(stuck=True)
    run.wait_for(lambda run: any("stuck" in event["reason"] for event in run.events("breaker-changed")))
    double.control(stuck=False)
    assert run.wait() == 0, run.errors()
    assert tree(tmp_path / "out") == calm.files
    assert {event["code"] for event in run.events("request-retried")} == {"request-taken-back"}


@pytest.mark.spec("gpu-microservices/client-resilience/one-of-two-servers-fails")
@pytest.mark.parametrize("silent", [False, True])
def test_one_of_two_servers_dies(silent: bool, tmp_path: Path, pdfs: Path, calm: Calm) -> None:
    """Killed, or ``silent``: stopped, so that its connections stay open and say nothing.

    Its requests go to the other one with no wait of their own, each of them once.
    """
    with DoubleProcess(*SLOW) as double, DoubleProcess(*SLOW) as other:
        run = Command(
            tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--server-url", other.url,
            "--concurrency", SLOTS,
        )  # fmt: skip
        run.wait_for_pages(5)
        other.process.send_signal(signal.SIGSTOP if silent else signal.SIGKILL)
        assert run.wait() == 0, run.errors()
        assert tree(tmp_path / "out") == calm.files
        moved = run.events("request-retried")
    assert {event["server"] for event in moved} == {other.url}
    assert [event["wait"] for event in moved] == [0.0] * len(moved)
    print(f"one of two dies, {silent=}: {len(moved)} requests moved")
    assert len(moved) <= SLOTS
    opened = {event["server"] for event in run.events("breaker-changed") if event["state"] == "open"}
    assert opened == {other.url}


@pytest.mark.spec("gpu-microservices/client-resilience/a-recovered-server-is-used-again")
def test_a_server_that_comes_back_is_used_again(tmp_path: Path, pdfs: Path, calm: Calm) -> None:
    with DoubleProcess(*SLOW) as double, DoubleProcess(*SLOW) as other:
        run = Command(
            tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--server-url", other.url,
            "--concurrency", SLOTS,
        )  # fmt: skip
        run.wait_for_pages(3)
        other.kill()
        run.wait_for(lambda run: bool(run.events("breaker-changed")))
        other.start()  # it counts from nothing
        assert run.wait() == 0, run.errors()
        assert tree(tmp_path / "out") == calm.files
        assert other.stats()["requests"] > 0


@pytest.mark.spec("gpu-microservices/client-resilience/different-models-are-refused")
def test_servers_with_different_models_are_refused(tmp_path: Path, pdfs: Path, double: DoubleProcess) -> None:
    with DoubleProcess("--model", "other-mineru") as other:
        run = convert(
            tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--server-url", other.url
        )
    assert run.process.returncode == 4
    assert "other-mineru" in run.errors()


def test_a_page_that_is_always_prose_fails_alone(tmp_path: Path, pdfs: Path, calm: Calm) -> None:
    with DoubleProcess() as double:
        digest = _layout_image(pdfs / "doc03.pdf", 1)
        double.control(faults=[{"kind": "prose", "match": digest}])
        run = convert(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url)
    assert run.process.returncode == 1
    broken = failures(tmp_path / "out")
    assert list(broken) == ["doc03"]
    assert broken["doc03"]["status"] == "partial"
    assert [page["code"] for page in broken["doc03"]["pages"]] == ["page-not-recognised"]
    text = (tmp_path / "out/doc03/vlm/doc03.md").read_text()
    assert "could not be converted" in text
    assert summary(tmp_path / "out")["documents"] == {
        "total": DOCUMENTS, "done": DOCUMENTS - 1, "partial": 1, "failed": 0, "skipped": 0,
    }  # fmt: skip
    with DoubleProcess() as double:
        again = convert(tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--retry-failed")
        assert again.process.returncode == 0
        assert double.stats()["by_kind"]["layout"] == 1, "only the lost page is asked again"
    assert tree(tmp_path / "out") == calm.files


def _layout_image(pdf: Path, index: int) -> str:
    """The hash of what is asked for a page's layout: rendered as the worker does."""
    opened = open_document(str(pdf), "pdf", rendering=Rendering(), limits=Limits())
    page = opened.read(index).image.resize((1036, 1036), Image.Resampling.BICUBIC)
    opened.close()
    return pixel_hash(png(page))


@pytest.mark.spec("gpu-microservices/access-control/a-wrong-key-ends-a-run-at-once")
def test_a_wrong_key_is_reported_immediately(tmp_path: Path, pdfs: Path) -> None:
    with DoubleProcess("--api-key", "right") as double:
        run = convert(
            tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--api-key", "wrong"
        )
        assert run.process.returncode == 4
        assert "key" in run.errors()
        good = convert(
            tmp_path, pdfs, "-o", tmp_path / "out", "--server-url", double.url, "--api-key", "right"
        )
        assert good.process.returncode == 0, good.errors()
        assert "right" not in (tmp_path / "out/.mineru-batch/run.json").read_text()
