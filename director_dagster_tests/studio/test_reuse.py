"""Reuse: what a workspace owns is taken into a film, pinned to a place of it, or forked."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import blobs, film_uses, losses, takes, uses
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput, BlobMissing, InTrash
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story.brief import of_screenplay
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio import reuse, trash
from director_dagster.studio.add import Wish, add
from director_dagster.studio.board import board
from director_dagster.studio.commission import commission
from director_dagster.studio.crew import HOUSE
from director_dagster.studio.design import design
from director_dagster.studio.estimate import estimate
from director_dagster.studio.examine_rows import complete, lineage
from director_dagster.studio.nodes import Slots
from director_dagster.studio.piece import Piece
from director_dagster.studio.preserve import mark_lost
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.recover import ANOTHER, Whence, ways
from director_dagster.studio.report import Outcome, PiecesFailed
from director_dagster.studio.staleness import State, standings
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio, open_studio
from director_dagster.studio.whatif import Fate
from director_dagster.studio.write import write

PAGE = "Title: {title}\n\n{where}\n\nANNA looks about.\n"
SILENT = {"format": "1:1", "language": "ru", "narration": False}
ASK = Ask(medium=Medium.IMAGE, operation="frame", prompt="a room", params={})
FRAME, ROOM = "frame:sh010", "location:room"
WHO = "mia"


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    """A studio with the house in it."""
    opened = open_studio(database_url=database_url, home=tmp_path / "home")
    yield opened
    await opened.aclose()


async def film(studio: Studio, slug: str = "one") -> Production:
    """A film that is as far as its frames."""
    key = FilmKey(workspace="home", film=slug)
    page = of_screenplay(
        PAGE.format(title=slug, where="INT. ROOM - NIGHT" if slug == "one" else "EXT. BEACH - DAY"),
        origin=f"file: /{slug}",
        name=slug,
    )
    await commission(studio, key, page, FilmSettings.of(SILENT, name="film.toml"))
    await frames(studio, key)
    return await open_production(studio.catalog, key)


async def frames(studio: Studio, key: FilmKey) -> Mapping[str, Filled]:
    """The film's selected takes once its frames are made again."""
    for name, verb in {"script": write, "characters": design, "storyboard": board}.items():
        async with begin(studio, key, name) as step:
            await verb(step)
            there = await step.takes()
    return there


async def there(studio: Studio, of: Production) -> Mapping[str, Filled]:
    """The film's selected takes."""
    async with studio.catalog.session() as db:
        return await takes.selected(db, workspace_id=of.workspace_id, film_id=of.film_id)


async def picture(studio: Studio, of: Production, folder: Path) -> Asset:
    """A picture of nothing in particular that somebody has added."""
    file = folder / "teal.png"
    Image.new("RGB", (64, 48), "teal").save(file)
    [added] = [each async for each in add(studio, of.workspace_id, [file], Wish())]
    assert added.asset is not None
    return added.asset


async def priced(studio: Studio, asset: Asset, microusd: int) -> None:
    """Have an asset be one that was paid."""
    async with studio.catalog.session() as db:
        (await db.get_one(Asset, asset.id)).cost_microusd = microusd


async def test_the_next_making_takes_what_is_pinned_and_notes_what_that_saves_until_it_is_unpinned(
    studio: Studio,
) -> None:
    one, two = await film(studio, "one"), await film(studio, "two")
    drawn = (await there(studio, one))[FRAME]
    bought = (await there(studio, two))[FRAME].asset
    await priced(studio, bought, 420_000)
    pinned = await reuse.pin(studio, one, bought.id, FRAME, who=WHO)

    told = {each.change.slot: each for each in await standings(studio, one.key, until="storyboard")}
    made = (await frames(studio, one.key))[FRAME]
    again = await estimate(studio, one.key)
    unpinned = await reuse.unpin(studio, one, "sh010")
    back = (await frames(studio, one.key))[FRAME]

    assert (pinned.asset.id, pinned.slot, pinned.new) == (bought.id, FRAME, True)
    assert (told[FRAME].state, told[FRAME].change.why, told[ROOM].state) == (State.STALE, "it is pinned", State.CURRENT)
    assert (made.asset.id, made.take.reused, made.take.saved_microusd) == (bought.id, True, 420_000)
    assert {piece.outcome for report in again[:3] for piece in report.pieces} == {Outcome.KEPT}
    assert (unpinned, back.asset.id) == (FRAME, drawn.asset.id)


async def test_what_is_of_another_kind_is_forked_once_as_one_of_the_place_and_passes_the_checks(
    studio: Studio, tmp_path: Path
) -> None:
    one = await film(studio)
    teal = await picture(studio, one, tmp_path)

    first, second = [await reuse.pin(studio, one, teal.id, "sh010", who=WHO) for _ in range(2)]
    made = await frames(studio, one.key)

    assert first.asset.id == second.asset.id == made[FRAME].asset.id != teal.id
    assert (first.new, second.new, first.asset.kind) == (True, False, "frame")
    assert (first.asset.source_asset_id, first.asset.cost_microusd, first.asset.url) == (teal.id, 0, teal.url)
    async with begin(studio, one.key, "storyboard", makes=False) as step:
        of_frames = {FRAME: made[FRAME]}
        found = [await lineage(step, "storyboard", of_frames, ["script", "characters"])]
        found.append(complete(step, "storyboard", of_frames, Slots(needed=frozenset(of_frames))))
    assert [each.offenders for each in found] == [(), ()]


