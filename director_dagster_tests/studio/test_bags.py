"""Bags: a film or a workspace leaves one place and is the same in another, and nothing is sent from there."""

import json
import tracemalloc
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import bagit
import pytest
from sqlalchemy import func, insert, select, text, update

from director_dagster.catalog import claims, ledger, receipts, rows
from director_dagster.catalog.queries import blobs, characters, films
from director_dagster.catalog.tables import Asset, Blob, Budget, Film, Generation, GenerationEvent, Workspace
from director_dagster.errors import BadInput, BlobDamaged, NeedsPerson
from director_dagster.story.film import FilmKey
from director_dagster.studio.arriving import ASKED_THERE
from director_dagster.studio.export import export
from director_dagster.studio.generate import generate
from director_dagster.studio.importing import bring
from director_dagster.studio.order import purchase_of
from director_dagster.studio.preserve import look, replicate
from director_dagster.studio.resolve import adopt
from director_dagster.studio.studio import Studio
from director_dagster.vault.replica import Replica
from director_dagster_tests.studio.bench import Bench, order
from director_dagster_tests.studio.conftest import Opened
from director_dagster_tests.studio.worlds import (
    KEY,
    PRICE,
    TODAY,
    Made,
    ask_for,
    dump,
    fate,
    intact,
    told,
    without_moves,
)


async def test_a_workspace_is_the_same_on_an_empty_machine_row_by_row_and_byte_by_byte(
    here: Opened, there: Opened, tmp_path: Path
) -> None:
    before, count = await dump(here[0].catalog, numbers=False), await intact(here[0])

    written = await export(here[0], "home", tmp_path / "bag", today=TODAY)
    bagit.Bag(str(tmp_path / "bag")).validate(processes=1)
    brought = await bring(there[0], tmp_path / "bag")

    after = await dump(there[0].catalog, numbers=False)
    assert without_moves(after) == without_moves(before)
    assert after["events"][-1]["what"] == "imported"
    assert {name: count for name, count in written.rows.items() if count} == dict(brought.new)
    assert (written.log_fault, brought.log_fault) == ("", "")
    assert await intact(there[0]) == count == 8
    assert [fate(row) for row in after["assets"]].count("") == len(after["assets"]) - 3
    assert {"in the trash", "held", "purged"} <= {fate(row) for row in after["assets"]}
    assert [each.lost for each in await look(there[0])] == [0]
    assert all(len(before[name]) > 0 for name in rows.ORDER), told(before)
    assert [str(film) for film in brought.films] == ["home/a-film", "home/other"]
    assert files_of(there[0]) == files_of(here[0])
    assert len(there[1].charged) == 0


async def test_a_log_that_was_tampered_with_is_told_of_where_it_is_written_and_where_it_comes_to(
    here: Opened, there: Opened, tmp_path: Path
) -> None:
    async with here[0].catalog.session() as db:
        await db.execute(text("ALTER TABLE events DISABLE TRIGGER append_only"))
        await db.execute(text("DELETE FROM events WHERE seq = 3"))

    written = await export(here[0], "home", tmp_path / "bag", today=TODAY)
    brought = await bring(there[0], tmp_path / "bag")

    assert written.log_fault == "event 3 is missing: event 4 stands in its place"
    assert brought.log_fault == "event 4 does not follow event 2"


def files_of(studio: Studio) -> dict[str, bytes]:
    """What lies in the vault; of a sidecar that it is there: it may tell of rows as they were when it was written."""
    root = studio.vault.root
    files = [file for folder in ("sha256", "sidecars") for file in (root / folder).rglob("*") if file.is_file()]
    return {
        str(file.relative_to(root)): file.read_bytes() if file.parent.parent.name == "sha256" else b"" for file in files
    }


async def test_a_film_stands_alone_with_what_it_was_made_from_in_others_and_is_not_bought_again(
    world: Made, here: Opened, there: Opened
) -> None:
    before = await dump(here[0].catalog, numbers=False)

    brought = await bring(there[0], world.bags / "a-film")
    after = await dump(there[0].catalog, numbers=False)
    again = await generate(there[0], await order(*there, "our reel", slot="again"))

    assert [str(film) for film in brought.films] == ["home/a-film"]
    assert again.owned
    assert there[1].charged == []
    assert await intact(there[0]) > 0
    assert after["budgets"] == []
    for name in ("assets", "asset_sources", "characters", "shots", "voices", "films"):
        assert [row for row in after[name] if row not in before[name]] == []
    for name in ("assets", "takes", "slots"):
        assert after[name], "its own, those of who is in it, and what it was made from"
    mine = next(row["id"] for row in before["films"] if row["slug"] == "a-film")
    assert [row["id"] for row in after["assets"] if row["film_id"] == mine] == [
        row["id"] for row in before["assets"] if row["film_id"] == mine
    ]
    unheld = [row | {"budget_id": None, "reserved_microusd": 0} for row in before["generations"]]
    assert [row for row in after["generations"] if row not in unheld] == []


