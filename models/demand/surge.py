"""A surge: a factor on a rate that ramps up, holds and decays."""

from dataclasses import dataclass

from models.demand.rates import Points, added, between


@dataclass(frozen=True)
class Surge:
    """`times` the rate at its height: up from `at_s` over `ramp_s`, held, down over `decay_s`; both linear."""

    at_s: float
    ramp_s: float
    hold_s: float
    decay_s: float
    times: float

    @property
    def ends_s(self) -> float:
        """Return when the rate is its own again."""
        return self.at_s + self.ramp_s + self.hold_s + self.decay_s

    def overlaps(self, other: "Surge") -> bool:
        """Tell whether both are under way at some time; one may begin when the other ends."""
        return self.at_s < other.ends_s and other.at_s < self.ends_s

    def excess(self, duration_s: float) -> Points:
        """Return factor − 1 over [0, duration_s]: 0 outside the surge, `times` − 1 at its height."""
        height, top = self.times - 1.0, self.at_s + self.ramp_s
        shape = [(self.at_s, 0.0), (top, height), (top + self.hold_s, height), (self.ends_s, 0.0)]
        return between(tuple(shape), 0.0, duration_s)


def factor(surges: tuple[Surge, ...], duration_s: float) -> Points:
    """Return 1 + Σ (times − 1) of surges over [0, duration_s]."""
    excesses = [surge.excess(duration_s) for surge in surges]
    return added([((0.0, 1.0), (duration_s, 1.0)), *excesses])