async def test_what_is_pinned_or_in_a_bin_is_in_use_and_not_deleted(studio: Studio, tmp_path: Path) -> None:
    one, two = await film(studio, "one"), await film(studio, "two")
    teal = await picture(studio, one, tmp_path)
    taken = [[each.id for each in await reuse.use(studio, two, [teal.id], who=WHO)] for _ in range(2)]

    with pytest.raises(BadInput, match="it lies in the bin of home/two; `director film leave home/two"):
        await trash.delete(studio, one.workspace_id, [teal.id])
    async with studio.catalog.session() as db:
        used = await uses.of(db, one.workspace_id, [teal.id])
    left = [await reuse.leave(studio, two, [teal.id]) for _ in range(2)]
    await trash.delete(studio, one.workspace_id, [teal.id])

    assert taken == left == [[teal.id], []]
    assert [(use.by.value, use.where, use.place) for use in used] == [("bin", "home/two", "")]
    with pytest.raises(BadInput, match="lies in the trash"):
        await reuse.pin(studio, one, teal.id, FRAME, who=WHO)


async def test_what_gets_a_place_lies_in_the_bin_no_more_and_a_place_holds_one(studio: Studio, tmp_path: Path) -> None:
    one = await film(studio)
    teal = await picture(studio, one, tmp_path)
    fork = (await reuse.fork(studio, one.workspace_id, [teal.id], name="Second"))[0]
    await reuse.use(studio, one, [teal.id, fork.id], who=WHO)
    await reuse.pin(studio, one, fork.id, ROOM, who=WHO)
    mine = (await there(studio, one))[FRAME].asset

    await reuse.pin(studio, one, mine.id, FRAME, who=WHO)

    async with studio.catalog.session() as db:
        taken = await film_uses.of_film(db, one.workspace_id, one.film_id)
    places = {each.use.slot: each.asset for each in taken}
    assert sorted(map(str, places)) == [FRAME, ROOM, "None"] or list(places) == [
        FRAME,
        ROOM,
        None,
    ]
    assert places[FRAME].id == mine.id
    assert (places[ROOM].source_asset_id, places[ROOM].kind) == (fork.id, "location")
    assert fork.name == "Second"


async def test_a_pinned_asset_that_has_lost_its_bytes_is_not_replaced_by_something_else(
    studio: Studio, tmp_path: Path
) -> None:
    one = await film(studio)
    teal = await picture(studio, one, tmp_path)
    await reuse.pin(studio, one, teal.id, FRAME, who=WHO)
    studio.vault.locate(teal.digest or "").unlink()

    with pytest.raises(
        PiecesFailed, match="which is pinned there, has lost its bytes: add the same file again, or unpin it"
    ) as lost:
        await frames(studio, one.key)

    assert isinstance(lost.value.__cause__, BlobMissing)
    await mark_lost(studio, teal.digest or "", state="missing", why="a test")
    async with studio.catalog.session() as db:
        [told] = await losses.of_films(db)
    [way] = await ways(studio, told)
    assert (told.film, way.slot, way.whence) == (str(one.key), FRAME, Whence.PERSON)
    by_slot = {each.change.slot: each for each in await standings(studio, one.key)}
    frame = by_slot.pop(FRAME)
    assert (frame.state, frame.change.fate, frame.change.high_microusd) == (State.MISSING, Fate.FAILS, 0)
    assert "add the same file again, or unpin it" in frame.change.why
    assert by_slot[ROOM].state is State.CURRENT, "of the rest is told all the same"
    with pytest.raises(BlobMissing, match="add the same file again"):
        await estimate(studio, one.key)


async def test_what_is_pinned_and_lost_is_had_back_where_that_costs_nothing(studio: Studio) -> None:
    """It is another film's, and so is what it was made from."""
    one, two = await film(studio), await film(studio, "two")
    filled = await there(studio, one)
    drawn, room = filled[FRAME].asset, filled[ROOM].asset
    await reuse.pin(studio, two, drawn.id, FRAME, who=WHO)
    await frames(studio, two.key)
    digests = {each.digest or "" for each in (drawn, room)}
    for digest in digests:
        studio.vault.locate(digest).unlink()
        async with studio.catalog.session() as db:
            await blobs.lose(db, digest)

    told = await estimate(replace(studio, repair_only=True), two.key)
    again = await frames(studio, two.key)

    [made] = [made for report in told for made in report.pieces if made.slot == FRAME]
    assert (made.outcome, made.asset_id, made.provider, made.paid_microusd) == (Outcome.REUSED, drawn.id, HOUSE, 0)
    assert (again[FRAME].asset.id, again[FRAME].asset.lost_at) == (drawn.id, None)
    assert all(studio.vault.locate(digest).is_file() for digest in digests)


