import json
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from cutover.base.errors import BadInput
from reports.header import Header, Planned, Window, read_header

HEADER = Header(
    kind="measured",
    scenario="go-live",
    scenario_hash="abc",
    title="Ngày khai trương",
    plan="stand-in",
    seed=7,
    communes="mine.csv (sha256 0123456789ab)",
    as_of=date(2025, 6, 30),
    versions={"cutover": "0.1.0"},
    machine={"processor": "x", "cores": 2},
    protocol="HTTP/1.1",
    started=datetime(2025, 7, 1, 7, 0, tzinfo=timezone(timedelta(hours=7))),
    duration_s=60,
    interval_s=1,
    measurement=Window(from_s=10, to_s=50),
    steps=("home", "sign_in"),
    budgets=("all error_rate < 0.5%",),
    planned=Planned(sessions=100),
    achieved={"sessions": 99},
    validity=("A worker was lost.",),
    target="http://127.0.0.1:8000",
    scale=0.5,
    warp=2.0,
)


def mistakes(folder: Path, text: str) -> list[str]:
    (folder / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(BadInput) as caught:
        read_header(folder)
    return [str(mistake).removeprefix(f"{folder}/run.json: ") for mistake in caught.value.mistakes]


def changed(**changes: Any) -> str:
    return json.dumps({**json.loads(HEADER.to_json()), **changes})


def test_a_header_is_read_as_it_was_written(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text(HEADER.to_json(), encoding="utf-8")
    assert read_header(tmp_path) == HEADER


def test_a_header_with_defaults_only_is_read_as_it_was_written(tmp_path: Path) -> None:
    least = Header(
        kind="simulated",
        scenario="x",
        scenario_hash="",
        title="",
        seed=0,
        started=HEADER.started,
        duration_s=1,
        interval_s=1,
        measurement=Window(from_s=0, to_s=1),
        steps=(),
        planned=Planned(sessions=0),
    )
    (tmp_path / "run.json").write_text(least.to_json(), encoding="utf-8")
    assert read_header(tmp_path) == least
    assert least.state == "running"


def test_a_run_that_does_not_say_where_communes_people_come_from_is_read(tmp_path: Path) -> None:
    older = {key: value for key, value in json.loads(HEADER.to_json()).items() if key != "communes"}
    (tmp_path / "run.json").write_text(json.dumps(older), encoding="utf-8")
    assert read_header(tmp_path) == HEADER.model_copy(update={"communes": None})


def test_the_file_says_schema_first_and_local_time() -> None:
    data = json.loads(HEADER.to_json())
    assert next(iter(data.items())) == ("schema", 1)
    assert data["started"] == "2025-07-01T07:00:00+07:00"
    assert data["as_of"] == "2025-06-30"


def test_a_folder_without_header_is_no_run(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        read_header(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path}: run: is not a run folder (run.json: No such file or directory); "
        "name a folder that `cutover swarm`, `forecast` or `rehearse` has made"
    )


def test_a_header_that_is_no_json_object_is_refused(tmp_path: Path) -> None:
    for text in ("", "[]", '{"schema": 1', "\x00"):
        assert mistakes(tmp_path, text) == ["syntax: is not a JSON object; restore it from a copy of the run"]


def test_a_newer_header_is_refused_before_anything_else(tmp_path: Path) -> None:
    assert mistakes(tmp_path, '{"schema": 2, "new": 1}') == [
        "schema = 2: is newer than 1, the newest schema that this cutover reads; read it with the cutover that made it"
    ]


def test_a_header_without_schema_is_refused(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "{}") == ["schema = 'None': must be 1; restore the file from a copy of the run"]


def test_all_mistakes_of_a_header_are_named(tmp_path: Path) -> None:
    text = changed(
        kind="guessed",
        started="2025-07-01T07:00:00",
        steps=["Home"],
        sed=1,
        measurement={"from_s": 5, "to_s": 4},
    )
    found = mistakes(tmp_path, text)
    assert [mistake.partition(":")[0].partition(" =")[0] for mistake in sorted(found)] == [
        "kind",
        "measurement",
        "sed",
        "started",
        "steps[0]",
    ]
    assert "measurement: must end at or after its start; swap `from_s` and `to_s`" in found
    assert "sed = 1: is not a known key; did you mean `seed`?" in found


def test_a_window_holds_the_intervals_inside_it() -> None:
    window = Window(from_s=10, to_s=20)
    assert window.length_s == 10
    assert [window.holds(start_s, 1.0) for start_s in (9, 9.5, 10, 19, 19.5, 20)] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]
    assert Window(from_s=0.1 + 0.2, to_s=1).holds(0.3, 0.1)
