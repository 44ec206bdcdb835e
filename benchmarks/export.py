"""How long the whole nation takes to Parquet, and how much memory: at most 90 s and 2 GiB on 2 cores."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.results import spread, write
from fixtures.places import NATIONAL_TOTAL

RUNS = 3
PEER_ROWS = 20_000

PEER = """
import sys, time
import pyarrow as pa, pyarrow.parquet as pq
from faker import Faker
fake = Faker("vi_VN")
begun = time.perf_counter()
rows = [
    {"name": fake.name(), "address": fake.address(), "born": fake.date_of_birth(), "number": fake.numerify("#" * 12)}
    for _ in range(int(sys.argv[2]))
]
pq.write_table(pa.Table.from_pylist(rows), sys.argv[1], compression="zstd")
print(time.perf_counter() - begun)
"""

OURS = """
import json, resource, sys, time
from pathlib import Path
from fixtures.export import export
from fixtures.population import Population
begun = time.perf_counter()
manifest = export(Population(seed=1), Path(sys.argv[1]))
seconds = time.perf_counter() - begun
resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"s": seconds, "resident": resident, "bytes": sum(file.bytes for file in manifest.files)}))
"""


def main() -> None:
    """Export the nation in a process of its own, beside Faker's vi_VN citizens written to Parquet."""
    ours, peer_rows_s, residents, sizes = [], [], [], []
    for _ in range(RUNS):
        with tempfile.TemporaryDirectory() as folder:
            found = json.loads(_output(OURS, str(Path(folder) / "nation")))
            peer_s = float(_output(PEER, str(Path(folder) / "peer.parquet"), str(PEER_ROWS)))
        ours.append(found["s"])
        residents.append(found["resident"])
        sizes.append(found["bytes"])
        peer_rows_s.append(PEER_ROWS / peer_s)
    ratios = [NATIONAL_TOTAL / s / rows_s for s, rows_s in zip(ours, peer_rows_s, strict=True)]
    rows = [
        (f"{NATIONAL_TOTAL:,} citizens to Parquet, 16 columns", spread(ours), "at most 90 s"),
        ("most memory resident", spread(residents, "GiB", 1 / 2**30), "at most 2 GiB"),
        ("on disk", spread(sizes, "GB", 1e-9), ""),
        ("Faker vi_VN, 4 columns, to Parquet", spread(peer_rows_s, "thousand citizens/s", 1e-3), "peer, one process"),
        ("our citizens per second over Faker's", spread(ratios, "x"), ""),
    ]
    write("Export", "The whole nation goes to Parquet in 90 s and 2 GiB.", rows, ("pyarrow", "numpy", "faker"))


def _output(code: str, *arguments: str) -> str:
    return subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True, text=True).stdout


if __name__ == "__main__":
    main()
