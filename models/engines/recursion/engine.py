"""The `recursion` engine: the answer of `simpy`, bit for bit, for networks that it applies to."""

from collections.abc import Iterator

import numpy as np

from cutover.base.errors import InvalidRun
from models.changes import changes_of
from models.edges import edges_of
from models.engines.batch import Arrivals, Batch, Records
from models.engines.observer import BulkObserver
from models.engines.recursion.books import history
from models.engines.recursion.making import empty_records, longer_keys, make, more_slots
from models.engines.recursion.scope import applies, least_think_ns, single
from models.engines.recursion.servers import change_on
from models.engines.recursion.state import (
    AT,
    LIST,
    LONGEST_WINDOW_NS,
    PHASE,
    RECORDED,
    SERVING,
    TAKEN,
    State,
)
from models.engines.recursion.windows import (
    ARRIVALS,
    DISORDER,
    KEYS_NEEDED,
    OVER,
    RECORDS_FULL,
    SLOTS_NEEDED,
    advance,
    pass_through,
)
from models.history import History
from models.journeys import Walk
from models.machine import FIRST_STATION, STATION_WORDS, lower
from models.network import Network

RECORDS = 1 << 15
"""How many records are told at once, if no station ends more in one window."""

_AT_ONCE = 1 << 12


def simulate(
    network: Network,
    arrivals: Arrivals,
    walk: Walk,
    until_ns: int,
    observer: BulkObserver,
    interval_ns: int = 1_000_000_000,
    first_ns: int | None = None,
) -> History:
    """Simulate the sessions that arrive before `until_ns`, telling the observer; return the histories.

    The same as `simpy_engine.simulate`, but that records come in another order. Raises InvalidRun if the engine does
    not apply to the network (`scope.applies` says why), if a law of queues does not hold exactly, or if arrivals are
    not sorted.
    """
    reason = applies(network, walk.journeys)
    if reason is not None:
        raise InvalidRun(f"the recursion engine does not apply: {reason}")
    least_ns = least_think_ns(walk.journeys)
    longest_ns = LONGEST_WINDOW_NS if least_ns is None else least_ns
    changes = changes_of(network, walk.seed, walk.replication, until_ns)
    edges = edges_of(interval_ns, first_ns)
    state = make(network, lower(network, walk, until_ns), changes, longest_ns, until_ns, edges)
    state = _play(tuple(network.programs), state, single(network, walk.journeys), iter(arrivals), observer)
    first = int(state.words[FIRST_STATION])
    rows = state.words[first : first + STATION_WORDS * len(network.stations)].reshape(-1, STATION_WORDS)
    stations = []
    for own, spec, known in zip(rows, network.stations, changes, strict=True):
        change_on(state, own)
        stations.append(history(state, own, spec, known, edges))
    found = History(edges, tuple(stations))
    found.assert_laws()
    return found


def _play(names: tuple[str, ...], state: State, alone: bool, batches: Iterator[Batch], observer: BulkObserver) -> State:
    """Go on until the run is over; return the state then."""
    state = empty_records(longer_keys(state, _AT_ONCE), RECORDS)
    batch, last = _NO_ARRIVALS, False
    while True:
        why = pass_through(state, batch.session, batch.instant_ns, last) if alone else advance(state, *batch, last)
        if why == ARRIVALS:
            found = next(batches, None)
            batch, last = (_NO_ARRIVALS, True) if found is None else (found, False)
            state.words[TAKEN] = 0
        elif why == SLOTS_NEEDED:
            state = more_slots(state)
        elif why == KEYS_NEEDED:
            state = longer_keys(state, _due(state))
        elif why == DISORDER:
            at = state.words[TAKEN]
            told = f"session {batch.session[at]} arrives at {batch.instant_ns[at]} ns"
            raise InvalidRun(f"{told}, before the one that precedes it")
        elif why in (RECORDS_FULL, OVER):
            _tell(names, state, observer)
            if why == OVER:
                return state
            state = empty_records(state, _due(state))


def _due(state: State) -> int:
    """Return how many come to the station that serves next."""
    if state.words[PHASE] != SERVING:
        return 0
    return int(state.size[state.words[state.order[state.words[AT]] + LIST]])


def _tell(names: tuple[str, ...], state: State, observer: BulkObserver) -> None:
    """Tell what has been recorded."""
    count, records = int(state.words[RECORDED]), state.records
    if count:
        seen = Records(
            records.step[:count],
            records.outcome[:count],
            records.session[:count],
            records.ordinal[:count],
            records.visit[:count],
            records.intended_ns[:count],
            records.end_ns[:count],
        )
        observer.steps(names, seen)


_NO_ARRIVALS = Batch(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0, np.int32))
