from __future__ import annotations

import signal
import time

import anyio
import pytest

from mineru_cli.domain.events import BreakerChanged, RequestRetried, ServerGauge
from mineru_cli.errors import (
    AuthenticationFailed,
    InvalidReply,
    ModelNotFound,
    NotAModelServer,
    RequestRejected,
    RequestTimeout,
    ServerFault,
)
from mineru_cli.inference.health_check import OVERLAP
from mineru_cli.inference.retry import LAST_TRIALS
from mineru_cli.settings import Retrying, Watching
from tests.inference.fleets import QUICK, Pages, open_fleet, until
from tests.vllm_double import Double, DoubleProcess

pytestmark = pytest.mark.anyio


@pytest.mark.spec("mineru-service/http-client/each-reply-belongs-to-its-own-request")
async def test_every_request_gets_the_answer_to_its_own_image(double):
    pages = Pages(100)
    async with open_fleet(double.url) as opened:
        completions = await pages.ask_all(opened.fleet)
    stats = double.stats()
    assert stats["requests"] == 100
    assert stats["max_in_flight"] <= 8
    assert {completion.attempts for completion in completions} == {1}
    assert completions[0].server == double.url


@pytest.mark.spec("mineru-service/backpressure/a-fixed-limit-is-never-exceeded")
async def test_a_fixed_number_of_slots_is_filled_and_never_passed():
    with Double(block_seconds=0.05) as double:
        async with open_fleet(double.url, limit=5) as opened:
            await Pages(30).ask_all(opened.fleet)
        assert double.stats()["max_in_flight"] == 5


async def test_lower_priority_goes_first_and_equals_keep_their_order():
    order: list[int] = []
    pages = Pages(6)
    with Double() as double:
        double.control(stuck=True)
        async with open_fleet(double.url, limit=1) as opened, anyio.create_task_group() as tasks:

            async def ask(number: int, priority: float) -> None:
                await opened.fleet.ask(pages.request(number), priority=priority)
                order.append(number)

            for number, priority in enumerate([9.0, 2.0, 1.0, 2.0, 0.0, 1.0]):
                tasks.start_soon(ask, number, priority)
                await until(lambda n=number: opened.fleet.queued + opened.fleet.in_flight == n + 1)
            double.control(stuck=False)
    assert order == [0, 4, 2, 5, 1, 3]


@pytest.mark.spec("mineru-service/http-client/cancelling-closes-the-connection")
async def test_a_cancelled_request_frees_its_slot_and_the_server(double):
    pages = Pages(3)
    double.control(faults=[{"kind": "hang", "count": 1}])
    async with open_fleet(double.url, limit=1) as opened:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(opened.fleet.ask, pages.request(0))
            await until(lambda: opened.fleet.in_flight == 1)
            tasks.start_soon(opened.fleet.ask, pages.request(1))
            await until(lambda: opened.fleet.queued == 1)
            tasks.cancel_scope.cancel()
        assert (opened.fleet.in_flight, opened.fleet.queued) == (0, 0)
        assert (await opened.fleet.ask(pages.request(2))).text == pages.answer(2)
    stats = double.stats()
    assert stats["cancelled"] == 1
    assert stats["requests"] == 2


@pytest.mark.spec("mineru-service/retries/permanent-refusals-are-not-retried")
@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("400", RequestRejected),
        ("401", AuthenticationFailed),
        ("404model", ModelNotFound),
        ("404route", NotAModelServer),
        ("501", NotAModelServer),
        ("redirect", NotAModelServer),
    ],
)
async def test_permanent_errors_are_not_retried(double, kind, error):
    double.control(faults=[{"kind": kind}])
    async with open_fleet(double.url) as opened:
        with pytest.raises(error):
            await opened.fleet.ask(Pages(1).request(0))
    assert double.stats()["requests"] == 1


@pytest.mark.spec("mineru-service/retries/passing-faults-are-retried")
@pytest.mark.parametrize(
    "kind",
    [
        "500", "502", "408", "429", "503busy", "503html", "reset", "cut",
        "html", "notjson", "nochoices", "nullcontent", "abort",
    ],
)  # fmt: skip
async def test_temporary_faults_are_retried(double, kind):
    pages = Pages(1)
    double.control(faults=[{"kind": kind, "count": 2}])
    async with open_fleet(double.url) as opened:
        completion = await opened.fleet.ask(pages.request(0))
        assert opened.fleet.answered == 1
    assert (completion.text, completion.attempts) == (pages.answer(0), 3)
    assert double.stats()["requests"] == 3
    assert [event.attempt for event in opened.of(RequestRetried)] == [1, 2]


