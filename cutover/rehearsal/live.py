"""The live view of a swarm on a terminal: planned, sent, achieved, quantiles, errors, workers, budgets, time left."""

from collections.abc import Mapping
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from reports.quantities import NOTHING, at_least, count, duration, quantity, rate, share

Status = Mapping[str, Any]


def view(status: Status) -> Group:
    """Return what a terminal shows of a run as it stands."""
    return Group(_head(status), _figures(status), _workers(status), _budgets(status))


def line(status: Status) -> str:
    """Return the same in a line, for logs."""
    sessions, last = status["sessions"], status.get("last", {})
    p99 = last.get("response_s", {}).get("p99")
    return (
        f"{duration(max(0.0, status['t']))}: {count(sessions['planned'])} planned, "
        f"{count(sessions.get('started', 0))} started, {rate(last.get('sent_per_s', 0.0))} steps sent, "
        f"p99 {quantity(p99, 's')}, {share(_wrong(status))} not ok"
    )


def _head(status: Status) -> Text:
    ends_s, now_s = status["ends_s"], max(0.0, status["t"])
    left = "standing still" if ends_s is None else f"{duration(max(0.0, ends_s - now_s))} left"
    pace = "" if status["factor"] == 1 else f" · {status['factor']:g} times the rate"
    return Text(f"{status['run']}: {status['state']} · {duration(now_s)} played, {left}{pace}", style="bold")


def _figures(status: Status) -> Table:
    sessions, last, steps = status["sessions"], status.get("last", {}), status.get("steps", {})
    planned, started = sessions["planned"], sessions.get("started", 0)
    response = last.get("response_s", {})
    table = Table(box=None, show_header=False, pad_edge=False)
    rows = (
        ("sessions", f"{count(planned)} planned, {count(started)} started ({_share(started, planned)})"),
        ("", f"{count(sessions['in_progress'])} in progress, {rate(last.get('started_per_s', 0.0))} started now"),
        ("steps", f"{count(steps.get('sent', 0))} sent, {rate(last.get('sent_per_s', 0.0))} now"),
        ("response", ", ".join(f"{name} {quantity(response.get(name), 's')}" for name in ("p50", "p90", "p99"))),
        ("not ok", _errors(steps.get("outcomes", {}))),
    )
    for name, words in rows:
        table.add_row(name, words)
    return table


def _workers(status: Status) -> Table:
    table = Table(
        "worker", "machine", "state", "CPU", "send lag p99", "sockets", "in progress", box=None, pad_edge=False
    )
    for worker in status["workers"]:
        lag_ns = worker.get("lag_p99_ns")
        table.add_row(
            str(worker["worker"]),
            worker["host"],
            worker["state"],
            share(worker["cpu"]) if "cpu" in worker else NOTHING,
            NOTHING if lag_ns is None else duration(lag_ns / 1e9),
            str(worker.get("sockets", NOTHING)),
            count(worker["in_progress"]),
            style="red" if worker["state"] == "lost" else None,
        )
    return table


def _budgets(status: Status) -> Table:
    table = Table(box=None, show_header=False, pad_edge=False)
    words = {None: ("", None), True: ("kept so far", "green"), False: ("broken so far", "red")}
    for budget in status.get("budgets", ()):
        told, style = words[budget["keeps"]]
        value = "at the end" if budget["keeps"] is None else _value(budget)
        table.add_row(budget["text"], value, told, style=style)
    return table


def _value(budget: Mapping[str, Any]) -> str:
    return at_least(float(budget["value"]), budget["unit"], is_bound=budget["is_at_least"])


def _errors(outcomes: Mapping[str, int]) -> str:
    wrong = {name: number for name, number in outcomes.items() if name != "ok"}
    return ", ".join(f"{count(number)} {name}" for name, number in wrong.items()) or "none"


def _wrong(status: Status) -> float:
    outcomes = status.get("steps", {}).get("outcomes", {})
    total = sum(outcomes.values())
    return 1 - outcomes.get("ok", 0) / total if total else 0.0


def _share(part: int, whole: int) -> str:
    return share(part / whole) if whole else NOTHING
