"""A session of a locust user: its tasks once round, instead of for ever.

A user's tasks, and those of each set of tasks that it enters, are run as often as there are different ones in the set:
drawn by their weights as locust does, or, in a sequential set, each in turn. Then the set is left as by `interrupt`,
and the user stops as by `StopUser`; `on_start` and `on_stop` run as ever.
"""

import types
from collections.abc import Callable
from typing import Any, cast

from locust import TaskSet, User
from locust.exception import InterruptTaskSet, StopUser
from locust.user.task import DefaultTaskSet

Think = Callable[[float], None]


class _Round(TaskSet):
    """A set of tasks that is left after one round; `think` waits for its pauses."""

    think: Think
    _left: int | None = None

    def execute_next_task(self) -> Any:
        """Run the next task, and count it."""
        if self._left is None:
            self._left = self._length()
        self._left -= 1
        return super().execute_next_task()  # type: ignore[no-untyped-call] # locust's, as below

    def _length(self) -> int:
        return max(1, len(set(self.tasks)))

    def wait(self) -> Any:
        """Pause before the next task, or leave when the round is over."""
        if self._left is not None and self._left <= 0:
            self._leave()
        return super().wait()  # type: ignore[no-untyped-call]

    def _leave(self) -> None:
        raise InterruptTaskSet(reschedule=False)

    def _sleep(self, seconds: float) -> None:
        self.think(seconds)

    def execute_task(self, task: Any) -> Any:
        """Run a task; a nested set goes round once too."""
        each = rounded(task, self.think) if _is_set(task) else task
        return super().execute_task(each)  # type: ignore[no-untyped-call]


class Cycle(_Round, DefaultTaskSet):
    """The outermost set: the tasks of the user itself."""

    def __init__(self, user: User, think: Think) -> None:
        super().__init__(user)
        self.think = think

    def _length(self) -> int:
        return max(1, len(set(self.user.tasks)))

    def _leave(self) -> None:
        raise StopUser


def rounded(task: type[TaskSet], think: Think) -> type[TaskSet]:
    """Return a set of tasks as one that goes round once."""
    if issubclass(task, _Round):
        return task
    made = types.new_class(
        task.__name__, (_Round, task), exec_body=lambda names: names.update(think=staticmethod(think))
    )
    return cast(type[TaskSet], made)


def _is_set(task: object) -> bool:
    return isinstance(task, type) and issubclass(task, TaskSet)
