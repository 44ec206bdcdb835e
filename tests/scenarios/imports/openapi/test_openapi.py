"""Operations in an order in which each finds what it needs; what the document does not say is told."""

import json
from types import SimpleNamespace

import pytest

from cutover.base.errors import BadInput
from scenarios.imports.openapi.importer import import_openapi
from scenarios.swarm.target.steps_file import load_steps
from tests.scenarios.imports.openapi.described import DescribedPortal
from tests.scenarios.json_portal import served
from tests.scenarios.replay import Browser, new_visit

NOBODY = "the document gives no example, and no answer gives it; a made-up value is sent"


def imported(folder, document):
    path = folder / "openapi.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return import_openapi(path, "my-api")


def test_a_document_becomes_steps_that_play_the_portal(tmp_path):
    portal = DescribedPortal()
    found = imported(tmp_path, portal.document)
    names = [step.name for step in found.walkthrough.steps]
    steps = load_steps(found.walkthrough.code, "my.py", names).steps
    with served(portal.app) as url:
        for session in range(3):
            visit = new_visit(session)
            visit.supplied = SimpleNamespace(account=lambda _: {"password": "hush"})
            browser = Browser(url)
            browser.play(steps, names, visit)
            browser.close()
    assert names == ["list_services", "sign_in", "create_draft", "read_draft", "submit_draft", "read_receipt"]
    assert portal.submitted == ["1", "2", "3"]
    assert found.left_out == {"deletes what others need": 1, "deprecated": 1}
    assert found.columns == ("password",)
    assert found.unresolved == (f"note of POST /drafts: {NOBODY}",)
    assert "hush" not in found.walkthrough.code


def test_what_nothing_gives_is_told(tmp_path):
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "components": {"securitySchemes": {"b": {"type": "http", "scheme": "bearer"}}},
        "paths": {
            "/things/{thingId}": {
                "get": {
                    "security": [{"b": []}],
                    "parameters": [{"name": "thingId", "in": "path", "required": True, "schema": {"type": "integer"}}],
                    "responses": {"200": {"description": ""}},
                }
            }
        },
    }
    found = imported(tmp_path, document)
    assert found.unresolved == (
        f"thingId of GET /things/{{thingId}}: {NOBODY}",
        "no operation gives a token: a cast's column `authorization` is sent",
    )
    assert [step.name for step in found.walkthrough.steps] == ["things"]
    assert (
        'Send("GET", "/things/1", headers={"Authorization": visit.account["authorization"]})' in found.walkthrough.code
    )


def test_what_a_document_says_cannot_become_code(tmp_path):
    evil = 'x"""; import os; """ {y} \\ \n'
    operation = {
        "operationId": evil,
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"example": evil}},
            {"name": evil, "in": "header", "required": True, "schema": {"default": evil}},
        ],
        "requestBody": {"content": {"application/json": {"schema": {"properties": {evil: {"enum": [evil]}}}}}},
    }
    document = {"openapi": "3.1.0", "paths": {f"/{evil.replace('{y}', '')}/{{id}}": {"put": operation}}}
    found = imported(tmp_path, document)
    (step,) = load_steps(found.walkthrough.code, "my.py").steps.values()
    asked = next(step(new_visit()))
    assert asked.path.endswith(evil)
    assert json.loads(asked.body) == {evil: evil}
    assert asked.headers[evil] == evil
    assert "import os" not in [line.strip() for line in found.walkthrough.code.splitlines()]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("openapi: 3.0.0\n", "is not JSON; convert YAML to JSON first"),
        ("[]", "must be 3.0 or 3.1"),
        ('{"swagger": "2.0"}', "must be 3.0 or 3.1"),
        ('{"openapi": "3.1.0", "paths": {}}', "describes no operation"),
        (
            '{"openapi": "3.1.0", "paths": {"/": {"get": {"parameters": [{"$ref": "#/components/x"}]}}}}',
            "[$]ref = '#/components/x': leads nowhere in the document",
        ),
        ('{"openapi": "3.1.0", "paths": {"/": {"delete": {}}}}', "leave no operation to play"),
    ],
)
def test_documents_that_cannot_be_used(tmp_path, text, words):
    path = tmp_path / "openapi.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=words):
        import_openapi(path, "my-api")
