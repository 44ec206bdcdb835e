import math
from pathlib import Path

import pytest

from cutover.base.errors import BadInput
from reports.lines import parse_object, read_records, record_text, whole_lines


def test_a_record_is_one_line_of_plain_json() -> None:
    assert record_text({"name": "Hộ chiếu\n", "n": 1}) == '{"name":"Hộ chiếu\\n","n":1}\n'


def test_a_number_that_is_not_finite_is_not_written() -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        record_text({"x": math.nan})


def test_records_follow_the_schema_line(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text('{"schema":1}\n{"t":1}\n{"t":2}\n{"t":3')
    assert read_records(path) == [{"t": 1}, {"t": 2}]


def test_a_file_that_is_missing_empty_or_cut_in_its_first_line_has_no_records(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    assert read_records(path) == []
    for text in ("", '{"sch'):
        path.write_text(text)
        assert read_records(path) == []


def test_all_lines_that_are_no_objects_are_named(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b'{"schema":1}\n[1]\n{"t":1}\nnot json\n\xff\xfe\n')
    with pytest.raises(BadInput) as caught:
        read_records(path)
    rule = "is not a JSON object; restore the file, or remove the line"
    assert [str(mistake) for mistake in caught.value.mistakes] == [
        f"{path}:{number}: line: {rule}" for number in (2, 4, 5)
    ]


@pytest.mark.parametrize(("first", "rule"), [('{"schema":7}', "is newer than 1"), ('{"t":0}', "must be 1")])
def test_another_schema_is_refused(tmp_path: Path, first: str, rule: str) -> None:
    path = tmp_path / "events.jsonl"
    path.write_text(first + "\n")
    with pytest.raises(BadInput, match=rule):
        read_records(path)


def test_lines_are_split_at_line_ends_only(tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("a\u2028b\x0cc\n\nd\n")
    assert whole_lines(path) == ["a\u2028b\x0cc", "", "d"]


def test_what_is_no_object_parses_to_none() -> None:
    assert [parse_object(text) for text in ("{}", "[]", "1", "{", "[" * 100_000)] == [
        {},
        None,
        None,
        None,
        None,
    ]
