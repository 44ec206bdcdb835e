"""Life events: how many dossiers the people of a place are expected to file, by procedure, and what led to each.

    D[c, p] = Σ_e D_e[c, p]        D_e[c, p] = n_c · s_e · r_e · h_e(c) · k_{e,p} / 365

with n_c the people of commune c, s_e the part of them among whom event e happens (an age group of one or both sexes),
r_e the events a year for each of those, h_e(c) how much likelier it is in a ward than in a commune, scaled so that the
nation's sum does not change, and k_{e,p} the dossiers of procedure p that an event leads to. A dossier of p in c was
led to by event e with probability D_e[c, p] / D[c, p]; n_c cancels, so this depends on c only by its being a ward.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.kernel import kernel

DAYS = 365.0


@dataclass(frozen=True)
class LifeEvent:
    """An event, as it happens to a part of the people.

    `part` is that part, 0 to 1; `yearly` the events a year for each of its people; `in_wards` how many times
    likelier the event is for somebody in a ward; `dossiers` how many of each procedure an event leads to.
    """

    name: str
    part: float
    yearly: float
    in_wards: float
    dossiers: dict[str, float]

    def a_day(self, people: NDArray[np.int64], wards: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return how many of it each inhabitant has a day, s·r·h/365: in a commune, and in a ward."""
        total, in_wards = int(people.sum()), int(people[wards].sum())
        scale = total / (total - in_wards + self.in_wards * in_wards)
        return self.part * self.yearly / DAYS * scale * np.array([1.0, self.in_wards])


def dossiers_a_day(
    events: Sequence[LifeEvent], people: NDArray[np.int64], wards: NDArray[np.bool_], procedures: Sequence[str]
) -> NDArray[np.float64]:
    """Return the dossiers expected on a mean day: a row for each commune, a column for each procedure.

    `people` and `wards` have one entry for each commune. Procedures of events that are not listed are left out.
    """
    found = np.zeros((people.size, len(procedures)))
    for event in events:
        happening = people * event.a_day(people, wards)[wards.astype(np.int64)]
        for column, code in enumerate(procedures):
            if code in event.dossiers:
                found[:, column] += happening * event.dossiers[code]
    return found


def causes(
    events: Sequence[LifeEvent], people: NDArray[np.int64], wards: NDArray[np.bool_], procedures: Sequence[str]
) -> NDArray[np.float64]:
    """Return cumulative shares of the events that lead to a dossier, Σ D_e/D over the events up to each.

    The arguments are those of `dossiers_a_day`. Axes: commune (0) or ward (1), procedure, event; the shares of a
    procedure that no event leads to are 0.
    """
    weights = np.zeros((2, len(procedures), len(events)))
    for at, event in enumerate(events):
        counts = [event.dossiers.get(code, 0.0) for code in procedures]
        weights[:, :, at] = np.multiply.outer(event.a_day(people, wards), counts)
    sums = np.cumsum(weights, axis=2)
    return sums / np.where(sums[:, :, -1:] > 0, sums[:, :, -1:], 1.0)


def caused(
    shares: NDArray[np.float64], ward: NDArray[np.bool_], procedure: NDArray[np.int32], u: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the event that led to each dossier, picked from the shares of `causes` by each u, 0 <= u < 1.

    `ward` tells where each was filed, `procedure` is its place on the second axis; arrays of one length.
    """
    out = np.empty(u.size, np.int64)
    _pick(shares, ward.astype(np.int64), procedure.astype(np.int64), u, out)
    return out


@kernel
def _pick(
    shares: NDArray[np.float64],
    kind: NDArray[np.int64],
    procedure: NDArray[np.int64],
    u: NDArray[np.float64],
    out: NDArray[np.int64],
) -> None:
    for i in range(u.size):
        row, at = shares[kind[i], procedure[i]], 0
        while at < row.size - 1 and row[at] <= u[i]:
            at += 1
        out[i] = at
