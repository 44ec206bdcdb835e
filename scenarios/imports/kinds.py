"""What a file to import is: an access log, a browser's recording or an OpenAPI document; told by name and content."""

import json
from pathlib import Path
from typing import Literal

Kind = Literal["log", "har", "openapi"]

_LARGEST_BYTES = 256 * 2**20  # a larger .json is taken for a log (assumed)


def kind_of(path: Path) -> Kind:
    """Return a file's kind; a file that cannot be read is left to whoever reads it."""
    suffix = path.suffix.lower()
    if suffix == ".har":
        return "har"
    if suffix in (".yaml", ".yml"):
        return "openapi"
    if suffix != ".json" or not path.is_file() or path.stat().st_size > _LARGEST_BYTES:
        return "log"
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError, OSError):
        return "log"  # of JSON lines
    if not isinstance(document, dict):
        return "log"
    log = document.get("log")
    is_har = isinstance(log, dict) and "entries" in log
    return "har" if is_har else "openapi" if "openapi" in document or "swagger" in document else "log"
