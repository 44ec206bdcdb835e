"""The idempotency keys of a run's submissions."""

import hashlib
from dataclasses import dataclass
from functools import cached_property

KEY_DIGITS = 12


@dataclass(frozen=True)
class RunKeys:
    """The idempotency keys of a run: a prefix that all share, and one key a submission."""

    run: str

    @cached_property
    def prefix(self) -> str:
        """What every key of this run begins with."""
        return f"{_digest(self.run)}."

    def key(self, session: int, visit: int, step: str) -> str:
        """Return the key of a submission: a function of run, session, visit and step, so attempts share it."""
        return f"{self.prefix}{_digest(f'{self.run}/{session}/{visit}/{step}')}-{session}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_DIGITS]
