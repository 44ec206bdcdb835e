"""The samples kept of all workers: of each step, outcome and minute the first failing and the slowest exchanges."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

FAILING, SLOWEST = 20, 5
Entry = Mapping[str, Any]


class KeptSamples:
    """HAR entries by minute of the run, as `samples/<minute>.har` holds them; each worker keeps as many, this fewer."""

    def __init__(self) -> None:
        self._minutes = defaultdict[int, dict[tuple[str, str, str], list[Entry]]](lambda: defaultdict(list))
        self._changed: set[int] = set()
        self._forgotten: set[int] = set()

    def add(self, entry: Entry) -> None:
        """Take an entry that a worker kept; one of a minute that was forgotten comes too late, and is left out."""
        about = entry["_cutover"]
        minute = int(about["t"] // 60)
        if minute in self._forgotten:  # its file stands, and would be replaced
            return
        shelf = self._minutes[minute][about["step"], about["outcome"], about["why"]]
        shelf.append(entry)
        if about["why"] == "failing":
            shelf.sort(key=lambda each: each["_cutover"]["t"])
            del shelf[FAILING:]
        else:
            shelf.sort(key=lambda each: -each["time"])
            del shelf[SLOWEST:]
        self._changed.add(minute)

    def changed(self, now_s: float) -> Iterator[tuple[str, list[Entry]]]:
        """Yield name and entries of the minutes that have changed; forget those that ended two minutes ago."""
        for minute in sorted(self._changed):
            shelves = self._minutes[minute]
            entries = [entry for key in sorted(shelves) for entry in shelves[key]]
            yield f"{minute:04d}", sorted(entries, key=lambda each: str(each["startedDateTime"]))
        self._changed.clear()
        for minute in [minute for minute in self._minutes if (minute + 3) * 60 < now_s]:
            del self._minutes[minute]
            self._forgotten.add(minute)
