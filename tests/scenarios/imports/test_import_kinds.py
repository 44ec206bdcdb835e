"""`cutover scenario import` of a recording and of an OpenAPI document, as a user types it."""

import json

import pytest
from typer.testing import CliRunner, Result

from cutover.commands.main import app
from scenarios.imports.kinds import kind_of
from scenarios.scenario import read_scenario
from scenarios.swarm.target.steps_file import read_steps
from tests.scenarios.imports.openapi.described import DescribedPortal
from tests.scenarios.imports.recording.recorder import entry, write

URL = "http://portal.example"


def imports(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["scenario", "import", *map(str, arguments)])


def test_a_recording_becomes_a_scenario_a_journey_and_a_steps_file(tmp_path):
    form = '<form action="/send" method="post"><input name="plate"></form>'
    post = {"mimeType": "application/x-www-form-urlencoded", "text": "plate=30A-1"}
    har = write(
        tmp_path / "visit.har",
        entry(f"{URL}/", body=form),
        entry(f"{URL}/a.css", 0.2, kind="stylesheet"),
        entry("https://count.example/", 0.3, kind="fetch"),
        entry(f"{URL}/send", 5, method="POST", post=post),
    )
    out = tmp_path / "new" / "my-visit.toml"
    ended = imports(har, "--out", out, "--drop-foreign", "--drop-static")
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout.startswith("visit.har: 2 steps from 4 requests, 2 of them left out.")
    assert "post_send, 4.9 s before it" in ended.stdout
    assert "1 × to another host: count.example" in ended.stdout
    assert "plate = '30A-1'" in ended.stdout
    scenario = read_scenario(out)
    assert scenario.steps == ("home", "post_send")
    assert set(read_steps(out.parent / "my_visit_steps.py", scenario.steps).steps) == {"home", "post_send"}
    again = imports(har, "--out", tmp_path / "new" / "other.toml", "--json")
    assert json.loads(again.stdout)["other_hosts"] == ["count.example"]
    (tmp_path / "new" / "other.toml").unlink()
    refused = imports(har, "--out", tmp_path / "new" / "other.toml")
    assert refused.exit_code == 2
    assert refused.stderr.count("exists already") == 2
    assert sorted(path.name for path in out.parent.iterdir()) == [
        "journeys", "my-visit.toml", "my_visit_steps.py", "other_steps.py",
    ]  # fmt: skip


def test_an_openapi_document_becomes_steps(tmp_path):
    path = tmp_path / "api.json"
    path.write_text(json.dumps(DescribedPortal().document), encoding="utf-8")
    ended = imports(path, "--out", tmp_path / "my-api.toml")
    assert ended.exit_code == 0, ended.stderr
    assert ended.stdout.startswith("api.json: 6 steps from 8 operations;")
    assert "note of POST /drafts: the document gives no example" in ended.stdout
    assert read_scenario(tmp_path / "my-api.toml").steps[0] == "list_services"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--patterns", "x.toml"], "--patterns: is for a log alone, which this file is not"),
        (["--format", "openapi", "--drop-static"], "--drop-foreign, --drop-static: is for a recording (HAR) alone"),
        (["--format", "openapi"], "must be 3.0 or 3.1"),
    ],
)
def test_strays_are_refused(tmp_path, options, words):
    har = write(tmp_path / "visit.har", entry(f"{URL}/"))
    ended = imports(har, "--out", tmp_path / "my-visit.toml", *options)
    assert ended.exit_code == 2
    assert words in ended.stderr
    assert not (tmp_path / "my-visit.toml").exists()


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a.har", "", "har"),
        ("a.json", '{"log": {"entries": []}}', "har"),
        ("a.json", '{"openapi": "3.0.0"}', "openapi"),
        ("a.yaml", "", "openapi"),
        ("a.json", '{"time": 1}\n{"time": 2}\n', "log"),
        ("a.json", '{"log": 1}', "log"),
        ("a.json", "[1]", "log"),
        ("access.log", '{"openapi": "3.0.0"}', "log"),
        ("none.json", None, "log"),
    ],
)
def test_a_file_is_told_by_name_and_content(tmp_path, name, content, kind):
    if content is not None:
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert kind_of(tmp_path / name) == kind
