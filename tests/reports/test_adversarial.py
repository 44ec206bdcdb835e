"""What a gate must not be fooled by: each run gets its right verdict, and none a traceback."""

import json
import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutover.base.errors import BadInput
from reports.counters import Counters
from reports.gate import Verdict, judge
from reports.header import Header, Planned, Window
from reports.histogram import Histogram
from reports.hlog import Line
from reports.judged import Judged
from reports.junit import junit
from reports.markdown import markdown
from reports.run import Run
from reports.summary import Summary
from reports.writer import COUNTERS, LATENCY, WORKERS, RunWriter

Made = Callable[..., Run]

BUDGETS = ("all response p95 < 1s", "all error_rate < 50%")


def verdict_of(run: Run) -> Verdict:
    """Judge a run, and write all that is written of one."""
    verdict = judge(run)
    json.dumps([verdict.to_dict(), Summary.of(run).to_dict()], allow_nan=False)
    judged = Judged(run, verdict)
    assert junit(judged)
    assert markdown(judged)
    assert verdict.words()
    return verdict


def invalid(run: Run) -> str:
    """Return why a run is invalid; it must be nothing else, and no budget of it may pass."""
    verdict = verdict_of(run)
    assert (verdict.verdict, verdict.exit_code) == ("invalid", 5)
    assert {judgement.verdict for judgement in verdict.judgements} <= {"invalid"}
    return verdict.reason


def edited(run: Run, name: str, edit: Callable[[list[str]], list[str]]) -> Run:
    """Rewrite the lines of a file of a run."""
    path = run.folder / name
    path.write_text("".join(edit(path.read_text().splitlines(keepends=True))))
    return Run.open(run.folder)


def test_an_empty_run(made: Made) -> None:
    assert invalid(made(steps_per_s=0.0, budgets=BUDGETS)) == "No step was offered in the measurement window."


def test_one_request(made: Made) -> None:
    run = made(steps_per_s=0.0, budgets=BUDGETS)
    header = run.header.model_copy(update={"planned": Planned(sessions=1)})
    with RunWriter.create(run.folder.with_name("one"), header) as writer:
        writer.latencies(
            [Line("home", "ok", kind, 20.0, 1.0, Histogram.of({100: 1})) for kind in ("response", "service")]
        )
        writer.counters(
            replace(Counters(float(at), 1.0), offered_by_step={"home": 1}, outcomes={"home": {"ok": 1}}, started=1)
            if at == 20
            else Counters(float(at), 1.0)
            for at in range(40)
        )
    assert invalid(Run.open(writer.folder)).startswith("Only 1 step was offered in the measurement window (at least ")


@pytest.mark.parametrize("failure", ["failed", "rejected", "timed_out"])
def test_all_errors(made: Made, failure: str) -> None:
    verdict = verdict_of(made(failing=1.0, failure=failure, budgets=BUDGETS))
    latency, errors = verdict.judgements
    assert (verdict.verdict, errors.verdict, errors.value) == ("fail", "fail", 1.0)
    assert latency.verdict == "inconclusive"


@pytest.mark.parametrize("mean_s", [0.1, 1e-9])
def test_fast_errors(made: Made, mean_s: float) -> None:
    """Errors, however fast, never let a latency pass that slow answers broke."""
    run = made(failing=0.3, mean_s=mean_s, budgets=("all response p95 < 1s",))
    assert verdict_of(run).verdict == "inconclusive"
    slow = made(mean_s=3.0, failing=0.3, budgets=("all response p50 < 100ms",))
    assert verdict_of(slow).verdict == "fail"


def test_only_warm_up(made: Made) -> None:
    cut = made(state="interrupted", stop_s=9, budgets=BUDGETS)
    assert invalid(cut) == "The run was interrupted after 9 s of 40 s. (1 more findings below)"
    run = made(budgets=BUDGETS)
    late = Run(run.folder, run.header.model_copy(update={"measurement": Window(from_s=40, to_s=40)}))
    assert invalid(late) == "No step was offered in the measurement window."


def test_a_warm_up_that_is_not_over(made: Made) -> None:
    cold = made(duration_s=400, slow=(0, 160, 3.0), budgets=BUDGETS)
    reason = invalid(cold)
    assert reason.startswith("The warm-up was not over when the measurement began: over its first 75 s steps took ")
    assert reason.endswith(" longer than after that, at a constant rate; measure later.")
    assert verdict_of(made(duration_s=400, budgets=BUDGETS)).verdict == "pass"
    broken = made(duration_s=400, slow=(250, 400, 30.0), budgets=BUDGETS)
    assert verdict_of(broken).verdict == "fail"  # it does not settle: that is no warm-up


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none(made: Made, number: str) -> None:
    def poison(lines: list[str]) -> list[str]:
        return [line.replace('"cpu":0.3', f'"cpu":{number}') for line in lines]

    run = edited(made(budgets=BUDGETS), COUNTERS, poison)
    with pytest.raises(BadInput, match=r"counters\.jsonl:2: line: is not a JSON object"):
        judge(run)
    header = made(budgets=BUDGETS)
    path = header.folder / "run.json"
    path.write_text(path.read_text().replace('"duration_s": 40.0', f'"duration_s": {number}'))
    with pytest.raises(BadInput):
        Run.open(header.folder)


