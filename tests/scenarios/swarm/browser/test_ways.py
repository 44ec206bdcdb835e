"""Ways to a target: its addresses, pins, lines that are slow, options, room."""

import asyncio
import errno
import socket
from dataclasses import asdict

import pytest

from cutover.base.errors import BadInput, InvalidRun
from fixtures.access import ACCESSES
from scenarios.swarm.asks import Get, Post
from scenarios.swarm.browser import addresses as addresses_module
from scenarios.swarm.browser import limits
from scenarios.swarm.browser.addresses import Addresses
from scenarios.swarm.browser.firewall import USUAL, Sign
from scenarios.swarm.browser.lines import LINES
from scenarios.swarm.browser.network import Network
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.browser.pacing import Profile
from scenarios.target import Target
from tests.scenarios.swarm.browser.served import CLOSE, page, play, serving, visiting, visitor


class Names:
    """A loop's look-ups as a test wants them."""

    def __init__(self, loop):
        self.loop, self.found, self.asked = loop, ["192.0.2.1", "2001:db8::2", "192.0.2.1"], 0
        self.now = loop.time()

    def time(self):
        return self.now

    def create_task(self, coroutine):
        return self.loop.create_task(coroutine)

    async def getaddrinfo(self, _, port, *, type):  # noqa: A002 - the loop's own name
        self.asked += 1
        if isinstance(self.found, Exception):
            raise self.found
        return [(socket.AF_INET, type, 6, "", (address, port)) for address in self.found]


def test_all_addresses_of_a_name_take_turns_and_are_looked_up_again():
    async def scene():
        names = Names(asyncio.get_running_loop())
        addresses = Addresses(names, {})
        first = [await addresses.of("portal.vn", 443) for _ in range(3)]
        assert names.asked == 1
        names.now += addresses_module.AGAIN_S + 1
        names.found = ["192.0.2.9"]
        await addresses.of("portal.vn", 443)
        await asyncio.sleep(0.01)
        later = await addresses.of("portal.vn", 443)
        names.now += addresses_module.AGAIN_S + 1
        names.found = socket.gaierror("no name")
        await addresses.of("portal.vn", 443)
        await asyncio.sleep(0.01)
        return first, later, await addresses.of("portal.vn", 443), names.asked

    first, later, kept, asked = play(scene)
    both = ("192.0.2.1", "2001:db8::2")
    assert first == [both, both[::-1], both]
    assert (later, kept, asked) == (("192.0.2.9",), ("192.0.2.9",), 3)


def test_a_name_without_addresses_is_a_broken_connection():
    async def scene():
        names = Names(asyncio.get_running_loop())
        names.found = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        with pytest.raises(OSError, match="not known"):
            await Addresses(names, {}).of("portal.vn", 443)
        with pytest.raises(OSError, match="no name"):
            await Addresses(asyncio.get_running_loop(), {}).of("x" * 70 + ".vn", 443)

    play(scene)


def test_pins_and_addresses_are_not_looked_up():
    async def scene():
        names = Names(asyncio.get_running_loop())
        addresses = Addresses(names, {("portal.vn", 443): "192.0.2.7"})
        return [await addresses.of(*key) for key in (("portal.vn", 443), ("::1", 80), ("portal.vn", 80))], names.asked

    assert play(scene) == ([("192.0.2.7",), ("::1",), ("192.0.2.1", "2001:db8::2")], 1)


def test_a_pin_leads_there_and_an_address_that_refuses_is_passed_over():
    async def scene():
        async with serving(lambda request: page(request.headers["host"])) as server:
            port = server.port
            pinned = Network(
                asyncio.get_running_loop(),
                Target("http", "portal.example", port),
                NetworkOptions(resolve=(f"portal.example:{port}:127.0.0.1",)),
            )
            one = visitor(pinned)
            answer = await one.ask(Get("/"))
            loop, two_addresses = asyncio.get_running_loop(), []
            named = Network(loop, Target("http", "portal.example", port), NetworkOptions())
            named.dialler._addresses._known["portal.example", port] = ("127.0.0.9", "127.0.0.1")
            for _ in range(2):
                other = visitor(named)
                await other.ask(Get("/"))
                two_addresses.append(other.seen[0].address)
                other.browser.close()
            one.browser.close()
            return answer.body.decode().partition(":")[0], one.seen[0].address, two_addresses

    assert play(scene) == ("portal.example", "127.0.0.1", ["127.0.0.1", "127.0.0.1"])


SLOW = Profile(down_bps=800_000, up_bps=400_000, round_trip_s=0.04)


