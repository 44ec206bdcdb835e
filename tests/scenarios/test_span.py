"""Spans: the busiest one, and those that somebody asks for."""

import pytest

from cutover.base.errors import BadInput
from scenarios.demand import mean_profile
from scenarios.scenario import find_scenario, read_scenario
from scenarios.span import asked, busiest


def test_the_busiest_span_holds_more_than_any_other():
    scenario = read_scenario(find_scenario("go-live"))
    span, profile = busiest(scenario), mean_profile(scenario)
    assert span.window.length_s == 600.0
    most = profile.expected(span.window.to_s) - profile.expected(span.window.from_s)
    starts = range(0, 86_400 - 600, 300)
    assert most == pytest.approx(
        max(profile.expected(s + 600.0) - profile.expected(float(s)) for s in starts), rel=1e-3
    )
    assert span.begins_s == span.window.from_s - 600.0


@pytest.mark.parametrize(
    ("name", "text", "window"),
    [
        ("go-live", "all", (0.0, 86_400.0)),
        ("go-live", "0..600", (0.0, 600.0)),
        ("go-live", "07:30..09:30:15", (27_000.0, 34_215.0)),
        ("go-live", "23:00..1d00:00", (82_800.0, 86_400.0)),
        ("pilot", "18:00..1d07:30", (0.0, 48_600.0)),  # it starts on 27 June at 18:00
    ],
)
def test_what_is_asked_for(name, text, window):
    scenario = read_scenario(find_scenario(name))
    span = asked(scenario, text)
    assert (span.window.from_s, span.window.to_s) == window
    assert span.warm_up_s == (0.0 if text == "all" else scenario.file.forecast.warm_up_s)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tomorrow", "is no span of time; write `all`, seconds such as `0..600`"),
        ("07:30", "is no span of time"),
        ("1..2..3", "is no span of time"),
        ("-5..10", "is no span of time"),
        ("10..10", "must begin before it ends, and lie within the scenario, 0 to 86400 s"),
        ("23:00..1d00:01", "must begin before it ends, and lie within"),
        ("nan..5", "is no span of time"),
    ],
)
def test_what_is_no_span_is_told(text, message):
    with pytest.raises(BadInput) as caught:
        asked(read_scenario(find_scenario("go-live")), text)
    assert str(caught.value.mistakes[0]).startswith(f"options: --window = {text!r}: {message}")
