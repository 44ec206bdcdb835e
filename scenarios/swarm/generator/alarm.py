"""An alarm to the nanosecond: Linux's timerfd, since libuv's own timers know milliseconds only."""

import asyncio
import ctypes
import os
import time
from collections.abc import Callable

from cutover.base.clock import SECOND_NS

ABSOLUTE = 1  # TFD_TIMER_ABSTIME


class _Time(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Setting(ctypes.Structure):
    _fields_ = (("every", _Time), ("at", _Time))


class TimerAlarm:
    """Rings from the loop when its instant, scenario time from `origin_ns` of CLOCK_MONOTONIC, has come.

    Setting it makes the descriptor unreadable again, so it is never read: who is woken must set it, and one system call
    a ring is enough.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, origin_ns: int) -> None:
        library = ctypes.CDLL(None, use_errno=True)
        self._loop, self._origin_ns = loop, origin_ns
        self._set = library.timerfd_settime
        self._set.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        self._descriptor = library.timerfd_create(time.CLOCK_MONOTONIC, os.O_NONBLOCK | os.O_CLOEXEC)
        if self._descriptor < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create failed")
        self._setting = _Setting()
        self._at, self._pointer = self._setting.at, ctypes.byref(self._setting)

    def wake(self, awake: Callable[[], None]) -> None:
        """Say who is to be woken."""
        self._loop.add_reader(self._descriptor, awake)

    def ring_at(self, instant_ns: int | None) -> None:
        """Ring at a scenario instant, or never."""
        at = self._at
        if instant_ns is None:
            at.seconds = at.nanoseconds = 0
        else:
            at.seconds, at.nanoseconds = divmod(max(1, instant_ns + self._origin_ns), SECOND_NS)
        self._set(self._descriptor, ABSOLUTE, self._pointer, None)
