"""The import of a recording: a steps file, a journey of its actions with their pauses, and what people must look at."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scenarios.imports.recording.actions import Action, actions, fold, keep, main_origin
from scenarios.imports.recording.har import Recorded, read_har
from scenarios.imports.recording.resolving import Findings, Resolver
from scenarios.imports.recording.steps_text import steps_text
from scenarios.imports.thinking import fit
from scenarios.imports.walkthrough import Walkthrough, WalkthroughStep

_TENTHS = 10


@dataclass(frozen=True)
class Recording:
    """What a recording says: the walk through the portal, and what was left out, typed, or not resolved."""

    walkthrough: Walkthrough
    requests: int
    left_out: dict[str, int]
    other_hosts: tuple[str, ...]
    findings: Findings

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return self.walkthrough.to_dict() | {
            "requests": self.requests,
            "left_out": self.left_out,
            "other_hosts": list(self.other_hosts),
            "typed": self.findings.typed,
            "account_columns": self.findings.columns,
            "one_time_codes": self.findings.asks_codes,
            "not_resolved": self.findings.unresolved,
        }


def import_recording(path: Path, name: str, *, drop_foreign: bool, drop_static: bool) -> Recording:
    """Read a HAR and return the steps that play it anew; `name` will be the scenario's.

    Raises BadInput when the file is no HAR, or nothing of it is left to play.
    """
    recorded, others = read_har(path)
    origin = main_origin(recorded)
    kept = keep(recorded, origin, drop_foreign=drop_foreign, drop_static=drop_static)
    exchanges = fold(kept.recorded)
    resolver, done = Resolver(exchanges), actions(exchanges)
    code = steps_text(path.name, done, resolver, origin)
    _doubts(resolver.findings, kept.recorded, done)
    resolver.findings.unresolved = [resolver.without_secrets(each) for each in resolver.findings.unresolved]
    steps = tuple(WalkthroughStep(each.name, _thinking(each)) for each in done)
    left_out = dict(kept.left_out) | ({"not HTTP": len(others)} if others else {})
    hosts = {hop.sent.origin for each in exchanges for hop in each.hops} - {origin}
    walkthrough = Walkthrough(path.name, name, steps, code)
    return Recording(walkthrough, len(recorded), left_out, tuple(sorted(hosts)), resolver.findings)


def _thinking(action: Action) -> Any:
    tenths = round(action.pause_s * _TENTHS)
    return fit({tenths: 1}, whole_seconds=False).law if tenths else None


def _doubts(findings: Findings, recorded: list[Recorded], done: tuple[Action, ...]) -> None:
    """Note what a replay may miss though every value was resolved."""
    for each in recorded:
        if not each.complete and each.kind != "static":
            findings.doubt(f"the answer to {each} was recorded without its body: nothing was taken from it")
    given = set[str]()
    for each in recorded:
        sent = {
            pair.partition("=")[0].strip() for pair in each.sent.headers.get("cookie", "").split(";") if "=" in pair
        }
        for cookie in sorted(sent - given):
            findings.doubt(f"the cookie {cookie} was there before an answer set it: record with a fresh profile")
        given |= sent | {line.partition("=")[0].strip() for line in each.headers.get("set-cookie", "").splitlines()}
    for action in done:
        for exchange in action.exchanges:
            if exchange.last.status >= 400:
                findings.doubt(f"{exchange.first} was answered {exchange.last.status}: the step expects that again")
