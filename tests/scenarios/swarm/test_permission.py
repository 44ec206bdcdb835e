"""Whom a run may contact, and whether it may write there: found before anything is sent."""

from dataclasses import asdict
from types import SimpleNamespace

import pytest

from cutover.base.errors import BadInput, TargetRefused
from scenarios.scenario import read_scenario
from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Get, Post, Send
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.failures import StepFailed
from scenarios.swarm.generator.prepared import Prepared
from scenarios.swarm.order import Order
from scenarios.swarm.permission import READS, check_reach, is_here, permit, reading_only
from scenarios.swarm.steps import STEPS
from scenarios.target import parse_target
from scenarios.volume import Volume

AWAY = "http://192.0.2.7:8080"
READING = ("brisk_visit = 0.5\nbrisk_look_up = 0.5", "brisk_look_up = 1.0")


@pytest.fixture
def order(scenario_file):
    """Return a function that orders the small scenario, at a target that nobody has (RFC 5737)."""

    def made(*changes, url=AWAY, allowed=("192.0.2.7",), network=None, **more):
        scenario = read_scenario(scenario_file(*changes))
        options = asdict(network or NetworkOptions())
        return Order.of(scenario, Volume(1.0, 1.0), url, "run", allowed=allowed, network=options, **more), scenario

    return made


def test_steps_that_write_are_refused_off_loopback_with_their_names(order):
    found, scenario = order()
    with pytest.raises(TargetRefused) as refused:
        permit(found, scenario.steps)
    assert refused.value.exit_code == 6
    words = str(refused.value)
    assert words.startswith("192.0.2.7, or another host that is allowed, is not loopback, and ")
    assert "form, upload, submit" in words
    assert "sign_in" not in words
    assert words.endswith("no request was sent; if its owner agrees that dossiers are made there, add --allow-writes")
    with pytest.raises(TargetRefused, match="--allow-writes"):
        Prepared.of(found)


def test_with_the_owner_s_consent_and_on_loopback_they_may(order):
    found, scenario = order(may_write=True)
    assert permit(found, scenario.steps) == (parse_target(AWAY), True)
    for url in ("http://127.0.0.1:9", "http://[::1]:9", "http://localhost:9"):
        found, scenario = order(url=url, allowed=("127.0.0.2", "[::1]:8080"))
        assert permit(found, scenario.steps)[1]


def test_journeys_that_only_read_need_no_consent_and_cannot_write(order):
    found, scenario = order(READING)
    assert permit(found, scenario.steps) == (parse_target(AWAY), False)
    prepared = Prepared.of(found)
    assert set(prepared.steps) == set(STEPS)
    with pytest.raises(StepFailed, match="it would write, which needs --allow-writes: not sent"):
        _play(prepared.steps["feedback"])


def _play(step):
    """Play a step of one page with a form to its end."""
    asks = step(SimpleNamespace(session=1))
    assert next(asks) == Get("/feedback")
    asks.send(Answer(200, "/feedback", b'<main data-page="feedback"><input name="csrf" value="x">'))


@pytest.mark.parametrize("name", sorted(STEPS))
def test_each_of_the_stand_in_s_steps_that_sends_a_form_counts_as_writing(name):
    sends = "Post" in _names(STEPS[name])
    assert (name in READS) == (not sends or name == "sign_in")


def _names(step):
    """Return the names that a step's function uses, and those of the helpers that it calls."""
    found = set(step.__code__.co_names)
    helpers = [step.__globals__[name] for name in found if callable(step.__globals__.get(name))]
    return found.union(*(each.__code__.co_names for each in helpers if hasattr(each, "__code__")))


@pytest.mark.parametrize("ask", [Post("/x", {}), Send("DELETE", "/x"), Send("post", "/x")])
def test_what_a_step_hid_from_whoever_read_its_text_is_not_sent(ask):
    def hidden(_):
        page = yield Get("/")
        assert page.status == 200
        yield ask

    asks = reading_only({"home": hidden})["home"](None)
    assert next(asks) == Get("/")
    with pytest.raises(StepFailed, match="not sent"):
        asks.send(Answer(200, "/", b""))
    assert next(reading_only({"sign_in": lambda _: iter([ask])})["sign_in"](None)) == ask


