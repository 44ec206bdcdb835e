"""Attempts, numbered within a step of a session or a round of a worker, across all its threads.

A counter is a thread that nobody plays: it lives from the first body of the step until the step is over and no body,
watched or not, is left of it.
"""

from models.engines.event.memory import (
    CONTEXT,
    COUNTER,
    RUNNING,
    SESSION,
    TRY,
    Memory,
    free_thread,
    new_thread,
)
from models.kernel import lean_kernel


@lean_kernel
def _counter(m: Memory, thread: int) -> int:
    if m[thread + CONTEXT] == 0:
        counter = new_thread(m, m[thread + SESSION], COUNTER)
        m[counter + RUNNING] = 1
        m[counter + TRY] = 0
        m[thread + CONTEXT] = counter
    return int(m[thread + CONTEXT])


@lean_kernel
def share_attempts(m: Memory, parent: int, body: int) -> None:
    """Let a body count attempts with the thread that it is played for."""
    counter = _counter(m, parent)
    m[counter + RUNNING] += 1
    m[body + CONTEXT] = counter


@lean_kernel
def drop_attempts(m: Memory, thread: int) -> None:
    """Count no longer: the thread, or its step, is over."""
    counter = m[thread + CONTEXT]
    if counter == 0:
        return
    m[thread + CONTEXT] = 0
    m[counter + RUNNING] -= 1
    if m[counter + RUNNING] == 0:
        free_thread(m, counter)


@lean_kernel
def next_attempt(m: Memory, thread: int) -> int:
    """Take the next number."""
    counter = _counter(m, thread)
    m[counter + TRY] += 1
    return int(m[counter + TRY])
