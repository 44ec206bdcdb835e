from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cutover.base.errors import BadInput, InvalidRun
from reports.baselines.comparable import compared_with, is_aligned, is_comparable, refuse_incomparable
from reports.baselines.store import Store
from reports.machine_class import MachineClass
from reports.run import Run
from reports.writer import merge_findings

Make = Callable[..., Run]
MACHINE = {"processor": "EPYC", "cores": 4, "memory_gib": 15.6}


@pytest.fixture
def runs(made: Make, changed: Callable[..., Run]) -> Callable[..., Run]:
    """Return a function that makes a short run on a machine, with header fields of its own."""

    def make(kind: str = "measured", **fields: object) -> Run:
        return changed(made(duration_s=8, steps_per_s=5.0, budgets=(), kind=kind), **{"machine": MACHINE, **fields})

    return make


def test_runs_of_one_class_scenario_and_number_of_generators_are_comparable(runs: Make) -> None:
    assert is_comparable(runs(), runs())
    assert is_comparable(runs(), runs(machine={**MACHINE, "memory_gib": 15.9}))  # to the whole GiB


@pytest.mark.parametrize(
    ("fields", "name", "words"),
    [
        ({"machine": {**MACHINE, "processor": "Xeon"}}, "machines", "processor Xeon and EPYC"),
        ({"machine": {**MACHINE, "cores": 2}}, "machines", "cores 2 and 4"),
        ({"machine": {**MACHINE, "memory_gib": 31.2}}, "machines", "memory 31 GiB and 16 GiB"),
        ({"machine": {**MACHINE, "runner": "ubuntu24"}}, "machines", "runner ubuntu24 and none"),
        ({"scenario_hash": "ffff"}, "scenarios", "another scenario"),
        ({"scale": 2.0}, "scenarios", "scale 2.0, not 1.0"),
    ],
)
def test_what_differs_is_named_and_can_be_allowed(runs: Make, fields: dict[str, object], name: str, words: str) -> None:
    head, other = runs(), runs(**fields)
    with pytest.raises(BadInput, match=words) as raised:
        refuse_incomparable(head, [other])
    assert f"--across {name}" in str(raised.value)
    refuse_incomparable(head, [other], [name])


def test_another_number_of_generators_is_refused(runs: Make) -> None:
    other = runs()
    merge_findings(other.folder, {"baseline": {"generators": 3}})
    with pytest.raises(BadInput, match="had 3 generators, not 0"):
        refuse_incomparable(runs(), [Run.open(other.folder)])


def test_all_that_is_wrong_is_told_at_once(runs: Make) -> None:
    others = [runs(scenario_hash="ffff", machine={**MACHINE, "cores": 2}), runs(state="interrupted")]
    with pytest.raises(BadInput) as raised:
        refuse_incomparable(runs(), others, ["machine"])
    told = [mistake.rule for mistake in raised.value.mistakes]
    assert len(told) == 4
    assert any("nothing to compare across" in rule for rule in told)
    assert any("is interrupted" in rule for rule in told)


def test_a_prediction_is_no_baseline_of_a_measurement(runs: Make) -> None:
    with pytest.raises(BadInput, match="is simulated, and"):
        refuse_incomparable(runs(), [runs("simulated")], ["machines", "scenarios", "generators"])


def test_simulations_may_come_from_any_machine(runs: Make) -> None:
    assert is_comparable(runs("simulated"), runs("simulated", machine={"processor": "Q", "cores": 1}))


def test_runs_of_the_same_sessions_are_aligned(runs: Make) -> None:
    assert is_aligned(runs(), runs())
    assert not is_aligned(runs(), runs(seed=8))
    assert not is_aligned(runs(), runs(scale=2.0))


def test_of_a_name_those_count_that_may_be_compared(runs: Make, store: Path) -> None:
    kept, head = Store(store), runs()
    for day, run in enumerate((runs(), runs(machine={**MACHINE, "cores": 2})), 1):
        kept.accept(run, "main", "pass", None, datetime(2026, 11, day, tzinfo=UTC))
    assert len(compared_with(head, ["main"], kept)) == 1
    assert len(compared_with(head, ["main"], kept, ["machines"])) == 2
    with pytest.raises(BadInput, match="another class of machine"):
        compared_with(runs(machine={**MACHINE, "cores": 8}), ["main"], kept)
    named = runs()
    assert [run.folder for run in compared_with(head, [str(named.folder)], kept)] == [named.folder]


def test_a_run_on_which_nothing_rests_is_no_baseline(runs: Make, store: Path) -> None:
    late = runs(validity=("The generator was late.",))
    with pytest.raises(InvalidRun, match="The generator was late"):
        compared_with(runs(), [str(late.folder)], Store(store))


def test_a_class_reads_as_words(runs: Make) -> None:
    assert str(MachineClass.of(runs().header)) == "EPYC, 4 cores, 16 GiB"
    assert str(MachineClass.of(runs(machine={**MACHINE, "runner": "big"}).header)).endswith(", runner big")


def test_a_run_is_not_compared_with_itself(runs: Make, store: Path) -> None:
    head, other = runs(), runs()
    with pytest.raises(BadInput, match="is the run itself"):
        compared_with(head, [str(head.folder / ".." / head.folder.name)], Store(store))
    kept = Store(store)
    for day, run in enumerate((other, head), 1):
        kept.accept(run, "main", "pass", None, datetime(2026, 11, day, tzinfo=UTC))
    (found,) = compared_with(head, ["main"], kept)
    assert found.findings["baseline"]["of"] == other.folder.name
    alone = Store(store.with_name("alone"))
    alone.accept(head, "main", "pass", None, datetime(2026, 11, 1, tzinfo=UTC))
    with pytest.raises(BadInput, match="is the run itself"):
        compared_with(head, ["main"], alone)
