"""Assembly: a plan made a network, and the steps without a program listed."""

from pathlib import Path
from typing import Any

import pytest

from cutover.base.errors import BadInput
from models.assembly import assemble
from models.faults import Fault
from models.journeys import Journey, Step
from models.laws import Constant, Exponential, Lognormal
from models.network import (
    Admission,
    Again,
    Block,
    Breaker,
    Choice,
    Delay,
    Family,
    Hold,
    NetworkStation,
    Scaler,
    Transfer,
    Visit,
    leaves,
)
from models.operations import JobEntry
from models.plan import Plan, read_plan

S = 1_000_000_000
WIDE = Path(__file__).parent / "wide.toml"

NONE = Constant(law="constant", mean_s=0)


def constant(mean_s: float) -> Constant:
    return Constant(law="constant", mean_s=mean_s)


def plan(**programs: list[dict[str, Any]]) -> Plan:
    stations = {"web": {"servers": 2, "queue": 7}, "db": {"servers": 1}}
    data = {"schema": 1, "name": "p", "description": "", "stations": stations, "programs": programs}
    return Plan.model_validate(data)


def journey(*steps: str) -> Journey:
    return Journey("j", tuple(Step(name, NONE, 2.5, ((None, 1.0),)) for name in steps))


def test_compiled() -> None:
    visit = {"station": "db", "service": {"law": "constant", "mean_s": 1}}
    delay = {"delay": {"law": "constant", "mean_s": 2}, "probability": 0.5}
    network = assemble(plan(home=[visit, delay, visit]), [journey("home")])
    one, two = Constant(law="constant", mean_s=1), Constant(law="constant", mean_s=2)
    assert network.stations == (NetworkStation("web", 2, 7), NetworkStation("db", 1, None))
    assert network.programs["home"] == (
        Visit(1, "home/db/0", 1, one),
        Choice(2, "home/delay/0", (0.5,), ((Delay(3, "home/delay/0", two),),)),
        Visit(4, "home/db/1", 1, one),
    )
    assert [(step.name, step.limit_ns) for step in network.journeys[0]] == [("home", 2_500_000_000)]


def test_every_step_without_a_program_is_listed() -> None:
    visit = {"station": "web", "service": {"law": "constant", "mean_s": 1}}
    with pytest.raises(BadInput) as caught:
        assemble(plan(home=[visit]), [journey("home", "hmoe"), journey("submit", "hmoe")])
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "plan p: programs.hmoe: is missing, yet a journey needs it; did you mean `home`?",
        "plan p: programs.submit: is missing, yet a journey needs it; add [[programs.submit]] to the plan",
    ]


