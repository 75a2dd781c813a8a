"""Names with several addresses, on doubles at 127.0.0.1, 127.0.0.2 and 127.0.0.3 that share a port."""

from __future__ import annotations

import socket
from contextlib import ExitStack

import anyio
import pytest

from mineru_cli.domain.events import BreakerChanged, ServerGauge
from mineru_cli.inference.discovery import EVERY, DiscoveredService, resolve_name
from tests.inference.fleets import QUICK, Pages, open_fleet, until
from tests.vllm_double import Double

pytestmark = pytest.mark.anyio
NAME = "model.test"


class Names:
    """A name server for one name, and a sleep that makes its look-ups frequent."""

    def __init__(self, *addresses: str) -> None:
        self.addresses = list(addresses)
        self.asked = 0
        self.every = 0.05

    async def resolve(self, host: str, port: int) -> list[str]:
        assert host == NAME
        self.asked += 1
        if not self.addresses:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        return self.addresses

    async def sleep(self, seconds: float) -> None:
        await anyio.sleep(self.every if seconds == EVERY else seconds)

    async def until_asked_again(self) -> None:
        seen = self.asked
        await until(lambda: self.asked >= seen + 2)

    def options(self) -> dict:
        return {"resolve": self.resolve, "sleep": self.sleep}


class Trio:
    """Three doubles on one port."""

    def __init__(self, **options) -> None:
        self._options = options

    def __enter__(self) -> Trio:
        self._stack = ExitStack()
        one = self._stack.enter_context(Double(host="127.0.0.1", **self._options))
        self.url = f"http://{NAME}:{one.port}"
        rest = [
            self._stack.enter_context(Double(host=host, port=one.port, **self._options))
            for host in ("127.0.0.2", "127.0.0.3")
        ]
        self.doubles = [one, *rest]
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def answered(self) -> list[int]:
        return [double.stats()["answered"] for double in self.doubles]


@pytest.mark.spec("orchestration/service-discovery/each-address-is-a-server")
async def test_each_address_is_a_server_of_its_own_and_the_host_header_keeps_the_name():
    names = Names("127.0.0.1", "127.0.0.2", "127.0.0.3")
    with Trio(block_seconds=0.01) as trio:
        async with open_fleet(trio.url, **names.options()) as opened:
            completions = await Pages(60).ask_all(opened.fleet)
        assert min(trio.answered()) > 10
        assert sum(trio.answered()) == 60
        hosts = {host for double in trio.doubles for host in double.stats()["hosts"]}
    assert hosts == {trio.url.removeprefix("http://")}
    assert {completion.server for completion in completions} == {
        f"{trio.url} [127.0.0.{last}]" for last in (1, 2, 3)
    }


@pytest.mark.spec("orchestration/service-discovery/changes-are-followed")
async def test_new_addresses_are_used_and_gone_ones_dropped():
    names = Names("127.0.0.1", "127.0.0.2")
    with Trio(block_seconds=0.01) as trio:
        async with open_fleet(trio.url, **names.options()) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(Pages(8).keep_asking, opened.fleet)
            await until(lambda: min(trio.answered()[:2]) > 5)
            assert trio.answered()[2] == 0
            names.addresses = ["127.0.0.2", "127.0.0.3"]
            await until(lambda: trio.answered()[2] > 5)
            await until(lambda: trio.doubles[0].stats()["in_flight"] == 0)
            before = trio.answered()
            await until(lambda: trio.answered()[2] > before[2] + 20)
            assert trio.answered()[0] == before[0]
            tasks.cancel_scope.cancel()
    assert opened.of(BreakerChanged) == []


@pytest.mark.spec("orchestration/service-discovery/a-leaving-server-finishes-its-requests")
async def test_one_that_leaves_finishes_what_it_has():
    names = Names("127.0.0.1", "127.0.0.2")
    with Trio(block_seconds=0.01) as trio:
        leaving = trio.doubles[0]
        leaving.options.block_seconds = 0.5
        async with open_fleet(trio.url, **names.options()) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(Pages(8).ask_all, opened.fleet)
            await until(lambda: leaving.stats()["in_flight"] > 0)
            names.addresses = ["127.0.0.2", "127.0.0.3"]
        assert leaving.stats()["cancelled"] == 0
        assert sum(trio.answered()) == 8


@pytest.mark.spec("orchestration/service-discovery/a-lost-server-triggers-a-lookup")
async def test_a_lost_server_makes_the_name_looked_up_at_once():
    names = Names("127.0.0.1", "127.0.0.2")
    names.every = 3600
    with Trio(block_seconds=0.01) as trio:
        async with open_fleet(trio.url, **names.options()) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(Pages(8).keep_asking, opened.fleet)
            await until(lambda: min(trio.answered()[:2]) > 5)
            assert names.asked == 1
            names.addresses = ["127.0.0.2", "127.0.0.3"]
            trio.doubles[0].control(dead=True)
            await until(lambda: trio.answered()[2] > 5)
            tasks.cancel_scope.cancel()
    assert {event.server for event in opened.of(BreakerChanged)} == {f"{trio.url} [127.0.0.1]"}


