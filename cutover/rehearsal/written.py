"""What calibration and validation leave: a plan written whole or not at all, and figures beside their data."""

import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from models.plan import Plan
from reports.validation import Validation

DATA = "validation.json"


def write_plan(plan: Plan, path: Path) -> None:
    """Write a plan's file in the place of what is there; OSError leaves that as it was."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
    ) as new:
        try:
            new.write(plan.to_toml())
            new.flush()
            os.fsync(new.fileno())
            Path(new.name).chmod(0o644)
            Path(new.name).replace(path)
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise


def write_validation(found: Validation, folder: Path) -> Iterator[Path]:
    """Write a validation's data and a figure of each quantity into a folder; yield their paths."""
    from reports.figures.look import png
    from reports.figures.validation import figures_of

    text = json.dumps({"schema": 1, **found.to_dict()}, ensure_ascii=False, indent=2, allow_nan=False)
    (folder / DATA).write_text(f"{text}\n", encoding="utf-8")
    yield folder / DATA
    for name, figure in figures_of(found):
        path = folder / f"{name}.png"
        path.write_bytes(png(figure))
        yield path
