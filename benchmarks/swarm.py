"""The swarm's generator against locust's FastHttpUser: a static 1 KB page on nginx, one core each, in the same run.

`python -m benchmarks.swarm` measures throughput, with connections shared or one for each session of 15 requests, plain
and TLS, and the send lag at half of the pooled throughput. `--long` adds ten minutes of memory and 20,000 sessions that
mostly think. It wants both cores for itself.
"""

import argparse
import json
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.results import write
from reports.histogram import Histogram
from scenarios.scenario import read_scenario
from scenarios.swarm.generator.child import command
from scenarios.swarm.generator.frames import Unpacker, packed
from scenarios.swarm.generator.seconds import counters_of
from scenarios.swarm.order import Order
from scenarios.volume import Volume

LOAD, TARGET = 0, 1
"""The cores of the generator, or the peer, and of nginx."""

AT_ONCE, PER_SESSION = 50, 15
RUNS, LASTS_S, WARM_UP_S = 3, 8, 2
FLOOR, AIM = 4, 8
NGINX = """
worker_processes 1;
worker_rlimit_nofile 65000;
daemon off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 30000; }}
http {{
  access_log off;
  keepalive_requests 1000000000;
  keepalive_timeout 3600;
  client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  ssl_certificate {folder}/cert.pem;
  ssl_certificate_key {folder}/key.pem;
  server {{
    listen 127.0.0.1:{plain} backlog=8192;
    listen 127.0.0.1:{tls} ssl http2 backlog=8192;
    root {folder}/www;
    default_type text/html;
  }}
}}
"""
PAGE = b'<html data-page="k">' + b"x" * 1004
STEPS = """
from scenarios.swarm.asks import Get
from scenarios.swarm.failures import StepFailed


def page(visit):
    page = yield Get("/k")
    if page.status != 200 or not page.is_page("k"):
        raise StepFailed(f"{page.path} answered {page.status}")
"""
PEER = """
from locust import FastHttpUser, constant, task


class Citizen(FastHttpUser):
    wait_time = constant(0)
    insecure = True

    @task
    def visit(self):
        for _ in range(%(requests)d):
            with self.client.get("/k", catch_response=True) as answer:
                if answer.status_code != 200 or 'data-page="k"' not in answer.text:
                    answer.failure("another page")
        if %(anew)d:
            self.client.client.clientpool.close()
"""
SCENARIO = """
schema = 1
name = "bench"
title = "A benchmark"
starts = 2025-07-01T08:00:00+07:00
duration_s = {lasts_s}
as_of = 2025-06-30
seed = 1
[population]
value = 101_600_000
assumed = "a benchmark"
[arrivals]
points = {points}
[journeys]
bench = 1.0
[forecast]
plan = "stand-in"
[swarm]
max_sessions = 100_000_000
max_sessions_per_s = 1_000_000
max_s = 10_000
"""


@dataclass(frozen=True)
class Seconds:
    """What a generator told: steps that were ok, others, CPU seconds, memory, and send lags, by second."""

    ok: list[int]
    other: int
    cpu: list[float]
    memory_bytes: list[int]
    in_progress: list[int]
    lag: list[Histogram]
    begun: int


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--long", action="store_true", help="memory over ten minutes and 20,000 sessions too")
    is_long = parser.parse_args(sys.argv[1:] if __name__ == "__main__" else []).long
    rows = []
    with nginx() as urls:
        ours = {mode: [] for mode in ("pooled", "pooled TLS", "a connection a session", "a connection a session, TLS")}
        theirs: dict[str, list[float]] = {mode: [] for mode in ours}
        costs: list[float] = []
        for _ in range(RUNS):
            for mode in ours:
                url, is_pooled = urls["TLS" in mode], mode.startswith("pooled")
                theirs[mode].append(peer(url, anew=not is_pooled))
                rate, cost = throughput(url, pooled=is_pooled)
                ours[mode].append(rate)
                if mode == "pooled":
                    costs.append(cost)
        for mode, rates in ours.items():
            times = statistics.median(rates) / statistics.median(theirs[mode])
            bound = f"at least {FLOOR}x, aim at {AIM}x" if mode == "pooled" else "no floor"
            rows.append((f"{mode}: requests a second of one core", rates_of(rates), f"{times:.1f}x; {bound}"))
            rows.append((f"{mode}: locust's FastHttpUser, the same", rates_of(theirs[mode]), "peer"))
        low, high = min(costs), max(costs)
        rows.append(
            ("CPU a request, pooled", f"{statistics.median(costs):.1f} us ({low:.1f} to {high:.1f})", "at most 25 us")
        )
        half = statistics.median(ours["pooled"]) / 2
        rows += lag_rows(urls[0], half)
        if is_long:
            rows += memory_rows(urls[0], half)
            rows += thinkers_rows(urls[0])
    write(
        "Swarm" if not is_long else "Swarm, long",
        "One core makes more load than locust's, on schedule, in flat memory, with journeys, checks and recording.",
        rows,
        ("locust", "geventhttpclient", "uvloop", "httptools"),
    )


