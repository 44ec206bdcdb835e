"""The uses of a program: each service and delay in raw data of a plan, how often it is played, and under which pool."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple


class Use(NamedTuple):
    """A visit's service or a delay: `kind` is "service" or "delay", and the key of its law in `operation`.

    `place` is the station, or the pool whose token is held around a delay, the innermost; None for a delay under none.
    `share` is how often it is played on average if nothing fails.
    """

    operation: dict[str, Any]
    kind: str
    place: str | None
    share: float

    @property
    def law(self) -> dict[str, Any]:
        """Its law's data."""
        law: dict[str, Any] = self.operation[self.kind]
        return law


def uses(operations: Sequence[dict[str, Any]], share: float = 1.0, pool: str | None = None) -> Iterator[Use]:
    """Yield the uses of sound raw operations in the order of writing; `pool` is held around them all."""
    for operation in operations:
        part = share * operation.get("probability", 1.0)
        if "service" in operation:
            yield Use(operation, "service", operation["station"], part)
        elif "delay" in operation:
            yield Use(operation, "delay", pool, part)
        for course in operation.get("choose") or ():
            yield from uses(course.get("do", ()), part * course["probability"], pool)
        for branch in operation.get("fork") or ():
            yield from uses(branch, part, pool)
        miss = 1.0 - operation.get("cache", 0.0)
        yield from uses(operation.get("do") or (), part * miss, operation.get("hold", pool))
