"""Who may use which test account: dealt to workers by the coordinator, leased to sessions by each worker alone.

A worker leases only accounts that it was given, so an account is in one session at a time over all workers, with no
question asked when a session begins. Accounts move only when the worker that has them gave them back, or was lost and
its sessions cannot be playing any more. What a worker was dealt holds for its *stay*: one that was lost and returned
begins another, with nothing. Its stay is in each lease, so that it starts no session with what others have by now.

Messages, plain values; ranges are `[first, last]`, both inside:

    coordinator → worker   {"kind": "cast", "stay": n, "give": ranges, "recall": n}
    worker → coordinator   {"kind": "cast", "stay": n, "free": n, "short": n, "released": ranges}
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Ranges = list[list[int]]


class CastShort(Exception):
    """No test account is free for a session: the cast is too small, or too few of it are on this worker."""


def ranges_of(numbers: Iterable[int]) -> Ranges:
    """Return numbers as ascending ranges, both ends inside."""
    found: Ranges = []
    for number in sorted(numbers):
        if found and found[-1][1] == number - 1:
            found[-1][1] = number
        else:
            found.append([number, number])
    return found


def numbers_of(ranges: Iterable[Sequence[int]]) -> list[int]:
    """Return the numbers in ranges."""
    return [number for first, last in ranges for number in range(first, last + 1)]


class CastShelf:
    """The accounts of one worker; the one unused longest is leased next.

    `stay` counts from 1; `short` counts the sessions of this stay that got none.
    """

    def __init__(self) -> None:
        self.stay = 1
        self._empty()

    def _empty(self) -> None:
        self._free: deque[int] = deque()
        self._leased: dict[int, int] = {}
        self._short: set[int] = set()
        self._owed = 0
        self._released: list[int] = []
        self.short = 0

    def enter(self, stay: int) -> None:
        """Forget the accounts of a stay that is over: others may have them."""
        if stay > self.stay:
            self.stay = stay
            self._empty()

    def take(self, message: Mapping[str, Any]) -> None:
        """Take what the coordinator gives, and give back what it recalls: now, or when sessions end."""
        self.enter(int(message["stay"]))
        self._free.extend(numbers_of(message.get("give", ())))
        self._owed += int(message.get("recall", 0))
        self._pay()

    def lease(self, session: int) -> int:
        """Return the session's account, leasing one if it has none; raise CastShort when none is free."""
        held = self._leased.get(session)
        if held is not None:
            return held
        if not self._free:
            if session not in self._short:
                self._short.add(session)
                self.short += 1
            raise CastShort("no test account is free: add accounts to the cast, or lower the rate")
        self._leased[session] = self._free.popleft()
        return self._leased[session]

    def held(self, session: int) -> int | None:
        """Return the account that a session holds, None without one."""
        return self._leased.get(session)

    def end(self, session: int) -> None:
        """Take back the account of a session that is over, if it has one."""
        self._short.discard(session)
        account = self._leased.pop(session, None)
        if account is not None:
            self._free.append(account)
            self._pay()

    def report(self) -> dict[str, Any]:
        """Return what the coordinator is told each second; what is released is told once."""
        released, self._released = self._released, []
        told = {"free": len(self._free), "short": self.short, "released": ranges_of(released)}
        return {"kind": "cast", "stay": self.stay, **told}

    def _pay(self) -> None:
        while self._owed and self._free:
            self._released.append(self._free.pop())
            self._owed -= 1


@dataclass
class _Held:
    """What the coordinator knows of a worker: its accounts, how many were free and short last, how many it owes.

    `served` of its short sessions count as made good: by accounts given, or since some were free again.
    """

    stay: int
    accounts: set[int] = field(default_factory=set)
    free: int = 0
    short: int = 0
    served: int = 0
    recalled: int = 0

    @property
    def wants(self) -> int:
        """How many accounts it lacks, by the sessions that it turned away."""
        return self.short - self.served

    def give(self, account: int) -> None:
        """Note an account that it is given."""
        self.accounts.add(account)
        self.free += 1
        self.served = min(self.short, self.served + 1)


class CastDesk:
    """The coordinator's side: every account is on the desk or with one worker. Workers are numbered by the caller."""

    def __init__(self, accounts: int) -> None:
        self._desk: set[int] = set(range(accounts))
        self._held: dict[int, _Held] = {}
        self._stays = Counter[int]()

    def joined(self, *workers: int) -> dict[int, dict[str, Any]]:
        """Note workers that joined, with empty shelves; return a message for each worker that gets or gives.

        Those that begin a run join together: what one of them has been dealt, another could have back a second later.
        """
        for worker in workers:
            if worker in self._held:
                raise ValueError(f"worker {worker} is here already")
            self._stays[worker] += 1
            self._held[worker] = _Held(self._stays[worker])
        return self._balance()

    def lost(self, worker: int) -> dict[int, dict[str, Any]]:
        """Deal out the accounts of a worker whose sessions cannot be playing any more."""
        held = self._held.pop(worker, None)
        self._desk |= held.accounts if held is not None else set()
        return self._balance()

    def report(self, worker: int, message: Mapping[str, Any]) -> dict[int, dict[str, Any]]:
        """Take a worker's report; one of a lost worker, or of a stay that is over, changes nothing."""
        held = self._held.get(worker)
        if held is None or held.stay != message["stay"]:
            return {}
        released = set(numbers_of(message["released"])) & held.accounts
        held.accounts -= released
        held.recalled = max(0, held.recalled - len(released))
        held.free, held.short = int(message["free"]), int(message["short"])
        held.served = held.short if held.free else held.served
        self._desk |= released
        return self._balance()

    def _balance(self) -> dict[int, dict[str, Any]]:
        """Deal out what is on the desk, to the poorest; recall from the rich what others lack."""
        given: dict[int, set[int]] = {worker: set() for worker in self._held}
        for account in sorted(self._desk) if self._held else ():
            poorest = min(self._held, key=lambda worker: (-self._held[worker].wants, self._due(worker), worker))
            given[poorest].add(account)
            self._held[poorest].give(account)
        if self._held:
            self._desk.clear()
        recalls = self._recalls()
        changed = [worker for worker in self._held if given[worker] or recalls.get(worker)]
        return {
            worker: {
                "kind": "cast",
                "stay": self._held[worker].stay,
                "give": ranges_of(given[worker]),
                "recall": recalls.get(worker, 0),
            }
            for worker in changed
        }

    def _due(self, worker: int) -> int:
        """Return how many accounts a worker will have when what is recalled has come back."""
        return len(self._held[worker].accounts) - self._held[worker].recalled

    def _recalls(self) -> dict[int, int]:
        """Return how many free accounts each worker is asked to give back, for those that have far too few."""
        if len(self._held) < 2:
            return {}
        total = sum(len(held.accounts) for held in self._held.values())
        fair, asked = total // len(self._held), dict[int, int]()
        coming = sum(held.recalled for held in self._held.values())
        lacking = sum(max(held.wants, fair - len(held.accounts), 0) for held in self._held.values())
        for worker, held in sorted(self._held.items(), key=lambda item: -item[1].free):
            spare = held.free // 2 if held.wants <= 0 else 0
            above = max(len(held.accounts) - held.recalled - fair, spare if lacking > coming else 0)
            count = min(lacking - coming, above, max(0, held.free - held.recalled))
            if count > 0:
                asked[worker] = count
                held.recalled += count
                coming += count
        return asked
