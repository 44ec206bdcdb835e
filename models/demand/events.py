"""Life events: how many dossiers the people of a place are expected to file, by procedure.

    D[c, p] = Σ_e n_c · s_e · r_e · h_e(c) · k_{e,p} / 365

with n_c the people of commune c, s_e the part of them among whom event e happens (an age group of one or both sexes),
r_e the events a year for each of those, h_e(c) how much likelier it is in a ward than in a commune, scaled so that the
nation's sum does not change, and k_{e,p} the dossiers of procedure p that an event leads to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

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


def dossiers_a_day(
    events: Sequence[LifeEvent], people: NDArray[np.int64], wards: NDArray[np.bool_], procedures: Sequence[str]
) -> NDArray[np.float64]:
    """Return the dossiers expected on a mean day: a row for each commune, a column for each procedure.

    `people` and `wards` have one entry for each commune. Procedures of events that are not listed are left out.
    """
    column = {code: i for i, code in enumerate(procedures)}
    found = np.zeros((people.size, len(procedures)))
    for event in events:
        weights = people * np.where(wards, event.in_wards, 1.0)
        happening = people.sum() * event.part * event.yearly / DAYS * weights / weights.sum()
        for code, count in event.dossiers.items():
            if code in column:
                found[:, column[code]] += happening * count
    return found
