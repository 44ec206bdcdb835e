"""A call: one visit of a session as its steps see it, with the number of the visit, its citizen found when needed."""

from collections.abc import Callable
from dataclasses import fields
from functools import cached_property

from fixtures.citizens import Citizen
from scenarios.run_keys import RunKeys
from scenarios.swarm.target.played import PlayedVisit
from scenarios.swarm.target.supplied import Supplied

FindCitizen = Callable[[int], Citizen]


class Call(PlayedVisit):
    """A visit that is made thousands of times a second: nothing is computed before a step asks for it."""

    def __init__(
        self,
        session: int,
        number: int,
        citizen: int,
        needs: str | None,
        find: FindCitizen,
        keys: RunKeys,
        seed: int,
        supplied: Supplied | None,
    ) -> None:
        own = self.__dict__
        own.update(_UNSET)
        own.update(session=session, keys=keys, seed=seed, needs=needs, kept={}, supplied=supplied)
        self.number, self._citizen, self._find = number, citizen, find

    @cached_property
    def citizen(self) -> Citizen:  # type: ignore[override]
        """Whose visit it is."""
        return self._find(self._citizen)

    def submission_key(self) -> str:
        """Return the idempotency key of this visit's submission."""
        return self.keys.key(self.session, self.number, "submit")


_UNSET = {each.name: None for each in fields(PlayedVisit) if each.name not in ("citizen", "kept")}
