"""Who files for a life event: one of those it happens to, or their kin."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fixtures.access import ADULT_AGE
from fixtures.ages import AGES, LAST_BIRTH_YEAR
from fixtures.citizens import NOBODY
from fixtures.group_kernel import BOTH
from fixtures.life_events import ShippedEvent, dossier_causes, shipped_events
from fixtures.names import SEXES
from fixtures.population import Population
from models.demand.events import caused
from models.demand.flow import Columns
from models.draws import stream, uniforms
from scenarios.eligible import Eligible

TRIES = 32
"""People looked at for a session; who fits one time in six is missed once in 340."""

Numbers = NDArray[np.int64]


class Groups(NamedTuple):
    """Whom each event happens to (code of sex, ages, whether married or not) and whether kin file; a row for each."""

    sex: Numbers
    from_age: Numbers
    to_age: Numbers
    married: NDArray[np.bool_]
    single: NDArray[np.bool_]
    kin: NDArray[np.bool_]


@dataclass(frozen=True)
class Filers:
    """Chooses, for the sessions of a flow of life events, citizens who file for them.

    What happened is drawn from the events that lead to the session's procedure in its commune; to whom, from the
    event's group there; that citizen files, or kin. One whom the group or the flow's `who` does not fit makes way for
    the next drawn. Where none of `TRIES` fits, as where the commune has nobody of the group, any citizen of it who
    fits the flow comes.
    """

    population: Population
    eligible: Eligible | None
    causes: NDArray[np.float64]
    wards: NDArray[np.bool_]
    groups: Groups
    replication: int

    @classmethod
    def of(cls, population: Population, eligible: Eligible | None, replication: int) -> "Filers":
        """Choose by the shipped events, and by the flow's `who` where it has one."""
        places = population.places
        wards = np.array([commune.kind == "ward" for commune in places.communes])
        groups = _groups(shipped_events(), eligible)
        return cls(population, eligible, dossier_causes(places), wards, groups, replication)

    def among(self, found: Columns) -> Columns:
        """Return the sessions with citizens who file."""
        event, citizen = self.happened(found), found.citizen.copy()
        settled, open_ = np.zeros(citizen.size, np.bool_), np.arange(citizen.size)
        for attempt in range(TRIES):
            person = self._person(event[open_], found.commune[open_], found.number[open_], attempt)
            open_, person = open_[person != NOBODY], person[person != NOBODY]
            if not open_.size:
                break
            filer = self._filer(person, event[open_], found.commune[open_], found.number[open_], attempt)
            fits = self._fits(person, filer, event[open_])
            citizen[open_[fits]], settled[open_[fits]] = filer[fits], True
            open_ = open_[~fits]
        if self.eligible is not None and not settled.all():
            others = Columns(**{name: getattr(found, name)[~settled] for name in Columns.__annotations__})
            citizen[~settled] = self.eligible.among(others).citizen
        return replace(found, citizen=citizen)

    def happened(self, found: Columns) -> Numbers:
        """Return what happened before each session, as its place in `shipped_events`."""
        return caused(self.causes, self.wards[found.commune], found.procedure, self._draws("event", found.number, 0))

    def _person(self, event: Numbers, commune: NDArray[np.int32], number: Numbers, attempt: int) -> Numbers:
        """Draw to whom of its group each event happens; `NOBODY` where the commune has nobody of it."""
        groups, u = self.groups, self._draws("person", number, attempt)
        return self.population.among(commune, groups.sex[event], groups.from_age[event], groups.to_age[event], u)

    def _filer(
        self, person: Numbers, event: Numbers, commune: NDArray[np.int32], number: Numbers, attempt: int
    ) -> Numbers:
        """Return who files for each person: that one, or the spouse, father or mother, else an adult drawn."""
        filer, where = person.copy(), np.flatnonzero(self.groups.kin[event])
        u = self._draws("kin", number[where], attempt)
        chosen = self.population.among(commune[where], BOTH, ADULT_AGE, AGES, u)
        kin = self.population.kin(person[where])
        for one in (kin.mother, kin.father, kin.spouse):
            chosen = np.where(one == NOBODY, chosen, one)
        filer[where] = chosen
        return filer

    def _fits(self, person: Numbers, filer: Numbers, event: Numbers) -> NDArray[np.bool_]:
        """Tell whether persons are married or not as the group says, and filers fit the flow; kin must be others."""
        groups = self.groups
        fits = ~groups.kin[event] | (filer != person)
        asked = np.flatnonzero(groups.married[event] | groups.single[event])
        fits[asked] &= groups.married[event[asked]] == (self.population.kin(person[asked]).spouse != NOBODY)
        if self.eligible is not None:
            fits[fits] = self.eligible.fits(filer[fits])
        return np.asarray(fits, np.bool_)

    def _draws(self, what: str, number: Numbers, index: int) -> NDArray[np.float64]:
        return uniforms(stream(self.population.seed, self.replication, f"session/{what}"), number, index)


def _groups(events: tuple[ShippedEvent, ...], eligible: Eligible | None) -> Groups:
    """Return the events' groups; where one of them files, of those only the ages that may fit the flow."""
    groups = [each.group for each in events]
    ages = np.array([(group.from_age, group.to_age) for group in groups])
    kin = np.array([each.files == "kin" for each in events])
    if eligible is not None:
        youngest, oldest = eligible.ages_at_the_end_of(LAST_BIRTH_YEAR)
        ages[~kin] = np.stack([np.maximum(ages[~kin, 0], youngest), np.minimum(ages[~kin, 1], oldest)], axis=1)
    return Groups(
        sex=np.array([BOTH if group.sex is None else SEXES.index(group.sex) for group in groups]),
        from_age=ages[:, 0],
        to_age=ages[:, 1],
        married=np.array([group.married is True for group in groups]),
        single=np.array([group.married is False for group in groups]),
        kin=kin,
    )
