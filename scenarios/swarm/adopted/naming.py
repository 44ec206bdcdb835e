"""Requests of a locustfile as steps of a run: one name for each method and locust name, the same on every worker."""

import hashlib
import re

MOST_STEPS = 200
"""Beyond so many, requests count as `other`: those whose addresses differ need `name=` in the locustfile (assumed)."""

OTHER = "other"
_PLAIN = re.compile(r"(/[a-z0-9]+)*/?|[a-z0-9]+( [a-z0-9]+)*")


def step_of(method: str, name: str) -> str:
    """Return a request's step: its words, and four digits of its hash where they do not tell the whole name."""
    words = "_".join(re.findall(r"[a-z0-9]+", name.lower())) or "home"
    step = f"{re.sub(r'[^a-z]', '', method.lower()) or 'request'}_{words}"[:60]
    if _PLAIN.fullmatch(name) and len(step) < 60:
        return step
    return f"{step}_{hashlib.sha256(name.encode()).hexdigest()[:4]}"


class StepNames:
    """The steps of a run so far, and the requests that each stands for."""

    def __init__(self) -> None:
        self.requests: dict[str, str] = {}
        self.beyond = 0

    def step(self, method: str, name: str) -> str:
        """Return a request's step, or `other` when there are too many."""
        step = step_of(method, name)
        if step not in self.requests:
            if len(self.requests) >= MOST_STEPS:
                self.beyond += 1
                return OTHER
            self.requests[step] = f"{method} {name}"
        return step
