"""Queries and migrations as files: complete, unique, and real SQL."""

from pathlib import Path

import pglast
import pytest

from storage import migrate, sql
from storage.pool import Pool

QUERIES = {path.name: sql.parse(path.read_text(), path.name) for path in sorted(sql.FOLDER.glob("*.sql"))}
ALL = [query for blocks in QUERIES.values() for query in blocks.values()]


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_every_query_is_one_statement_that_parses(query: sql.Query) -> None:
    assert len(pglast.parse_sql(query.text)) == 1


@pytest.mark.parametrize("query", ALL, ids=lambda query: query.name)
def test_every_query_says_why_in_one_line(query: sql.Query) -> None:
    assert query.why.endswith(".")
    assert "--" not in query.text


@pytest.mark.parametrize("migration", migrate.load(), ids=lambda migration: migration.name)
def test_every_migration_parses_and_says_what_why_and_which_lock(migration: migrate.Migration) -> None:
    assert pglast.parse_sql(migration.text)
    head = migration.text.splitlines()[:3]
    assert [line.split(":")[0] for line in head] == ["-- What", "-- Why", "-- Lock"]


async def test_every_query_fits_the_schema(pool: Pool) -> None:
    async with pool.connection() as connection:
        for query in ALL:
            statement = await connection.raw.prepare(query.text)
            assert len(statement.get_parameters()) == query.parameters, query.name


def folder_with(tmp_path: Path, **files: str) -> Path:
    for path in sql.FOLDER.glob("*.sql"):
        (tmp_path / path.name).write_text(path.read_text())
    for name, text in files.items():
        (tmp_path / f"{name}.sql").write_text(text)
    return tmp_path


def test_a_missing_query_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(sql.QueryFileBroken, match="waiting"):
        sql.load(folder_with(tmp_path, queue="-- join --\n-- Why.\nSELECT 1;"))


def test_an_unknown_query_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(sql.QueryFileBroken, match="nobody_asks"):
        sql.load(folder_with(tmp_path, more="-- nobody_asks --\n-- Why.\nSELECT 1;"))


def test_a_name_in_two_files_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(sql.QueryFileBroken, match="waiting"):
        sql.load(folder_with(tmp_path, zmore="-- waiting --\n-- Why.\nSELECT 1;"))


def test_a_name_twice_in_a_file_stops_the_start() -> None:
    with pytest.raises(sql.QueryFileBroken, match="twice"):
        sql.parse("-- a --\n-- Why.\nSELECT 1;\n-- a --\n-- Why.\nSELECT 2;", "some.sql")


@pytest.mark.parametrize("text", ["-- a --\nSELECT 1;", "-- a --\n-- Why.\n"])
def test_a_query_without_reason_or_statement_stops_the_start(text: str) -> None:
    with pytest.raises(sql.QueryFileBroken, match="needs"):
        sql.parse(text, "some.sql")


def test_there_are_enough_invariants() -> None:
    assert len(sql.load_audit()) >= 15