def rates_of(rates: list[float]) -> str:
    """Return requests a second as text."""
    return f"{statistics.median(rates):,.0f}/s ({min(rates):,.0f} to {max(rates):,.0f}, {len(rates)} runs)"


@contextmanager
def nginx() -> Iterator[tuple[str, str]]:
    """Serve the page over HTTP and HTTPS on its core; yield both URLs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "www").mkdir()
        (folder / "www" / "k").write_bytes(PAGE)
        make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
        names = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", f"{name}/key.pem", "-out", f"{name}/cert.pem"]
        subprocess.run([*make, *names], check=True, capture_output=True)
        os.environ["BENCH_AUTHORITY"] = f"{name}/cert.pem"
        plain, tls = free_ports(2)
        (folder / "nginx.conf").write_text(NGINX.format(folder=name, plain=plain, tls=tls), encoding="utf-8")
        process = subprocess.Popen([*on(TARGET), "nginx", "-e", f"{name}/error.log", "-c", f"{name}/nginx.conf"])
        try:
            wait_for(plain)
            yield f"http://127.0.0.1:{plain}", f"https://127.0.0.1:{tls}"
        finally:
            process.terminate()
            process.wait()


def on(core: int) -> list[str]:
    """Return the beginning of a command that runs on one core."""
    return ["taskset", "-c", str(core)]


def free_ports(count: int) -> list[int]:
    """Return ports that nobody has."""
    ends = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [end.getsockname()[1] for end in ends]
    for end in ends:
        end.close()
    return ports


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(200):
        with socket.socket() as end:
            if end.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError("nginx does not listen")


def order(url: str, lasts_s: float, points: str, steps: str, *, pooled: bool) -> Order:
    """Return the order for a scenario of one journey."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "journeys").mkdir()
        (folder / "bench.toml").write_text(SCENARIO.format(lasts_s=lasts_s, points=points), encoding="utf-8")
        head = 'schema = 1\nname = "bench"\ndescription = "."\n'
        (folder / "journeys" / "bench.toml").write_text(head + steps, encoding="utf-8")
        network: dict[str, Any] = {"pooled": pooled}
        if url.startswith("https"):
            network["authority"] = os.environ["BENCH_AUTHORITY"]
        names = re.findall(r'name = "(page\w*)"', steps)
        text = STEPS + "".join(
            f"\n\ndef {name}(visit):\n    yield from page(visit)\n" for name in names if name != "page"
        )
        return Order.of(read_scenario(folder / "bench.toml"), Volume(1.0, 1.0), url, "run", steps=text, network=network)


def step(name: str, following: str, think_s: float = 0.0) -> str:
    """Return a step of a journey."""
    think = f'think = {{ law = "exponential", mean_s = {think_s} }}\n' if think_s else ""
    return f'[[steps]]\nname = "{name}"\n{think}limit_s = 30.0\nnext = {{ {following} }}\n'


