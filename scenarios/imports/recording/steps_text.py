"""A recording's actions as the text of a steps file."""

import re
from collections.abc import Sequence

import scenarios.steps
from scenarios.imports.recording.actions import Action, Exchange
from scenarios.imports.recording.requests import Request, laid_out
from scenarios.imports.recording.resolving import Resolver, Taken
from scenarios.imports.recording.takings import text
from scenarios.swarm.target.taking import title_of

WIDTH = 116
NOT_MODIFIED = 304


def steps_text(source: str, actions: Sequence[Action], resolver: Resolver, origin: str) -> str:
    """Return a steps file that plays the actions: asks, checks of status and title, values kept for later."""
    asked = {
        each.place: Request(each, resolver, origin).code() for action in actions for each in action.exchanges
    }  # all requests first: what a later one needs is taken after an earlier one
    bodies = "\n\n\n".join(_function(action, asked, resolver) for action in actions)
    head = f'"""Steps imported from {in_docstring(source)}; docs/steps.md says how to go on from here."""\n\n'
    return f"{head}{imports(bodies)}\n\n\n{bodies}\n"


def imports(bodies: str) -> str:
    """Return the lines that import what functions use."""
    used = sorted(name for name in scenarios.steps.__all__ if re.search(rf"\b{name}\b", bodies))
    line = f"from scenarios.steps import {', '.join(used)}"
    if len(line) > WIDTH:
        line = "from scenarios.steps import (\n" + "".join(f"    {name},\n" for name in used) + ")"
    first = ["import json"] if "json.dumps(" in bodies else []
    first += ["from urllib.parse import urlencode"] if "urlencode(" in bodies else []
    return "\n".join([*first, *([""] if first else []), line])


def _function(action: Action, asked: dict[int, str], resolver: Resolver) -> str:
    first = action.exchanges[0].first
    path = resolver.without_secrets(first.sent.url.path or "/")
    shown = path if len(path) < 60 else f"{path[:57]}…"
    lines = [f"def {action.name}(visit: Visit) -> Asking:", f'    """{first.sent.method} {in_docstring(shown)}."""']
    for each in action.exchanges:
        lines.append(laid_out(f"page = yield {asked[each.place]}", "    ", WIDTH))
        lines.append(f"    answered(page, {_checks(each, resolver)})")
        lines += [laid_out(_keeps(taken), "    ", WIDTH) for taken in resolver.findings.taken.get(each.place, ())]
    return "\n".join(lines)


def _keeps(taken: Taken) -> str:
    return f"visit.kept[{text(taken.name)}] = {taken.code}"


def _checks(exchange: Exchange, resolver: Resolver) -> str:
    """Return what is checked: the status, and the title of a page that says nothing of one visit alone."""
    status = 200 if exchange.last.status == NOT_MODIFIED else exchange.last.status
    title = title_of(exchange.answer) if exchange.last.navigation else None
    if not title or re.search(r"\d", title) or resolver.is_taken(title):
        return str(status)
    return f"{status}, title={text(title)}"


def in_docstring(words: str) -> str:
    """Return words as they may stand in a docstring."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in words)
    return shown.replace("\\", "/").replace('"', "'")
