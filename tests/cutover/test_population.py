"""`cutover population` as its users meet it."""

import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from cutover.commands.main import app
from fixtures.places import published_places
from fixtures.population import Population

TOTAL = "20000"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["population", *arguments])


def test_a_sample_draws_each_citizen_once_and_the_same_each_time() -> None:
    ended = run("sample", "300", "--total", TOTAL, "--json")
    assert ended.exit_code == 0
    told = json.loads(ended.stdout)
    assert (told["schema"], told["seed"], told["total"]) == (1, 1, 20_000)
    assert told["communes"] == "synthetic allocation"
    assert told["phones"] == "phones may belong to real people: never send them anywhere but to loopback"
    numbers = [citizen["number"] for citizen in told["citizens"]]
    assert len(set(numbers)) == 300
    assert min(numbers) < 2_000 < 18_000 < max(numbers)
    population = Population(seed=1, total=20_000)
    for citizen in told["citizens"]:
        expected = population.citizen(citizen["number"])
        assert (citizen["name"], citizen["identification"]) == (expected.name, expected.identification)
        assert citizen["birth_date"] == expected.birth_date.isoformat()
        assert citizen["household"] == expected.household
    assert run("sample", "300", "--total", TOTAL, "--json").stdout == ended.stdout
    assert run("sample", "300", "--total", TOTAL, "--seed", "2", "--json").stdout != ended.stdout


def test_a_sample_for_people_has_a_line_a_citizen_and_its_warnings_apart() -> None:
    ended = run("sample", "5", "--total", TOTAL)
    assert len(ended.stdout.splitlines()) == 5
    assert ended.stderr.splitlines()[-1] == (
        "communes: synthetic allocation; phones may belong to real people: never send them anywhere but to loopback"
    )


def test_who_is_the_first_to_compute_hears_why_it_takes_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    told = "compiling once for this version of cutover: some seconds that later commands save\n"
    monkeypatch.setattr("models.kernel.is_warm", lambda: False)
    assert run("sample", "5", "--total", TOTAL).stderr.startswith(told)
    monkeypatch.setattr("models.kernel.is_warm", lambda: True)
    assert told not in run("sample", "5", "--total", TOTAL).stderr


def test_a_sample_of_everybody_is_everybody() -> None:
    told = json.loads(run("sample", "4000", "--total", "4000", "--json").stdout)
    assert sorted(citizen["number"] for citizen in told["citizens"]) == list(range(4000))


def test_a_description_counts_every_citizen_and_draws_on_request(tmp_path: Path) -> None:
    ended = run("describe", "--total", TOTAL, "--figures", str(tmp_path / "pictures"), "--json")
    assert ended.exit_code == 0
    told = json.loads(ended.stdout)
    citizens = Population(seed=1, total=20_000)[:20_000]
    assert sum(map(sum, told["ages"].values())) == told["total"] == 20_000
    assert sum(told["provinces"].values()) == sum(told["family_names"].values()) == 20_000
    assert sum(told["given_names"].values()) == sum(told["access"].values()) == 20_000
    assert sum(found["communes"] for found in told["size_classes"].values()) == 3321
    assert told["urban"] == citizens.urban.sum()
    assert told["accounts"] == citizens.account.sum()
    assert told["married"] == (citizens.spouse >= 0).sum()
    assert told["with_parents"] == ((citizens.father >= 0) | (citizens.mother >= 0)).sum()
    women = citizens.categories.sexes.index("female")
    born = citizens.birth_date.astype("datetime64[Y]").astype(int) + 1970
    assert told["ages"]["female"][30] == ((citizens.sex == women) & (born == 1994)).sum()
    pictures = {Path(path).name for path in told["figures"]}
    assert pictures == {f"{name}.{form}" for name in ("pyramid", "communes", "names") for form in ("png", "svg")}
    assert all(Path(path).stat().st_size > 0 for path in told["figures"])


