"""The inbox: what is put there becomes a film once, and again when it was edited; nonsense says so beside itself."""

import asyncio
import os
import time
from pathlib import Path

import dagster as dg
import psycopg
import pytest
from sqlalchemy import select

from director_dagster.catalog import budgets
from director_dagster.catalog.session import open_catalog
from director_dagster.catalog.tables import Film
from director_dagster.definitions import defs
from director_dagster.defs import inbox as watched

PAGE = "INT. ROOM - NIGHT\n\nANNA looks at a door.\n\nANNA\nWho is there?\n"
LONG_AGO_S = 60.0


@pytest.fixture
def folder(home: Path) -> Path:
    (home / "inbox").mkdir()
    return home / "inbox"


def put(file: Path, text: str, *, ago_s: float = LONG_AGO_S) -> None:
    """Write a file that was last written to so long ago."""
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8")
    then = time.time() - ago_s
    os.utime(file, (then, then))


def tick(instance: dg.DagsterInstance, cursor: str | None = None) -> dg.SensorResult:
    told = watched.inbox(dg.build_sensor_context(instance=instance, cursor=cursor, definitions=defs))
    assert isinstance(told, dg.SensorResult)
    return told


async def fund(database_url: str) -> None:
    """Let the only film spend a dollar."""
    async with open_catalog(database_url) as catalog, catalog.session() as db:
        film = (await db.scalars(select(Film))).one()
        for of in (None, film.id):
            await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=of, limit_microusd=1_000_000)


def asked(told: dg.SensorResult) -> list[str | None]:
    return [each.partition_key for each in told.run_requests or []]


def test_without_an_inbox_there_is_nothing_to_do(instance: dg.DagsterInstance) -> None:
    assert asked(tick(instance)) == []


def test_a_screenplay_and_an_idea_become_films_once(
    instance: dg.DagsterInstance, folder: Path, database_url: str
) -> None:
    put(folder / "A Door.fountain", PAGE)
    put(folder / "more" / "fox.txt", "A fox finds a key.\n")
    put(folder / "more" / "film.toml", 'format = "1:1"\n')

    first = tick(instance)
    second = tick(instance, first.cursor)

    assert asked(first) == ["home/a-door", "home/fox"]
    [added] = first.dynamic_partitions_requests or []
    assert added.partition_keys == ["home/a-door", "home/fox"]
    assert asked(second) == []
    with psycopg.connect(database_url) as rows:
        films = rows.execute("SELECT slug, settings->'film' FROM films ORDER BY slug").fetchall()
    assert films == [("a-door", {}), ("fox", {"format": "1:1"})]


@pytest.mark.parametrize("edited", ["page", "settings"])
def test_an_edited_one_is_taken_in_again(instance: dg.DagsterInstance, folder: Path, edited: str) -> None:
    put(folder / "door.fountain", PAGE)
    put(folder / "door.toml", 'format = "1:1"\n')
    first = tick(instance)
    if edited == "page":
        put(folder / "door.fountain", PAGE.replace("door", "window"), ago_s=LONG_AGO_S - 10)
    else:
        put(folder / "door.toml", 'format = "9:16"\n', ago_s=LONG_AGO_S - 10)

    again = tick(instance, first.cursor)

    assert asked(again) == ["home/door"]
    keys = [each.run_key for told in (first, again) for each in told.run_requests or []]
    assert len(set(keys)) == 2


def test_what_is_being_written_waits(instance: dg.DagsterInstance, folder: Path) -> None:
    put(folder / "door.fountain", PAGE, ago_s=0.0)

    assert asked(tick(instance)) == []


def test_nonsense_says_so_beside_itself_until_it_is_mended(instance: dg.DagsterInstance, folder: Path) -> None:
    put(folder / "door.fountain", " ")
    put(folder / "fox.txt", "A fox finds a key.")

    first = tick(instance)
    note = folder / "door.fountain.note"
    said = note.read_text(encoding="utf-8")
    put(folder / "door.fountain", PAGE, ago_s=LONG_AGO_S - 10)
    mended = tick(instance, first.cursor)

    assert asked(first) == ["home/fox"]
    assert "'door' is empty" in said
    assert len(said.splitlines()) == 1
    assert asked(mended) == ["home/door"]
    assert not note.exists()


def test_a_link_is_not_followed(instance: dg.DagsterInstance, folder: Path, tmp_path: Path) -> None:
    put(tmp_path / "mine.txt", "A secret of mine.")
    (folder / "door.txt").symlink_to(tmp_path / "mine.txt")

    assert asked(tick(instance)) == []
    assert "door.txt is a link" in (folder / "door.txt.note").read_text(encoding="utf-8")


def test_a_paid_crew_waits_for_a_budget(instance: dg.DagsterInstance, folder: Path, database_url: str) -> None:
    put(folder / "door.fountain", PAGE)
    put(folder / "film.toml", '[crew]\nimage = "openai"\n')

    first = tick(instance)
    said = (folder / "door.fountain.note").read_text(encoding="utf-8")
    asyncio.run(fund(database_url))
    put(folder / "door.fountain", PAGE, ago_s=LONG_AGO_S - 10)
    funded = tick(instance, first.cursor)

    assert asked(first) == []
    assert "home/door is not made yet: its crew is paid" in said
    assert asked(funded) == ["home/door"]


def test_a_tick_takes_in_so_many_and_the_next_the_others(instance: dg.DagsterInstance, folder: Path) -> None:
    for number in range(watched.FILES_A_TICK + 2):
        put(folder / f"film-{number:02}.fountain", PAGE.replace("door", f"door {number}"))

    first = tick(instance)
    second = tick(instance, first.cursor)

    assert (len(asked(first)), len(asked(second))) == (watched.FILES_A_TICK, 2)
    assert set(asked(first)).isdisjoint(asked(second))
