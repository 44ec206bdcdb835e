"""The same citizens on every machine: run this file as a script to write the golden file anew, after a meant change."""

import csv
import hashlib
from dataclasses import astuple, fields
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from fixtures.citizens import Citizen
from fixtures.places import NATIONAL_TOTAL
from fixtures.population import Population

GOLDEN = Path(__file__).with_name("citizens.csv")
SEEDS = (1, 20250701)
EVERY = 2_540_023  # 40 citizens from all over the nation


def golden_text() -> str:
    """Return the citizens as CSV, and a digest of all columns of 300,000 more."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["seed", *(field.name for field in fields(Citizen))])
    for seed in SEEDS:
        population = Population(seed)
        for citizen in population[np.arange(0, NATIONAL_TOTAL, EVERY)]:
            writer.writerow([seed, *astuple(citizen)])
        writer.writerow([seed, "sha256", digest(population, [slice(50_000_000, 50_300_000)])])
    return out.getvalue()


def digest(population: Population, parts: list[slice]) -> str:
    """Return the SHA-256 of all columns of citizens, column by column, as little-endian bytes."""
    found = [population[part] for part in parts]
    names = [name for name, value in vars(found[0]).items() if isinstance(value, np.ndarray)]
    total = hashlib.sha256()
    for name in [*names, "father", "mother", "spouse"]:
        for citizens in found:
            column = getattr(citizens, name)
            total.update(column.astype(column.dtype.newbyteorder("<")).tobytes())
    return total.hexdigest()


def test_citizens_are_those_of_the_golden_file() -> None:
    assert golden_text() == GOLDEN.read_text(encoding="utf-8")


@pytest.mark.parametrize("size", [300_000, 77_777, 9_999])
def test_every_chunking_gives_the_golden_digest(size: int) -> None:
    starts = range(50_000_000, 50_300_000, size)
    parts = [slice(start, min(start + size, 50_300_000)) for start in starts]
    assert f"1,sha256,{digest(Population(1), parts)}\n" in GOLDEN.read_text(encoding="utf-8")


if __name__ == "__main__":
    GOLDEN.write_text(golden_text(), encoding="utf-8")
