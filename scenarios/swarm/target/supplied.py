"""What a worker has to give to its visits: accounts that it leases, rows of feeds, one-time codes."""

from collections.abc import Mapping
from dataclasses import dataclass

from scenarios.swarm.failures import StepFailed
from scenarios.swarm.target.cast import Account, Cast
from scenarios.swarm.target.casting import CastShelf
from scenarios.swarm.target.codes import Codes
from scenarios.swarm.target.feeds import Feed
from scenarios.swarm.target.rows import Row


@dataclass(frozen=True)
class Supplied:
    """The supplies of one worker; `shelf` holds the accounts that the coordinator gave it."""

    cast: Cast | None
    shelf: CastShelf
    feeds: Mapping[str, Feed]
    codes: Codes | None

    def account(self, session: int) -> Account:
        """Return the session's account, leased until `end`; raises CastShort when none is free."""
        if self.cast is None:
            raise StepFailed("there is no account: name a cast in a file for --supplies")
        return self.cast.account(self.shelf.lease(session))

    def row(self, feed: str, session: int) -> Row:
        """Return the session's row of a feed."""
        if feed not in self.feeds:
            raise StepFailed(f"there is no feed {feed}: name it in a file for --supplies")
        return self.feeds[feed].row(session)

    def code(self, to: str, session: int) -> str:
        """Return a one-time code, with the session's account where it has one; blocks as long as the hook takes."""
        if self.codes is None:
            raise StepFailed("there is no hook for one-time codes: name one in a file for --supplies")
        held = self.shelf.held(session)
        account = self.cast.account(held) if self.cast is not None and held is not None else None
        return self.codes.code(to, account)

    def hidden(self, session: int) -> tuple[str, ...]:
        """Return the texts that no record of a session's exchanges may show: what is in its account."""
        held = self.shelf.held(session)
        return tuple(filter(None, self.cast.account(held).values())) if self.cast and held is not None else ()

    def end(self, session: int) -> None:
        """Give back what a session that is over holds."""
        self.shelf.end(session)