def test_asks_that_read_pass_with_their_answers():
    def step(_):
        page = yield Get("/a")
        page = yield Send("HEAD", page.path)
        assert page.path == "/b"

    asks = reading_only({"home": step})["home"](None)
    assert next(asks) == Get("/a")
    assert asks.send(Answer(200, "/x", b"")) == Send("HEAD", "/x")
    with pytest.raises(StopIteration):
        asks.send(Answer(200, "/b", b""))


def test_a_steps_file_is_read_for_what_it_writes_and_a_locustfile_always_may(order):
    head = "from scenarios.steps import Get, Post\n"
    reads = "".join(f"def {name}(visit):\n    yield Get('/')\n" for name in ("home", "search", "procedure"))
    found, scenario = order(READING, steps=head + reads)
    assert permit(found, scenario.steps) == (parse_target(AWAY), False)
    found, scenario = order(READING, steps=head + reads.replace("Get('/')", "Post('/', {})", 1))
    with pytest.raises(TargetRefused, match="not loopback, and home writes there"):
        permit(found, scenario.steps)
    found, scenario = order(READING, locustfile="class U: pass")
    with pytest.raises(TargetRefused, match="a locustfile may write"):
        permit(found, scenario.steps)


def test_a_loopback_target_with_a_foreign_host_beside_it_is_not_here(order):
    found, scenario = order(url="http://127.0.0.1:9", allowed=("sso.example",))
    with pytest.raises(TargetRefused, match=r"127\.0\.0\.1, or another host that is allowed, is not loopback"):
        permit(found, scenario.steps)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"proxy": "http://192.0.2.9:3128"}, "192.0.2.9"),
        ({"resolve": ("127.0.0.1:9:192.0.2.9",)}, "192.0.2.9"),
        ({"resolve": ("localhost:9:192.0.2.9",)}, "192.0.2.9"),
        ({"resolve": ("[::1]:9:2001:db8::9",)}, "2001:db8::9"),
    ],
)
def test_no_option_leads_from_loopback_to_a_host_that_nobody_named(options, named):
    target, network = parse_target("http://localhost:9"), NetworkOptions(**options)
    with pytest.raises(TargetRefused, match=f"{named} is neither loopback nor allowed: no request was sent"):
        check_reach(target, network, ())
    check_reach(target, network, (named,))
    assert not is_here(target, network, ())


def test_a_pin_of_a_named_host_and_a_proxy_on_this_machine_are_fine():
    target = parse_target("https://portal.vn")
    pinned = NetworkOptions(resolve=("portal.vn:443:192.0.2.9",), proxy="http://127.0.0.1:3128")
    check_reach(target, pinned, ("portal.vn",))
    here = NetworkOptions(resolve=("localhost:9:127.0.0.2",), proxy="http://127.0.0.1:3128")
    check_reach(parse_target("http://localhost:9"), here, ())
    assert is_here(parse_target("http://localhost:9"), here, ())


def test_a_host_may_be_allowed_with_its_port_only(order):
    found, scenario = order(READING, allowed=("192.0.2.7:8080",))
    assert permit(found, scenario.steps)
    found, scenario = order(READING, allowed=("192.0.2.7:8443",))
    with pytest.raises(TargetRefused, match=r"192\.0\.2\.7 is neither loopback nor allowed"):
        permit(found, scenario.steps)


@pytest.mark.parametrize("text", ["", "http://portal.vn", "portal.vn/x", "portal.vn:port", "a?b"])
def test_what_is_no_host_cannot_be_allowed(order, text):
    found, scenario = order(READING, allowed=(text,))
    with pytest.raises(BadInput, match=r"--allow-host.*must be a host's name or address; write it like portal\.vn"):
        permit(found, scenario.steps)
