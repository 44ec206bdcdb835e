"""Recordings made by hand: a client that notes its exchanges as a browser's HAR does."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2 as httpx

START = datetime(2025, 7, 1, 1, 0, tzinfo=UTC)
KINDS = {"document": ("document", "navigate"), "fetch": ("empty", "cors"), "stylesheet": ("style", "no-cors")}


def entry(
    url: str,
    at_s: float = 0.0,
    *,
    method: str = "GET",
    status: int = 200,
    body: str = "",
    mime: str = "text/html",
    sent: dict[str, str] | None = None,
    got: list[tuple[str, str]] | None = None,
    post: dict[str, Any] | None = None,
    kind: str | None = "document",
    size: int | None = None,
) -> dict[str, Any]:
    """Return an entry of a HAR; without a kind it is told as by a browser that sends no Sec-Fetch headers."""
    headers = dict(sent or {})
    if kind is not None:
        destination, mode = KINDS[kind]
        headers |= {"Sec-Fetch-Dest": destination, "Sec-Fetch-Mode": mode}
        headers |= {"Sec-Fetch-User": "?1"} if kind == "document" else {}
    request: dict[str, Any] = {"method": method, "url": url, "headers": _listed(headers.items())}
    if post is not None:
        request["postData"] = post
    content = {"mimeType": mime, "text": body, "size": len(body) if size is None else size}
    answer = {"status": status, "headers": _listed(got or []), "content": content}
    started = (START + timedelta(seconds=at_s)).isoformat()
    return {"startedDateTime": started, "time": 100.0, "request": request, "response": answer}


def _listed(pairs: Any) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def write(path: Path, *entries: dict[str, Any]) -> Path:
    """Write a HAR file and return its path."""
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}), encoding="utf-8")
    return path


class Recorder:
    """An HTTP client whose exchanges become entries; `wait` lets time pass."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20, verify=False)
        self.entries: list[dict[str, Any]] = []
        self._at_s = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._http.close()

    def wait(self, seconds: float) -> None:
        self._at_s += seconds

    def ask(self, method: str, path: str, kind: str = "document", **more: Any) -> httpx.Response:
        """Send a request, follow its redirects, note all of it."""
        request = self._http.build_request(method, path, **more)
        while True:
            answer = self._http.send(request)
            self._note(request, answer, kind)
            if answer.next_request is None:
                assert answer.status_code < 400, answer.text
                return answer
            request = self._http.build_request("GET", str(answer.next_request.url))

    @property
    def cookies(self) -> dict[str, str]:
        return dict(self._http.cookies)

    def _note(self, request: httpx.Request, answer: httpx.Response, kind: str) -> None:
        post = None
        if request.content:
            post = {"mimeType": request.headers["content-type"], "text": request.content.decode("utf-8")}
        self.entries.append(
            entry(
                str(request.url),
                self._at_s,
                method=request.method,
                status=answer.status_code,
                body=answer.text,
                mime=answer.headers.get("content-type", ""),
                sent=dict(request.headers),
                got=answer.headers.multi_items(),
                post=post,
                kind=kind,
            )
        )
        self._at_s += 0.2
