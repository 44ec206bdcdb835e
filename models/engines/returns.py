"""How often citizens try again, by interval."""

from collections import Counter

from models.edges import Edges
from models.engines.moments import IntegerTime
from models.history import Returns
from models.network import Citizens


class ReturnsLedger:
    """Counts reloads and visits after the first, by interval, when they begin."""

    def __init__(self, env: IntegerTime, citizens: Citizens, edges: Edges) -> None:
        self._env = env
        self._any = citizens.may_return
        self._edges = edges
        self._reloads: Counter[int] = Counter()
        self._come_backs: Counter[int] = Counter()

    def reload(self) -> None:
        """Count a reload that begins now."""
        self._reloads[self._edges.interval_at(self._env.now)] += 1

    def come_back(self) -> None:
        """Count a visit that begins now and is not its session's first."""
        self._come_backs[self._edges.interval_at(self._env.now)] += 1

    def history(self) -> tuple[Returns, ...]:
        """Close the books now: return what was counted in each interval, none where citizens never try again."""
        count = len(self._edges.up_to(self._env.now)) - 1 if self._any else 0
        return tuple(Returns(self._reloads[index], self._come_backs[index]) for index in range(count))