@pytest.mark.spec("orchestration/service-discovery/tls-verifies-the-name")
async def test_the_name_is_right_for_tls_too(tls):
    names = Names("127.0.0.1", "127.0.0.2")
    pem = tls.server(NAME)
    with Double(host="127.0.0.1", tls=pem) as one, Double(host="127.0.0.2", port=one.port, tls=pem) as two:
        url = f"https://{NAME}:{one.port}"
        async with open_fleet(url, tls_verify=tls.ca, **names.options()) as opened:
            await Pages(20).ask_all(opened.fleet)
        assert one.stats()["answered"] > 0 < two.stats()["answered"]


async def test_one_address_is_left_to_the_connection():
    names = Names("127.0.0.2")
    assert await DiscoveredService(
        f"http://{NAME}:1", resolve=names.resolve, sleep=names.sleep
    ).addresses() == (None,)


async def test_one_that_becomes_several_and_one_again():
    names = Names("127.0.0.1")
    service = DiscoveredService(f"http://{NAME}", resolve=names.resolve, sleep=names.sleep)
    seen = []
    for addresses in (["127.0.0.1"], ["127.0.0.1", "127.0.0.2"], ["127.0.0.2"], []):
        names.addresses = addresses
        seen.append(await service.addresses())
    assert seen == [(None,), ("127.0.0.1", "127.0.0.2"), ("127.0.0.2",), ()]


@pytest.mark.spec("orchestration/service-discovery/a-failed-lookup-loses-no-server")
async def test_a_name_that_is_unknown_for_a_while_loses_no_server(double):
    names = Names("127.0.0.1", "127.0.0.2")
    with Trio() as trio:
        async with open_fleet(trio.url, **names.options()) as opened:
            await Pages(10).ask_all(opened.fleet)
            names.addresses = []
            await names.until_asked_again()
            await Pages(10).ask_all(opened.fleet)
        assert min(trio.answered()[:2]) > 0


@pytest.mark.spec("orchestration/service-discovery/another-model-is-kept-out")
async def test_who_serves_another_model_is_not_let_in():
    names = Names("127.0.0.1", "127.0.0.2")
    with Trio() as trio:
        trio.doubles[2].control(models=["other"])
        async with open_fleet(trio.url, **names.options()) as opened:
            names.addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
            await names.until_asked_again()
            await Pages(30).ask_all(opened.fleet)
            assert trio.doubles[2].stats()["requests"] == 0
            trio.doubles[2].control(models=["mineru"])
            await names.until_asked_again()
            await Pages(30).ask_all(opened.fleet)
            assert trio.doubles[2].stats()["requests"] > 0


async def test_one_that_answers_late_because_others_use_it_is_let_in_after_a_few_looks():
    names = Names("127.0.0.1", "127.0.0.2")
    with Trio() as trio:
        late = trio.doubles[2]
        late.control(front_seconds=QUICK.watchdog.probe_timeout * 1.5, crowd=1)
        async with open_fleet(trio.url, **names.options()) as opened, anyio.create_task_group() as tasks:
            tasks.start_soon(Pages(8).keep_asking, opened.fleet)
            names.addresses = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
            await until(lambda: late.stats()["answered"] > 0)
            tasks.cancel_scope.cancel()


async def test_gauges_name_the_address():
    names = Names("127.0.0.1", "127.0.0.2")
    with Trio(block_seconds=0.1, slots=2) as trio:
        async with open_fleet(trio.url, **names.options()) as opened:
            await Pages(30).ask_all(opened.fleet)
    assert {event.server for event in opened.of(ServerGauge)} == {
        f"{trio.url} [127.0.0.{last}]" for last in (1, 2)
    }


@pytest.mark.parametrize(
    ("found", "used"),
    [
        (["127.0.0.1", "::1"], (None,)),
        (["10.0.0.1", "10.0.0.1", "10.0.0.2"], ("10.0.0.1", "10.0.0.2")),
        (["10.0.0.1", "fd00::1", "10.0.0.2", "fd00::2"], ("10.0.0.1", "10.0.0.2")),
        (["10.0.0.1", "fd00::1", "fd00::2"], ("fd00::1", "fd00::2")),
    ],
)
async def test_a_server_with_an_address_of_each_family_counts_once(found, used):
    names = Names(*found)
    assert (
        await DiscoveredService(f"http://{NAME}", resolve=names.resolve, sleep=names.sleep).addresses()
        == used
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "10.1.2.3"])
def test_addresses_are_never_looked_up(host):
    assert DiscoveredService(f"http://{host}:8000", resolve=resolve_name, sleep=anyio.sleep).is_fixed


def test_names_behind_a_proxy_are_the_proxys(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "other.test")
    assert DiscoveredService(f"http://{NAME}", resolve=resolve_name, sleep=anyio.sleep).is_fixed
    assert not DiscoveredService("http://other.test", resolve=resolve_name, sleep=anyio.sleep).is_fixed


async def test_names_are_resolved_by_the_system():
    assert "127.0.0.1" in await resolve_name("localhost", 80)
    with pytest.raises(OSError):  # noqa: PT011
        await resolve_name("nothing.invalid", 80)