def session(requests: int) -> str:
    """Return the steps of a journey of so many requests, without pauses."""
    names = [f"page_{number}" for number in range(1, requests + 1)]
    return "".join(step(name, f"{after} = 1.0") for name, after in zip(names, [*names[1:], "exit"], strict=True))


def play(made: Order) -> Seconds:
    """Play an order in a generator of its own, on its core."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([*on(LOAD), *command(theirs.fileno())], pass_fds=(theirs.fileno(),))
    theirs.close()
    unpacker, told = Unpacker(), list[Mapping[str, Any]]()

    def tell(kind: str, **rest: Any) -> None:
        ours.sendall(packed({"kind": kind, **rest}))

    tell("prepare", order=made.to_message())
    while not told or told[-1]["kind"] != "done":
        data = ours.recv(1 << 20)
        if not data:
            raise RuntimeError("the generator ended")
        for message in unpacker.feed(data):
            if message["kind"] == "refused":
                raise RuntimeError(message["words"])
            if message["kind"] == "ready":
                tell("begin", origin_ns=time.perf_counter_ns() + 200_000_000, started=datetime.now(UTC).isoformat())
                tell("lease", me=1, issued_ns=0, until_ns=1 << 60, shares=[[0, [1]]], pace=[])
            if message["kind"] in ("second", "done"):
                told.append(message)
    ours.close()
    process.wait()
    return seconds_of(told)


def seconds_of(told: list[Mapping[str, Any]]) -> Seconds:
    """Return what a generator told, by second, without its last, which is not whole."""
    seconds = [message for message in told if message["kind"] == "second"][:-1]
    ok, other, lag = [0] * len(seconds), 0, [Histogram.of({})] * len(seconds)
    for message in seconds:
        for line in counters_of(message):
            at = min(int(line.start_s), len(seconds) - 1)
            ok[at] += line.ended("ok")
            other += line.ended() - line.ended("ok")
            lag[at] = lag[at] + line.lag
    vitals = [message["vital"] for message in seconds]
    begun = told[-1]["begun"]
    return Seconds(
        ok, other, *([vital[name] for vital in vitals] for name in ("cpu", "memory_bytes", "in_progress")), lag, begun
    )


def throughput(url: str, *, pooled: bool) -> tuple[float, float]:
    """Return the requests a second of a whole core, and microseconds of CPU a request.

    Pooled, 50 citizens ask without a pause, as the peer's users do. With connections of their own, sessions of 15
    requests come on schedule at a rate of half a core, and the rest is inferred: a schedule cannot be closed.
    """
    if pooled:
        points = f"[[0, {AT_ONCE}], [1, {AT_ONCE}], [1, 0], [{LASTS_S + WARM_UP_S}, 0]]"
        loops = step("page", "page = 0.999999999, exit = 0.000000001")
        found = play(order(url, LASTS_S + WARM_UP_S, points, loops, pooled=True))
    else:
        rate = 100 if url.startswith("https") else 300
        points = f"[[0, {rate}], [{LASTS_S + WARM_UP_S}, {rate}]]"
        found = play(order(url, LASTS_S + WARM_UP_S, points, session(PER_SESSION), pooled=False))
    if found.other > found.begun:
        raise RuntimeError(f"{found.other} requests were not ok")
    span = slice(WARM_UP_S, WARM_UP_S + LASTS_S - 1)
    requests, cpu_s = sum(found.ok[span]), sum(found.cpu[span])
    return requests / cpu_s, cpu_s / requests * 1e6


def peer(url: str, *, anew: bool) -> float:
    """Return the requests a second of a whole core that locust's FastHttpUser makes."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "locustfile.py"
        path.write_text(PEER % {"requests": PER_SESSION if anew else 1, "anew": anew}, encoding="utf-8")
        options = ["--headless", "--users", str(AT_ONCE), "--spawn-rate", str(AT_ONCE), "--json", "--loglevel", "ERROR"]
        span = ["--run-time", f"{LASTS_S + WARM_UP_S}s", "--host", url, "--skip-log-setup"]
        begun_s = os.times()
        ended = subprocess.run(
            [*on(LOAD), sys.executable, "-m", "locust", "-f", str(path), *options, *span],
            capture_output=True,
            check=False,
        )
        used_s = (os.times().children_user - begun_s.children_user) + (
            os.times().children_system - begun_s.children_system
        )
    (found,) = json.loads(ended.stdout)
    if found["num_failures"]:
        raise RuntimeError(f"{found['num_failures']} of the peer's requests failed")
    return float(found["num_requests"]) / (used_s - import_s())


