"""A source of sessions at a constant rate: a Poisson process for benchmarks, theory and planners."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from models.draws import stream, uniform
from models.elementary import log
from models.engines.batch import Batch
from models.kernel import kernel

_AT_ONCE = 1 << 16


def poisson(
    rate_rps: float, until_ns: int, seed: int, replication: int = 0, journey: int = 0, name: str = "source"
) -> Iterator[Batch]:
    """Yield the sessions of a Poisson process before `until_ns`, numbered from 0, in batches of equal size.

    The gap before session n is −ln u / `rate_rps` seconds, to the nanosecond, where u is draw n of the purpose
    `{name}/gap`: the same for every engine.
    """
    key = stream(seed, replication, f"{name}/gap")
    journeys, provinces = np.full(_AT_ONCE, journey, np.int32), np.zeros(_AT_ONCE, np.int32)
    first, last_ns = 0, 0
    while last_ns < until_ns:
        instants = np.empty(_AT_ONCE, np.int64)
        last_ns = _cumulate(key, first, last_ns, 1e9 / rate_rps, instants)
        count = _AT_ONCE if last_ns < until_ns else int(np.searchsorted(instants, until_ns))
        yield Batch(np.arange(first, first + count), instants[:count], journeys[:count], provinces[:count])
        first += _AT_ONCE


@kernel
def _cumulate(key: int, first: int, at_ns: int, mean_ns: float, instants: NDArray[np.int64]) -> int:
    """Fill in the instants of the sessions from `first` on; return the last."""
    for i in range(instants.size):  # in a loop of its own, where vectors draw many at once
        instants[i] = np.int64(-mean_ns * log(uniform(key, 0, first + i)) + 0.5)
    for i in range(instants.size):
        at_ns += instants[i]
        instants[i] = at_ns
    return at_ns
