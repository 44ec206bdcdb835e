"""The extras of the package `cutover`: what a command needs beside what judging runs needs."""

import re

from cutover.base.errors import BadInput

_REQUIREMENT = re.compile(r"""(?P<package>[\w.-]+)[^;]*;.*\bextra == ['"](?P<extra>[\w-]+)['"]""")


def require(extra: str, command: str) -> None:
    """Raise BadInput, naming the extra, when packages of it are not installed."""
    absent = [package for package in packages(extra) if not _is_installed(package)]
    if absent:
        remedy = f"install them with: pip install 'cutover[{extra}]'"
        raise BadInput.single(command, "packages", None, f"must be installed first: {', '.join(absent)}", remedy)


def packages(extra: str) -> list[str]:
    """Return the packages of an extra; none of one that is not known, or where cutover itself is not installed."""
    from importlib.metadata import PackageNotFoundError, requires

    try:
        lines = requires("cutover") or []
    except PackageNotFoundError:
        return []
    found = [match for match in map(_REQUIREMENT.match, lines) if match]
    return [match["package"] for match in found if match["extra"] == extra]


def _is_installed(package: str) -> bool:
    from importlib.metadata import PackageNotFoundError, distribution

    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True
