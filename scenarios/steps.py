"""All that a steps file is written with, in one place: `from scenarios.steps import Get, Post, …` (docs/steps.md)."""

from scenarios.swarm.answer import Answer
from scenarios.swarm.asks import Ask, Asking, Get, OneTimeCode, Pause, Post, Send
from scenarios.swarm.checks import answered
from scenarios.swarm.failures import StepBlocked, StepFailed, StepRejected
from scenarios.swarm.target.taking import (
    address,
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
from scenarios.swarm.visit import Visit

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
