"""A small portal that describes itself, with what documents use: references, links, a token, `id`s, examples."""

import itertools
import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

_NUMBER = {"name": "draftId", "in": "path", "required": True, "schema": {"type": "integer"}}


def _told(schema: dict[str, Any], status: str = "200", **more: Any) -> dict[str, Any]:
    return {status: {"description": "", "content": {"application/json": {"schema": schema}}, **more}}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": schema}}}


class DescribedPortal:
    """Drafts in memory; every value that a request carries must be this session's."""

    def __init__(self) -> None:
        self.submitted: list[str] = []
        self._numbers = itertools.count(1)
        self._tokens: set[str] = set()
        self._receipts: dict[str, str] = {}
        self.app = Starlette(
            routes=[
                Route("/services", self._services),
                Route("/session", self._session, methods=["POST"]),
                Route("/drafts", self._create, methods=["POST"]),
                Route("/drafts/{number:int}", self._read),
                Route("/drafts/{number:int}/submission", self._submit, methods=["POST"]),
                Route("/receipts/{receipt}", self._receipt),
            ]
        )

    @property
    def document(self) -> dict[str, Any]:
        """What the portal says of itself; the order is not that in which it can be used."""
        draft = {"type": "object", "properties": {"id": {"type": "integer"}, "state": {"type": "string"}}}
        receipt = {
            "type": "object",
            "properties": {"data": {"type": "object", "properties": {"no": {"type": "string"}}}},
        }
        link = {"next": {"operationId": "readReceipt", "parameters": {"receipt": "$response.body#/data/no"}}}
        login = {
            "type": "object",
            "required": ["user", "password"],
            "properties": {"user": {"type": "string", "example": "an"}, "password": {"type": "string"}},
        }
        wanted = {
            "allOf": [
                {"type": "object", "required": ["serviceId"], "properties": {"serviceId": {"type": "integer"}}},
                {"type": "object", "required": ["note"], "properties": {"note": {"type": "string", "maxLength": 3}}},
            ]
        }
        services = {"type": "array", "items": {"type": "object", "properties": {"id": {"type": "integer"}}}}
        token = {"type": "object", "properties": {"access_token": {"type": "string"}}}
        query = {"name": "page", "in": "query", "required": True, "schema": {"type": "integer", "default": 1}}
        open_to_all: dict[str, Any] = {"security": []}
        return {
            "openapi": "3.1.0",
            "info": {"title": "Described", "version": "1"},
            "security": [{"bearer": []}],
            "components": {
                "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
                "schemas": {"Draft": draft},
                "parameters": {"Number": _NUMBER},
            },
            "paths": {
                "/drafts/{draftId}": {
                    "parameters": [{"$ref": "#/components/parameters/Number"}],
                    "get": {"operationId": "readDraft", "responses": _told({"$ref": "#/components/schemas/Draft"})},
                    "delete": {"operationId": "dropDraft", "responses": {"204": {"description": ""}}},
                },
                "/drafts/{draftId}/submission": {
                    "parameters": [{"$ref": "#/components/parameters/Number"}],
                    "post": {"operationId": "submitDraft", "responses": _told(receipt, "201", links=link)},
                },
                "/receipts/{receipt}": {
                    "get": {
                        "operationId": "readReceipt",
                        "parameters": [
                            {"name": "receipt", "in": "path", "required": True, "schema": {"type": "string"}}
                        ],
                        "responses": _told({}),
                    }
                },
                "/drafts": {
                    "post": {
                        "operationId": "createDraft",
                        "requestBody": _body(wanted),
                        "responses": _told({"$ref": "#/components/schemas/Draft"}, "201"),
                    }
                },
                "/services": {
                    "get": {
                        "operationId": "listServices",
                        "parameters": [query],
                        "responses": _told(services),
                        **open_to_all,
                    }
                },
                "/session": {
                    "post": {
                        "operationId": "signIn",
                        "requestBody": _body(login),
                        "responses": _told(token),
                        **open_to_all,
                    }
                },
                "/old": {"get": {"deprecated": True, "responses": {"200": {"description": ""}}}},
            },
        }

    async def _services(self, request: Request) -> Response:
        return JSONResponse([{"id": 7}], 200 if request.query_params["page"] == "1" else 422)

    async def _session(self, request: Request) -> Response:
        if await request.json() != {"user": "an", "password": "hush"}:
            return JSONResponse({}, 403)
        token = secrets.token_urlsafe(16)
        self._tokens.add(token)
        return JSONResponse({"access_token": token})

    def _is_known(self, request: Request) -> bool:
        return request.headers.get("authorization", "").removeprefix("Bearer ") in self._tokens

    async def _create(self, request: Request) -> Response:
        if not self._is_known(request) or await request.json() != {"serviceId": 7, "note": "tex"}:
            return JSONResponse({}, 403)
        return JSONResponse({"id": next(self._numbers), "state": "draft"}, 201)

    async def _read(self, request: Request) -> Response:
        known = self._is_known(request)
        return JSONResponse({"id": request.path_params["number"]}, 200 if known else 403)

    async def _submit(self, request: Request) -> Response:
        if not self._is_known(request):
            return JSONResponse({}, 403)
        receipt = secrets.token_hex(4)
        self._receipts[receipt] = str(request.path_params["number"])
        return JSONResponse({"data": {"no": receipt}}, 201)

    async def _receipt(self, request: Request) -> Response:
        number = self._receipts.get(request.path_params["receipt"])
        if number is None or not self._is_known(request):
            return JSONResponse({}, 404)
        self.submitted.append(number)
        return JSONResponse({})
