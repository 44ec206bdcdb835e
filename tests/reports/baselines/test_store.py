import json
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cutover.base.errors import BadInput, InvalidRun
from reports.baselines.acceptance import accepted
from reports.baselines.comparison import Baselines
from reports.baselines.store import LATEST, SHELF, Move, Store, values
from reports.gate import judge
from reports.run import Run

Make = Callable[..., Run]
DAY = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def short(made: Make) -> Make:
    """Return a function that makes a short run."""
    return lambda **fields: made(**{"duration_s": 8, "steps_per_s": 5.0, "budgets": (), **fields})


def fill(store: Path, run: Run, days: int, first: int = 0, reason: str | None = None) -> list[Move]:
    return [Store(store).accept(run, "main", "pass", reason, DAY + timedelta(days=first + day)) for day in range(days)]


def test_a_kept_run_reads_as_it_was(short: Make, store: Path, budget: Callable[..., object]) -> None:
    run = short()
    fill(store, run, 1)
    (kept,) = Store(store).baselines("main")
    assert kept.header == run.header
    line = budget("all response p50 <= baseline")
    assert Baselines((kept,)).estimate(run, line).value == 0
    assert not (kept.folder / "receipts.jsonl").exists()


def test_the_latest_runs_are_the_baseline(short: Make, store: Path) -> None:
    moves = [fill(store, short(), 1, day)[0] for day in range(LATEST + 2)]
    assert [run.folder.name for run in Store(store).baselines("main")] == [move.run for move in moves[-LATEST:]]
    assert Store(store).names() == ("main",)


def test_a_run_accepted_by_hand_begins_anew(short: Make, store: Path) -> None:
    fill(store, short(), 2)
    (by_hand,) = fill(store, short(), 1, first=2, reason="another payment provider")
    (after,) = fill(store, short(), 1, first=3)
    assert [run.folder.name for run in Store(store).baselines("main")] == [by_hand.run, after.run]
    assert Store(store).moves("main")[2].reason == "another payment provider"


def test_the_same_run_is_kept_once(short: Make, store: Path) -> None:
    first, second = fill(store, short(), 2)
    assert first.run == second.run
    assert len(list((store / "runs").iterdir())) == 1
    assert len(Store(store).baselines("main")) == 1


def test_two_caches_laid_over_each_other_hold_what_either_does(short: Make, store: Path, tmp_path: Path) -> None:
    fill(store, short(), 1)
    other = tmp_path / "other"
    shutil.copytree(store, other)
    fill(store, short(), 1, first=1)
    fill(other, short(), 1, first=2)
    shutil.copytree(other, store, dirs_exist_ok=True)
    assert len(Store(store).baselines("main")) == 3


def test_jobs_that_write_at_once_lose_nothing(short: Make, store: Path) -> None:
    runs = [short() for _ in range(4)]
    with ThreadPoolExecutor(8) as jobs:
        list(jobs.map(lambda day: fill(store, Run.open(runs[day % 4].folder), 1, day), range(8)))
    assert len(Store(store).moves("main")) == 8
    assert len(Store(store).baselines("main")) == 4
    assert not list(store.rglob(".incoming-*"))


def test_old_runs_lose_their_latencies_and_keep_their_values(short: Make, store: Path) -> None:
    first = short()
    fill(store, first, 1)
    run = short()
    fill(store, run, SHELF, first=1)
    assert len(list((store / "runs").iterdir())) == 1
    assert Store(store).moves("main")[0].values == values(first)


def test_only_what_passed_enters_without_a_reason(short: Make, store: Path) -> None:
    passing, failing = short(budgets=("all response p50 < 10s",)), short(budgets=("all response p50 < 1us",))
    assert accepted(passing, Store(store), "main", None).verdict == "pass"
    with pytest.raises(BadInput, match="is no pass"):
        accepted(failing, Store(store), "main", None)
    assert accepted(failing, Store(store), "main", "the database moved").verdict == "fail"


def test_a_first_run_enters_although_it_can_be_compared_with_nothing(short: Make, store: Path) -> None:
    lines = ("all response p50 < 10s", "all response p50 <= baseline")
    assert accepted(short(budgets=lines), Store(store), "main", None).verdict == "pass"
    with pytest.raises(BadInput, match="is no pass"):
        accepted(short(budgets=("all response p50 < 1us", lines[1])), Store(store), "other", None)


def test_a_run_on_which_nothing_rests_is_no_baseline(short: Make, store: Path) -> None:
    cut = short(duration_s=20, state="interrupted", stop_s=10)
    with pytest.raises(InvalidRun):
        accepted(cut, Store(store), "main", "I want it")
    assert not store.exists()


@pytest.mark.parametrize(("name", "reason"), [("../up", None), ("", None), ("main", "  ")])
def test_names_and_reasons_are_checked(short: Make, store: Path, name: str, reason: str | None) -> None:
    with pytest.raises(BadInput):
        Store(store).accept(short(), name, "pass", reason, DAY)


def test_a_name_that_nobody_knows_is_told_with_those_that_are(short: Make, store: Path) -> None:
    fill(store, short(), 1)
    with pytest.raises(BadInput, match="one of main"):
        Store(store).baselines("mian")


def test_damage_is_told(short: Make, store: Path) -> None:
    (move,) = fill(store, short(), 1)
    shutil.rmtree(store / "runs" / move.run)
    with pytest.raises(BadInput, match="missing from the store"):
        Store(store).baselines("main")
    (path,) = (store / "moves").glob("*.json")
    path.write_text(json.dumps({"schema": 1, "name": "main"}), encoding="utf-8")
    with pytest.raises(BadInput, match="no move of a baseline"):
        Store(store).moves()


def test_a_baseline_of_the_store_fails_a_slower_run(made: Make, store: Path, budget: Callable[..., object]) -> None:
    load = {"duration_s": 60, "steps_per_s": 50.0, "budgets": ()}
    for day in range(3):
        fill(store, made(**load), 1, day)
    slower = made(**load, mean_s=0.2)
    line = budget("all response p95 <= baseline")
    assert judge(slower, [line], baseline=Baselines(Store(store).baselines("main"))).verdict == "fail"


def test_one_kind_of_run_never_drives_out_another(short: Make, store: Path, changed: Callable[..., Run]) -> None:
    """A second scenario, and the first on another machine, under the same name, more often than a shelf is long."""
    (mine,) = fill(store, short(), 1)
    other = changed(short(), scenario="other", scenario_hash="f")
    elsewhere = changed(short(), machine={"processor": "Q", "cores": 64})
    fill(store, other, SHELF + 1, first=1)
    fill(store, elsewhere, 1, first=40, reason="a runner of another kind")
    found = Store(store).baselines("main")
    assert (found[0].folder.name, len(found)) == (mine.run, 3)
    assert len({move.of for move in Store(store).moves("main")}) == 3
    assert "other; measured; " in Store(store).moves("main")[1].of


def test_a_scenario_that_was_edited_takes_the_place_of_what_it_was(
    short: Make, store: Path, changed: Callable[..., Run]
) -> None:
    fill(store, short(), 1)
    fill(store, changed(short(), scenario_hash="edited"), 1, first=1, reason="the day is longer")
    assert len(Store(store).baselines("main")) == 1
