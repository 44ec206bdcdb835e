"""`benchmarks/RESULTS.md`: a section a benchmark, written by its script; only the last, "Not reached", is by hand."""

import os
import platform
import re
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

RESULTS = Path(__file__).parent / "RESULTS.md"
HEAD = "# Results\n\nWritten by the scripts beside this file (`make bench`): medians on shared, noisy cores.\n"


def timed(runs: int, action: Callable[[], object]) -> list[float]:
    """Return the wall seconds of several runs of an action, after one that is not counted."""
    action()
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        action()
        seconds.append(time.perf_counter() - begun)
    return seconds


def spread(seconds: Sequence[float], unit: str = "s", scale: float = 1.0) -> str:
    """Return the median with the least and the greatest, and how many runs."""
    low, middle, high = (scale * value for value in (min(seconds), statistics.median(seconds), max(seconds)))
    return f"{middle:,.3g} {unit} ({low:,.3g} to {high:,.3g}, {len(seconds)} runs)"


def write(name: str, claim: str, rows: Sequence[tuple[str, str, str]], packages: Sequence[str] = ()) -> None:
    """Replace a benchmark's section: rows of what was measured, the figure, and the bound or the peer."""
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    where = f"{_processor()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    table = "\n".join(f"| {what} | {figure} | {bound} |" for what, figure, bound in rows)
    section = (
        f"## {name}\n\n{claim}\n\n| what | measured | bound or peer |\n|---|---|---|\n{table}\n\n"
        f"{datetime.now(UTC):%Y-%m-%d}, {where}{', ' if versions else ''}{versions}.\n"
    )
    text = RESULTS.read_text(encoding="utf-8") if RESULTS.exists() else HEAD
    pattern = re.compile(rf"^## {re.escape(name)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
    known = pattern.search(text)
    text = text[: known.start()] + section + "\n" + text[known.end() :] if known else f"{text}\n{section}"
    RESULTS.write_text(text.rstrip() + "\n", encoding="utf-8")
    print(section)


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
