"""What a worker must have before it plays: the same files as the coordinator, and a clock that can be read."""

from collections.abc import Mapping

from scenarios.swarm.conduct.clock_offset import ClockOffset
from scenarios.swarm.conduct.effects import Message, Send
from scenarios.swarm.conduct.member import Member
from scenarios.swarm.conduct.terms import CLOCK_DRIFT_NS, CLOCK_ERROR_NS

SHOWN = 12
"""So many characters tell two digests apart."""


def difference(identity: Mapping[str, str | None], told: Message) -> str | None:
    """Return in words what a worker has otherwise than it must, or None."""
    wrong = {key: told.get(key) for key, own in identity.items() if told.get(key) != own}
    if not wrong:
        return None
    differs = "; ".join(
        f"{name.replace('_', ' ')} {_short(identity[name])} here and {_short(other)} there"
        for name, other in wrong.items()
    )
    return f"{differs}: install the same cutover on both"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def ask_clock(member: Member, now_ns: int) -> Send:
    """Ask a worker for its clock."""
    member.asked += 1
    return Send(member.address, {"kind": "clock", "asked_ns": now_ns})


def read_clock(member: Member, told: Message, now_ns: int) -> ClockOffset:
    """Take a reading of a worker's clock; return the quickest so far, which counts."""
    read = ClockOffset.read(int(told["asked_ns"]), int(told["clock_ns"]), now_ns)
    member.clock = read.better(member.clock)
    return member.clock


def unreadable(clock: ClockOffset) -> str | None:
    """Return in words why a clock cannot be read well enough, or None."""
    if clock.error_ns <= CLOCK_ERROR_NS:
        return None
    return (
        f"its clock can only be read to within {clock.error_ns / 1e6:,.0f} ms "
        f"(at most {CLOCK_ERROR_NS / 1e6:,.0f} ms): use a quicker link"
    )


def drifted_ns(member: Member, beat: Message, now_ns: int) -> int | None:
    """Return by how much a worker's clock has gone from where it stood at the start; None while within bounds.

    It is told once. Without an echo of a lease a heartbeat is no reading.
    """
    if beat.get("asked_ns") is None or member.clock is None:
        return None
    asked_ns = int(beat["asked_ns"]) + int(beat["held_ns"])
    drift_ns = member.clock.drift_ns(ClockOffset.read(asked_ns, int(beat["clock_ns"]), now_ns))
    if drift_ns <= CLOCK_DRIFT_NS or member.has_drifted:
        return None
    member.has_drifted = True
    return drift_ns