def test_one_of_each() -> None:
    network = assemble(read_plan(WIDE), [journey("submit")])
    names = [station.name for station in network.stations]
    assert names[:3] == ["web", "app", "provincial[0]"]
    assert names[-6:] == ["payment[0]", "payment[1]", "payment[2]", "workers", "connections", "room"]
    web, app, province = network.stations[:3]
    assert (web.servers, web.schedule, web.queue, web.discipline) == (4, ((3600 * S, 8),), 10, "sharing")
    assert app.scaler == Scaler(60 * S, 800, 300, 2, 2, 20, 300 * S, 120 * S)
    assert (province.servers, province.fails, province.breaker) == (2, 0.01, Breaker(5, 30 * S))
    assert network.families == (Family("provincial", 2, 34), Family("payment", 36, 3, (0.5, 0.75, 1.0)))
    workers, connections, room = 39, 40, 41
    assert network.stations[room] == NetworkStation("room", 100, None, "pool")
    assert network.admission == Admission(room=room, wait_ns=60 * S)
    transfer, worker, attempt, fork, choice, cache = network.programs["submit"]
    assert transfer == Transfer(1, "submit/transfer/0", Lognormal(law="lognormal", mean_s=0.04, cv=0.5))
    held = Visit(6, "submit/web/0", 0, constant(0.01))
    inner = Hold(5, "submit/hold/connections/0", connections, (held,))
    visit = Visit(3, "submit/app/0", 1, Exponential(law="exponential", mean_s=0.1))
    chance = Choice(4, "submit/hold/connections/0", (0.5,), ((inner,),))
    assert worker == Hold(2, "submit/hold/workers/0", workers, (visit, chance), 2 * S)
    provincial = Visit(8, "submit/provincial/0", 2, Exponential(law="exponential", mean_s=0.2), family=0)
    tried = Block(
        7, "submit/try/0", ((provincial,),), 1_500_000_000, cancel=True, tries=3, backoff=constant(0.2), factor=2.0
    )
    assert attempt == tried
    one, two = Delay(10, "submit/delay/0", constant(0.1)), Delay(11, "submit/delay/1", constant(0.2))
    assert fork == Block(9, "submit/fork/0", ((one,), (two,)))
    assert choice == Choice(12, "submit/choose/0", (0.3, 1.0), ((Delay(13, "submit/delay/2", constant(1.0)),), ()))
    paid = Visit(15, "submit/payment/0", 36, constant(0.5), family=1, patience_ns=3 * S, priority=2)
    assert cache == Choice(14, "submit/cache/0", (1.0 - 0.7,), ((paid,),))
    (slow,) = network.slow
    assert (slow.name, slow.stations, slow.times) == ("gc", (1, *range(2, 36)), 20)
    (job,) = network.jobs
    assert (job.workers, job.from_ns, job.to_ns, job.rounds, job.pause) == (2, 10 * S, 20 * S, 7, constant(0.5))
    assert job.body == (Visit(1, "job/merge/web/0", 0, constant(0.1)),)
    assert network.citizens.bandwidth == Lognormal(law="lognormal", mean_s=20.0, cv=1.0)
    assert network.citizens.reload == Again(0.5, constant(3.0), 2)
    assert [share for share, _ in leaves(network.programs["submit"])] == pytest.approx([1, 1, 0.5, 1, 1, 1, 0.3, 0.3])


def test_faults_of_families() -> None:
    plan = read_plan(WIDE)
    faults = [Fault("provincial", 1, 2, down=True, members=(0, 33)), Fault("payment", 3, 4, fails=0.5)]
    network = assemble(plan, [], faults)
    assert [(fault.station, fault.from_ns, fault.down, fault.fails) for fault in network.faults] == [
        ("provincial[0]", 1, True, 0.0),
        ("provincial[33]", 1, True, 0.0),
        *((f"payment[{member}]", 3, False, 0.5) for member in range(3)),
    ]
    wrong = [Fault("provincial", 1, 2, down=True, members=(34,)), Fault("web", 1, 2, down=True, members=(0,))]
    with pytest.raises(BadInput) as caught:
        assemble(plan, [], wrong)
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "plan wide: stations.provincial: has no member 34, which a fault names; name members from 0 to 33",
        "plan wide: stations.web: has no member 0, which a fault names; name no members: it is a single station",
    ]


def test_jobs_of_a_scenario_run_beside_those_of_the_plan() -> None:
    job = {"name": "merge", "workers": 6, "to_s": 5, "do": [{"station": "web", "service": constant(0.5).model_dump()}]}
    network = assemble(read_plan(WIDE), [], jobs=[JobEntry.model_validate(job)])
    found = [(each.name, each.workers, each.to_ns) for each in network.jobs]
    assert found == [("merge", 2, 20 * S), ("merge", 6, 5 * S)]
    wrong = JobEntry.model_validate(job | {"do": [{"station": "wbe", "service": constant(0.5).model_dump()}]})
    with pytest.raises(BadInput) as caught:
        assemble(read_plan(WIDE), [], jobs=[wrong])
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        "plan wide with the scenario's jobs: jobs[1].do[0].station = 'wbe': is not a station of this plan; "
        "did you mean `web`?"
    ]
