"""The state of a recursion: arrays that grow with the sessions in progress, and what stands where in them.

A session in progress has a *slot* of 32 bytes. Where it is due next, at a step's start or at a station, is an *entry*
of 8 bytes in a list: one for each slice of time to come (the calendar), and one for each station in the present window.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from models.engines.batch import Integers, Records
from models.law_kernel import LawTable
from models.machine import ENGINE, STATE

(
    SLICE_NS,
    SLICES,
    SLICE,
    SPAN,
    LONGEST_SPAN,
    BEGINS_NS,
    ENDS_NS,
    UNTIL_NS,
    INTERVAL_NS,
    PHASE,
    AT,
    SERVED,
    TAKEN,
    LAST_NS,
    LAST_SESSION,
    FREE_SLOT,
    SLOTS,
    FREE_CHUNK,
    CHUNKS,
    RECORDED,
    TOUCHED,
    FIRST_EDGE,
) = range(ENGINE, ENGINE + 22)
"""Addresses in the machine's header: the window under way, and what is taken of each store.

Time up to `UNTIL_NS` is cut into `SLICES` of `SLICE_NS`. A window is `SPAN` of them from `SLICE` on, at most
`LONGEST_SPAN`. `AT` is the slice that is drained next, then the place of the station that serves next; `SERVED` how
many visits the window had; `TAKEN` how much of the batch has been played. `TOUCHED` is what `lists.touch` read. The
first interval ends at `FIRST_EDGE`, each later one `INTERVAL_NS` after that.
"""

TAKING, DRAINING, SERVING = range(3)
"""Phases of a window: sessions begin, the calendar's entries go where they are due, stations serve in order."""

(
    LIST,
    HEAP,
    OPEN_SERVERS,
    RETIRED,
    AWAY,
    RING,
    RING_AT,
    CHANGE_AT,
    CHANGE_END,
    PACE,
    DOWN_AT,
    DOWN,
    MAY_FAIL,
    BOOK,
    BOOK_AT,
    EDGE_NS,
    WAITED_NS,
    WAITED_HIGH,
    SERVED_NS,
    SERVED_HIGH,
    WAITING,
    IN_SERVICE,
) = range(STATE, STATE + 22)
"""Of a station.

`HEAP` is where the free times of its `OPEN_SERVERS` begin, the least first; `RETIRED` where those of `AWAY` servers
that a change took while they were busy, ascending. `RING` holds when those who waited last left the queue. Changes
before the address `CHANGE_AT` hold for who begins, those before `DOWN_AT` for who comes. `BOOK` is its first row of
`books`, `BOOK_AT` the present one, which ends at `EDGE_NS`. Sums are high · 2^32 + low.
"""

CHANGE_WORDS = 8
CHANGE_NS, CHANGE_SERVERS, CHANGE_PACE, CHANGE_FAILS, CHANGE_DOWN = range(5)
"""Of a change of a station: rows one after the other, of which the first tells what holds at the start."""

ARRIVALS, STARTS, DEPARTURES, REJECTIONS, ABANDONMENTS, BUSY_NS, BACKLOG_NS, STAYED_NS = range(8)
"""Columns of a station's book: what happened in an interval, and the times in it, as told in `books`."""

SLOT_BITS = 28
SLOT_MASK = (1 << SLOT_BITS) - 1
LONGEST_WINDOW_NS = 1 << (63 - SLOT_BITS)
"""An entry is (time since its slice began, or for stations since the window began) << SLOT_BITS | slot."""

ORDINAL, STEP, OPERATION, PROVINCE = range(4, 8)
"""Columns of a slot seen as eight int32; the first two columns seen as int64 are session and intended start.

`OPERATION` is the address of the visit where it goes next; `THINKING` before a step.
"""
THINKING, UNUSED = 0, -1

CHUNK_WORDS = 32
CHUNK_ENTRIES = CHUNK_WORDS - 1

SLOT_BYTES = 32
ENTRY_BYTES = 8


class State(NamedTuple):
    """All arrays of a recursion; `reals` are the words seen as float64, `short` the slots seen as int32.

    `order` are the addresses of the stations, each after those that lead to it. `last` is the last chunk of each list,
    0 where it has none, `size` its number of entries; a chunk's word 0 is (the one before it << 8) | entries. `keys`
    and `spare` hold a station's entries while they are sorted, `fall` how many fall where; then `spare` holds the
    service times.
    """

    words: Integers
    reals: NDArray[np.float64]
    laws: LawTable
    order: Integers
    free_ns: Integers
    ring: Integers
    books: Integers
    slots: Integers
    short: NDArray[np.int32]
    chunks: Integers
    last: NDArray[np.int32]
    size: NDArray[np.int32]
    keys: Integers
    spare: Integers
    fall: NDArray[np.int32]
    records: Records
