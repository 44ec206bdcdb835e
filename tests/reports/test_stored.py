"""What a portal gives out of itself: a CSV file, or a query of its database."""

import sqlite3

import pytest
from sqlalchemy import create_engine, text

from cutover.base.errors import BadInput
from fixtures.portal.records import StoredDossier
from reports.receipts import Receipt
from reports.reconciliation import reconcile
from reports.stored import query, read_export

SENT = [Receipt(n, 1, "submit", f"run.{n}", f"R{n}", "d") for n in range(4)]


@pytest.fixture
def export(tmp_path):
    def write(content: str):
        path = tmp_path / "export.csv"
        path.write_text(content, encoding="utf-8-sig", newline="")
        return path

    return write


def test_an_export_with_keys_is_a_runs_own_part_of_it(export):
    given = read_export(export("key,receipt,digest,state,arrived\nrun.1,R1,d,paid,true\nother.2,R9,d,accepted,\n"))
    assert given.unjudged == ()
    assert given.of_run(SENT, "run.") == [StoredDossier("R1", "run.1", "d", "paid", arrived=True)]


def test_without_keys_only_known_receipts_are_the_runs(export):
    given = read_export(export("receipt,digest,state\nR1,d,paid\nR1,d,paid\nR2,other,paid\nR9,d,paid\n"))
    assert given.unjudged == ("unseen", "duplicated", "foreign")
    found = reconcile(SENT[1:], given.of_run(SENT[1:], "run."))
    assert (found.matched, found.duplicated, found.altered, found.lost) == (1, ("R1",), ("R2",), ("R3",))


def test_spaces_that_fill_up_a_column_are_not_part_of_it(export):
    given = read_export(export("receipt,digest,state\nR1  , d,paid \n"))
    assert given.dossiers == (StoredDossier("R1", "", "d", "paid"),)


def test_digests_may_be_in_capitals(export):
    assert read_export(export("receipt,digest,state\nR1,AB12,paid\n")).dossiers[0].digest == "ab12"


def test_all_mistakes_of_an_export_are_named_with_their_lines(export):
    with pytest.raises(BadInput) as refused:
        read_export(export("receipt,digest,state,arrived\n,d,paid,\nR1,,paid,\nR2,d,paid,maybe\n"))
    assert [(mistake.line, mistake.key) for mistake in refused.value.mistakes] == [
        (2, "receipt"),
        (3, "digest"),
        (4, "arrived"),
    ]
    assert "must be true, false or empty" in str(refused.value)


def test_missing_columns_are_named(export):
    with pytest.raises(BadInput) as refused:
        read_export(export("receipt;digest;state\nR1;d;paid\n"))
    assert [mistake.key for mistake in refused.value.mistakes] == ["receipt", "digest", "state"]
    assert "name the columns receipt, digest, state, perhaps key and arrived" in str(refused.value)


def test_a_file_that_is_no_csv_is_refused(tmp_path):
    (tmp_path / "export.csv").write_bytes(b"receipt,digest,state\n\xff\xfe,d,paid\n")
    with pytest.raises(BadInput, match="is not CSV in UTF-8"):
        read_export(tmp_path / "export.csv")
    with pytest.raises(BadInput, match="cannot be read"):
        read_export(tmp_path / "nowhere.csv")


def test_a_query_gives_the_columns_of_an_export_and_changes_nothing(tmp_path):
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE hoso (ma TEXT, bam TEXT, tt TEXT)"))
        connection.execute(text("INSERT INTO hoso VALUES ('R1', 'd', 'paid')"))
    given = query(url, "SELECT ma AS receipt, bam AS digest, tt AS state FROM hoso")
    assert given.dossiers == (StoredDossier("R1", "", "d", "paid"),)
    for changes in ("DELETE FROM hoso", "DROP TABLE hoso", "CREATE TABLE other (x INTEGER)"):
        with pytest.raises(BadInput, match=r"cannot be played \(attempt to write a readonly database\)"):
            query(url, changes)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM hoso")).scalar_one() == 1
    engine.dispose()


def test_a_query_is_played_as_it_is_written(tmp_path):
    url = f"sqlite:///{tmp_path / 'theirs.db'}"
    sqlite3.connect(tmp_path / "theirs.db").close()
    given = query(url, "SELECT 'HS :ngay %s 5%' AS receipt, strftime('%H :d', 0) || 'd' AS digest, 'paid' AS state")
    assert [(each.receipt, each.digest) for each in given.dossiers] == [("HS :ngay %s 5%", "12 :dd")]


@pytest.mark.parametrize("url", ["no url", "nosuchdatabase://x:secret@host/name"])
def test_a_url_that_is_none_is_refused_and_not_shown(url):
    with pytest.raises(BadInput) as refused:
        query(url, "SELECT 1")
    assert "is no URL of a database that can be asked" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_query_that_fails_says_why():
    with pytest.raises(BadInput) as refused:
        query("sqlite://", "SELECT 1 FROM nowhere")
    assert "cannot be played (no such table: nowhere); correct --sql or --query" in str(refused.value)


def test_a_file_that_is_not_there_is_refused_and_not_made(tmp_path):
    with pytest.raises(BadInput, match="must be an existing file"):
        query(f"sqlite:///{tmp_path / 'theirs.db'}", "SELECT 1")
    assert not (tmp_path / "theirs.db").exists()
