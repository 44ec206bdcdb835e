"""The wire: one citizen's browser over gevent, with cookies, and redirects that never leave the target."""

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from urllib.parse import urlencode, urljoin, urlsplit

import gevent.ssl
from geventhttpclient.client import HTTPClient
from geventhttpclient.response import HTTPSocketPoolResponse

from scenarios.swarm.exchanges import File, Get, Page, Post, StepFailed
from scenarios.target import Target

REDIRECTS = (301, 302, 303, 307, 308)
REDIRECTS_FOLLOWED = 10  # assumed: browsers follow 20; a portal that needs more than 10 has a loop
BOUNDARY = "----cutover-boundary-7d1f2c"
FORM = "application/x-www-form-urlencoded"


class Wire:
    """A keep-alive connection to the target and the cookies it has set."""

    def __init__(self, target: Target, headers: Mapping[str, str], network_timeout_s: float) -> None:
        self._target = target
        self._headers = dict(headers)
        self._cookies: dict[str, str] = {}
        self._client = HTTPClient(
            target.host,
            port=target.port,
            ssl=target.scheme == "https",
            ssl_context_factory=partial(_trust, target.authority),
            concurrency=1,
            connection_timeout=network_timeout_s,
            network_timeout=network_timeout_s,
        )
        self.received_bytes = 0

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def exchange(self, ask: Get | Post) -> Page:
        """Send one request, follow its redirects, and return the last page.

        Raises OSError when the connection fails, StepFailed when a redirect leaves the target or never ends.
        """
        path, method, body, headers = _encode(ask)
        for _ in range(REDIRECTS_FOLLOWED + 1):
            answer = self._request(method, path, body, headers)
            content = bytes(answer.read())
            self.received_bytes += len(content)
            if answer.status_code not in REDIRECTS:
                return Page(answer.status_code, urlsplit(path).path, content)
            path = self._inside(path, str(answer.get("location", "")))
            if answer.status_code in (301, 302, 303):
                method, body, headers = "GET", b"", {}
        raise StepFailed(f"{path} redirects more than {REDIRECTS_FOLLOWED} times")

    def _request(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> HTTPSocketPoolResponse:
        sent = self._headers | dict(headers)
        if self._cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = self._client.request(method, path, body=body, headers=sent)
        for name, value in answer.items():
            if name.lower() == "set-cookie":
                cookie, _, rest = value.partition(";")
                key, _, content = cookie.partition("=")
                self._keep(key.strip(), content.strip(), expired="max-age=0" in rest.lower())
        return answer

    def _keep(self, name: str, value: str, *, expired: bool) -> None:
        if expired:
            self._cookies.pop(name, None)
        else:
            self._cookies[name] = value

    def _inside(self, path: str, location: str) -> str:
        """Resolve a redirect, and refuse one to another host: it may not be loaded."""
        try:
            url = urlsplit(urljoin(f"{self._target.url}{path}", location))
            port = url.port or {"http": 80, "https": 443}.get(url.scheme)
        except ValueError as error:
            raise StepFailed(f"{path} redirects to what is no address ({error}): not followed") from None
        if (url.scheme, url.hostname, port) != (self._target.scheme, self._target.host, self._target.port):
            raise StepFailed(f"{path} redirects to another host, {url.netloc}: not followed")
        return f"{url.path or '/'}?{url.query}" if url.query else url.path or "/"


@cache
def _trust(authority: Path | None, cafile: str | None = None) -> gevent.ssl.SSLContext:
    """Return whom all connections trust: the authority alone, or the usual ones (`cafile`); read once for the run."""
    return gevent.ssl.create_default_context(cafile=str(authority) if authority else cafile)


def _encode(ask: Get | Post) -> tuple[str, str, bytes, dict[str, str]]:
    """Return path, method, body and headers of a request."""
    if isinstance(ask, Get):
        return ask.target, "GET", b"", {}
    if not ask.files:
        return ask.path, "POST", urlencode(ask.form).encode(), {"Content-Type": FORM, **ask.headers}
    kind = f"multipart/form-data; boundary={BOUNDARY}"
    return ask.path, "POST", _multipart(ask.form, ask.files), {"Content-Type": kind, **ask.headers}


def _multipart(form: Mapping[str, str], files: tuple[File, ...]) -> bytes:
    """Encode a form with files (RFC 7578)."""
    disposition = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="%s"'
    parts = [f"{disposition % name}\r\n\r\n{value}\r\n".encode() for name, value in form.items()]
    for field, filename, kind, content in files:
        head = f'{disposition % field}; filename="{filename}"\r\nContent-Type: {kind}\r\n\r\n'.encode()
        parts += [head, content, b"\r\n"]
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()])