def test_a_time_beyond_all_runs(made: Made) -> None:
    run = edited(made(budgets=BUDGETS), LATENCY, lambda lines: [*lines, lines[-1].replace("ok/", "ok/", 1)])
    path = run.folder / LATENCY
    text = path.read_text().splitlines()
    fields = text[-1].split(",")
    path.write_text("\n".join([*text, ",".join([fields[0], "9" * 400 + ".0", *fields[2:]]), ""]))
    with pytest.raises(BadInput, match="is of a time beyond any run"):
        judge(Run.open(run.folder))


def worker(t: float) -> str:
    told: dict[str, Any] = dict.fromkeys(("cpu", "loop_max_ns", "sockets", "sockets_most", "memory_bytes"), 0)
    told |= {"t": t, "worker": 1, "host": "here", "cores": 2, "memory_most": 0, "in_progress": 0}
    return json.dumps(told) + "\n"


def test_a_clock_going_backwards(made: Made) -> None:
    run = made(budgets=BUDGETS)
    (run.folder / WORKERS).write_text('{"schema":1}\n' + "".join(map(worker, (11, 12, 13, 12, 14))))
    assert invalid(Run.open(run.folder)) == "The clock of worker 1 on here went backwards, from 13 s to 12 s."
    clipped = edited(
        made(budgets=BUDGETS), COUNTERS, lambda lines: [*lines[:5], lines[5][:-2] + ',"clipped":3}\n', *lines[6:]]
    )
    assert invalid(clipped).startswith("A clock went backwards, or stood still: 3 steps took less than no time")


def test_an_interval_missing(made: Made) -> None:
    def without(lines: list[str], start: str) -> list[str]:
        return [line for line in lines if start not in line]

    gap = edited(made(budgets=BUDGETS), COUNTERS, lambda lines: without(without(lines, '"t":20.0'), '"t":21.0'))
    assert invalid(gap).startswith("Intervals are missing: nothing was counted from 20 s to 22 s.")
    lost = edited(made(budgets=BUDGETS), LATENCY, lambda lines: without(lines, ",20.000,"))
    assert invalid(lost).startswith("An interval is missing in latency.hlog: of ")
    thin = edited(made(budgets=BUDGETS), LATENCY, lambda lines: [line for line in lines if "Tag=home" not in line])
    assert invalid(thin).startswith("Lines are missing in latency.hlog: ")


@pytest.mark.parametrize("name", [LATENCY, COUNTERS])
def test_a_truncated_last_line(made: Made, name: str) -> None:
    run = edited(made(budgets=BUDGETS), name, lambda lines: [*lines[:-1], lines[-1][:-20]])
    told = {LATENCY: "latency.hlog ends within a line", COUNTERS: "counters.jsonl ends within a line"}[name]
    assert invalid(run) == f"{told}: what came after it is missing."


def test_two_runs_mixed(made: Made) -> None:
    one, other = made(budgets=BUDGETS), made(budgets=BUDGETS)
    both = edited(
        one, LATENCY, lambda lines: [*lines, *(other.folder / LATENCY).read_text().splitlines(keepends=True)[5:]]
    )
    assert invalid(both).startswith("Files of two runs are mixed: ")
    later = made(budgets=BUDGETS)
    header = later.header.model_copy(update={"started": datetime(2026, 11, 22, 9, 0, tzinfo=UTC)})
    moved = Run(later.folder, header)
    assert invalid(moved) == "Files of two runs are mixed: latency.hlog tells another start than run.json."
    foreign = made(budgets=BUDGETS)
    unknown = Run(foreign.folder, foreign.header.model_copy(update={"steps": ("home", "search", "sign_in", "submit")}))
    assert invalid(unknown) == "Files of two runs are mixed: run.json knows no step pay."
    counted = edited(made(), COUNTERS, lambda lines: [*lines, *lines])
    with pytest.raises(BadInput, match="is no line of counters"):
        judge(counted)


def test_a_billion_samples(tmp_path: Path) -> None:
    """40 steps, 25 million of each, in ten intervals of a minute: of 20 ms, and 1 % of 5 s."""
    steps = tuple(f"step_{number}" for number in range(40))
    header = Header(
        kind="simulated",
        scenario="billion",
        scenario_hash="0" * 16,
        title="A billion",
        seed=1,
        started=datetime(2026, 7, 1, tzinfo=UTC),
        duration_s=600,
        interval_s=60,
        measurement=Window(from_s=0, to_s=600),
        steps=steps,
        planned=Planned(sessions=10),
        budgets=(
            "all response p95 < 1s",
            "all response p99.9 < 1s",
            "all error_rate < 0.001%",
            "step_7 goodput >= 40000/s",
        ),
    )
    rng = np.random.default_rng(1)
    with RunWriter.create(tmp_path / "run", header) as writer:
        for minute in range(10):
            noise = int(rng.integers(-1000, 1000))
            held = Histogram.of({15_000: 2_475_000 - noise, 24_000: 25_000 + noise})
            lines = [
                Line(step, "ok", kind, minute * 60.0, 60.0, held) for step in steps for kind in ("response", "service")
            ]
            writer.latencies(lines)
            outcomes = {step: {"ok": held.count} for step in steps}
            offered = dict.fromkeys(steps, held.count)
            writer.counters([Counters(minute * 60.0, 60.0, 1, 1, offered, outcomes)])
    run = Run.open(tmp_path / "run")
    assert Summary.of(run).all.offered == 1_000_000_000
    verdict = verdict_of(run)
    assert [judgement.verdict for judgement in verdict.judgements] == ["pass", "fail", "pass", "pass"]
    assert verdict.judgements[0].samples == 1_000_000_000
    assert math.isfinite(verdict.judgements[1].high or math.inf)
