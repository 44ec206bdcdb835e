"""What one visit knows: its citizen, what the citizen wants, and what the portal has handed out."""

from dataclasses import dataclass
from functools import cached_property

from fixtures.citizens import Citizen
from fixtures.payments import PaymentProvider, providers
from fixtures.places import provinces_of_communes
from fixtures.procedures import Procedure, catalogue
from models.draws import stream, uniform
from scenarios.run_keys import RunKeys


@dataclass
class Visit:
    """One visit of a citizen, as its steps see it.

    `result` is the digest of the result that was issued for the visit's dossier, `needs` the code of the procedure that
    the session came for, if its flow names any; `submitted` the key of the submission once it was sent; `answered` the
    status of the step's last answer.
    """

    session: int
    citizen: Citizen
    keys: RunKeys
    seed: int
    needs: str | None = None
    csrf: str | None = None
    draft: str | None = None
    receipt: str | None = None
    digest: str | None = None
    result: str | None = None
    submitted: str | None = None
    answered: int | None = None

    @cached_property
    def procedure(self) -> Procedure:
        """The procedure that the citizen needs: the session's, or one drawn by the catalogue's shares."""
        if self.needs is not None:
            return next(procedure for procedure in catalogue() if procedure.code == self.needs)
        u = uniform(stream(self.seed, 0, "visit/procedure"), self.session, 0)
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
        u = uniform(stream(self.seed, 0, "visit/provider"), self.session, 0)
        return providers()[int(u * len(providers()))]

    def submission_key(self) -> str:
        """Return the idempotency key of this visit's submission."""
        return self.keys.key(self.session, 1, "submit")
