"""A small world to carry from place to place: films that share pieces, purchases, a look; and how it is compared."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from PIL import Image
from sqlalchemy import select

from director_dagster.catalog import budgets, rows
from director_dagster.catalog.queries import film_uses, films, requests, shots, voices
from director_dagster.catalog.queries.shots import Planned
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, FilmRequest
from director_dagster.errors import JobFailed
from director_dagster.providers.contract import JobState, JobStatus
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio import choice, records, trash
from director_dagster.studio.commission import commission
from director_dagster.studio.export import export
from director_dagster.studio.generate import generate
from director_dagster.studio.looks import Wanted, bring
from director_dagster.studio.production import open_production
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench, fund, open_bench, order

KEY = FilmKey(workspace="home", film="a-film")
PAGE = "INT. ROOM - DAY\n\nMARA\nHere I am.\n"
PRICE = 250_000
FREE = ("trashed", "purged", "held")
TODAY = date(2026, 11, 26)

World = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, kw_only=True)
class Made:
    """A world that was made: its database, which nobody is connected to, its home, and bags of it by name."""

    database: str
    home: Path
    bags: Path
    workspace_id: UUID


async def make_world(url: str, folder: Path) -> Made:
    """A world in the database at `url`, with bags of its workspace, ``home``, and of both films."""
    studio, bench = open_bench(url, folder / "home")
    workspace_id = await a_world(studio, bench, folder)
    for name in ("home", "a-film", "other"):
        what = name if name == "home" else replace(KEY, film=name)
        await export(studio, what, folder / "bags" / name, today=TODAY)
    await studio.aclose()
    return Made(database=urlsplit(url).path[1:], home=folder / "home", bags=folder / "bags", workspace_id=workspace_id)


async def a_world(studio: Studio, bench: Bench, folder: Path) -> UUID:
    """The workspace ``home``: two films, one of which uses and is made from what the other has bought; a look; a choice
    among takes; what lay in a bin and is pinned; a failed purchase that has cost something; a voice; something in the
    trash, something held, a tombstone; budgets and a crew; requests that are over. Its id."""
    bench.price_microusd = PRICE
    await _commission(studio)
    film = await open_production(studio.catalog, KEY)
    await fund_all(studio)
    async with studio.catalog.session() as db:
        await films.set_crew(db, film.workspace_id, {"script": "bench"})
        [shot] = await shots.sync(
            db,
            workspace_id=film.workspace_id,
            film_id=film.film_id,
            plan=[Planned(code="sh010", scene=1, plan={"a": 0.1})],
        )
    picture = folder / "mara.png"
    Image.new("RGB", (96, 128), "teal").save(picture)
    look = await bring(studio, film.workspace_id, Wanted(kind="character", name="Mara"), pictures=[picture])
    async with studio.catalog.session() as db:
        await voices.choose(
            db,
            workspace_id=film.workspace_id,
            character_id=look.character.id,
            provider="bench",
            voice_id="v1",
            by="a test",
        )
    await ask_for(studio, film.workspace_id, "a-film", "done")
    await ask_for(studio, film.workspace_id, "no-film-yet", "failed")
    theirs = (await generate(studio, await order(studio, bench, "their reel", film="other"))).asset
    ours = await order(studio, bench, "our reel", slot="frame:sh010")
    label = replace(ours.label, sources=[(theirs.id, "reel")], shot_id=shot.id, character_ids=[look.character.id])
    await generate(studio, replace(ours, label=label))
    await generate(studio, await order(studio, bench, "our second reel", slot="frame:sh010"))
    await generate(studio, await order(studio, bench, "their reel", slot="used"))
    await choice.select(studio, film, "frame:sh010", 1, who="somebody")
    async with studio.catalog.session() as db:
        await film_uses.take(db, film.workspace_id, film.film_id, [theirs.id], by="somebody")
        await film_uses.pin(db, film.workspace_id, film.film_id, theirs.id, slot="shot:sh010", by="somebody")
    bench.status = JobStatus(state=JobState.FAILED, reason="it broke", microusd=1)
    try:
        await generate(studio, await order(studio, bench, "a failure", slot="failed"))
    except JobFailed:
        bench.status = JobStatus(state=JobState.DONE)
    await _trash(studio, bench, film.workspace_id)
    await _commission(studio)  # an order of the bench writes over the film's row
    await records.note_all(studio.catalog, studio.vault, film.workspace_id)
    return film.workspace_id


async def _trash(studio: Studio, bench: Bench, workspace_id: UUID) -> None:
    """What was made for nothing: a take in the trash, a tombstone, and one that is held."""
    bench.price_microusd = 0
    made = [(await generate(studio, await order(studio, bench, words, slot="free"))).asset.id for words in FREE]
    bench.price_microusd = PRICE
    trashed, purged, held = made
    await trash.hold(studio, workspace_id, [held], reason="case 7")
    await trash.delete(studio, workspace_id, [trashed, purged], reason="not wanted")
    await trash.purge(studio, workspace_id, [purged], reason="asked for")


async def ask_for(studio: Studio, workspace_id: UUID, film: str, state: str = "") -> UUID:
    """A request for a film that a run has begun and, with `state`, ended so; its id."""
    async with studio.catalog.session() as db:
        wanted = FilmRequest(
            workspace_id=workspace_id,
            film=film,
            wishes={"takes": {"music": {"music": 2}}},
            max_microusd=PRICE,
            queued=True,
            priority=3,
            key=f"the one of {film}",
            asked_by="somebody",
        )
        row, _ = await requests.add(db, wanted)
        await requests.take(db, row, TODAY)
        await requests.begin(db, row.id, run_id=f"run of {film}", after="")
        if state:
            await requests.end(db, row.id, state, reason="as it went")
    return row.id


async def _commission(studio: Studio) -> None:
    for slug in ("a-film", "other"):
        page = of_screenplay(PAGE.replace("ROOM", f"ROOM OF {slug}"), origin=f"file: /{slug}", name=slug)
        await commission(studio, FilmKey(workspace="home", film=slug), page, FilmSettings())


async def fund_all(studio: Studio) -> None:
    """Let the workspace and both films spend."""
    await fund(studio, 20 * PRICE)
    async with studio.catalog.session() as db:
        other = await films.find(db, "home", "other")
        assert other is not None
        await budgets.set_limit(db, workspace_id=other.workspace_id, film_id=other.id, limit_microusd=5 * PRICE)


async def dump(catalog: Catalog, *, numbers: bool = True) -> World:
    """All rows of all tables, as JSON data, by primary key; without the numbers that Postgres gives, if so told."""
    found: dict[str, list[dict[str, Any]]] = {}
    async with catalog.session() as db:
        for name in rows.ORDER:
            table = rows.table_of(name)
            found[name] = [row async for some in rows.stream(db, table) for row in some]
            if rows.is_numbered(table) and not numbers:
                found[name] = [{key: value for key, value in row.items() if key != "id"} for row in found[name]]
    return found


def without_moves(world: World) -> World:
    """The rows without the events that say that a bag was written or brought: they come after what is in it."""
    return {**world, "events": [row for row in world["events"] if row["what"] not in {"exported", "imported"}]}


def told(world: World, tables: Collection[str] = rows.ORDER) -> dict[str, int]:
    """How many rows each table has."""
    return {name: len(world[name]) for name in tables}


async def intact(studio: Studio) -> int:
    """How many assets there are, in the trash too, whose bytes, and whose thumbnail's, are proved; it fails where some
    are not."""
    async with studio.catalog.session() as db:
        there = (Asset.url.is_not(None), Asset.lost_at.is_(None), Asset.purged_at.is_(None))
        assets = list(await db.scalars(select(Asset).where(*there)))
    for asset in assets:
        for url in filter(None, (asset.url, asset.thumbnail_url)):
            await studio.vault.read(url)
    return len(assets)


def fate(asset: Mapping[str, Any]) -> str:
    """Whether an asset's row is held, in the trash or a tombstone; empty for all others."""
    words = {"purged_at": "purged", "deleted_at": "in the trash", "held_at": "held"}
    return next((word for column, word in words.items() if asset[column]), "")
