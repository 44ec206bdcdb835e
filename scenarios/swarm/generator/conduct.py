"""What citizens do when a step was not ok: reload it, or come back later; the same draws as the forecast's."""

from models.again import Will
from models.conduct import CitizensEntry

ATTEMPT_SHIFT = 40
"""An index of a draw is step + (attempt << 40), as `docs/network.md` says."""


class Conduct:
    """What all citizens of a run do when a step was not ok; swarms play replication 0."""

    def __init__(self, seed: int, entry: CitizensEntry) -> None:
        self._reload = Will(seed, 0, "reload", entry.reload)
        self._come_back = Will(seed, 0, "come_back", entry.come_back)

    def reload_ns(self, session: int, ordinal: int, reloads: int) -> int | None:
        """Return the pause before the step's next attempt, or None; each reload is an attempt, numbered from 1."""
        return self._reload.wait_ns(session, ordinal + (reloads << ATTEMPT_SHIFT), reloads)

    def come_back_ns(self, session: int, visit: int) -> int | None:
        """Return the pause before the next visit, or None."""
        return self._come_back.wait_ns(session, visit, visit - 1)
