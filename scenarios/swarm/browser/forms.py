"""Forms as bytes: URL-encoded, or multipart with files (RFC 7578)."""

from collections.abc import Mapping
from urllib.parse import urlencode

from scenarios.swarm.asks import File

URL_ENCODED = "application/x-www-form-urlencoded"
BOUNDARY = "----cutover-boundary-7d1f2c9a4be0"
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers write names (HTML, 4.10.21.8)


def encode_form(form: Mapping[str, str], files: tuple[File, ...]) -> tuple[str, bytes]:
    """Return content type and body of a form."""
    if not files:
        return URL_ENCODED, urlencode(form).encode("ascii")
    boundary = _boundary(form, files)
    return f"multipart/form-data; boundary={boundary}", _multipart(boundary, form, files)


def _boundary(form: Mapping[str, str], files: tuple[File, ...]) -> str:
    """Return a boundary that stands nowhere in the content."""
    boundary = BOUNDARY
    contents = (*(value.encode() for value in form.values()), *(content for _, _, _, content in files))
    while any(boundary.encode() in content for content in contents):
        boundary += "x"
    return boundary


def _multipart(boundary: str, form: Mapping[str, str], files: tuple[File, ...]) -> bytes:
    parts = [f"{_opening(boundary, name)}\r\n\r\n{value}\r\n".encode() for name, value in form.items()]
    for field, filename, kind, content in files:
        name = filename.translate(_QUOTED)
        head = f'{_opening(boundary, field)}; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
        parts += [head.encode(), content, b"\r\n"]
    return b"".join([*parts, f"--{boundary}--\r\n".encode()])


def _opening(boundary: str, name: str) -> str:
    return f'--{boundary}\r\nContent-Disposition: form-data; name="{name.translate(_QUOTED)}"'
