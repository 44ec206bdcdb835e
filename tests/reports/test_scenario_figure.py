"""The figure of a scenario's demand: what is stacked, how it is labelled, and the image it becomes."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest

from cutover.base.errors import BadInput
from reports.figures.scenario import demand, write_image

DAY_EDGES = np.linspace(0.0, 86_400.0, 25)


def test_parts_are_stacked_the_largest_first():
    small, large = np.full(24, 1.0), np.linspace(2.0, 4.0, 24)
    figure = demand("a day", DAY_EDGES, {"by journey": {"small": small, "large": large}}, 0.0)
    (axes,) = figure.axes
    bottom, top, outline = (patch.get_data() for patch in axes.patches)
    assert bottom.values == pytest.approx(large)
    assert top.values == pytest.approx(large + small)
    assert top.baseline == pytest.approx(large)
    assert outline.values == pytest.approx(large + small)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["large 75 %", "small 25 %"]
    assert axes.get_ylabel() == "sessions per second\nby journey"


def test_more_parts_than_colours_are_put_together():
    rates = {f"p{i}": np.full(24, float(10 - i)) for i in range(9)}
    (axes,) = demand("a day", DAY_EDGES, {"by flow": rates}, 0.0).axes
    labels = [text.get_text() for text in axes.get_legend().get_texts()]
    assert labels[:5] == [
        f"p{i} {significant} %" for i, significant in enumerate(("18.5", "16.7", "14.8", "13", "11.1"))
    ]
    assert labels[5] == "4 others 25.9 %"
    assert axes.patches[5].get_data().values == pytest.approx(np.full(24, 54.0))


def test_time_is_the_time_of_day_unless_short():
    rates = {"by journey": {"a": np.ones(24)}, "by flow": {"b": np.ones(24)}}
    first, second = demand("two plots", DAY_EDGES, rates, 15 * 3600.0).axes
    assert second.get_xlabel() == "time of day (+07:00)"
    assert first.get_xlabel() == ""
    clock = second.xaxis.get_major_formatter()
    assert [clock(at_s, 0) for at_s in (0, 3600 * 8.5, 3600 * 9)] == ["15:00", "23:30", "0:00\n+1 d"]
    (short,) = demand("short", np.linspace(0, 70, 8), {"by journey": {"a": np.ones(7)}}, 0.0).axes
    assert short.get_xlabel() == "time (s since scenario start)"


def test_images_are_what_their_names_say(tmp_path):
    figure = demand("a day", DAY_EDGES, {"by journey": {"a": np.ones(24)}}, 0.0)
    write_image(figure, tmp_path / "day.png")
    assert (tmp_path / "day.png").read_bytes().startswith(b"\x89PNG\r\n")
    write_image(figure, tmp_path / "day.svg")
    first = (tmp_path / "day.svg").read_bytes()
    assert ET.fromstring(first).tag == "{http://www.w3.org/2000/svg}svg"
    write_image(figure, tmp_path / "day.svg")
    assert (tmp_path / "day.svg").read_bytes() == first
    for name, words in (("day.pdf", "must end in .png or .svg"), ("no/day.png", "cannot be written (No such file")):
        with pytest.raises(BadInput) as caught:
            write_image(figure, tmp_path / name)
        assert words in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.png", "day.svg"]


def test_a_band_lies_across_every_stack_and_the_legend_says_what_it_is():
    rates = {"by journey": {"a": np.ones(24)}, "by flow": {"b": np.full(24, 0.4), "c": np.full(24, 0.6)}}
    low, high = np.full(24, 0.8), np.linspace(1.2, 3.0, 24)
    figure = demand("a day", DAY_EDGES, rates, 0.0, (low, high), "95 % of days")
    for axes in figure.axes:
        band = axes.patches[-1].get_data()
        assert (band.values.tolist(), band.baseline.tolist()) == (high.tolist(), low.tolist())
        assert axes.get_legend().get_texts()[-1].get_text() == "95 % of days"
        assert axes.get_ylim()[1] > 3.0
    (without,) = demand("a day", DAY_EDGES, {"by journey": {"a": np.ones(24)}}, 0.0).axes
    assert [text.get_text() for text in without.get_legend().get_texts()] == ["a 100 %"]
