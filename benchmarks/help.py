"""How soon `cutover --help` answers: in under 0.3 s."""

import subprocess
import sys

from benchmarks.results import spread, timed, write


def main() -> None:
    """Time the help, and a Python that does nothing, in processes of their own."""
    help_s = timed(
        11, lambda: subprocess.run([sys.executable, "-m", "cutover", "--help"], capture_output=True, check=True)
    )
    bare_s = timed(11, lambda: subprocess.run([sys.executable, "-c", "pass"], capture_output=True, check=True))
    rows = [
        ("`cutover --help`", spread(help_s), "under 0.3 s"),
        ("`python -c pass`", spread(bare_s), "what of it is Python"),
    ]
    write("Help", "`cutover --help` answers in under 0.3 s.", rows, ("typer",))


if __name__ == "__main__":
    main()
