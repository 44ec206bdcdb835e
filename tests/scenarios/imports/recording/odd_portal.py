"""A portal that hands out values in every way that a browser knows, and takes none that is not this session's own."""

import itertools
import json
import secrets

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

PASSWORD = "hush-hush-4711"


class OddPortal:
    """State by session cookie; a request whose values are another's, or old, is answered 403."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self._sessions: dict[str, dict[str, str]] = {}
        self._numbers = itertools.count(40)
        names = {
            "/": self._home,
            "/go": self._go,
            "/review": self._review,
            "/style.css": self._style,
            "/api/session": self._session,
            "/api/drafts": self._draft,
            "/api/drafts/{number}": self._fill,
            "/confirm": self._confirm,
        }
        self.app = Starlette(routes=[Route(path, does, methods=["GET", "POST", "PUT"]) for path, does in names.items()])

    def _mine(self, request: Request) -> dict[str, str]:
        return self._sessions.get(request.cookies.get("sid", ""), {})

    async def _home(self, _: Request) -> Response:
        sid, mine = secrets.token_hex(16), {"xsrf": secrets.token_urlsafe(18) + "=", "key": secrets.token_urlsafe(18)}
        self._sessions[sid] = mine
        page = HTMLResponse(
            '<html><head><title>Odd</title><link rel="stylesheet" href="/style.css"></head>'
            f"<script>window.settings = {{apiKey: '{mine['key']}', other: 'x'}};</script></html>"
        )
        page.set_cookie("sid", sid, httponly=True)
        page.set_cookie("XSRF-TOKEN", mine["xsrf"].replace("=", "%3D"))
        return page

    async def _style(self, _: Request) -> Response:
        return Response("body {}", media_type="text/css")

    async def _session(self, request: Request) -> Response:
        mine, sent = self._mine(request), await request.json()
        right = request.headers["x-xsrf-token"] == mine.get("xsrf") and request.headers["x-api-key"] == mine.get("key")
        if not right or sent != {"user": "an", "password": PASSWORD, "remember": True}:
            return JSONResponse({}, 403)
        mine["token"] = secrets.token_urlsafe(24)
        return JSONResponse({"user": {"id": 5}, "auth": {"token": mine["token"]}})

    def _is_signed_in(self, request: Request) -> bool:
        return request.headers.get("authorization") == f"Bearer {self._mine(request).get('token')}"

    async def _draft(self, request: Request) -> Response:
        if not self._is_signed_in(request):
            return JSONResponse({}, 403)
        number = self._mine(request)["draft"] = str(next(self._numbers))
        return Response(status_code=201, headers={"Location": f"/api/drafts/{number}"})

    async def _fill(self, request: Request) -> Response:
        mine, sent = self._mine(request), await request.json()
        if not self._is_signed_in(request) or request.path_params["number"] != mine.get("draft"):
            return JSONResponse({}, 403)
        if sent["draftId"] != int(mine["draft"]):
            return JSONResponse({}, 422)
        mine["etag"] = f'"{secrets.token_hex(8)}"'
        return JSONResponse({"saved": True}, headers={"ETag": mine["etag"]})

    async def _go(self, request: Request) -> Response:
        mine = self._mine(request)
        if request.query_params["draft"] != mine.get("draft") or request.headers.get("x-version") != mine.get("etag"):
            return JSONResponse({}, 403)
        mine["ticket"] = secrets.token_hex(12)
        return RedirectResponse(f"/review?ticket={mine['ticket']}", 302)

    async def _review(self, request: Request) -> Response:
        mine = self._mine(request)
        if request.query_params["ticket"] != mine.get("ticket"):
            return JSONResponse({}, 403)
        mine["hash"], mine["seal"] = secrets.token_hex(4) + "a1", secrets.token_urlsafe(15)
        link = f"/confirm?step=2&amp;hash={mine['hash']}"
        body = f'<main data-seal="{mine["seal"]}"><a href="{link}">go</a></main>'
        return HTMLResponse(f"<html><title>Review {mine['draft']}</title>{body}</html>")

    async def _confirm(self, request: Request) -> Response:
        mine, form = self._mine(request), await request.form()
        wanted = {"seal": mine.get("seal"), "ticket": mine.get("ticket"), "words": "tôi đồng ý"}
        if request.query_params["hash"] != mine.get("hash") or dict(form) != wanted:
            return JSONResponse({"wanted": json.dumps(wanted)}, 403)
        self.done.append(mine["draft"])
        return HTMLResponse("<html><title>Done</title></html>")
