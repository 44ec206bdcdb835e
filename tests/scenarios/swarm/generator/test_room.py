"""Connections are counted before the start: at the busiest moment, for each worker."""

import resource
import socket

import pytest

from cutover.base.errors import InvalidRun
from scenarios.sessions import Sessions
from scenarios.swarm.browser import limits
from scenarios.swarm.browser.options import NetworkOptions
from scenarios.swarm.generator.room import Need, check
from scenarios.target import parse_target

THINKING = """
schema = 1
name = "own"
description = "Thinks for a minute, twice on average"
[[steps]]
name = "first"
next = { second = 1.0 }
[[steps]]
name = "second"
think = { law = "exponential", mean_s = 60 }
next = { second = 0.5, exit = 0.5 }
"""
OWN = ("brisk_visit = 0.5\nbrisk_look_up = 0.5", "own = 1.0")
TARGET = parse_target("http://127.0.0.1:9")


def test_needs_are_those_of_the_busiest_moment_by_worker_at_any_scale_and_warp(prepare):
    prepared = prepare(OWN, ("[[0, 6], [4, 6], [4, 0], [6, 0]]", "[[0, 6], [4, 6], [5, 9], [6, 0]]"), own=THINKING)
    need = Need.of(prepared.scenario, prepared.sessions, 1)
    assert need.opened_per_s == pytest.approx(9.0)
    assert need.at_once == 9 * 120
    assert Need.of(prepared.scenario, prepared.sessions, 3).at_once == 3 * 120
    scaled = Sessions(prepared.scenario, scale=2.0, warp=3.0)
    assert Need.of(prepared.scenario, scaled, 1).opened_per_s == pytest.approx(
        9.0 * scaled.expected / prepared.sessions.expected * prepared.sessions.duration_s / scaled.duration_s
    )


def test_too_few_descriptors_are_told_with_the_remedy_and_shared_connections_need_none(monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1000, 1000))
    with pytest.raises(InvalidRun, match=r"5,000 connections at once .*--pooled"):
        check(Need(5_000, 10.0), TARGET, NetworkOptions())
    check(Need(5_000, 10.0), TARGET, NetworkOptions(pooled=True))
    check(Need(500, 10.0), TARGET, NetworkOptions())


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        (NetworkOptions(), [("portal.example", 443)]),
        (NetworkOptions(proxy="http://proxy.example:3128"), [("proxy.example", 3128)]),
        (NetworkOptions(resolve=("portal.example:443:192.0.2.7",)), []),
        (
            NetworkOptions(proxy="http://127.0.0.1:3128", resolve=("portal.example:443:192.0.2.7",)),
            [("127.0.0.1", 3128)],
        ),
    ],
)
def test_addresses_are_those_that_connections_go_to(monkeypatch, options, asked):
    looked_up = []

    def look_up(host, port, **_):
        looked_up.append((host, port))
        return [(0, 0, 0, "", ("192.0.2.9", port))]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    check(Need(10, 1.0), parse_target("https://portal.example"), options)
    assert looked_up == asked


def test_a_pinned_address_counts_as_one(monkeypatch):
    monkeypatch.setattr(limits, "ports", lambda: 1000)
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda *_, **__: [(0, 0, 0, "", (f"192.0.2.{n}", 443)) for n in range(9)]
    )
    target = parse_target("https://portal.example")
    check(Need(100, 100.0), target, NetworkOptions())
    with pytest.raises(InvalidRun, match="there are 1,000"):
        check(Need(100, 100.0), target, NetworkOptions(resolve=("portal.example:443:192.0.2.7",)))
