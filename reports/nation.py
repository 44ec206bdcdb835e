"""A described population in words: what its figures show, and its counts as text."""

import numpy as np

from fixtures.description import Description
from fixtures.places import Places
from reports.quantities import share


def pyramid_words(description: Description) -> str:
    """Say how many citizens are children, of working age, and elders."""
    by_age = description.ages.sum(axis=0)
    parts = [share(int(part.sum()) / description.total) for part in np.split(by_age, (15, 65))]
    return f"{description.total:,} citizens: {parts[0]} under 15, {parts[1]} from 15 to 64, {parts[2]} older"


def names_words(description: Description) -> str:
    """Say which family name is the most frequent, and how frequent."""
    name, people = next(iter(description.family_names.items()))
    return f"{share(people / description.total)} of citizens have the family name {name}"


def map_words(places: Places) -> str:
    """Say how many communes have a place on the map, and that sizes are synthetic where they are."""
    placed = sum(commune.latitude is not None and commune.longitude is not None for commune in places.communes)
    told = "" if placed == len(places.communes) else f", {placed:,} of them with known coordinates"
    words = f"{len(places.communes):,} communes{told}, by size"
    return f"{words} ({places.allocation})" if places.synthetic else words


def counters_words(places: Places) -> list[str]:
    """Say what communes tell of their counters, where any does."""
    told = places.counters
    if told is None:
        return []
    staffed = f"{told.staff:,} people at the counters of {told.communes_with_staff:,} communes that tell their staff"
    return [f"  {staffed}; {told.communes_with_hours:,} tell their hours"]


def nation_text(description: Description) -> str:
    """Return a description as lines of text; it names provinces and size classes, no commune."""
    places, total = description.places, description.total

    def part(people: int) -> str:
        return f"{people:,} ({share(people / total)})"

    lines = [
        f"{pyramid_words(description)}.",
        f"{names_words(description)}.",
        f"living in wards: {part(description.urban)}",
        f"with a sign-in account: {part(description.accounts)}",
        f"with a spouse: {part(description.married)}",
        f"with a father or mother: {part(description.with_parents)}",
        *(f"access, {name}: {part(people)}" for name, people in description.access.items()),
        f"\n{len(places.communes):,} communes ({places.allocation}):",
        *(
            f"  {name:26}{found.communes:>6,} communes {found.people:>12,} people"
            for name, found in description.size_classes.items()
        ),
        *counters_words(places),
        f"\n{len(places.provinces)} provinces of 1 July 2025:",
        *(f"  {one.code} {one.name:14}{one.population:>12,} people" for one in places.provinces),
    ]
    return "\n".join(lines)
