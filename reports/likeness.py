"""Whether two simulated runs are the same run: byte for byte, or else count for count."""

from dataclasses import dataclass
from pathlib import Path

from reports.header import NAME, Header
from reports.run import Run
from reports.writer import COUNTERS, EVENTS, LATENCY, RECEIPTS

RECORDS = (LATENCY, COUNTERS, EVENTS, RECEIPTS)
_OF_THE_MACHINE = {"versions", "machine"}


@dataclass(frozen=True)
class Likeness:
    """How a run made again is like the first: `files` compared, those that are `packed` otherwise, what `differs`.

    What is packed otherwise has the same counts in other bytes: another zlib has compressed the histograms. `notes`
    say in what the two were not made alike: versions and machine.
    """

    files: int
    packed: tuple[str, ...]
    differs: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, first: Run, again: Run) -> "Likeness":
        """Compare two runs, with their replications where they have any."""
        names = [NAME, *RECORDS, *(f"{part}/{name}" for part in _replications(first) for name in RECORDS)]
        unlike = [name for name in names if _bytes(first.folder / name) != _bytes(again.folder / name)]
        packed = tuple(name for name in unlike if name != NAME and _same_counts(first, again, name))
        wrong = [f"{name} differs" for name in unlike if name != NAME and name not in packed]
        return cls(len(names), packed, (*_header(first.header, again.header), *wrong), _notes(first, again))

    @property
    def same(self) -> bool:
        """Tell whether it is the same run."""
        return not self.differs

    def words(self) -> list[str]:
        """Say it in lines."""
        if self.differs:
            return ["It is another run: " + "; ".join(self.differs) + ".", *self.notes]
        if self.packed:
            return [f"The same counts; packed by another zlib: {', '.join(self.packed)}.", *self.notes]
        return [f"The same run: {self.files} files, byte for byte.", *self.notes]


def _replications(run: Run) -> list[str]:
    return sorted(path.parent.relative_to(run.folder).as_posix() for path in run.folder.glob(f"replications/*/{NAME}"))


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _same_counts(first: Run, again: Run, name: str) -> bool:
    """Tell whether two files that differ hold the same counts."""
    here, there = ((run.folder / name).parent for run in (first, again))
    if not (here / NAME).exists() or not (there / NAME).exists():
        return False
    left, right = Run.open(here), Run.open(there)
    kind = Path(name).name
    if kind == LATENCY:
        return left.latencies == right.latencies
    return kind == COUNTERS and left.counters == right.counters


def _header(first: Header, again: Header) -> list[str]:
    """Name the fields of the header that differ, apart from those of the machine."""
    names = [name for name in type(first).model_fields if name not in _OF_THE_MACHINE]
    return [f"{NAME} differs in `{name}`" for name in names if getattr(first, name) != getattr(again, name)]


def _notes(first: Run, again: Run) -> tuple[str, ...]:
    """Say which versions and what of the machine differ."""
    notes = []
    for name in sorted(_OF_THE_MACHINE):
        left, right = getattr(first.header, name), getattr(again.header, name)
        keys = [key for key in {**left, **right} if left.get(key) != right.get(key)]
        notes += [f"{name}: {key} was {left.get(key, 'not told')}, is {right.get(key, 'not told')}." for key in keys]
    return tuple(notes)
