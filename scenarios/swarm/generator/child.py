"""How a generator is started: a child process that speaks over a socket it is handed."""

import sys


def command(descriptor: int) -> list[str]:
    """Return the command of a generator that speaks over an inherited socket; it ends when the other end closes.

    A folder of the user's that is called `scenarios` is not ours: what lies where they stand is not imported (`-P`).
    """
    return [sys.executable, "-P", "-m", "scenarios.swarm.generator", str(descriptor)]
