"""The class of machine that a run was made on: timings of different ones say nothing of each other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

from reports.header import Header


@dataclass(frozen=True)
class MachineClass:
    """The processor's model, cores, memory in whole GiB, and the label of the CI runner (None where there is none)."""

    processor: str
    cores: int
    memory_gib: int
    runner: str | None

    @classmethod
    def of(cls, header: Header) -> Self:
        """Return the class that a run's header tells of."""
        told = header.machine
        runner = told.get("runner")
        processor, cores = str(told.get("processor", "unknown")), int(told.get("cores", 0))
        return cls(processor, cores, round(float(told.get("memory_gib", 0))), None if runner is None else str(runner))

    def __str__(self) -> str:
        runner = f", runner {self.runner}" if self.runner else ""
        return f"{self.processor}, {self.cores} cores, {self.memory_gib} GiB{runner}"

    def differences(self, other: "MachineClass") -> Iterator[str]:
        """Say what differs from another class, part by part."""
        for name, unit in (("processor", ""), ("cores", ""), ("memory_gib", " GiB"), ("runner", "")):
            here, there = getattr(self, name), getattr(other, name)
            if here != there:
                yield f"{name.removesuffix('_gib')} {_told(here, unit)} and {_told(there, unit)}"


def _told(value: object, unit: str) -> str:
    return "none" if value is None else f"{value}{unit}"