def test_a_description_in_words_says_that_communes_are_synthetic() -> None:
    ended = run("describe", "--total", TOTAL)
    assert ended.stdout.startswith("20,000 citizens: ")
    assert "3,321 communes (synthetic allocation):" in ended.stdout


def test_an_export_is_gone_on_with_by_the_same_command(tmp_path: Path) -> None:
    first = run("export", "--out", str(tmp_path), "--total", TOTAL)
    assert first.stdout.startswith(f"{tmp_path}: 20,000 citizens in 35 files, ")
    (tmp_path / "province-79.parquet").unlink()
    told = json.loads(run("export", "--out", str(tmp_path), "--total", TOTAL, "--json").stdout)
    assert (told["state"], len(told["files"])) == ("complete", 35)
    rows = sum(pq.ParquetFile(path).metadata.num_rows for path in tmp_path.glob("province-*.parquet"))
    assert rows == 20_000


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """Give every commune 7 people."""
    path = tmp_path / "real.csv"
    rows = "".join(f"{unit.code},7,,\n" for unit in published_places()[1])
    path.write_text(f"code,population,staff,hours\n{rows}", encoding="utf-8")
    return path


def test_communes_of_a_file_are_not_called_synthetic(real: Path) -> None:
    ended = run("describe", "--communes", str(real))
    assert ended.stdout.startswith("23,247 citizens: ")
    assert "synthetic" not in ended.stdout
    assert "3,321 communes (real.csv (sha256 " in ended.stdout


def test_a_description_tells_staff_and_hours_where_communes_give_them(real: Path) -> None:
    assert json.loads(run("describe", "--communes", str(real), "--json").stdout)["counters"] is None
    header, first, second, *rest = real.read_text(encoding="utf-8").splitlines()
    told = [f"{first[:5]},7,12,07:30-11:30", f"{second[:5]},7,0,"]
    real.write_text("\n".join([header, *told, *rest]), encoding="utf-8")
    counters = json.loads(run("describe", "--communes", str(real), "--json").stdout)["counters"]
    assert counters == {"communes_with_staff": 2, "staff": 12, "communes_with_hours": 1}
    words = "  12 people at the counters of 2 communes that tell their staff; 1 tell their hours\n"
    assert words in run("describe", "--communes", str(real)).stdout


def test_mistakes_end_with_2_and_say_what_to_do(real: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments, told in (
        (["sample", "5", "--total", "5"], "population: total = 5: must be at least 3321, one person for each commune"),
        (["sample", "5", "--total", "1000000001"], "total = 1000000001: must be at most 1000000000, ten times the"),
        (["sample", "5", "--seed", str(2**64)], f"population: seed = {2**64}: must be from 0 to {2**64 - 1}; choose"),
        (["export", "--out", str(tmp_path), "--seed", "-1"], f"population: seed = -1: must be from 0 to {2**64 - 1}"),
        (["sample", "9999", "--total", "4000"], "population: count = 9999: must be at most 4000, the citizens there"),
        (
            ["describe", "--total", "5000", "--communes", str(real)],
            "population: total = 5000: cannot be chosen beside --communes, which tells the people of every commune",
        ),
        (["describe", "--communes", "nowhere.csv"], "nowhere.csv: file: cannot be read (No such file or directory)"),
        (
            ["describe", "--total", "4000", "--figures", str(tmp_path / "file")],
            f"options: --figures = '{tmp_path / 'file'}': cannot be made (File exists); choose another",
        ),
        (["export", "--out", str(tmp_path), "--total", "4000"], "that are no export's, file first; choose an empty"),
    ):
        ended = run(*arguments)
        assert ended.exit_code == 2, arguments
        assert told in ended.stderr


def test_an_interrupted_export_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("fixtures.export.export", interrupted)
    ended = run("export", "--out", str(tmp_path), "--total", TOTAL)
    assert ended.exit_code == 130
    assert ended.stderr == f"stopped; the same command goes on with what is in {tmp_path}\n"