def test_a_slow_line_takes_the_time_that_its_bytes_take():
    async def scene():
        async with visiting(
            lambda request: page(bytes(20_000 if request.method == "GET" else 0)), identity={"profile": SLOW}
        ) as (_, one):
            await one.ask(Get("/"))
            await one.ask(Post("/", {"a": "x" * 10_000}))
            return one.seen

    down, up = play(scene)
    seconds = [(each.ended_ns - each.started_ns) / 1e9 for each in (down, up)]
    # at least what the line needs: 20 KB down at 100 KB/s and two round trips; 10 KB up at 50 KB/s and one
    assert seconds[0] > 0.28 - 0.005
    assert seconds[1] > 0.24 - 0.005
    assert down.connect_ns > 0.04e9 - 5e6
    assert down.ended_ns - down.first_byte_ns > 0.15e9 - 5e6


def test_connections_of_a_citizen_share_the_line():
    images = "<img src=/1><img src=/2><img src=/3><img src=/4>"

    async def scene():
        def respond(request):
            return page(images, "200 OK", "Content-Type: text/html") if request.target == "/" else page(bytes(5_000))

        async with visiting(respond, identity={"profile": SLOW, "pooled": True}, resources=True) as (_, one):
            await one.ask(Get("/"))
            first, last = one.seen[1], one.seen[-1]
            return (last.ended_ns - first.started_ns) / 1e9

    assert play(scene) > 0.2 - 0.005


def test_a_slow_line_ends_as_others_do():
    async def scene(respond, ask=Get("/")):  # noqa: B008 - an ask is a value
        async with visiting(respond, identity={"profile": SLOW}) as (_, one):
            answer = await one.ask(ask)
            one.browser.ask(Get("/slow"), print, print)
            await asyncio.sleep(0.01)
            one.browser.drop()
            return answer.body

    assert play(lambda: scene(lambda _: [b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 3000, CLOSE])) == b"x" * 3000
    with pytest.raises(ConnectionResetError):
        play(lambda: scene(lambda _: [b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n", b"x" * 3000, CLOSE]))


def test_a_portal_waits_for_who_reads_slowly():
    async def scene():
        async with visiting(lambda _: page(bytes(40_000_000)), identity={"profile": SLOW}) as (server, one):
            one.browser.ask(Get("/"), print, print)
            await asyncio.sleep(0.3)
            waits = server.transports[0].get_write_buffer_size()
            one.browser.drop()
            return waits, one.browser.received_bytes

    waits, received = play(scene)
    assert waits > 1_000_000
    assert received < 200_000


def test_every_citizen_has_a_line():
    assert set(LINES) == {(access, urban) for access in ACCESSES for urban in (True, False)}


def test_options_travel_as_plain_values():
    options = NetworkOptions(pooled=True, resolve=("a:1:127.0.0.1",), blocked=("429",))
    message = asdict(options) | {"resolve": ["a:1:127.0.0.1"], "blocked": ["429"]}
    assert NetworkOptions.of_message(message) == options
    with pytest.raises(TypeError):
        NetworkOptions.of_message({"unknown": 1})


def test_all_mistakes_of_options_are_told_at_once():
    options = NetworkOptions(
        resolve=("portal.vn:443", "a:99999:127.0.0.1", "a:1:b", "[::1]:8080:[::2]"),
        source_addresses=("here",),
        proxy="https://me:secret@proxy:1",
        blocked=("blocked!",),
        key="key.pem",
    )
    with pytest.raises(BadInput) as caught:
        options.check()
    assert [mistake.key for mistake in caught.value.mistakes] == [
        "--resolve",
        "--resolve",
        "--resolve",
        "--source-address",
        "--blocked",
        "--proxy",
        "--key",
    ]
    assert NetworkOptions(resolve=("[::1]:8080:[::2]",)).pins == {("::1", 8080): "::2"}


def test_signs_read_as_they_are_written():
    assert [str(Sign.read(text)) for text in USUAL] == [text.strip() for text in USUAL]


def test_too_little_room_is_told_with_the_remedy(monkeypatch):
    monkeypatch.setattr(limits, "most_sockets", lambda: 1000)
    monkeypatch.setattr(limits, "ports", lambda: 5000)
    limits.check_room(900, 50.0)
    with pytest.raises(InvalidRun, match=r"1,500 connections at once need .*ulimit -n 1756") as caught:
        limits.check_room(1500, 100.0)
    assert "need 7,500 ports, and there are 5,000: add addresses (--source-address)" in str(caught.value)
    limits.check_room(900, 100.0, sources=2)
    limits.check_room(900, 1000.0, loopback=True)


def test_what_this_machine_has_is_read():
    assert limits.most_sockets() > 0
    assert 1000 < limits.ports() < 65536


def test_faults_of_this_machine_are_told_from_the_portal_s():
    ours = (OSError(errno.EMFILE, "x"), OSError(errno.EADDRNOTAVAIL, "x"), MemoryError())
    theirs = (ConnectionRefusedError(errno.ECONNREFUSED, "x"), ConnectionResetError("x"), TimeoutError(), ValueError())
    assert [limits.is_generators_fault(error) for error in (*ours, *theirs)] == [True] * 3 + [False] * 4
