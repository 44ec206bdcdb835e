"""The workers of one run, by number and by address."""

from collections.abc import Iterator

from scenarios.swarm.conduct.member import Member, State
from scenarios.swarm.conduct.terms import READY_WITHIN_NS, SILENT_NS


class Members:
    """All that have joined a run, in order: the worker of number n is the n-th. One that starts anew is a new one."""

    def __init__(self) -> None:
        self._all: list[Member] = []

    def __iter__(self) -> Iterator[Member]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, number: int) -> Member:
        """Return the worker of a number, from 1."""
        return self._all[number - 1]

    def add(self, address: str, host: str, now_ns: int) -> Member:
        """Take a worker in."""
        self._all.append(Member(len(self._all) + 1, address, host, now_ns, now_ns))
        return self._all[-1]

    def at(self, address: str) -> Member | None:
        """Return the worker at an address; the latest, where one has started anew."""
        return next((member for member in reversed(self._all) if member.address == address), None)

    @property
    def playing(self) -> list[Member]:
        """The workers that have a share, or will have."""
        return [member for member in self._all if member.is_playing]

    @property
    def are_ready(self) -> bool:
        """Whether all that have joined wait for the others."""
        return all(member.state is State.READY for member in self._all)

    @property
    def are_alive(self) -> bool:
        """Whether any plays, or is getting ready."""
        return any(one.is_playing or one.is_preparing for one in self._all)

    def silent(self, now_ns: int) -> list[Member]:
        """Return the workers that should play and have not been heard for 3 s."""
        return [member for member in self.playing if now_ns - member.heard_ns >= SILENT_NS]

    def slow(self, now_ns: int) -> list[Member]:
        """Return the workers that are getting ready, and have had their time to be."""
        return [one for one in self._all if one.is_preparing and now_ns - one.since_ns > READY_WITHIN_NS]