_IMPORTS: list[float] = []


def import_s() -> float:
    """Return the CPU seconds that starting locust takes, which are no part of its throughput."""
    if not _IMPORTS:
        begun = os.times()
        subprocess.run([*on(LOAD), sys.executable, "-c", "import locust, locust.main"], check=True)
        ended = os.times()
        used = ended.children_user + ended.children_system - begun.children_user - begun.children_system
        _IMPORTS.append(used)
    return _IMPORTS[0]


def lag_rows(url: str, rate: float) -> list[tuple[str, str, str]]:
    """Measure the send lag of Poisson arrivals: sessions of 15 requests, and, harder, of one request each."""
    rows = []
    for requests in (PER_SESSION, 1):
        lasts_s, points = LASTS_S + WARM_UP_S, f"[[0, {rate / requests}], [{LASTS_S + WARM_UP_S}, {rate / requests}]]"
        found = play(order(url, lasts_s, points, session(requests), pooled=True))
        lag = Histogram.total(found.lag[WARM_UP_S:])
        told = [f"{name} {lag.quantile(q) / 1e6:.3f} ms" for name, q in (("p50", 0.5), ("p99", 0.99), ("p99.9", 0.999))]
        each = f"{requests} requests a session" if requests > 1 else "a session each"
        rows.append(
            (f"send lag at {rate:,.0f} requests a second, {each}, Poisson", ", ".join(told), "p99 at most 1 ms")
        )
        rows.append(("not ok, or skipped, of these", f"{found.other:,} of {sum(found.ok) + found.other:,}", ""))
    return rows


def memory_rows(url: str, rate: float) -> list[tuple[str, str, str]]:
    """Measure how memory grows over ten minutes, after two of warm-up: the first minute's samples are told in it."""
    warm_s, lasts_s = 120, 720
    points = f"[[0, {rate / PER_SESSION}], [{lasts_s}, {rate / PER_SESSION}]]"
    found = play(order(url, lasts_s, points, session(PER_SESSION), pooled=True))
    grown = (max(found.memory_bytes[-30:]) - max(found.memory_bytes[warm_s - 30 : warm_s])) / 2**20
    requests = sum(found.ok)
    return [(f"memory, grown over ten minutes and {requests:,} requests", f"{grown:.1f} MiB", "under 5 MiB")]


def thinkers_rows(url: str) -> list[tuple[str, str, str]]:
    """Measure 20,000 sessions in progress that think for 60 s on average."""
    wanted, comes_s, lasts_s = 20_000, 40, 150
    per_s = wanted / comes_s
    points = f"[[0, {per_s}], [{comes_s}, {per_s}], [{comes_s}, 0], [{lasts_s}, 0]]"
    thinks = step("page", "page = 0.999999999, exit = 0.000000001", think_s=60.0)
    found = play(order(url, lasts_s, points, thinks, pooled=True))
    lag = Histogram.total(found.lag[comes_s:])
    return [
        ("sessions in progress, thinking 60 s on average", f"{max(found.in_progress):,}", "20,000"),
        ("their memory, all of the process", f"{max(found.memory_bytes) / 2**20:,.0f} MiB", "under 1,536 MiB"),
        ("their send lag p99", f"{lag.quantile(0.99) / 1e6:.3f} ms", "1 ms"),
        ("their steps that were not ok", f"{found.other:,}", "20,000 unfinished at the end at most"),
    ]


if __name__ == "__main__":
    main()
