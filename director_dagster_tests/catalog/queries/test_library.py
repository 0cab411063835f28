"""Tests of the library's questions: any mixture of filters against plain Python, pages both ways, facets."""

import asyncio
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.chain import Actor
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import facets, films, library, standings
from director_dagster.catalog.queries.cards import Card
from director_dagster.catalog.queries.facets import FIELDS, Facet
from director_dagster.catalog.queries.library import SORTS, Place
from director_dagster.catalog.queries.states import STATES
from director_dagster.catalog.queries.wanted import NONE, STANDINGS, Wanted
from director_dagster.catalog.session import open_catalog
from director_dagster.catalog.tables import Asset, AssetCharacter, Film, Slot, SlotStanding, Take
from director_dagster_tests.catalog.rows import a_character, a_film, filed
from director_dagster_tests.conftest import fresh_database

SAM = Actor(who="sam")
DAYS = [date(2026, 3, day) for day in (1, 2, 3)]
WORDS = (
    "red door",
    "Mara's boat",
    "Дверь",
    "the door_red",
    "",
    "boat-night.final.PNG",
    "<wide> at http://red.org/2",
    "Café at Ngô's",
    "cafe\u0301 noir, йод",
    "مَرْحَبًا שָׁלוֹם",
)
SERIES = "Lights"


@dataclass(frozen=True)
class Shelf:
    """Assets of a workspace, as values to reckon with, and the catalog that has them."""

    url: str
    workspace_id: UUID
    rows: Sequence[dict[str, Any]]
    people: Sequence[UUID]

    def fitting(self, want: Wanted) -> list[UUID]:
        """The ids that should be found, newest first."""
        return sorted((row["id"] for row in self.rows if _fits(row, want)), reverse=True)


@pytest.fixture(scope="module")
def shelf(postgres_url: str, migrated_template: str) -> Iterator[Shelf]:
    """Some ninety assets, each unlike the next."""
    for url in fresh_database(postgres_url, migrated_template):
        yield asyncio.run(_filled(url))


async def _filled(url: str) -> Shelf:
    catalog = open_catalog(url)
    async with catalog.session() as db:
        home, other = await films.workspace(db, "home"), await films.workspace(db, "other")
        made = [await a_film(db, home, slug) for slug in ("the-door", "the-boat")]
        made[1].series = SERIES
        people = [(await a_character(db, home, name)).id for name in ("Mara", "Wren")]
        address = await filed(db, "bytes")
        rows = [_row(home.id, number, address, [film.id for film in made]) for number in range(96)]
        foreign = [{**row, "id": new_id(), "workspace_id": other.id, "film_id": None} for row in rows[:20]]
        await db.execute(insert(Asset), [*rows, *foreign])
        pairs = [(number, who) for number in range(len(rows)) for who in range(len(people))]
        seen = [(rows[number]["id"], people[who]) for number, who in pairs if number % 5 in {who, who + 1}]
        edges = [{"workspace_id": home.id, "asset_id": asset, "character_id": person} for asset, person in seen]
        await db.execute(insert(AssetCharacter), edges)
        stood = await _stood(db, made, rows)
    await catalog.aclose()
    slugs = {film.id: film for film in made}
    for row in rows:
        film = slugs.get(row["film_id"])
        row["film"], row["series"] = (film.slug, film.series) if film else (None, None)
        row["stands"] = {state for asset, state in stood if asset == row["id"]} if _is_there(row) else set()
        row["people"] = {person for asset, person in seen if asset == row["id"]}
    return Shelf(url, home.id, rows, people)


async def _stood(db: AsyncSession, made: Sequence[Film], rows: Sequence[dict[str, Any]]) -> set[tuple[UUID, str]]:
    """How assets stand that fill a place of one film or of both; in some places another take is selected by now."""
    now, places = await standings.now(db), [(n, film) for n in range(len(rows)) for film in made[: n % 3]]
    stood = set[tuple[UUID, str]]()
    for place, (n, film) in enumerate(places):
        state, selected = (*STANDINGS, "neither")[place % 3], place % 5 != 0
        asset_id, of = rows[n]["id"], {"workspace_id": film.workspace_id}
        slot = Slot(film_id=film.id, name=f"shot:{n}", kind="shot", **of)
        db.add(slot)
        await db.flush()
        chosen = {"selected_at": now, "selected_by": "studio"} if selected else {}
        more = {"basis": {}, "basis_version": 1, "reused": False, "saved_microusd": 0, **chosen}
        db.add(Take(slot_id=slot.id, asset_id=asset_id, number=1, **more, **of))
        db.add(SlotStanding(slot_id=slot.id, asset_id=asset_id, state=state, told_at=now, **of))
        if selected and state != "neither":
            stood.add((asset_id, state))
    return stood


