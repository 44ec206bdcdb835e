"""Two fleets that take turns: what ends one of them ends the other, and it is told what that was."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from cutover.base.errors import CutoverError
from cutover.commands import swarm_play
from cutover.rehearsal.fleet import Fleet, Played, play_turns
from reports.lines import record_text
from reports.run import Run
from reports.stops import BREACHED
from scenarios.swarm.order import Order
from tests.reports.steady_run import steady_run

COORDINATOR = """
import pathlib, shutil, signal, sys, time
what, (made, folder, unstopped) = sys.argv[1], map(pathlib.Path, sys.argv[2:])
fellow = {"base": "head", "head": "base"}

def is_now(state):
    new = folder / ".new"
    new.write_text((made / "run.json").read_text().replace('"complete"', f'"{state}"'))
    new.rename(folder / "run.json")

def stopped(*_):
    if what == "plays":
        is_now("interrupted")
    sys.exit(0)

signal.signal(signal.SIGTERM, stopped)
if what == "fails":
    sys.exit("the accounts are missing")
if what != "waits":
    shutil.copytree(made, folder, ignore=shutil.ignore_patterns("run.json"))
    is_now("running")
own = folder.name.split("-")[-2]
other = folder.with_name(folder.name.replace(own, fellow[own]))
for _ in range(300):
    if what == "breaks" and (other / "run.json").exists():
        sys.exit(1)
    time.sleep(0.1)
unstopped.touch()
"""


@dataclass(frozen=True)
class Scripted(Fleet):
    """A fleet whose coordinator fails, waits for its fellow, plays, or breaks off as soon as both play."""

    what: str = "plays"
    made: Path = Path()

    def coordinator(self, folder, _):
        told = (self.made, folder, self.made.with_name("unstopped"))
        return ["-c", COORDINATOR, self.what, *map(str, told)]


def turns(tmp_path, base, head):
    """Let two of these take turns; return what was played."""
    order = Order("day.toml", {}, "2025-06-30", 1.0, 1.0, "http://127.0.0.1:1", "run")
    made = steady_run(tmp_path / "made")
    fleets = [Scripted(order, what=what, made=made) for what in (base, head)]
    try:
        return play_turns(*fleets, tmp_path, lambda _: None)
    finally:
        assert not (tmp_path / "unstopped").exists()  # nobody played on, or waited on
        assert list(tmp_path.glob(".*.log")) == []


@pytest.mark.parametrize("fails", [("fails", "waits"), ("waits", "fails")])
def test_one_that_never_begins_ends_the_other_and_its_words_are_told(fails, tmp_path):
    with pytest.raises(CutoverError, match="the accounts are missing"):
        turns(tmp_path, *fails)


@pytest.mark.parametrize("broken", [0, 1])
def test_one_that_breaks_off_ends_the_other(broken, tmp_path):
    played = turns(tmp_path, *(("breaks", "plays") if broken == 0 else ("plays", "breaks")))
    assert [each.was_stopped for each in played] == [broken == 1, broken == 0]
    assert [each.run.state for each in played] == ["interrupted"] * 2
    assert [each.run.findings.get("validity") for each in played] == [
        ["The swarm's coordinator ended by itself with 1; see locust.log."] if index == broken else None
        for index in (0, 1)
    ]


@pytest.mark.parametrize("stopped_by_its_budget", [0, 1])
def test_a_budget_that_stops_one_of_two_is_a_breach(stopped_by_its_budget, tmp_path, monkeypatch, capsys):
    both = []
    for index in (0, 1):
        folder = steady_run(tmp_path / str(index))
        header = folder / "run.json"
        header.write_text(header.read_text(encoding="utf-8").replace('"complete"', '"interrupted"'), encoding="utf-8")
        if index == stopped_by_its_budget:
            event = {"t": 9.0, "event": BREACHED, "budget": "all error_rate < 1% for 5s stop"}
            with (folder / "events.jsonl").open("a", encoding="utf-8") as events:
                events.write(record_text({**event, "from_s": 4.0, "to_s": 9.0, "value": 0.5, "samples": 9}))
        both.append(Played(Run.open(folder), interrupted=False, was_stopped=index != stopped_by_its_budget))
    monkeypatch.setattr("cutover.rehearsal.fleet.play_turns", lambda *_: tuple(both))
    assert swarm_play._turns_told(None, None, tmp_path, quiet=True, json=False) == 3
    assert "stopped by a budget that it had breached for too long" in capsys.readouterr().err