async def test_a_second_import_changes_nothing_and_what_the_vault_has_lost_comes_back_with_it(
    world: Made, there: Opened
) -> None:
    await bring(there[0], world.bags / "a-film")
    before = await dump(there[0].catalog)

    again = await bring(there[0], world.bags / "a-film")
    after = await dump(there[0].catalog)
    digest = next(row["digest"] for row in before["blobs"] if row["purged_at"] is None)
    there[0].vault.locate(digest).unlink()
    await look(there[0])
    third = await bring(there[0], world.bags / "a-film")

    assert (again.new.total(), again.blobs) == (0, 0)
    assert after == before
    assert (third.new.total(), third.blobs) == (0, 1)
    async with there[0].catalog.session() as db:
        assert list(await db.scalars(select(Blob.digest).where(Blob.lost_at.is_not(None)))) == []


async def test_a_films_bag_changes_nothing_where_it_comes_from_and_beside_its_workspaces(
    here: Opened, there: Opened, tmp_path: Path
) -> None:
    whole: list[FilmKey | str] = ["home"]
    for what in whole + [FilmKey(workspace="home", film=film) for film in ("a-film", "other")]:
        await export(here[0], what, tmp_path / str(what).replace("/", "-"), today=TODAY)
    before = await dump(here[0].catalog)

    own = [await bring(here[0], tmp_path / name) for name in ("home-a-film", "home-other")]
    after = await dump(here[0].catalog)
    await bring(there[0], tmp_path / "home")
    beside = [await bring(there[0], tmp_path / name) for name in ("home-a-film", "home-other")]

    held = [row for row in before["generations"] if row["budget_id"] is not None]
    assert len(held) > 0
    assert [each.new.total() for each in (*own, *beside)] == [0] * 4
    assert after == before


async def test_films_of_one_workspace_come_one_after_the_other_and_share_what_they_shared(
    world: Made, here: Opened, there: Opened
) -> None:
    before = await dump(here[0].catalog, numbers=False)

    await bring(there[0], world.bags / "a-film")
    brought = await bring(there[0], world.bags / "other")
    after = await dump(there[0].catalog, numbers=False)

    assert [str(film) for film in brought.films] == ["home/other"]
    assert brought.known["assets"] > 0
    for name in ("films", "assets", "asset_sources", "slots", "takes", "shots", "characters", "blobs"):
        assert after[name] == before[name]


async def test_a_workspace_whose_name_is_taken_comes_under_another_one_and_nothing_of_the_first_is_touched(
    world: Made, there: Opened
) -> None:
    async with there[0].catalog.session() as db:
        mine = await films.workspace(db, "home")
        await films.upsert(db, workspace_id=mine.id, slug="mine", title="Mine", settings={})
    empty = await dump(there[0].catalog)

    with pytest.raises(BadInput, match="the workspace 'home' is another one here: say what"):
        await bring(there[0], world.bags / "a-film")
    refused = await dump(there[0].catalog)
    brought = await bring(there[0], world.bags / "a-film", workspace="theirs")
    again = await bring(there[0], world.bags / "a-film")

    assert refused == empty
    assert [str(film) for film in brought.films] == [str(film) for film in again.films] == ["theirs/a-film"]
    assert again.new.total() == 0
    after = await dump(there[0].catalog)
    assert [row for row in empty["films"] if row not in after["films"]] == []


async def test_an_empty_workspace_that_only_has_the_name_gives_it_up(world: Made, there: Opened) -> None:
    async with there[0].catalog.session() as db:
        await films.workspace(db, "home")

    await bring(there[0], world.bags / "a-film")

    assert [row["id"] for row in (await dump(there[0].catalog))["workspaces"]] == [str(world.workspace_id)]


async def _other_title(studio: Studio, workspace_id: UUID) -> None:
    async with studio.catalog.session() as db:
        await db.execute(update(Film).where(Film.slug == "a-film").values(title="Another"))


async def _name_taken(studio: Studio, workspace_id: UUID) -> None:
    async with studio.catalog.session() as db:
        await db.execute(insert(Workspace).values(id=workspace_id, slug="home", name="home"))
        await films.upsert(db, workspace_id=workspace_id, slug="a-film", title="Mine", settings={})


