from dataclasses import replace

import pytest

from benchmarks.foresight import CASES, SLOW, Clock, plan_of, portal_file
from benchmarks.foresight_target import SCENARIO, samples
from cutover.base.document import Document, parse
from fixtures.portal.config import PortalFile
from models.calibration.demands import at_servers
from scenarios.scenario import read_scenario

PAGE = """# HELP process_cpu_seconds_total CPU seconds of the whole process.
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 12.5
portal_cpu_seconds_total{step="home"} 1.5
portal_connections_in_use 3
portal_connections_waiting 4
portal_system_in_use{system="exchange_axis"} 6
portal_system_in_use{system="population_database"} 5
"""


def file_of(case):
    return parse(Document("portal.toml", portal_file(case), {}), PortalFile)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_plan_has_the_sizes_of_the_portal_that_it_is_of(case):
    file, servers = file_of(case), dict(each.split("=") for each in case.servers)
    plan = at_servers(plan_of(case), {name: int(count) for name, count in servers.items()})
    assert {*plan.programs} == {*read_scenario(SCENARIO).steps}
    if file.store is not None:
        assert plan.pools["connections"].tokens == file.store.connections
        assert plan.pools["workers"].tokens == file.capacity.workers
        assert plan.pools["workers"].queue == file.capacity.queue
    elif file.systems is not None:
        database = file.systems.each["population_database"]
        assert plan.stations["population"].servers == database.at_once
        assert plan.stations["population"].queue == database.queue
    else:
        assert plan.stations["portal"].queue == file.capacity.workers + file.capacity.queue - 1


def test_a_changed_portal_differs_from_the_one_that_is_calibrated():
    by_name = {case.name: case for case in CASES}
    assert [case.name for case in CASES if not case.is_changed] == list(SLOW)
    assert file_of(by_name["pool halved"]).store.connections * 2 == file_of(by_name["pool"]).store.connections
    slower, before = (
        file_of(by_name[name]).systems.each["population_database"] for name in ("system slower", "system")
    )
    assert slower.latency.mean_s == 2 * before.latency.mean_s
    assert by_name["system slower"].slower == {"population": 2.0}


def test_a_change_of_what_the_file_has_not_is_told():
    with pytest.raises(KeyError, match=r"pool-portal.toml has no store.sockets to change"):
        portal_file(replace(CASES[1], changes=((("store", "sockets"), 4),)))


def test_of_a_page_of_metrics_is_kept_what_plans_observe():
    assert samples(PAGE) == {
        "process_cpu_seconds_total": "12.5",
        "portal_connections_in_use": "3",
        "population_in_use": "5",
    }
    kept = {"process_cpu_seconds_total", "portal_workers_in_use", "portal_connections_in_use", "population_in_use"}
    assert {entry.metric for case in CASES for entry in plan_of(case).observed.values()} == kept


def test_repetitions_end_when_their_seconds_are_spent():
    clock = Clock(100.0)
    assert clock.spend(60.0)
    assert not clock.spend(60.0)
    assert clock.spend(40.0)
