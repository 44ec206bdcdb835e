"""Memory of the event engine: one array of words, the machine's first, in which all that lives has an address.

`m` is the array of int64 everywhere in this package, and `f` the same memory as float64. Behind the machine's words
stand the special events, the calendar, the books and records that are being filled, then the threads, and behind
them, moved when there are more threads, the heap and the deadlines that have come.
"""

from numpy import int64
from numpy.typing import NDArray

from models.kernel import inlined
from models.machine import ENGINE, STATE

Memory = NDArray[int64]

NEVER = 1 << 62
"""An instant that never comes."""

(
    NOW,
    UNTIL,
    EDGE,
    INTERVAL,
    BARRIER,
    WINDOW_END,
    WINDOW,
    WINDOW_BITS,
    CALENDAR,
    IN_CALENDAR,
    FAR,
    HEAP,
    IN_HEAP,
    DUE,
    IN_DUE,
    DUE_ROOM,
    NEXT_ARRIVAL,
    NEXT_SESSION,
    CURSOR,
    SPECIALS,
    TREE,
    LEAVES,
    SPECIAL_AT,
    CHANGE_LEAF,
    NEXT_CHANGE,
    THREADS,
    ALL_THREADS,
    FREE,
    IN_USE,
    RECORDS,
    IN_RECORDS,
    BOOKS,
    IN_BOOKS,
    BOOKS_ROOM,
    TAT,
    EVENTS,
    BEGUN,
    RELOADED,
    CAME_BACK,
    FIRST_EDGE,
) = range(ENGINE, ENGINE + 40)
"""Of the header: instants, the calendar's window (its number and width in bits), places and counts."""

BUCKETS = 1 << 16
RECORD_ROOM = 1 << 15
RECORD_WORDS = 7
BOOK_WORDS = 8

# Of a station.
(
    BUSY,
    WAITING,
    ADVANCED,
    BUSY_NS,
    BACKLOG_NS,
    ARRIVALS,
    STARTS,
    DEPARTURES,
    REJECTIONS,
    ABANDONMENTS,
    WAITED,
    SERVED,
    FIRST,
    LAST_WORD,
    NUMBER_OF_SERVERS,
    LEFT,
    PACE,
    DOWN_NOW,
    FAILS_NOW,
    GUARDED,
    IS_OPEN,
    OPENED,
    FAILED_IN_A_ROW,
    TRIAL,
    TICKET,
    LEAF,
    VIRTUAL,
    VIRTUAL_AT,
    BUSY_BEFORE,
    CAPACITY_NS,
    RESIZED,
    SCALED_TO,
    IS_SCALED,
    STAYED,
    CAPACITY_BEFORE,
) = range(STATE, STATE + 35)
"""`STAYED`: minus the instants at which busy servers were taken, and those at which they were done or came back."""

# Of a limit.
LIMIT_FIRST, LIMIT_LAST, LIMIT_LEAF = 1, 2, 3

THREAD_WORDS = 40
(
    SESSION,
    PLACE_OF,
    DRAW,
    AT_OPERATION,
    DOING,
    AT,
    FIRST_KEY,
    LAST_KEY,
    AFTER,
    BEFORE,
    STATION,
    TIME,
    WHERE,
    STEP,
    INTENDED,
    ATTEMPT_AT,
    DEADLINE_AT,
    DEADLINE_KEY,
    DEADLINE_AFTER,
    DEADLINE_BEFORE,
    DEADLINE_OF,
    GENERATION,
    PARENT,
    SIBLING,
    CHILD,
    RUNNING,
    WORST,
    TRY,
    CONTEXT,
    PROVINCE,
    JOURNEY,
    INSIDE,
    RELOADS,
    VISIT_NUMBER,
    ROLE,
    RANK,
    OUTCOME,
) = range(37)

# What a thread does.
(
    NOTHING,
    SERVED_NOW,
    SHARES_NOW,
    QUEUES,
    QUEUES_FOR_TOKEN,
    COMES,
    GRANTED,
    STARTS_BODY,
    PAUSES,
    BACKS_OFF,
    WAITS_FOR_BODIES,
    THINKS,
    RELOADS_SOON,
    RETURNS_SOON,
    RESTS,
    GONE,
) = range(16)

# What a thread is.
CITIZEN, WORKER, BODY, COUNTER = range(4)

# Where a thread's pending event is.
NOWHERE, IN_THE_HEAP, IN_THE_CALENDAR = range(3)

OK, REJECTED, FAILED, TIMED_OUT = range(4)

_RANK = 46
DEADLINE_RANK, RELEASE_RANK, CHANGE_RANK, GRANT_RANK, TIMER_RANK, ARRIVAL_RANK = (rank << _RANK for rank in range(6))
"""Classes of events of one instant, above the session's number; a wake-up is before them all."""
WAKE_UP = -1

VISIT_SHIFT, STEP_SHIFT, ATTEMPT_SHIFT = 48, 28, 8
VISIT_MASK, STEP_MASK, ATTEMPT_MASK = (1 << 12) - 1, (1 << 20) - 1, (1 << 20) - 1
ORDINAL_BITS = 40
ROOM_OPERATION = 255


@inlined
def ends(m: Memory, thread: int, outcome: int) -> int:
    """Say that the operation a thread is at has ended its body so: minus the thread, for the loop."""
    m[thread + OUTCOME] = outcome
    return -thread


@inlined
def new_thread(m: Memory, session: int, role: int) -> int:
    """Take a thread from the free ones."""
    thread = m[FREE]
    m[FREE] = m[thread + AFTER]
    m[IN_USE] += 1
    m[thread + SESSION] = session
    m[thread + ROLE] = role
    m[thread + AT_OPERATION] = 0
    m[thread + WHERE] = NOWHERE
    m[thread + DEADLINE_OF] = 0
    m[thread + PARENT] = 0
    m[thread + CHILD] = 0
    m[thread + CONTEXT] = 0
    return int(thread)


@inlined
def free_thread(m: Memory, thread: int) -> None:
    """Give a thread's words back."""
    m[thread + DOING] = NOTHING
    m[thread + AFTER] = m[FREE]
    m[FREE] = thread
    m[IN_USE] -= 1


@inlined
def link(m: Memory, thread: int, word: int) -> None:
    """Put a thread into the list that begins at a word, in front."""
    after = m[word]
    m[thread + AFTER] = after
    m[thread + BEFORE] = word
    if after:
        m[after + BEFORE] = thread + AFTER
    m[word] = thread


@inlined
def unlink(m: Memory, thread: int) -> int:
    """Take a thread out of its list; return the thread behind it, or 0."""
    after = m[thread + AFTER]
    m[m[thread + BEFORE]] = after
    if after:
        m[after + BEFORE] = m[thread + BEFORE]
    return int(after)


@inlined
def place_in_step(m: Memory, thread: int, visit: int, ordinal: int, attempt: int) -> None:
    """Set where a thread's events stand among those of one instant, and the index of its draws."""
    steps = ((visit & VISIT_MASK) << VISIT_SHIFT) | ((ordinal & STEP_MASK) << STEP_SHIFT)
    m[thread + PLACE_OF] = steps | ((attempt & ATTEMPT_MASK) << ATTEMPT_SHIFT)
    m[thread + DRAW] = ordinal | (attempt << ORDINAL_BITS)
