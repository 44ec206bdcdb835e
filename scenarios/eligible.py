"""Citizens that fit a flow: by age, and by how they reach the portal."""

from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np
from numpy.typing import NDArray

from fixtures.access import ACCESSES
from fixtures.population import Population
from models.demand.flow import Columns, Residents
from models.draws import stream, uniforms
from scenarios.arrivals import Who

TRIES = 16
"""Citizens looked at for a session; who fits one in three times is missed once in 650."""

YEAR_DAYS = 365.2425


@dataclass(frozen=True)
class Eligible:
    """Chooses, for the sessions of a flow, citizens who fit, of the commune that was drawn.

    A session's citizen is the first who fits of those drawn in its commune, one after the other; after `TRIES` the last
    stays, whoever it is.
    """

    who: Who
    population: Population
    residents: Residents
    key: int
    on: date

    @classmethod
    def of(
        cls, who: Who, population: Population, residents: Residents, starts: datetime, replication: int
    ) -> "Eligible":
        """Choose by the citizens' ages on the day the scenario starts."""
        key = stream(population.seed, replication, "session/citizen")
        return cls(who, population, residents, key, starts.date())

    def among(self, found: Columns) -> Columns:
        """Return the sessions with citizens who fit."""
        citizen = found.citizen.copy()
        open_ = np.flatnonzero(~self.fits(citizen))
        first = self.residents.first
        for attempt in range(1, TRIES):
            if not open_.size:
                break
            commune = found.commune[open_]
            u = uniforms(self.key, found.number[open_], attempt)
            count = first[commune + 1] - first[commune]
            citizen[open_] = first[commune] + (u * count).astype(np.int64)
            open_ = open_[~self.fits(citizen[open_])]
        return replace(found, citizen=citizen)

    def ages_at_the_end_of(self, year: int) -> tuple[int, int]:
        """Return the least and the greatest age that somebody who fits may have had at the end of a year."""
        since = self.on.year - year
        return self.who.from_age - since, self.who.to_age - since + 1

    def fits(self, citizens: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Tell which citizens fit."""
        people = self.population.reach(citizens)
        today = (self.on - date(1970, 1, 1)).days
        age = np.floor((today - people.birth_day) / YEAR_DAYS)
        fits = (age >= self.who.from_age) & (age <= self.who.to_age)
        if self.who.access is not None:
            wanted = [ACCESSES.index(access) for access in self.who.access]
            fits &= np.isin(people.access, wanted)
        return np.asarray(fits, np.bool_)
