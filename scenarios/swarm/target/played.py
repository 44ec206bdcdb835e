"""A visit at a portal of any shape: what its steps remember, and what the engineer supplies beside the citizen."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from scenarios.swarm.exchanges import StepFailed
from scenarios.swarm.target.supplied import Supplied
from scenarios.swarm.visit import Visit


@dataclass
class PlayedVisit(Visit):
    """A visit with what its steps keep for later ones (`kept`), its test account and its rows of data."""

    kept: dict[str, str] = field(default_factory=dict)
    supplied: Supplied | None = None

    @property
    def account(self) -> Mapping[str, str]:
        """The test account leased to this session, by column; raises CastShort when none is free."""
        return self._supplied("account").account(self.session)

    def row(self, feed: str) -> Mapping[str, str]:
        """Return this session's row of a feed, by column."""
        return self._supplied(f"feed {feed}").row(feed, self.session)

    def _supplied(self, what: str) -> Supplied:
        if self.supplied is None:
            raise StepFailed(f"there is no {what}: name one in a file for --supplies")
        return self.supplied
