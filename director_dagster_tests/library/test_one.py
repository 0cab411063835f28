"""Tests of an asset's own page: what it is, what it cost, its takes, its tree, and its screenplay's shots."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import pytest

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import films, shots, takes
from director_dagster.catalog.queries.shots import Planned
from director_dagster.catalog.tables import Asset, Film
from director_dagster.story.fountain import parse
from director_dagster_tests.library.conftest import DAGSTER, Shelf, picture

PAGE = """Title: The Door

INT. ROOM - NIGHT

Mara opens the door.

MARA
(whispering)
Who is there?
"""


@pytest.fixture
async def film(shelf: Shelf) -> Film:
    async with shelf.catalog.session() as db:
        return await films.upsert(
            db, workspace_id=shelf.workspace.id, slug="the-door", title="The Door", settings={"language": "en"}
        )


async def test_it_says_what_an_asset_is_and_what_it_cost(shelf: Shelf, film: Film) -> None:
    asset = await shelf.asset(
        "the shot", film_id=film.id, tags=["cinematic"], prompt="a red door", generation_cost=0.35, duration=5.0
    )

    async with shelf.reader() as reader:
        page = (await reader.get(f"/assets/{asset.id}")).text

    for told in ("the shot", "$0.35", "a red door", "kling", "cinematic", "0:05", "Final", str(asset.digest)):
        assert told in page
    assert f"{DAGSTER}/assets/shots?view=partitions&amp;partition=home%2Fthe-door" in page


async def test_an_unknown_cost_is_unknown(shelf: Shelf) -> None:
    asset = await shelf.asset(generation_cost=None)

    async with shelf.reader() as reader:
        page = (await reader.get(f"/assets/{asset.id}")).text

    assert '<p class="amount">unknown</p>' in page
    assert "Nobody has said what it cost." in page


async def test_takes_stand_side_by_side_with_what_differs(shelf: Shelf, film: Film) -> None:
    first = await shelf.asset("take one", prompt="a red door", film_id=film.id)
    second = await shelf.asset("take two", prompt="a blue door", film_id=film.id)
    for asset in (first, second):
        await take(shelf, film, "shot:sh010", asset)

    async with shelf.reader() as reader:
        page = (await reader.get(f"/assets/{first.id}")).text
    beside = page.partition("Takes of shot sh010")[2].partition("</section>")[0]

    assert re.findall(r"Take \d(?: · in the film)?", beside) == ["Take 1", "Take 2 · in the film"]
    assert re.findall(r"<dd>a <mark>(\w+)</mark> door *</dd>", beside) == ["red", "blue"]
    assert "kling" not in beside


async def test_takes_that_were_made_from_different_pieces_say_from_which(shelf: Shelf, film: Film) -> None:
    drawn, bought = [await shelf.asset(name, type="image", kind="frame") for name in ("a drawing", "a painting")]
    first, second = [
        await shelf.asset("a take", prompt="a door", film_id=film.id, source_asset_ids=[(frame.id, "frame")])
        for frame in (drawn, bought)
    ]
    for asset, basis in ((first, "one"), (second, "other")):
        await take(shelf, film, "shot:sh010", asset, basis={"picture": basis})

    async with shelf.reader() as reader:
        page = (await reader.get(f"/assets/{first.id}")).text
    beside = page.partition("Takes of shot sh010")[2].partition("</section>")[0]

    assert "only chance differs" not in beside
    assert re.findall(r"made from</dt><dd><a [^>]+>([^<]+)</a>", beside) == ["a drawing", "a painting"]
    assert "in the trash" not in beside


async def test_an_older_take_in_the_film_says_in_what_it_was_made_otherwise(shelf: Shelf, film: Film) -> None:
    first, second = [await shelf.asset(name, prompt="a door", film_id=film.id) for name in ("one", "two")]
    await take(shelf, film, "shot:sh010", second, basis={"picture": "one"})
    async with shelf.catalog.session() as db:
        slot = await takes.ensure_slot(
            db, workspace_id=film.workspace_id, film_id=film.id, name="shot:sh010", kind="shot"
        )
        await takes.add(db, slot=slot, asset_id=first.id, basis={"picture": "other"}, basis_version=1)
    async with shelf.reader() as reader:
        await reader.post("/api/v1/assets:delete", json={"ids": [str(first.id)]}, headers={"Idempotency-Key": "k"})
        page = (await reader.get(f"/assets/{second.id}")).text
    beside = page.partition("Takes of shot sh010")[2].partition("</section>")[0]

    assert "It was made from other pieces than the newest take" in beside
    assert "<span>Take 2 · in the trash</span>" in beside


async def test_the_tree_goes_both_ways_and_each_of_it_is_a_link(shelf: Shelf) -> None:
    script = await shelf.asset("the page", type="script", kind="script", data=PAGE.encode(), extension="fountain")
    frame = await shelf.asset("the frame", type="image", kind="frame", source_asset_ids=[(script.id, "script")])
    shot = await shelf.asset("the shot", source_asset_ids=[(frame.id, "frame")])

    async with shelf.reader() as reader:
        trees = [(await reader.get(f"/assets/{asset.id}/lineage")).text for asset in (script, frame, shot)]
        alone = (await reader.get(f"/assets/{(await shelf.asset('alone')).id}/lineage")).text

    for tree in trees:
        assert set(re.findall(r'href="/assets/([^"/]+)"', tree)) == {str(script.id), str(frame.id), str(shot.id)}
    assert "made from nothing" in alone


async def test_a_screenplay_leads_to_the_shots_and_voices_that_were_made_of_it(shelf: Shelf, film: Film) -> None:
    elements = {element.text: element.id for element in parse(PAGE).elements}
    opens, asks = elements["Mara opens the door."], elements["Who is there?"]
    script = await shelf.asset("page", type="script", kind="script", data=PAGE.encode(), extension="fountain")
    plan = {"element_ids": [opens], "lines": [{"id": asks, "character": "MARA"}]}
    async with shelf.catalog.session() as db:
        await shots.sync(
            db,
            workspace_id=shelf.workspace.id,
            film_id=film.id,
            plan=[Planned(code="sh010", scene=1, plan=plan)],
        )
    shot = await shelf.asset("the shot", film_id=film.id)
    line = await shelf.asset("the line", type="audio", kind="dialogue", film_id=film.id)
    for slot, asset in (("script", script), ("shot:sh010", shot), (f"line:{asks}", line)):
        await take(shelf, film, slot, asset)

    async with shelf.reader() as reader:
        page = (await reader.get(f"/assets/{script.id}")).text
    parts = {part[0]: part[1] for part in re.findall(r'id="e-([^"]+)">(.*?)\n      </div>', page, re.DOTALL)}

    assert f'href="/assets/{shot.id}">sh010' in parts[opens]
    assert "<p>(whispering)</p>" in page
    assert f"{DAGSTER}/assets/script?view=partitions&amp;partition=home%2Fthe-door" in page, "though it is brought"
    assert f'href="/assets/{line.id}"' in parts[asks]
    assert "/assets/" not in parts[elements["INT. ROOM - NIGHT"]]


async def test_a_films_subtitles_play_with_it(shelf: Shelf, film: Film) -> None:
    told = b"1\n00:00:01,500 --> 00:00:02,000\nWho, there?\n"
    subtitle = await shelf.asset("srt", type="text", kind="subtitle", film_id=film.id, data=told, extension="srt")
    whole = await shelf.asset("the film", kind="film", film_id=film.id)

    async with shelf.reader() as reader:
        page = (await reader.get(f"/assets/{whole.id}")).text
        track = await reader.get(f"/assets/{subtitle.id}/subtitles.vtt")

    assert f'src="/assets/{subtitle.id}/subtitles.vtt"' in page
    assert track.headers["content-type"].startswith("text/vtt")
    assert track.text.startswith("WEBVTT")
    assert "00:00:01.500 --> 00:00:02.000" in track.text
    assert "Who, there?" in track.text


async def test_where_it_is_used_is_said_with_links(shelf: Shelf, film: Film) -> None:
    look = await shelf.asset("look", type="image", kind="character", data=picture(), extension="png")
    frame = await shelf.asset("the frame", type="image", kind="frame", source_asset_ids=[(look.id, "look")])
    await take(shelf, film, "frame:sh010", look)
    bytes_: dict[str, Any] = {"data": picture(), "extension": "png", "type": "image"}
    fork = await shelf.asset("a fork", source="import", source_asset_ids=[(look.id, "fork")], **bytes_)

    async with shelf.reader() as reader:
        forked = (await reader.get(f"/assets/{fork.id}")).text
        used = (await reader.get(f"/assets/{look.id}")).text.partition("Where it is used")[2]

    assert '<a href="/films/the-door">home/the-door</a>: frame sh010' in " ".join(used.split())
    assert f"/assets/{frame.id}" in used
    assert f'Forked from <a href="/assets/{look.id}">look</a>' in forked


async def test_an_address_with_what_is_no_id_is_nothing(shelf: Shelf) -> None:
    async with shelf.reader(accept="text/html") as reader:
        page = await reader.get("/assets/nonsense")
    async with shelf.reader() as reader:
        told = await reader.get("/api/v1/assets/nonsense")

    assert (page.status_code, "there is nothing at this address" in page.text) == (404, True)
    assert told.status_code == 422


@pytest.mark.parametrize("path", ["", "/lineage", "/media/original", "/subtitles.vtt"])
async def test_what_is_not_there_is_said_on_a_page(shelf: Shelf, path: str) -> None:
    async with shelf.reader(accept="text/html") as reader:
        answer = await reader.get(f"/assets/{new_id()}{path}")

    assert (answer.status_code, "there is no asset" in answer.text) == (404, True)


async def take(
    shelf: Shelf, film: Film, slot: str, asset: Asset, *, basis: Mapping[str, str] = MappingProxyType({})
) -> None:
    async with shelf.catalog.session() as db:
        place = await takes.ensure_slot(db, workspace_id=film.workspace_id, film_id=film.id, name=slot, kind="shot")
        await takes.add(db, slot=place, asset_id=asset.id, basis=dict(basis), basis_version=1, select_by="a test")
