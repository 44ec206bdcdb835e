"""Waits at an M/M/1 station by Lindley's recursion, whose means and quantiles are known exactly."""

from collections.abc import Callable

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from models.draws import stream, uniform
from models.elementary import log


@numba.njit
def lindley(gaps: int, services: int, arrival_rps: float, first_s: float, waits_s: NDArray[np.float64]) -> None:
    """Fill in the waits of customers: W' = max(0, W + S − A), with a service of mean 1 s."""
    wait_s = first_s
    for n in range(waits_s.size):
        waits_s[n] = wait_s
        service_s = -log(uniform(services, n, 0))
        gap_s = -log(uniform(gaps, n, 0)) / arrival_rps
        wait_s = max(0.0, wait_s + service_s - gap_s)


@pytest.fixture(scope="session")
def mm1_waits() -> Callable[..., NDArray[np.float64]]:
    """Return a function that simulates a replication: arrival rate, customers, replication, first wait in s."""

    def waits(arrival_rps: float, customers: int, replication: int, first_s: float = 0.0) -> NDArray[np.float64]:
        out = np.empty(customers)
        keys = (stream(11, replication, name) for name in ("mm1/gap", "mm1/service"))
        lindley(*keys, arrival_rps, first_s, out)
        return out

    return waits
