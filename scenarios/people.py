"""The people of a scenario's nation: so many as a figure says, or as a file says of each commune."""

import hashlib
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from cutover.base.document import Document
from cutover.base.errors import BadInput, Mistake
from fixtures.commune_file import read_places
from fixtures.places import MOST_PEOPLE, Places
from scenarios.figure import Figure

LEAST_PEOPLE = 3_321
"""One person a commune."""

KEY = "population"


class People(Figure):
    """The nation's people: a `value`, or `communes`, the path of a file that starts at the scenario's folder.

    A `value` that is left out is 0 until the file has been read.
    """

    value: Annotated[float, Field(allow_inf_nan=False)] = 0.0
    communes: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _are_told(self) -> Self:
        if self.is_uncertain:
            raise ValueError("takes no range: communes have their people; give one to the flows' volumes")
        if self.communes is None and not self.told:
            msg = "must have `value`, or `communes`, a file that says how many live in each; add one of them"
            raise ValueError(msg)
        return self

    @property
    def told(self) -> bool:
        """Tell whether there is a value."""
        return "value" in self.model_fields_set


def read_people(people: People, document: Document) -> tuple[People, Places | None, bytes]:
    """Return the people with their number, the places that their file gives, and the digest of that file.

    Without a file there are no places, and nothing is digested. Raises BadInput with all mistakes: the file's own, a
    value that is not its total, a total below one person a commune or above a billion.
    """
    if people.communes is None:
        if not LEAST_PEOPLE <= people.value <= MOST_PEOPLE:
            rule = f"must be from {LEAST_PEOPLE}, one for each commune, to {MOST_PEOPLE}"
            raise BadInput([_mistake(document, "value", people.value, rule, "correct the population")])
        return people, None, b""
    path = document.path.parent / people.communes
    places = read_places(path)
    if people.told and people.value != places.total:
        rule = f"is not what the communes of {path.name} add up to, {places.total}"
        raise BadInput([_mistake(document, "value", people.value, rule, "leave it out, or correct one of the two")])
    return people.model_copy(update={"value": float(places.total)}), places, _digest(path)


def _mistake(document: Document, key: str, value: object, rule: str, remedy: str) -> Mistake:
    return document.mistake((KEY, key), value, rule, remedy)


def _digest(path: Path) -> bytes:
    return hashlib.sha256(path.read_bytes()).digest()
