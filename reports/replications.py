"""The replications that a simulated run is the sum of."""

from pathlib import Path

from reports.run import Run


def replications_of(run: Run) -> tuple[Run, ...]:
    """Return the runs that a simulated run is the sum of."""
    return tuple(Run.open(folder_of(run.folder, number)) for number in range(run.header.replications))


def stored_replications(run: Run) -> tuple[Run, ...]:
    """Return the several runs that a run is the sum of; none where it is no sum, or they were not kept."""
    numbers = range(run.header.replications)
    if len(numbers) < 2 or not all(folder_of(run.folder, number).is_dir() for number in numbers):
        return ()
    return replications_of(run)


def folder_of(folder: Path, number: int) -> Path:
    """Return the folder of a replication of the run in `folder`."""
    return folder / "replications" / str(number)