async def _known_otherwise(studio: Studio, workspace_id: UUID) -> None:
    async with studio.catalog.session() as db:
        await db.execute(insert(Workspace).values(id=workspace_id, slug="home", name="home"))
        await characters.get_or_create(db, workspace_id=workspace_id, kind="character", name="Mara")


Change = Callable[[Studio, UUID], Awaitable[None]]
CONFLICTS: dict[str, tuple[bool, Change]] = {
    r"films: 'a-film' \(.*\) is here with another title: it was changed here, or there, since; nothing": (
        True,
        _other_title,
    ),
    r"films: 'a-film' \(.*\) is another one here; nothing was imported": (False, _name_taken),
    r"characters: 'mara' \(.*\) is another one here; nothing was imported": (False, _known_otherwise),
}


@pytest.mark.parametrize("line", CONFLICTS)
async def test_what_is_here_otherwise_is_refused_in_one_line_with_nothing_written(
    line: str, world: Made, there: Opened
) -> None:
    was_there, change = CONFLICTS[line]
    if was_there:
        await bring(there[0], world.bags / "a-film")
    await change(there[0], world.workspace_id)
    before, files = await dump(there[0].catalog), await there[0].vault.sizes()

    with pytest.raises(BadInput, match=line) as refused:
        await bring(there[0], world.bags / "a-film")

    assert "\n" not in str(refused.value)
    assert await dump(there[0].catalog) == before
    assert await there[0].vault.sizes() == files


async def test_what_is_under_way_is_not_sent_from_where_it_comes_to_and_is_had_when_a_person_says_so(
    world: Made, here: Opened, there: Opened, tmp_path: Path
) -> None:
    await _under_way(*here, "submitted")
    await _under_way(*here, "submitting")
    await _under_way(*here, "queued")
    held = await _held(here[0])

    await export(here[0], "home", tmp_path / "bag", today=TODAY)
    brought = await bring(there[0], tmp_path / "bag")
    again = await bring(there[0], tmp_path / "bag")
    for words in ("submitted", "submitting"):
        with pytest.raises(NeedsPerson, match="it was under way where its bag was written"):
            await generate(there[0], await order(*there, words, slot=words))
    sent = list(there[1].charged)
    async with there[0].catalog.session() as db:
        found = {row.request["prompt"]: row for row in await db.scalars(select(Generation))}
        states = {name: found[name].state for name in ("submitted", "submitting", "queued")}
        await adopt(db, world.workspace_id, found["submitted"].id, job=found["submitted"].provider_job_id or "")
    had = await generate(there[0], await order(*there, "submitted", slot="submitted"))

    assert sent == []
    assert len(brought.waiting) == 2
    assert again.new.total() == 0
    assert states == {"submitted": "unknown", "submitting": "unknown", "queued": "cancelled"}
    assert had.asset.cost_microusd == PRICE
    assert there[1].charged == []
    assert held - await _held(there[0]) == 2 * PRICE, (
        "the queued one's hold is let go of, and the fetched one is charged"
    )
    await _ledger_adds_up(there[0])


async def _under_way(studio: Studio, bench: Bench, state: str) -> None:
    """A purchase that is as far as that, and whose buyer is gone."""
    piece = await order(studio, bench, state, slot=state)
    purchase = purchase_of(piece, 1, bench.price(piece.request))
    async with studio.catalog.session() as db:
        generation = (await claims.claim(db, purchase, lease_s=0.01)).generation
        if state != "queued":
            generation = await ledger.submitting(db, generation)
        if state == "submitted":
            await receipts.acknowledge(db, generation, provider_job_id=f"job-{generation.id}")


async def _held(studio: Studio) -> int:
    async with studio.catalog.session() as db:
        query = select(func.sum(Budget.reserved_microusd)).where(Budget.film_id.is_(None))
        return int((await db.scalars(query)).one())


async def _ledger_adds_up(studio: Studio) -> None:
    """What the journal of generations says was moved is what the workspace's budget says."""
    async with studio.catalog.session() as db:
        moved = (await db.scalars(select(func.sum(GenerationEvent.delta_microusd)))).one()
        budget = (await db.scalars(select(Budget).where(Budget.film_id.is_(None)))).one()
    assert moved == budget.reserved_microusd + budget.spent_microusd + budget.overrun_microusd