def _row(workspace_id: UUID, number: int, address: str, film_ids: Sequence[UUID]) -> dict[str, Any]:
    moment = datetime.combine(DAYS[number % 3], datetime.min.time(), UTC) + timedelta(hours=number % 24)
    gone = moment if number % 11 == 3 else None
    source = ("generation", "upload", "import")[0 if number % 7 else number % 3]
    failed = source == "generation" and number % 13 == 1
    return {
        "id": new_id(),
        "workspace_id": workspace_id,
        "type": ("video", "image", "audio")[number % 3],
        "kind": ("shot", "frame", "music", "film", "poster", "other")[number % 3 + number % 2 * 3],
        "name": WORDS[number % len(WORDS)] or f"piece {number}",
        "prompt": WORDS[(number + 2) % len(WORDS)],
        "url": None if failed else address,
        "source": source,
        "film_id": (*film_ids, None)[number % 3],
        "provider": ("animatic", "kling", "fal")[number % 3] if source == "generation" else None,
        "model": "v3" if source == "generation" else None,
        "cost_microusd": (None, 0, 250_000, 1_000_000)[number % 4] if source == "generation" else 0,
        "tags": ["cinematic"] * (number % 2) + ["outdoor"] * (number % 3 == 0),
        "favorite": number % 10 == 0,
        "created_at": moment,
        "deleted_at": gone,
        "purged_at": gone if number % 2 else None,
        "purge_reason": "a test" if gone and number % 2 else None,
        "lost_at": moment if number % 17 == 2 and not gone and not failed else None,
    }


def _state(row: dict[str, Any]) -> str:
    if row["purged_at"]:
        return "purged"
    if row["deleted_at"]:
        return "trash"
    if row["lost_at"]:
        return "lost"
    if row["url"] is None:
        return "failed"
    if row["source"] != "generation":
        return "brought"
    house = row["provider"] == "animatic"
    if row["kind"] in {"film", "poster", "subtitle"} or (house and row["kind"] == "other"):
        return "assembled"
    return "draft" if house else "final"


def _is_there(row: dict[str, Any]) -> bool:
    return _state(row) in {"draft", "final", "assembled", "brought"}


def _words(text: str) -> list[str]:
    bare = [sign for sign in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(sign)]
    return "".join(sign if sign.isalnum() else " " for sign in bare).split()


def _fits(row: dict[str, Any], want: Wanted) -> bool:
    chosen = (
        (want.types, row["type"]),
        (want.kinds, row["kind"]),
        (want.sources, row["source"]),
        (want.providers, row["provider"] or NONE),
        (want.models, row["model"] or NONE),
        (want.films, row["film"] or NONE),
        (want.series, row["series"] or NONE),
    )
    told = [*_words(row["name"]), *_words(row["prompt"])]
    cost = row["cost_microusd"]
    return (
        all(value in values for values, value in chosen if values)
        and (not want.states or not row["stands"].isdisjoint(want.states) or _state(row) in want.states)
        and (bool(want.states) or not (row["deleted_at"] or row["url"] is None))
        and all(any(word.startswith(asked) for word in told) for asked in _words(want.words.replace(".png", " ")))
        and (not want.characters or bool((row["people"] or {NONE}) & set(want.characters)))
        and set(want.tags) <= set(row["tags"])
        and (not want.favorite or row["favorite"])
        and (not want.costs or cost is None)
        and (want.cost_min is None or (cost is not None and cost >= want.cost_min))
        and (want.cost_max is None or (cost is not None and cost <= want.cost_max))
        and (want.since is None or row["created_at"].date() >= want.since)
        and (want.until is None or row["created_at"].date() <= want.until)
    )


def some(*values: str) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


WANTED = st.builds(
    Wanted,
    words=st.sampled_from(
        [
            "",
            "red",
            "do",
            "door red",
            "Mara s",
            "дверь",
            "DOOR",
            "nothing here",
            "png night",
            "<wide>",
            "red org",
            "boat-night.png",
            "cafe",
            "CAFÉ ngô",
            "и",
            "مرحبا",
            "שלום",
        ]
    ),
    types=some("video", "image", "text"),
    kinds=some("shot", "film"),
    sources=some("generation", "upload"),
    providers=some("animatic", "kling", NONE),
    models=some("v3", NONE),
    tags=some("cinematic", "outdoor"),
    films=some("the-door", "the-boat", "no-such", NONE),
    series=some(SERIES, NONE),
    states=some(*STATES, *STANDINGS),
    favorite=st.booleans(),
    costs=some("unknown"),
    cost_min=st.sampled_from([None, 0, 250_000]),
    cost_max=st.sampled_from([None, 250_000]),
    since=st.sampled_from([None, *DAYS]),
    until=st.sampled_from([None, *DAYS]),
)
LOOSE = st.builds(
    Wanted,
    words=st.sampled_from(["", "door"]),
    types=some("video", "image"),
    films=some("the-door", NONE),
    costs=some("unknown"),
    states=some(*STATES, *STANDINGS),
)
PATIENT = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@PATIENT
@given(want=WANTED | LOOSE, person=st.integers(-1, 2))
def test_what_is_found_is_what_fits(shelf: Shelf, want: Wanted, person: int) -> None:
    people: list[UUID | str] = [*shelf.people, NONE]
    want = replace(want, characters=people[person : person + 1] if person >= 0 else [])

    found, number = asyncio.run(_found(shelf, want))

    assert found == shelf.fitting(want)
    assert number == (len(found), False)


