"""What is said and drawn of a population: the description's own counts, and where commune sizes come from."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure

from fixtures.description import AGES, Description
from fixtures.places import SIZE_CLASSES, synthetic_places
from reports.figures.population import commune_map, names, pyramid
from reports.figures.scenario import write_image
from reports.nation import nation_text

PEOPLE = 100_000


@pytest.fixture
def description() -> Description:
    """Give 20 % children, 70 % of working age and 10 % elders, half of them women."""
    ages = np.zeros((2, AGES), dtype=np.int64)
    ages[:, 4], ages[:, 40], ages[:, 91] = PEOPLE // 10, PEOPLE * 35 // 100, PEOPLE // 20
    return Description(
        seed=1,
        places=synthetic_places(PEOPLE),
        sexes=("male", "female"),
        ages=ages,
        family_names={"Nguyễn": 38_400, "Trần": 11_000, "Lê": 50_600},
        given_names={f"Tên {place}": 1000 - place for place in range(20)},
        access={"own": 60_000, "counter": 30_000, "shared": 10_000},
        urban=38_100,
        accounts=62_000,
        married=40_000,
        with_parents=25_000,
    )


def title(figure: Figure) -> str:
    return " ".join(figure.get_suptitle().split())


def test_the_pyramid_draws_every_citizen(description: Description) -> None:
    figure = pyramid(description)
    assert title(figure) == "100,000 citizens: 20 % under 15, 70 % from 15 to 64, 10 % older"
    (axes,) = figure.axes
    widths = [bar.get_width() for bar in axes.patches]
    assert sum(abs(width) for width in widths) == pytest.approx(100)
    assert min(widths) == -max(widths) == pytest.approx(-35)
    assert axes.get_ylim() == (0, 92)


def test_the_map_has_every_placed_commune_and_says_that_sizes_are_synthetic(description: Description) -> None:
    first, *others = description.places.communes
    nowhere = first.model_copy(update={"latitude": None})
    figure = commune_map(replace(description.places, communes=(nowhere, *others)))
    told = "3,321 communes, 3,320 of them with known coordinates, by size (synthetic allocation)"
    assert title(figure) == told
    (axes,) = figure.axes
    drawn = {line.get_label(): len(line.get_xdata()) for line in axes.lines}
    assert sum(drawn.values()) == 3320
    for name in SIZE_CLASSES:
        assert drawn.get(name, 0) == sum(commune.size_class == name for commune in others)
    assert [text.get_text() for text in axes.texts] == [
        "communes of 1 July 2025; people of communes: synthetic allocation"
    ]


def test_the_map_of_placed_communes_counts_them_once(description: Description) -> None:
    assert title(commune_map(description.places)) == "3,321 communes, by size (synthetic allocation)"


def test_the_map_of_a_file_names_the_file(description: Description) -> None:
    figure = commune_map(replace(description.places, allocation="real.csv (sha256 123456789abc)"))
    assert "synthetic" not in title(figure)
    assert figure.axes[0].texts[0].get_text().endswith("people of communes: real.csv (sha256 123456789abc)")


def test_names_are_drawn_from_the_most_frequent_down(description: Description) -> None:
    figure = names(description)
    assert title(figure) == "38.4 % of citizens have the family name Nguyễn"
    family, given = figure.axes
    assert [bar.get_width() for bar in family.patches] == pytest.approx([38.4, 11.0, 50.6])
    assert [text.get_text() for text in family.texts] == ["Nguyễn", "Trần", "Lê"]
    assert len(given.patches) == 12


def test_pictures_are_written_as_png_and_svg(description: Description, tmp_path: Path) -> None:
    for name in ("pyramid.png", "pyramid.svg"):
        write_image(pyramid(description), tmp_path / name)
    assert (tmp_path / "pyramid.png").read_bytes().startswith(b"\x89PNG")
    assert ET.parse(tmp_path / "pyramid.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_text_tells_shares_size_classes_and_provinces_but_no_commune(description: Description) -> None:
    text = nation_text(description)
    for words in (
        "100,000 citizens: 20 % under 15, 70 % from 15 to 64, 10 % older.",
        "living in wards: 38,100 (38.1 %)",
        "with a sign-in account: 62,000 (62 %)",
        "with a father or mother: 25,000 (25 %)",
        "access, shared: 10,000 (10 %)",
        "3,321 communes (synthetic allocation):",
        "34 provinces of 1 July 2025:",
    ):
        assert words in text
    assert sum(name in text for name in SIZE_CLASSES) == len(SIZE_CLASSES)
    assert not any(commune.name in text for commune in description.places.communes)
