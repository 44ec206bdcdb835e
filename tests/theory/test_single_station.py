"""Theory cases 1, 2 and 8 by simulation: each value inside a narrow 99.9 % interval, a 5 % error outside."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from models.theory.delay import Mmc
from models.theory.single import mg1_wait_s

Study = Callable[..., list[Any]]
Accepts = Callable[[Sequence[float], float, float], bool]

# (λ, mean service, c, duration in s), and the published or computed values; see test_analytic_values.py.
CASES = {
    "1: M/M/3 at 2/s": (2.0, 1.0, 3, 5300),
    "2: M/M/3 at 10/s": (10.0, 0.25, 3, 1600),
    "2: M/M/1 at 1/s": (1.0, 0.8, 1, 12_300),
}
MEANS = {
    "1: M/M/3 at 2/s": {"wait_s": 0.444444, "waits": 0.444444, "in_system": 2.888889},
    "2: M/M/3 at 10/s": {"wait_s": 0.351124, "waits": 0.702247, "in_system": 6.011236},
    "2: M/M/1 at 1/s": {"wait_s": 3.2, "waits": 0.8, "in_system": 4.0},
}
QUANTILES = {0.5: 1.08741, 0.9: 3.18440, 0.95: 4.02069, 0.99: 5.89117}
REPLICATIONS = 20

MEASURES: dict[str, Callable[[Any], float]] = {
    "wait_s": lambda replication: float(replication.waits_s.mean()),
    "waits": lambda replication: float((replication.waits_s > 0).mean()),
    "in_system": lambda replication: replication.in_system,
}


def wrong(case: str, measure: str) -> float:
    """Return the theory of a service 5 % longer."""
    arrival_rps, service_s, servers, _ = CASES[case]
    station = Mmc(arrival_rps, 1.05 * service_s, servers)
    return {"wait_s": station.wait_s, "waits": station.wait_probability, "in_system": station.in_system}[measure]


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("measure", MEASURES)
def test_mmc_means(single_station: Study, accepts: Accepts, case: str, measure: str) -> None:
    arrival_rps, service_s, servers, duration_s = CASES[case]
    law = {"law": "exponential", "mean_s": service_s}
    replications = single_station(arrival_rps, servers, law, duration_s, REPLICATIONS)
    values = [MEASURES[measure](replication) for replication in replications]
    assert accepts(values, MEANS[case][measure], 0.15)
    assert not accepts(values, wrong(case, measure), 0.15)


@pytest.mark.parametrize("fraction", QUANTILES)
def test_mm3_response_quantiles(single_station: Study, accepts: Accepts, fraction: float) -> None:
    arrival_rps, service_s, servers, duration_s = CASES["1: M/M/3 at 2/s"]
    law = {"law": "exponential", "mean_s": service_s}
    replications = single_station(arrival_rps, servers, law, duration_s, REPLICATIONS)
    values = [float(np.quantile(replication.responses_s, fraction)) for replication in replications]
    assert accepts(values, QUANTILES[fraction], 0.06)
    assert not accepts(values, Mmc(arrival_rps, 1.05 * service_s, servers).response_quantile(fraction), 0.06)


@pytest.mark.parametrize(
    ("law", "wait_s", "scv"),
    [
        ({"law": "constant", "mean_s": 1.0}, 2.0, 0.0),
        ({"law": "lognormal", "mean_s": 1.0, "cv": 0.5}, 2.5, 0.25),
    ],
)
def test_mg1_waits(single_station: Study, accepts: Accepts, law: dict[str, Any], wait_s: float, scv: float) -> None:
    replications = single_station(0.8, 1, law, 8300, 14)
    values = [float(replication.waits_s.mean()) for replication in replications]
    assert accepts(values, wait_s, 0.15)
    assert not accepts(values, mg1_wait_s(0.8, 1.05, scv), 0.15)