async def _found(shelf: Shelf, want: Wanted) -> tuple[list[UUID], tuple[int, bool]]:
    async with open_catalog(shelf.url) as catalog, catalog.within(shelf.workspace_id, actor=SAM).session() as db:
        page = await library.page(db, shelf.workspace_id, want, limit=200)
        return [asset.id for asset in page.assets], await library.count(db, shelf.workspace_id, want)


@PATIENT
@given(want=LOOSE)
def test_a_facet_counts_what_all_other_filters_leave(shelf: Shelf, want: Wanted) -> None:
    counts = asyncio.run(_facets(shelf, want))

    every = replace(want, states=STATES)
    for field, of in OF_ROW.items():
        rows = [row for row in shelf.rows if _fits(row, _without(every if field == "state" else want, field))]
        expected = Counter(str(value) for row in rows for value in of(row) if value is not None)
        counted = {value.key: value.count for value in counts[field].values if value.count}
        assert counted == expected, field
        assert not counts[field].sampled


OF_ROW: dict[str, Callable[[dict[str, Any]], Sequence[object]]] = {
    "state": lambda row: [_state(row), *row["stands"]],
    "type": lambda row: [row["type"]],
    "kind": lambda row: [row["kind"]],
    "film": lambda row: [row["film"] or NONE],
    "series": lambda row: [row["series"] or NONE],
    "character": lambda row: list(row["people"]) or [NONE],
    "tag": lambda row: row["tags"],
    "provider": lambda row: [row["provider"] or NONE],
    "model": lambda row: [row["model"]],
    "source": lambda row: [row["source"]],
    "favorite": lambda row: ["1"] if row["favorite"] else [],
    "cost": lambda row: ["unknown"] if row["cost_microusd"] is None else [],
}


def test_every_field_is_counted() -> None:
    assert OF_ROW.keys() == FIELDS.keys()


def _without(want: Wanted, field: str) -> Wanted:
    name = {"favorite": "favorite", "series": "series"}.get(field, f"{field}s")
    other: dict[str, Any] = {} if field in {"state", "tag"} else {name: False if field == "favorite" else ()}
    return replace(want, **other)


async def _facets(shelf: Shelf, want: Wanted) -> dict[str, Facet]:
    async with open_catalog(shelf.url) as catalog, catalog.within(shelf.workspace_id, actor=SAM).session() as db:
        return {facet.field: facet for facet in await facets.of(db, shelf.workspace_id, want)}


@PATIENT
@given(sort=st.sampled_from(SORTS), size=st.integers(1, 40), want=LOOSE)
def test_pages_forth_and_back_are_the_whole_list_each_asset_once(
    shelf: Shelf, sort: library.Sort, size: int, want: Wanted
) -> None:
    forth, back = asyncio.run(_walked(shelf, want, sort, size))

    rows = {row["id"]: row for row in shelf.rows}
    costs = [-1 if (cost := rows[id_]["cost_microusd"]) is None else cost for id_ in forth]
    assert sorted(forth, reverse=True) == shelf.fitting(want)
    assert back == forth[:-1]
    assert forth == sorted(forth, reverse=sort == "newest") if sort in {"newest", "oldest"} else True
    assert costs == sorted(costs, reverse=sort == "dearest") if sort in {"dearest", "cheapest"} else True


def card_of(asset: Asset) -> Card:
    return Card(**{name: getattr(asset, name) for name in Card._fields})


async def _walked(shelf: Shelf, want: Wanted, sort: library.Sort, size: int) -> tuple[list[UUID], list[UUID]]:
    forth, back = list[Asset](), list[Asset]()
    async with open_catalog(shelf.url) as catalog, catalog.within(shelf.workspace_id, actor=SAM).session() as db:

        async def turned(after: Place | None = None, before: Place | None = None) -> library.Page[Asset]:
            turn = library.Turn(after=after, before=before, sort=sort, limit=size)
            page = await library.page(db, shelf.workspace_id, want, **turn)
            cards = await library.cards(db, shelf.workspace_id, want, **turn)
            assert cards.assets == [card_of(asset) for asset in page.assets]
            assert cards.more == page.more
            return page

        page = await turned()
        forth += page.assets
        while page.more:
            page = await turned(after=library.place_of(forth[-1]))
            forth += page.assets
        while forth:
            page = await turned(before=library.place_of(back[0] if back else forth[-1]))
            back = [*page.assets, *back]
            if not page.more:
                break
    return [asset.id for asset in forth], [asset.id for asset in back]


async def test_a_page_from_an_asset_on_begins_with_it(shelf: Shelf) -> None:
    async with open_catalog(shelf.url) as catalog, catalog.within(shelf.workspace_id, actor=SAM).session() as db:
        whole = (await library.page(db, shelf.workspace_id, Wanted(), sort="dearest", limit=200)).assets
        here = whole[17]
        page = await library.page(db, shelf.workspace_id, Wanted(), sort="dearest", at=library.place_of(here), limit=5)

    assert [asset.id for asset in page.assets] == [asset.id for asset in whole[17:22]]
