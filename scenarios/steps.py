"""All that a steps file is written with, in one place: `from scenarios.steps import Get, Post, …` (docs/steps.md)."""

from scenarios.swarm.answer import Answer, Ask, Asking
from scenarios.swarm.asks import OneTimeCode, Pause, Send
from scenarios.swarm.exchanges import Get, Post, StepBlocked, StepFailed, StepRejected
from scenarios.swarm.target.played import PlayedVisit as Visit
from scenarios.swarm.target.taking import (
    address,
    answered,
    cookie,
    field,
    header,
    json_of,
    json_value,
    kept,
    matched,
    parameter,
    title_of,
)

__all__ = [
    "Answer",
    "Ask",
    "Asking",
    "Get",
    "OneTimeCode",
    "Pause",
    "Post",
    "Send",
    "StepBlocked",
    "StepFailed",
    "StepRejected",
    "Visit",
    "address",
    "answered",
    "cookie",
    "field",
    "header",
    "json_of",
    "json_value",
    "kept",
    "matched",
    "parameter",
    "title_of",
]