@pytest.mark.spec("mineru-service/retries/attempts-are-bounded")
async def test_attempts_are_bounded_when_the_server_serves_others(double):
    pages = Pages(2)
    double.control(faults=[{"kind": "500", "match": _hash_of(pages, 0)}])
    failed: list[ServerFault] = []
    async with open_fleet(double.url) as opened:

        async def poisoned() -> None:
            try:
                await opened.fleet.ask(pages.request(0))
            except ServerFault as error:
                failed.append(error)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(poisoned)
            while not failed:
                await opened.fleet.ask(pages.request(1))
    assert opened.of(BreakerChanged) == []
    assert double.stats()["asked_by_image"][_hash_of(pages, 0)] == 4


async def test_a_request_that_fails_alone_is_given_up_after_its_last_trials(double):
    double.control(faults=[{"kind": "500"}])
    async with open_fleet(double.url) as opened:
        with pytest.raises(ServerFault):
            await opened.fleet.ask(Pages(1).request(0))
    assert double.stats()["requests"] == 4 + LAST_TRIALS
    assert "open" in [event.state for event in opened.of(BreakerChanged)]


def _hash_of(pages: Pages, number: int) -> str:
    return pages.answer(number).split()[1]


async def test_a_reply_without_end_is_cut_short(double):
    double.control(faults=[{"kind": "huge", "count": 20}])
    async with open_fleet(double.url, max_reply_bytes=100_000) as opened:
        with pytest.raises(InvalidReply, match="100000 bytes"):
            await opened.fleet.ask(Pages(1).request(0))


@pytest.mark.spec("mineru-service/http-client/a-stale-connection-is-replaced")
async def test_stale_connections_are_no_errors(double):
    pages = Pages(60)
    double.control(faults=[{"kind": "stale", "p": 0.5}])
    async with open_fleet(double.url) as opened:
        completions = await pages.ask_all(opened.fleet)
    stats = double.stats()
    assert stats["faults"]["stale"] > 5
    assert stats["requests"] == 60
    assert {completion.attempts for completion in completions} == {1}
    assert opened.of(RequestRetried) == opened.of(BreakerChanged) == []


@pytest.mark.spec("mineru-service/stall-detection/a-deadline-ends-a-request-anywhere")
async def test_a_deadline_ends_a_request_wherever_it_is(double):
    double.control(faults=[{"kind": "hang"}])
    async with open_fleet(double.url, limit=1) as opened, anyio.create_task_group() as tasks:

        async def ask(number: int) -> None:
            with pytest.raises(RequestTimeout, match="deadline"):
                await opened.fleet.ask(Pages(2).request(number), deadline=time.monotonic() + 0.2)

        tasks.start_soon(ask, 0)
        tasks.start_soon(ask, 1)


@pytest.mark.spec("mineru-service/circuit-breaker/an-outage-fails-no-document")
async def test_a_dead_server_costs_nothing_but_time(double):
    pages = Pages(200)
    with Double(block_seconds=0.02) as double:
        async with open_fleet(double.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.ask_all, opened.fleet)
            await until(lambda: double.stats()["answered"] > 40)
            double.control(refuse=0.5)
        stats = double.stats()
    assert stats["requests"] <= 200 + 8
    states = [event.state for event in opened.of(BreakerChanged)]
    assert states == ["open", "half-open", "closed"]


async def test_a_server_that_stops_while_requests_hang_on_it_is_noticed(double):
    pages = Pages(60)
    with Double(block_seconds=0.02) as double:
        async with open_fleet(double.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.ask_all, opened.fleet)
            await until(lambda: double.stats()["answered"] > 20)
            double.control(refuse=1.2, hold=True)
        assert double.stats()["requests"] <= 60 + 8
    assert "request-taken-back" in {event.code for event in opened.of(RequestRetried)}


async def test_a_server_that_fell_silent_is_sent_fewer_requests_at_once_afterwards():
    with Double(block_seconds=0.02) as double:
        async with open_fleet(double.url, adaptive=True) as opened, anyio.create_task_group() as tasks:
            double.control(refuse=1.2, hold=True)
            tasks.start_soon(Pages(8).ask_all, opened.fleet)
            await until(lambda: opened.of(RequestRetried))
            assert opened.fleet.limit < QUICK.adaptive.start


