import base64
import zlib
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hdrh.histogram import HdrHistogram
from hdrh.log import HistogramLogReader
from hypothesis import given, settings
from hypothesis import strategies as st

from cutover.base.errors import BadInput
from reports.buckets import COUNT, HIGHEST_TRACKABLE_NS, index_of
from reports.histogram import Histogram
from reports.hlog import Encoder, Line, decode, head, read_log
from reports.lines import ends_whole

STARTED = datetime(2025, 7, 1, 7, 0, tzinfo=timezone(timedelta(hours=7)))
VALUES_NS = [1, 2047, 2048, 35_000_000, 35_000_001, 900_000_000, HIGHEST_TRACKABLE_NS]
LINES = (
    Line("submit", "ok", "response", 12.0, 1.0, Histogram.of(Counter(map(index_of, VALUES_NS)))),
    Line("submit", "timed_out", "service", 12.0, 1.0, Histogram.of({index_of(30_000_000_000): 4})),
    Line("home", "ok", "response", 0.0, 10.0, Histogram.of({0: 3})),
)


def write(path: Path, lines: tuple[Line, ...] = LINES) -> Path:
    path.write_text(head(STARTED) + "".join(map(Encoder().line, lines)), encoding="utf-8")
    return path


def mistakes(path: Path) -> list[str]:
    with pytest.raises(BadInput) as caught:
        read_log(path)
    return [str(mistake).removeprefix(str(path)) for mistake in caught.value.mistakes]


@given(st.dictionaries(st.integers(0, COUNT - 1), st.integers(1, 2**40), max_size=40))
@settings(derandomize=True)
def test_a_payload_decodes_to_its_histogram(counts: dict[int, int]) -> None:
    histogram = Histogram.of(counts)
    payload = Encoder().payload(histogram)
    assert decode(payload) == histogram
    assert decode(payload).count == histogram.count == HdrHistogram.decode(payload).get_total_count()


@given(st.binary(max_size=60), st.integers(0, 200), st.integers(0, 7))
@settings(derandomize=True)
def test_a_damaged_payload_is_a_mistake_or_a_histogram(junk: bytes, at: int, bit: int) -> None:
    whole = bytearray(base64.b64decode(Encoder().payload(LINES[0].histogram)))
    whole[at % len(whole)] ^= 1 << bit
    for data in (bytes(whole), junk, whole[:8] + zlib.compress(junk), bytes(whole[: at % len(whole)])):
        found = decoded(data)
        if isinstance(found, str):
            assert found.startswith(("has a payload that cannot be decoded (", "has a histogram of another range"))
        else:
            assert all(0 <= bucket < COUNT for bucket in found.buckets.tolist())


def decoded(data: bytes) -> Histogram | str:
    """Return the histogram, or what is wrong with the payload."""
    try:
        return decode(base64.b64encode(data).decode())
    except ValueError as error:
        return str(error)


def test_one_encoder_keeps_nothing_of_the_histogram_before() -> None:
    encoder = Encoder()
    encoder.payload(LINES[0].histogram)
    assert encoder.payload(LINES[1].histogram) == Encoder().payload(LINES[1].histogram)


def test_a_payload_is_the_one_the_public_library_makes() -> None:
    peer = HdrHistogram(1, HIGHEST_TRACKABLE_NS, 3)
    for value_ns in VALUES_NS:
        peer.record_value(value_ns)
    assert Encoder().payload(LINES[0].histogram) == peer.encode().decode()


def test_lines_are_read_as_they_were_written(tmp_path: Path) -> None:
    log = read_log(write(tmp_path / "latency.hlog"))
    assert (log.lines, log.started_s) == (LINES, (STARTED.timestamp(),))


def test_a_line_is_written_as_the_format_wants() -> None:
    text = Encoder().line(LINES[1])
    assert text.startswith("Tag=submit/timed_out/service,12.000,1.000,30014.439,HIST")
    assert text.endswith("\n")


def test_the_first_lines_say_schema_format_and_time() -> None:
    assert head(STARTED).splitlines() == [
        "# schema = 1",
        "#[Histogram log format version 1.3]",
        "#[StartTime: 1751328000.000 (seconds since epoch), 2025-07-01T07:00:00+07:00]",
        "#[BaseTime: 1751328000.000 (seconds since epoch)]",
        '"StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram"',
    ]


def test_the_public_library_reads_our_log(tmp_path: Path) -> None:
    reader = HistogramLogReader(str(write(tmp_path / "latency.hlog")), HdrHistogram(1, HIGHEST_TRACKABLE_NS, 3))
    found = list(iter(reader.get_next_interval_histogram, None))
    reader.close()
    assert [histogram.get_tag() for histogram in found] == [
        "submit/ok/response",
        "submit/timed_out/service",
        "home/ok/response",
    ]
    assert [histogram.get_total_count() for histogram in found] == [7, 4, 3]
    assert [histogram.get_count_at_value(35_000_000) for histogram in found] == [2, 0, 0]
    assert reader.get_start_time_sec() == STARTED.timestamp()
    assert found[0].get_start_time_stamp() == (STARTED.timestamp() + 12) * 1000
    assert found[0].get_end_time_stamp() == (STARTED.timestamp() + 13) * 1000


def test_a_log_cut_anywhere_gives_the_lines_before_the_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "latency.hlog")
    whole = path.read_bytes()
    ends = [index + 1 for index, byte in enumerate(whole) if byte == ord("\n")]
    for cut in [*range(0, len(whole), 7), *ends, *(end - 1 for end in ends)]:
        path.write_bytes(whole[:cut])
        complete = sum(end <= cut for end in ends[5:])
        log = read_log(path)
        assert log.lines == LINES[:complete]
        assert ends_whole(path) == (cut in (0, *ends))


def test_a_missing_log_has_no_lines(tmp_path: Path) -> None:
    assert read_log(tmp_path / "latency.hlog").lines == ()


def test_all_damaged_lines_are_named(tmp_path: Path) -> None:
    path = write(tmp_path / "latency.hlog")
    good = path.read_text().splitlines()
    other = HdrHistogram(1, 1000, 2)
    other.record_value(5)
    good[5] = good[5][:-9] + "AAAAAAAA="
    good[6:6] = ["Tag=a/ok,1.000,1.000,1.000,HIST", "nonsense", "Tag=a/ok/response,nan,1.0,1.0,HIST"]
    good.append(f"Tag=a/ok/response,1.0,1.0,1.0,{other.encode().decode()}")
    path.write_text("\n".join([*good, ""]))
    shape = "is not `Tag=step/outcome/kind,start,length,max,payload`; restore the file, or remove the line"
    found = mistakes(path)
    assert found[0].startswith(":6: line: has a payload that cannot be decoded (")
    assert found[1:4] == [f":{number}: line: {shape}" for number in (7, 8, 9)]
    assert found[4] == (
        ":12: line: has a histogram of another range than 1 ns to 1 h with 3 digits; "
        "restore the file, or remove the line"
    )


def test_a_newer_log_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "latency.hlog")
    path.write_text(path.read_text().replace("# schema = 1", "# schema = 2"))
    assert mistakes(path) == [
        ": schema = 2: is newer than 1, the newest schema that this cutover reads; "
        "read it with the cutover that made it"
    ]


def test_a_log_without_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latency.hlog"
    path.write_text("#[Histogram log format version 1.3]\n")
    assert mistakes(path) == [
        ": schema = '#[Histogram log format version 1.3]': must be 1; restore the file from a copy of the run"
    ]
