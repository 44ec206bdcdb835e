"""`cutover population`: look at the synthetic nation and write it out."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cutover.base.errors import BadInput, Interrupted
from cutover.commands.output import give, give_json, say, say_if_first

if TYPE_CHECKING:
    from collections.abc import Callable

    from fixtures.citizens import Citizen
    from fixtures.description import Description
    from fixtures.population import Population

population = typer.Typer(name="population", help="The synthetic nation, citizen by citizen.", no_args_is_help=True)

Seed = Annotated[int, typer.Option(help="Another seed makes other citizens in the same places.")]
Total = Annotated[int | None, typer.Option(help="How many citizens; 101,600,000 unless a file of communes tells.")]
Communes = Annotated[Path | None, typer.Option(help="CSV file with the columns code,population,staff,hours.")]
JSON = Annotated[bool, typer.Option("--json", help="Print one JSON document on stdout.")]

LOOPBACK = "phones may belong to real people: never send them anywhere but to loopback"


@population.callback()
def group() -> None:
    """Look at the synthetic nation and write it out."""


@population.command()
def sample(
    count: Annotated[int, typer.Argument(min=1, help="How many citizens.")],
    seed: Seed = 1,
    total: Total = None,
    communes: Communes = None,
    json: JSON = False,
) -> None:
    """Show citizens drawn from all over the nation, each at most once, the same ones each time."""
    import numpy as np

    from fixtures.permutation import permuted
    from models.draws import stream

    people = _population(seed, total, communes)
    if count > people.total:
        rule = f"must be at most {people.total}, the citizens there are"
        raise BadInput.single("population", "count", count, rule, "choose fewer")
    secret = stream(seed, 0, "population sample")
    citizens = people[np.array([permuted(secret, people.total, place) for place in range(count)])]
    if json:
        shown = [_plain(citizen) for citizen in citizens]
        notes = {"communes": people.places.allocation, "phones": LOOPBACK}
        give_json({"schema": 1, "seed": seed, "total": people.total} | notes | {"citizens": shown})
    else:
        give("\n".join(_line(citizen) for citizen in citizens))
        say(f"communes: {people.places.allocation}; {LOOPBACK}")


@population.command()
def describe(
    seed: Seed = 1,
    total: Total = None,
    communes: Communes = None,
    figures: Annotated[Path | None, typer.Option(help="Folder for pictures, as PNG and SVG.")] = None,
    json: JSON = False,
) -> None:
    """Count the nation's citizens by place, sex, age, name and access, over all of them."""
    from fixtures.description import describe as count
    from reports.nation import nation_text

    people = _population(seed, total, communes)
    with _bar("citizens counted", people.total) as advance:
        found = count(people, advance)
    drawn = [] if figures is None else _draw(found, figures)
    if json:
        give_json({"schema": 1, **found.to_dict(), "figures": [str(path) for path in drawn]})
    else:
        give(nation_text(found))
        for path in drawn:
            say(f"figure: {path}")


@population.command()
def export(
    out: Annotated[Path, typer.Option(help="Folder for the files; one that was stopped is gone on with.")],
    seed: Seed = 1,
    total: Total = None,
    communes: Communes = None,
    json: JSON = False,
) -> None:
    """Write the nation to Parquet, a file a province, with a manifest of checksums."""
    from fixtures.export import export as write

    people = _population(seed, total, communes)
    with _bar("citizens written", people.total) as advance:
        try:
            manifest = write(people, out, advance)
        except KeyboardInterrupt:
            raise Interrupted(f"stopped; the same command goes on with what is in {out}") from None
    if json:
        give_json(manifest.model_dump(mode="json", by_alias=True))
    else:
        size = sum(file.bytes for file in manifest.files)
        give(f"{out}: {people.total:,} citizens in {len(manifest.files)} files, {size / 1e9:.2f} GB")
        say(f"communes: {people.places.allocation}; {LOOPBACK}")


def _population(seed: int, total: int | None, communes: Path | None) -> "Population":
    from fixtures.commune_file import read_places
    from fixtures.places import NATIONAL_TOTAL
    from fixtures.population import Population

    say_if_first()
    if communes is None:
        return Population(seed, NATIONAL_TOTAL if total is None else total)
    if total is not None:
        rule = "cannot be chosen beside --communes, which tells the people of every commune"
        raise BadInput.single("population", "total", total, rule, "leave out one of the two")
    return Population(seed, places=read_places(communes))


@contextmanager
def _bar(words: str, total: int) -> Iterator["Callable[[int], None]"]:
    """Show a bar on stderr, where that is a terminal, while the block runs."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn(words), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(words, total=total)
        yield lambda rows: progress.advance(task, rows)


def _plain(citizen: "Citizen") -> dict[str, Any]:
    from dataclasses import asdict

    told = {"name": citizen.name} | asdict(citizen) | {"birth_date": citizen.birth_date.isoformat()}
    return told | {"household": citizen.household}


def _line(citizen: "Citizen") -> str:
    parts = (f"{citizen.number:>9}", citizen.identification, str(citizen.birth_date), f"{citizen.sex:6}")
    return "  ".join((*parts, citizen.commune, f"{citizen.access:7}", citizen.phone, citizen.name))


def _draw(found: "Description", folder: Path) -> list[Path]:
    from reports.figures import population as pictures
    from reports.figures.scenario import write_image

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        why = error.strerror or str(error)
        raise BadInput.single(
            "options", "--figures", str(folder), f"cannot be made ({why})", "choose another"
        ) from None
    drawn = []
    for name, figure in (
        ("pyramid", pictures.pyramid(found)),
        ("communes", pictures.commune_map(found.places)),
        ("names", pictures.names(found)),
    ):
        for path in (folder / f"{name}.png", folder / f"{name}.svg"):
            write_image(figure, path)
            drawn.append(path)
    return drawn