@pytest.mark.parametrize("adaptive", [False, True])
async def test_an_overloaded_server_is_lost_once_at_most_and_answers_everything(adaptive):
    """Everything takes 0.8 s and more, ``/health`` as well, which is given 0.5 s at first.

    Without learning how long it takes, the breaker would never close again.
    """
    pages = Pages(60)
    with DoubleProcess("--front-seconds", "0.02", "--crowd", "40") as double:
        async with open_fleet(double.url, adaptive=adaptive) as opened:
            await pages.ask_all(opened.fleet)
        stats = double.stats()
    states = [event.state for event in opened.of(BreakerChanged)]
    assert states in ([], ["open", "half-open", "closed"])
    taken_back = len(opened.of(RequestRetried))
    assert taken_back <= 8, "no more than was in flight once"
    assert len(pages.images) <= stats["answered"] <= len(pages.images) + taken_back
    assert {event.code for event in opened.of(RequestRetried)} <= {"request-taken-back"}


async def test_a_server_that_answers_requests_is_alive_however_late_its_health_is(double):
    """Some requests fail with the gateway's 502, which raises the question; ``/health`` never answers."""
    pages = Pages(200)
    double.control(health="hang", faults=[{"kind": "502", "p": 0.1}], front_seconds=0.005, seed=3)
    async with open_fleet(double.url) as opened:
        await pages.ask_all(opened.fleet)
    assert opened.of(BreakerChanged) == []
    assert {event.code for event in opened.of(RequestRetried)} == {"server-fault"}