async def test_what_was_asked_for_there_is_made_there_and_coming_home_it_is_as_it_was(
    here: Opened, there: Opened, tmp_path: Path
) -> None:
    workspace_id = UUID((await dump(here[0].catalog))["workspaces"][0]["id"])
    open_ = await ask_for(here[0], workspace_id, "asked-for")
    await export(here[0], "home", tmp_path / "bag", today=TODAY)
    before = (await dump(here[0].catalog))["film_requests"]

    await bring(there[0], tmp_path / "bag")
    second = await bring(there[0], tmp_path / "bag")
    home = await bring(here[0], tmp_path / "bag")

    [come] = [row for row in (await dump(there[0].catalog))["film_requests"] if row["id"] == str(open_)]
    assert (come["state"], come["reason"]) == ("withdrawn", ASKED_THERE)
    assert (second.new["film_requests"], home.new["film_requests"]) == (0, 0)
    assert (await dump(here[0].catalog))["film_requests"] == before


async def test_what_is_lost_is_named_and_comes_in_as_lost(here: Opened, there: Opened, tmp_path: Path) -> None:
    async with here[0].catalog.session() as db:
        digest = (await db.scalars(select(Asset.digest).where(Asset.name == "our reel"))).one() or ""
    here[0].vault.locate(digest).unlink()

    written = await export(here[0], KEY, tmp_path / "bag", today=TODAY)
    await bring(there[0], tmp_path / "bag")

    bagit.Bag(str(tmp_path / "bag")).validate(processes=1)
    assert written.lost == [digest]
    assert json.loads((tmp_path / "bag/data/lost.jsonl").read_text()) == {"digest": digest}
    async with there[0].catalog.session() as db:
        asset = (await db.scalars(select(Asset).where(Asset.digest == digest))).one()
    assert asset.lost_at is not None


async def test_damage_is_found_as_it_is_copied_and_there_is_no_bag_and_then_it_is_named(
    here: Opened, tmp_path: Path
) -> None:
    async with here[0].catalog.session() as db:
        digest = (await db.scalars(select(Asset.digest).where(Asset.name == "our reel"))).one() or ""
    file = here[0].vault.locate(digest)
    file.chmod(0o644)
    file.write_bytes(b"x" * file.stat().st_size)

    with pytest.raises(BlobDamaged, match="was damaged and is set aside, and no copy of it is known: there is no bag"):
        await export(here[0], KEY, tmp_path / "bags" / "bag", today=TODAY)
    left = list((tmp_path / "bags").iterdir())
    written = await export(here[0], KEY, tmp_path / "bags" / "bag", today=TODAY)

    assert left == []
    assert written.lost == [digest]


async def test_damage_is_mended_from_a_copy_on_the_way(here: Opened, tmp_path: Path) -> None:
    studio = replace(here[0], replicas=[Replica.of(str(tmp_path / "second"))])
    await replicate(studio)
    async with studio.catalog.session() as db:
        digest = (await db.scalars(select(Asset.digest).where(Asset.name == "our reel"))).one() or ""
    file = studio.vault.locate(digest)
    file.chmod(0o644)
    file.write_bytes(b"x" * file.stat().st_size)

    written = await export(studio, KEY, tmp_path / "bag", today=TODAY)

    assert written.lost == []
    bagit.Bag(str(tmp_path / "bag")).validate(processes=1)


async def test_a_place_that_has_something_is_left_alone(here: Opened, tmp_path: Path) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()

    for taken in ("full", "file"):
        with pytest.raises(BadInput, match="something is there already"):
            await export(here[0], KEY, tmp_path / taken, today=TODAY)
    await export(here[0], KEY, tmp_path / "empty", today=TODAY)

    assert (tmp_path / "full" / "mine").read_text() == (tmp_path / "file").read_text() == "mine"
    bagit.Bag(str(tmp_path / "empty")).validate(processes=1)
    with pytest.raises(BadInput, match="there is no film home/none"):
        await export(here[0], replace(KEY, film="none"), tmp_path / "none", today=TODAY)
    with pytest.raises(BadInput, match="there is no film and no workspace 'nowhere'"):
        await export(here[0], "nowhere", tmp_path / "none", today=TODAY)


async def test_memory_does_not_grow_with_the_bytes(here: Opened, there: Opened, tmp_path: Path) -> None:
    big = tmp_path / "big"
    with big.open("wb") as file:
        file.truncate(80_000_000)
    blob = await here[0].vault.put(big, "txt")
    async with here[0].catalog.session() as db:
        await blobs.record(db, digest=blob.digest, size_bytes=blob.size_bytes, media_type="text/plain", extension="txt")
        await db.execute(update(Asset).where(Asset.name == "our reel").values(url=blob.url))

    tracemalloc.start()
    try:
        await export(here[0], KEY, tmp_path / "bag", today=TODAY)
        await bring(there[0], tmp_path / "bag")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert await there[0].vault.has(blob.digest, 80_000_000)
    assert most < 20_000_000
