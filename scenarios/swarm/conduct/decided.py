"""A run whose budgets were decided before its schedule had ended."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Decided:
    """Its measurement ends at `to_s`; it is judged at an error rate, the one of the look that decided (from 1)."""

    to_s: float
    error_rate: float
    look: int

    @property
    def reason(self) -> str:
        """Return why the run ends."""
        return f"its budgets are decided after {self.to_s:g} s, at look {self.look}"
