"""What a session does: steps with think times, branches and exits, drawn alike for swarm and model."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.draws import stream, uniform
from models.laws import Law


@dataclass(frozen=True)
class Step:
    """One action of a citizen within a journey.

    `think` is the pause before it (none before the first step of a session); `limit_s` is how long the
    citizen waits for it to end; `following` gives each next step's name, or None for the exit, and its
    probability (adding up to 1).
    """

    name: str
    think: Law
    limit_s: float
    following: tuple[tuple[str | None, float], ...]


@dataclass(frozen=True)
class Journey:
    """A kind of session; it begins with its first step."""

    name: str
    steps: tuple[Step, ...]


def expected_visits(journey: Journey) -> dict[str, float]:
    """Return how often a session passes each step on average, if none fails: v = e₁ + Pᵀ·v."""
    index = {step.name: i for i, step in enumerate(journey.steps)}
    balance = np.eye(len(index))
    for i, step in enumerate(journey.steps):
        for name, probability in step.following:
            if name is not None:
                balance[index[name], i] -= probability
    first = np.eye(len(index))[0]
    visits = np.linalg.solve(balance, first)
    return {step.name: float(v) for step, v in zip(journey.steps, visits, strict=True)}


class Walk:
    """The course of every session under one seed: think times and branches, as functions.

    `ordinal` counts the steps within a session from 0. Draws are named after journey and step, so that adding
    one shifts no other.
    """

    def __init__(self, journeys: Sequence[Journey], seed: int, replication: int = 0) -> None:
        self.journeys = tuple(journeys)
        self.seed = seed
        self.replication = replication
        self._think = [
            [(step.think, stream(seed, replication, f"{journey.name}/{step.name}/think")) for step in journey.steps]
            for journey in journeys
        ]
        self._branches = [
            [
                (stream(seed, replication, f"{journey.name}/{step.name}/following"), _branches(journey, step))
                for step in journey.steps
            ]
            for journey in journeys
        ]

    def think_ns(self, journey_index: int, step_index: int, session: int, ordinal: int) -> int:
        """Return the pause before a step: 0 before a session's first."""
        if ordinal == 0:
            return 0
        law, key = self._think[journey_index][step_index]
        return law.sample_ns(key, session, ordinal)

    def following(self, journey_index: int, step_index: int, session: int, ordinal: int) -> int | None:
        """Return the index of the step that comes after this one, or None where the session ends."""
        key, branches = self._branches[journey_index][step_index]
        draw = uniform(key, session, ordinal)
        for upper, index in branches:
            if draw < upper:
                return index
        return branches[-1][1]


def _branches(journey: Journey, step: Step) -> list[tuple[float, int | None]]:
    """Return a step's branches as (cumulative probability, index of the next step)."""
    index = {other.name: i for i, other in enumerate(journey.steps)}
    branches: list[tuple[float, int | None]] = []
    total = 0.0
    for name, probability in step.following:
        total += probability
        branches.append((total, None if name is None else index[name]))
    return branches
