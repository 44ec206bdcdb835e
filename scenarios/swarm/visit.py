"""What one visit knows: its citizen, what the citizen wants, what the engineer supplies, and what its steps keep."""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from fixtures.citizens import Citizen
from fixtures.payments import PaymentProvider, providers
from fixtures.places import provinces_of_communes
from fixtures.procedures import Procedure, catalogue
from models.draws import stream, uniform
from scenarios.run_keys import RunKeys
from scenarios.swarm.failures import StepFailed

if TYPE_CHECKING:
    from scenarios.swarm.target.supplied import Supplied

FindCitizen = Callable[[int], Citizen]
"""Returns the citizen of a number."""


class Visit:
    """One visit of a citizen, as its steps see it; made thousands of times a second, so all else is found when needed.

    `session` is its session's number, `number` its own within the session, from 1; `needs` the code of the procedure
    that the session came for, if its flow names any; `kept` what its steps keep for later ones, by name. The stand-in's
    steps keep `csrf`, `draft`, and `result`, the digest of the result that was issued for the visit's dossier. Any
    portal's steps set `submitted`, the key of a submission, before they send it, and `receipt` and `digest` from its
    answer. `answered` is the status of the step's last answer.
    """

    csrf: str | None
    draft: str | None
    receipt: str | None
    digest: str | None
    result: str | None
    submitted: str | None
    answered: int | None
    kept: dict[str, str]

    def __init__(
        self,
        session: int,
        citizen: int,
        find: FindCitizen,
        keys: RunKeys,
        seed: int,
        number: int = 1,
        needs: str | None = None,
        supplied: "Supplied | None" = None,
    ) -> None:
        self.session, self.number, self.needs, self.kept = session, number, needs, {}
        self.csrf = self.draft = self.receipt = self.digest = self.result = self.submitted = None
        self.answered = None
        self._citizen, self._find, self._keys, self._seed, self.supplied = citizen, find, keys, seed, supplied

    @cached_property
    def citizen(self) -> Citizen:
        """Whose visit it is."""
        return self._find(self._citizen)

    @cached_property
    def procedure(self) -> Procedure:
        """The procedure that the citizen needs: the session's, or one drawn by the catalogue's shares."""
        if self.needs is not None:
            return next(procedure for procedure in catalogue() if procedure.code == self.needs)
        u = uniform(stream(self._seed, 0, "visit/procedure"), self.session, 0)
        for procedure in catalogue():
            u -= procedure.share
            if u < 0:
                return procedure
        return catalogue()[-1]

    @property
    def province(self) -> str:
        """The code of the province where the citizen lives; who publishes is an officer of it."""
        return provinces_of_communes()[self.citizen.commune]

    @cached_property
    def provider(self) -> PaymentProvider:
        """The bank or intermediary that the citizen pays with; all are equally likely (assumed)."""
        u = uniform(stream(self._seed, 0, "visit/provider"), self.session, 0)
        return providers()[int(u * len(providers()))]

    @property
    def account(self) -> Mapping[str, str]:
        """The test account leased to this session, by column; raises CastShort when none is free."""
        return self._supply("account").account(self.session)

    def row(self, feed: str) -> Mapping[str, str]:
        """Return this session's row of a feed, by column."""
        return self._supply(f"feed {feed}").row(feed, self.session)

    def submission_key(self) -> str:
        """Return the idempotency key of this visit's submission."""
        return self._keys.key(self.session, self.number, "submit")

    def _supply(self, what: str) -> "Supplied":
        if self.supplied is None:
            raise StepFailed(f"there is no {what}: name one in a file for --supplies")
        return self.supplied