async def test_what_its_maker_has_still_comes_back_though_the_page_does_not(studio: Studio) -> None:
    one = await film(studio)
    filled = await there(studio, one)
    drawn, page = filled[FRAME].asset, filled["script"].asset
    assert drawn.digest == filled[ROOM].asset.digest, "nobody is in it yet"
    for digest in (drawn.digest or "", page.digest or ""):
        studio.vault.locate(digest).unlink()
        await mark_lost(studio, digest, state="missing", why="a test")
    async with studio.catalog.session() as db:
        [lost] = await losses.of_films(db)
    repairing = replace(studio, repair_only=True)

    told = {way.slot: (way.whence, way.high_microusd) for way in await ways(studio, lost)}
    with pytest.raises(BlobMissing):
        async with begin(repairing, one.key, "script") as step:
            await write(step)

    assert told == {FRAME: (Whence.HOUSE, 0), ROOM: (Whence.HOUSE, 0), "script": (Whence.PERSON, 0)}
    async with studio.catalog.session() as db:
        assert [each.slot for each in (await losses.of_films(db))[0].pieces] == ["script"]
    assert studio.vault.locate(drawn.digest or "").is_file()


async def test_a_run_that_repairs_has_back_what_is_lost_and_stale_rather_than_another(studio: Studio) -> None:
    one = await film(studio)
    digest = (await there(studio, one))[FRAME].asset.digest or ""
    studio.vault.locate(digest).unlink()
    await mark_lost(studio, digest, state="missing", why="a test")
    lost = (await there(studio, one))[FRAME]
    [piece] = [Piece(slot=FRAME, type="image", kind="frame", name="a frame", field="picture", ask=ASK)]

    stay = []
    for repairs in (False, True):
        async with begin(replace(studio, repair_only=repairs, keep_stale=True), one.key, "storyboard") as step:
            stay.append(await step.keeping.stays(piece, lost, stale=True))

    assert stay == [False, True]
    assert studio.vault.locate(digest).is_file()


async def test_what_is_lost_and_has_another_in_its_place_is_not_needed(studio: Studio) -> None:
    one = await film(studio)
    page = (await there(studio, one))["script"].asset.digest or ""
    edited = of_screenplay(PAGE.format(title="one", where="INT. ROOM - DAY"), origin="file: /one", name="one")
    await commission(studio, one.key, edited, FilmSettings.of(SILENT, name="film.toml"))
    studio.vault.locate(page).unlink()
    await mark_lost(studio, page, state="missing", why="a test")
    async with studio.catalog.session() as db:
        [lost] = await losses.of_films(db)

    [way] = await ways(studio, lost)

    assert (way.slot, way.whence, way.reason) == ("script", Whence.UNNEEDED, ANOTHER)


async def test_what_cannot_be_pinned_is_told_in_a_line(studio: Studio, tmp_path: Path) -> None:
    one = await film(studio)
    teal, script = await picture(studio, one, tmp_path), (await there(studio, one))["script"].asset
    refused = {
        "has no place 'sh900' for image; it has": (teal.id, "sh900"),
        "has no place 'music' for image": (teal.id, "music"),
        "has no place 'script' for script": (script.id, "script"),
        "no asset": (new_id(), FRAME),
    }

    for told, (asset_id, place) in refused.items():
        with pytest.raises(BadInput, match=told):
            await reuse.pin(studio, one, asset_id, place, who=WHO)
    with pytest.raises(BadInput, match="nothing is pinned to sh010"):
        await reuse.unpin(studio, one, "sh010")
    with pytest.raises(BadInput, match="a name is up to 200 letters"):
        await reuse.fork(studio, one.workspace_id, [teal.id], name="\n")
    async with studio.catalog.session() as db:
        assert await film_uses.of_film(db, one.workspace_id, one.film_id) == []


async def test_takes_are_not_made_where_something_is_pinned(studio: Studio, tmp_path: Path) -> None:
    one = await film(studio)
    teal = await picture(studio, one, tmp_path)
    await reuse.pin(studio, one, teal.id, FRAME, who=WHO)

    async with begin(studio, one.key, "storyboard", wanted={"sh010": 2}) as step:
        with pytest.raises(PiecesFailed, match="pinned: no other takes are made of it"):
            await board(step)


async def test_the_places_of_a_film_are_told_by_type(studio: Studio) -> None:
    one = await film(studio)

    pictures, videos, sounds = [await reuse.places(studio, one, kind) for kind in ("image", "video", "audio")]

    assert {FRAME, ROOM} <= set(pictures)
    assert "shot:sh010" in videos
    assert sounds == ["music"]


async def test_nobody_takes_from_the_trash(studio: Studio, tmp_path: Path) -> None:
    one = await film(studio)
    teal = await picture(studio, one, tmp_path)
    await trash.delete(studio, one.workspace_id, [teal.id])

    async with studio.catalog.session() as db:
        with pytest.raises(InTrash):
            await film_uses.take(db, one.workspace_id, one.film_id, [teal.id], by=WHO)
