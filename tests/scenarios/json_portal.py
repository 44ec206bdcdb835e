"""A portal of another shape, for tests: JSON, bearer tokens, one-time codes, an upload by PUT; no cookies, no HTML."""

import hashlib
import itertools
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route


class JsonPortal:
    """Everything in memory; `accounts` are users and their passwords."""

    def __init__(self, accounts: dict[str, str]) -> None:
        self.accounts = accounts
        self.codes: dict[str, list[str]] = {}
        self.applications: dict[str, dict[str, object]] = {}
        self.keys: dict[str, str] = {}
        self._challenges: dict[str, str] = {}
        self._tokens: dict[str, str] = {}
        self._numbers = itertools.count(100)
        routes = [
            Route("/api/services", self._services),
            Route("/api/login", self._login, methods=["POST"]),
            Route("/api/login/code", self._code, methods=["POST"]),
            Route("/api/applications", self._apply, methods=["POST"]),
            Route("/api/applications/{number}", self._look),
            Route("/api/applications/{number}/document", self._document, methods=["PUT"]),
            Route("/api/applications/{number}/submit", self._submit, methods=["POST"]),
            Route("/inbox/{user}", self._inbox),
        ]
        self.app = Starlette(routes=routes)

    async def _services(self, request: Request) -> Response:
        return JSONResponse({"items": [{"id": 7, "name": request.query_params.get("q", "")}, {"id": 8, "name": "x"}]})

    async def _login(self, request: Request) -> Response:
        sent = await request.json()
        if self.accounts.get(sent["user"]) != sent["password"]:
            return JSONResponse({"error": "unknown"}, 403)
        challenge = secrets.token_urlsafe(16)
        self._challenges[challenge] = sent["user"]
        self.codes.setdefault(sent["user"], []).append(f"{secrets.randbelow(10**6):06d}")
        return JSONResponse({"challenge": challenge})

    async def _code(self, request: Request) -> Response:
        sent = await request.json()
        user = self._challenges.pop(sent["challenge"], None)
        if user is None or self.codes[user][-1] != sent["code"]:
            return JSONResponse({"error": "code"}, 403)
        token = secrets.token_urlsafe(24)
        self._tokens[token] = user
        return JSONResponse({"data": {"accessToken": token, "expiresIn": 600}})

    def _user(self, request: Request) -> str | None:
        return self._tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))

    async def _apply(self, request: Request) -> Response:
        if self._user(request) is None:
            return JSONResponse({"error": "token"}, 401)
        number, sent = str(next(self._numbers)), await request.json()
        self.applications[number] = {"state": "draft", "looks": 0, "document": 0, **sent}
        return JSONResponse({"state": "draft"}, 201, {"Location": f"/api/applications/{number}"})

    async def _document(self, request: Request) -> Response:
        if self._user(request) is None:
            return JSONResponse({"error": "token"}, 401)
        self.applications[request.path_params["number"]]["document"] = len(await request.body())
        return Response(status_code=204)

    async def _submit(self, request: Request) -> Response:
        number = request.path_params["number"]
        self.keys.setdefault(request.headers["idempotency-key"], number)
        self.applications[number]["state"] = "submitted"
        return JSONResponse({"state": "submitted"}, 202)

    async def _look(self, request: Request) -> Response:
        number = request.path_params["number"]
        application = self.applications[number]
        application["looks"] = int(str(application["looks"])) + 1
        if application["state"] == "submitted" and int(str(application["looks"])) > 1:
            application["state"] = "accepted"
        if application["state"] != "accepted":
            return JSONResponse({"state": application["state"]})
        digest = hashlib.sha256(number.encode()).hexdigest()
        return JSONResponse({"state": "accepted", "receipt": f"A-{number}", "digest": digest})

    async def _inbox(self, request: Request) -> Response:
        return PlainTextResponse("\n".join(self.codes.get(request.path_params["user"], [])))


@contextmanager
def served(app: object) -> Iterator[str]:
    """Serve an app on loopback in a thread; the value is its URL."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listening.close()