async def test_a_server_that_only_accepts_connections_is_dead_after_an_overload_too(double):
    """What was learnt of its slowness prolongs the wait, and does not make it endless."""
    pages = Pages(12)
    with DoubleProcess("--block-seconds", "0.02") as silent:
        silent.control(front_seconds=0.02, crowd=20)
        async with open_fleet(double.url, silent.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(Pages(24).ask_all, opened.fleet)
            await until(lambda: silent.stats()["answered"] > 2)
            silent.process.send_signal(signal.SIGSTOP)
            tasks.start_soon(pages.ask_all, opened.fleet)
        silent.process.send_signal(signal.SIGCONT)
    assert (silent.url, "open") in {(event.server, event.state) for event in opened.of(BreakerChanged)}


@pytest.mark.spec("mineru-service/stall-detection/a-silent-server-returns-its-requests")
async def test_a_server_that_falls_silent_gives_its_work_to_the_other(double):
    pages = Pages(60)
    with DoubleProcess("--block-seconds", "0.02") as silent:
        async with open_fleet(double.url, silent.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.ask_all, opened.fleet)
            await until(lambda: opened.fleet.in_flight == 8 and double.stats()["answered"] > 5)
            silent.process.send_signal(signal.SIGSTOP)
        silent.process.send_signal(signal.SIGCONT)
    assert {(event.server, event.state) for event in opened.of(BreakerChanged)} == {(silent.url, "open")}


@pytest.mark.spec("mineru-service/stall-detection/silence-is-noticed-within-five-seconds")
def test_silence_is_noticed_within_five_seconds():
    watching = Watching()
    looks = watching.probe_timeout * (1 + (watching.dead_after - 1) * OVERLAP)
    assert watching.interval * 1.25 + looks <= 5.0  # it is checked four times an interval


@pytest.mark.spec("mineru-service/stall-detection/a-stalled-engine-is-found-behind-a-healthy-endpoint")
async def test_an_engine_that_is_stuck_behind_a_healthy_door_is_noticed(double):
    pages = Pages(40)
    with Double(block_seconds=0.02) as double:
        async with open_fleet(double.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.ask_all, opened.fleet)
            await until(lambda: double.stats()["answered"] > 10)
            double.control(stuck=True)
            await until(lambda: opened.of(BreakerChanged))
            double.control(stuck=False)
    assert "stuck" in opened.of(BreakerChanged)[0].reason


async def test_a_request_that_an_idle_server_lost_is_sent_again(double):
    double.control(faults=[{"kind": "hang", "count": 1}])
    async with open_fleet(double.url) as opened:
        completion = await opened.fleet.ask(Pages(1).request(0))
    assert completion.attempts == 2
    assert opened.of(BreakerChanged) == []


@pytest.mark.spec("gpu-microservices/metrics/the-servers-load-is-shown")
async def test_gauges_show_the_servers_own_metrics():
    with Double(slots=2, block_seconds=0.1) as double:
        async with open_fleet(double.url, limit=6) as opened:
            await Pages(14).ask_all(opened.fleet)
        gauges = opened.of(ServerGauge)
    assert {gauge.server for gauge in gauges} == {double.url}
    assert {(gauge.running, gauge.waiting) for gauge in gauges} <= {
        (0.0, 0.0),  # a look before the first request arrived
        *((2.0, float(n)) for n in range(5)),
    }
    assert max(gauge.waiting for gauge in gauges) == 4.0


async def test_the_last_gauge_shows_an_idle_server_and_then_polling_stops():
    with Double(slots=2, block_seconds=0.1) as double:
        async with open_fleet(double.url, limit=6) as opened:
            await Pages(8).ask_all(opened.fleet)
            await until(lambda: (opened.of(ServerGauge) or [ServerGauge("")])[-1].running == 0)
            told = len(opened.of(ServerGauge))
            await anyio.sleep(0.3)
        assert len(opened.of(ServerGauge)) == told


@pytest.mark.spec("mineru-service/backpressure/concurrency-follows-the-capacity")
async def test_concurrency_adapts_to_the_slots_of_the_server():
    with Double(slots=8, block_seconds=0.1) as double:
        async with open_fleet(double.url, limit=4, adaptive=True) as opened:
            await Pages(200).ask_all(opened.fleet)
            assert 8 <= opened.fleet.limit <= 24
        assert double.stats()["max_in_flight"] <= 24


@pytest.mark.spec("gpu-microservices/client-resilience/a-recovered-server-is-used-again")
async def test_work_moves_to_the_other_server_and_back():
    pages = Pages(8)
    with Double(block_seconds=0.02) as one, Double(block_seconds=0.02) as two:
        async with open_fleet(one.url, two.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.keep_asking, opened.fleet)
            await until(lambda: min(one.stats()["answered"], two.stats()["answered"]) > 20)
            one.control(refuse=0.5)
            await until(lambda: "half-open" in [event.state for event in opened.of(BreakerChanged)])
            before = one.stats()["answered"]
            await until(lambda: one.stats()["answered"] > before)
            tasks.cancel_scope.cancel()
        answered = one.stats()["answered"] + two.stats()["answered"]
        assert one.stats()["requests"] + two.stats()["requests"] <= answered + 8 + 8, (
            "lost, and cut at the end"
        )


@pytest.mark.spec("mineru-service/retries/retries-have-a-budget")
async def test_noise_is_ridden_out(double):
    pages = Pages(600)
    double.control(faults=[{"kind": "500", "p": 0.05}, {"kind": "reset", "p": 0.05}])
    async with open_fleet(double.url, limit=16) as opened:
        await pages.ask_all(opened.fleet)
    assert 600 < double.stats()["requests"] <= 1.25 * 600
    assert opened.of(BreakerChanged) == []


@pytest.mark.spec("mineru-service/backpressure/a-busy-server-is-not-an-outage")
async def test_a_busy_server_is_left_alone_without_being_given_up():
    pages = Pages(60)
    patient = QUICK.model_copy(update={"retry": Retrying(base=0.02, busy_base=0.4, cap=1)})
    with Double(block_seconds=0.02) as double:
        fleet = open_fleet(double.url, limit=16, resilience=patient)
        async with fleet as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.ask_all, opened.fleet)
            await until(lambda: double.stats()["answered"] > 20)
            double.control(faults=[{"kind": "503busy", "seconds": 1.0}])
        stats = double.stats()
    assert opened.of(BreakerChanged) == []
    assert stats["faults"]["503busy"] < 16 + 3 * 32  # three at each opening of the gate, at least 31 ms apart


@pytest.mark.spec("gpu-microservices/client-resilience/a-server-that-fails-all-is-not-held-against-requests")
async def test_a_server_that_fails_all_is_not_held_against_the_requests():
    pages = Pages(50)
    with Double(block_seconds=0.01) as double:
        double.control(faults=[{"kind": "502", "seconds": 1.0}], health="503")
        async with open_fleet(double.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.ask_all, opened.fleet)
            await until(lambda: opened.of(BreakerChanged))
            assert opened.fleet.unavailable_since is not None
            await anyio.sleep(0.5)
            double.control(faults=[], health="ok")
        assert opened.fleet.unavailable_since is None


@pytest.mark.spec("mineru-service/circuit-breaker/a-restarted-server-is-used-again")
async def test_a_server_killed_mid_batch_and_started_again():
    pages = Pages(150)
    with DoubleProcess("--block-seconds", "0.02") as double:
        async with open_fleet(double.url) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(pages.ask_all, opened.fleet)
            await until(lambda: double.stats()["answered"] > 40)
            double.kill()
            await until(lambda: opened.of(BreakerChanged))
            await anyio.to_thread.run_sync(double.start)
