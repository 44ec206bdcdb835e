"""The lines of a log, plain or gzip, streamed: memory does not grow with the file."""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from cutover.base.errors import BadInput

LONGEST_BYTES = 16_384
"""A longer line is cut here and so cannot be read: web servers refuse requests of half that length."""

_GZIP = b"\x1f\x8b"
_EVERY = 10_000


def numbered_lines(path: Path, watch: Callable[[int], None]) -> Iterator[tuple[int, str]]:
    """Yield (line number from 1, text without its end); `watch` hears now and then how many bytes were read.

    Raises BadInput when the file cannot be read, is a gzip file that is cut off or damaged, or is none though its name
    ends in .gz.
    """
    number = 0
    try:
        with path.open("rb") as file:
            stream = _unpacked(path, file)
            while line := _line(stream):
                number += 1
                if number % _EVERY == 0:
                    watch(file.tell())
                if stripped := line.rstrip(b"\r\n"):
                    yield number, stripped.decode("utf-8", errors="backslashreplace")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        rule = f"is a gzip file that cannot be unpacked after line {number} ({error})"
        raise BadInput.single(path, "file", None, rule, "copy it again, or unpack what can be") from None
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput.single(path, "file", None, f"cannot be read ({why})", "check the path") from None


def _unpacked(path: Path, file: BinaryIO) -> BinaryIO:
    begins = file.read(len(_GZIP))
    file.seek(0)
    if path.suffix == ".gz" and begins != _GZIP:
        rule = "is not gzip, though its name ends in .gz"
        raise BadInput.single(path, "file", None, rule, "copy it again, or take .gz off the name")
    return io.BufferedReader(gzip.GzipFile(fileobj=file), 1 << 20) if begins == _GZIP else file


def _line(stream: BinaryIO) -> bytes:
    """Read a line; of one that is too long, only its beginning is kept."""
    line = stream.readline(LONGEST_BYTES)
    rest = line
    while len(rest) == LONGEST_BYTES and not rest.endswith(b"\n"):
        rest = stream.readline(LONGEST_BYTES)
    return line
