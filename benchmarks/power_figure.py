"""The power curve of the gate as a figure, from the table that `benchmarks.power` writes."""

import csv
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")

import matplotlib.pyplot as plt

from reports.statistics import clopper_pearson

PICTURE = Path(__file__).parents[1] / "docs" / "pictures" / "power.svg"


def draw(table: Path) -> None:
    """Draw the share of failed pairs over how much slower all latencies are, a line for each utilisation."""
    with table.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["limit"] == "baseline" and row["servers"] == "1"]
    first = (rows[0]["lasts_s"], rows[0]["service_cv"])
    mpl.rcParams["svg.hashsalt"] = "cutover"
    figure, panels = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    for panel, side_by_side in zip(panels, ("0", "1"), strict=True):
        for utilisation in sorted({row["utilisation"] for row in rows}):
            chosen = [
                row
                for row in rows
                if (row["utilisation"], row["side_by_side"]) == (utilisation, side_by_side)
                and (row["lasts_s"], row["service_cv"]) == first
            ]
            changes = [100 * (float(row["factor"]) - 1) for row in chosen]
            shares = [int(row["fail"]) / int(row["pairs"]) for row in chosen]
            bounds = np.array([clopper_pearson(int(row["fail"]), int(row["pairs"]), 0.95) for row in chosen])
            (drawn,) = panel.plot(changes, shares, marker=".", label=f"utilisation {utilisation}")
            panel.fill_between(changes, *bounds.T, color=drawn.get_color(), alpha=0.2)
        panel.axhline(0.95, color="grey", linewidth=0.8, linestyle=":")
        panel.set_xlabel("every latency slower by, %")
        panel.set_title("side by side" if side_by_side == "1" else "one after the other", fontsize=10)
    panels[0].set_ylabel("share of pairs that fail")
    panels[0].legend(fontsize=8)
    figure.savefig(PICTURE, metadata={"Date": None})
