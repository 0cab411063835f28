"""The trash: what is deleted comes back as it was, what is in use or held stays, what is purged leaves a tombstone."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from director_dagster.catalog.queries import assets, blobs, events, films, trash, uses, voices
from director_dagster.catalog.queries.assets import Filter
from director_dagster.catalog.queries.copies import VAULT
from director_dagster.catalog.queries.uses import By
from director_dagster.catalog.queries.voices import Consent
from director_dagster.catalog.tables import Asset, Film, Generation
from director_dagster.errors import BadInput, InTrash
from director_dagster.media.workers import Workers
from director_dagster.providers.contract import Price, Request
from director_dagster.story.film import FilmKey
from director_dagster.studio.audit import verify
from director_dagster.studio.choice import select as choose
from director_dagster.studio.generate import generate
from director_dagster.studio.looks import Wanted, bring
from director_dagster.studio.preserve import look, replicate
from director_dagster.studio.preserve import restore as restore_bytes
from director_dagster.studio.production import open_production
from director_dagster.studio.scrub import read_all
from director_dagster.studio.studio import Studio
from director_dagster.studio.trash import delete, hold, purge, release, restore
from director_dagster.vault.replica import Replica
from director_dagster_tests.studio.bench import Bench, film_row, fund, open_bench, order

PRICE = 250_000
COLUMNS = [column.name for column in Asset.__table__.columns if column.name != "search"]
"""All but the words that Postgres reckons from the others, which are read only where they are asked for."""


@pytest.fixture
async def opened(database_url: str, tmp_path: Path, workers: Workers) -> AsyncIterator[tuple[Studio, Bench]]:
    """A studio with a second store, whose provider takes money; there is enough of it."""
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.price_microusd = PRICE
    await fund(studio, 1000 * PRICE)
    yield replace(studio, workers=workers, replicas=[Replica.of(str(tmp_path / "second"))]), bench
    await studio.aclose()


async def bought(
    studio: Studio, bench: Bench, words: str, *, slot: str = "note", made_from: Sequence[Asset] = ()
) -> Asset:
    """An asset that was bought, and is the selected take of the slot."""
    piece = await order(studio, bench, words, slot=slot)
    label = replace(piece.label, sources=[(each.id, "part") for each in made_from])
    return (await generate(studio, replace(piece, label=label))).asset


async def unused(studio: Studio, bench: Bench, words: str = "one") -> Asset:
    """An asset that another one has taken the place of."""
    asset = await bought(studio, bench, words)
    await bought(studio, bench, f"{words} more")
    return asset


async def row(studio: Studio, asset: Asset) -> Asset:
    async with studio.catalog.session() as db:
        return await assets.get(db, asset.workspace_id, asset.id)


def lies(studio: Studio, asset: Asset) -> list[str]:
    """In which stores anything of the asset's bytes lies, quarantine too."""
    roots = {VAULT: studio.vault.root, **{store.name: Path(store.name) for store in studio.replicas}}
    digests = {asset.digest, asset.thumbnail_digest} - {None}
    return [
        name
        for name, root in roots.items()
        if any(file.name.partition(".")[0] in digests for file in root.rglob("*") if file.is_file())
    ]


async def told(studio: Studio, asset: Asset) -> list[tuple[str, str]]:
    """What the log says of it and the trash, in order; the log is proved on the way."""
    async with studio.catalog.session() as db:
        await verify(db, asset.workspace_id)
        found = await events.listed(db, asset.workspace_id, limit=1000)
    words = {trash.DELETED, trash.RESTORED, trash.HELD, trash.RELEASED, trash.PURGED}
    return [(each.what, each.reason) for each in reversed(found) if each.asset_id == asset.id and each.what in words]


async def test_what_is_deleted_lies_in_the_trash_with_its_bytes_and_comes_back_as_it_was(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    before = await row(studio, asset)

    gone = await delete(studio, asset.workspace_id, [asset.id], reason="blurred")
    again = await delete(studio, asset.workspace_id, [asset.id], reason="another")
    async with studio.catalog.session() as db:
        trashed = [each.id for each, _ in await trash.listed(db, asset.workspace_id)]
        offered = [each.id for each in await assets.listed(db, asset.workspace_id, want=Filter())]
    there = VAULT in lies(studio, asset)
    back = await restore(studio, asset.workspace_id, [asset.id])
    no_more = await restore(studio, asset.workspace_id, [asset.id])

    assert (len(gone.now), len(again.now), len(back.now), len(no_more.now)) == (1, 0, 1, 0)
    assert trashed == [asset.id]
    assert asset.id not in offered
    assert there
    after = await row(studio, asset)
    assert {name: getattr(after, name) for name in COLUMNS} == {name: getattr(before, name) for name in COLUMNS}
    assert await told(studio, asset) == [("deleted", "blurred"), ("restored", "")]


async def test_what_was_paid_for_and_deleted_is_not_bought_again_and_restored_it_is_used_for_nothing(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    await delete(studio, asset.workspace_id, [asset.id])
    charged = len(bench.charged)

    with pytest.raises(InTrash, match=rf"one was paid for \(\$0.25\) and lies in the trash .* restore {asset.id}`"):
        await generate(studio, await order(studio, bench, "one"))
    await restore(studio, asset.workspace_id, [asset.id])
    had = await generate(studio, await order(studio, bench, "one"))

    assert (had.owned, had.asset.id) == (True, asset.id)
    assert len(bench.charged) == charged


async def test_what_is_purged_may_be_bought_anew_and_what_cost_nothing_is_made_again(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    await delete(studio, asset.workspace_id, [asset.id])
    await purge(studio, asset.workspace_id, [asset.id], reason="a mistake")

    anew = await generate(studio, await order(studio, bench, "one"))
    bench.price_microusd = 0
    free = await unused(studio, bench, "free")
    await delete(studio, free.workspace_id, [free.id])
    made = await generate(studio, await order(studio, bench, "free"))

    assert not anew.owned
    assert anew.asset.id != asset.id
    assert anew.asset.digest == asset.digest
    assert VAULT in lies(studio, anew.asset)
    assert not made.owned
    async with studio.catalog.session() as db:
        attempts = list(
            await db.scalars(select(Generation.purchase).where(Generation.fingerprint == asset.fingerprint))
        )
        total, spent = (
            await db.execute(
                text(
                    "SELECT (SELECT SUM(generation_cost) FROM assets WHERE source = 'generation'), "
                    "(SELECT SUM(cost_microusd) FROM generations)"
                )
            )
        ).one()
    assert sorted(attempts) == [1, 2]
    assert total == Decimal(spent) / 1_000_000


async def test_a_purge_leaves_a_tombstone_and_nothing_of_the_bytes_anywhere(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    await replicate(studio)
    aside = studio.vault.root / "quarantine" / f"{asset.digest}.0badcafe"
    aside.parent.mkdir(exist_ok=True)
    aside.write_text("once damaged")
    await delete(studio, asset.workspace_id, [asset.id])

    done = await purge(studio, asset.workspace_id, [asset.id], reason="the client asked for it")
    again = await purge(studio, asset.workspace_id, [asset.id], reason="the client asked for it")

    assert (len(done.now), len(again.now), list(done.faults)) == (1, 0, [])
    assert lies(studio, asset) == []
    stone = await row(studio, asset)
    assert stone.purged_at is not None
    assert (stone.url, stone.digest, stone.prompt) == (asset.url, asset.digest, "one")
    assert (stone.cost_microusd, stone.purge_reason) == (PRICE, "the client asked for it")
    assert [what for what, _ in await told(studio, asset)] == ["deleted", "purged"]
    kept = await studio.vault.sidecar(str(asset.workspace_id), str(asset.id))
    (told_row,) = [each["row"] for each in kept["rows"] if each["table"] == "assets"]
    assert told_row["purge_reason"] == "the client asked for it"
    with pytest.raises(BadInput, match=r"was purged on .* its bytes are gone for good"):
        await restore(studio, asset.workspace_id, [asset.id])


async def test_a_purged_asset_is_neither_lost_nor_brought_back_by_anything(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    await delete(studio, asset.workspace_id, [asset.id])
    await purge(studio, asset.workspace_id, [asset.id], reason="gone")
    digest = asset.digest or ""

    tallies = [*await look(studio), *await read_all(studio), *await replicate(studio), *await look(studio)]
    back = await restore_bytes(studio, digest)

    assert [(each.missing, each.damaged, each.strange, each.fault) for each in tallies] == [(0, 0, (), "")] * len(
        tallies
    )
    assert not back
    assert lies(studio, asset) == []
    async with studio.catalog.session() as db:
        assert await blobs.lose(db, digest) == 0
        blob = await blobs.known(db, digest)
    assert blob is not None
    assert (blob.lost_at, (await row(studio, asset)).lost_at) == (None, None)


async def test_bytes_that_another_asset_has_too_stay_until_that_is_purged_as_well(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.answers = "the very same"
    first, second = await unused(studio, bench, "one"), await unused(studio, bench, "two")
    assert first.digest == second.digest

    await delete(studio, first.workspace_id, [first.id])
    await purge(studio, first.workspace_id, [first.id], reason="one of them")
    there = await studio.vault.read(second.url or "")
    ids = await _all_of(studio, second)
    await _take_out_of_films(studio)
    await delete(studio, second.workspace_id, ids)
    await purge(studio, second.workspace_id, ids, reason="all of them")

    assert there == b"the very same"
    assert lies(studio, first) == []


async def _all_of(studio: Studio, asset: Asset) -> list[UUID]:
    async with studio.catalog.session() as db:
        found = await assets.by_digest(db, asset.workspace_id, asset.digest or "")
    return [each.id for each in found if each.purged_at is None]


async def _take_out_of_films(studio: Studio) -> None:
    async with studio.catalog.session() as db:
        await db.execute(text("UPDATE films SET deleted_at = now()"))


async def test_what_is_in_use_is_not_deleted_and_the_line_says_where_and_what_to_do(
    opened: tuple[Studio, Bench], tmp_path: Path
) -> None:
    studio, bench = opened
    selected = await bought(studio, bench, "selected", slot="frame:sh010")
    source = await bought(studio, bench, "a source", slot="note")
    derived = await bought(studio, bench, "derived", slot="note", made_from=[source])
    await bought(studio, bench, "another", slot="note")
    brief = await bought(studio, bench, "brief", slot="brief")
    await bought(studio, bench, "no brief", slot="brief")
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
        (await db.get_one(Film, film_id)).brief_asset_id = brief.id
    lines = {
        selected: r"is in use: it is frame:sh010 of home/a-film; `director take select home/a-film frame:sh010 NUMBER`",
        source: rf"is in use: derived \({derived.id}\) was made from it; name that too and both are deleted",
        brief: r"is in use: home/a-film is made of it; give the film another page",
    }

    for asset, line in lines.items():
        with pytest.raises(BadInput, match=line):
            await delete(studio, workspace_id, [derived.id, asset.id] if asset is not source else [asset.id])
        assert (await row(studio, asset)).deleted_at is None
    assert (await row(studio, derived)).deleted_at is None, "all of them or none"
    both = await delete(studio, workspace_id, [source.id, derived.id])
    assert {asset.id for asset in both.now} == {source.id, derived.id}
    await restore(studio, workspace_id, [derived.id])
    with pytest.raises(BadInput, match="was made from it"):
        await purge(studio, workspace_id, [source.id], reason="too early")
    assert VAULT in lies(studio, source)


async def test_a_look_that_a_film_wears_and_a_voice_in_use_stay(opened: tuple[Studio, Bench], tmp_path: Path) -> None:
    studio, bench = opened
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
    wanted = Wanted(kind="character", name="Mara")
    Image.new("RGB", (96, 128), "teal").save(tmp_path / "mara.png")
    Image.new("RGB", (96, 128), "white").save(tmp_path / "winter.png")
    mara = await bring(studio, workspace_id, wanted, pictures=[tmp_path / "mara.png"])
    winter = await bring(studio, workspace_id, replace(wanted, variant="Winter"), pictures=[tmp_path / "winter.png"])
    (usual, _), (warm, _) = mara.looks[0], winter.looks[0]
    cloned = await unused(studio, bench, "a voice")

    async def used(asset: Asset) -> list[tuple[str, str]]:
        async with studio.catalog.session() as db:
            return [(use.by.value, use.place) for use in await uses.of(db, workspace_id, [asset.id])]

    nobody = [await used(each) for each in (usual, warm, cloned)]
    async with studio.catalog.session() as db:
        until = datetime.now(UTC).date()
        await voices.choose(
            db,
            workspace_id=workspace_id,
            character_id=mara.character.id,
            provider="bench",
            voice_id="v1",
            by="a test",
            consent=Consent(asset_id=cloned.id, words="hers", until=until),
        )
        (await db.get_one(Film, film_id)).settings = {"film": {"looks": {"MARA": "WINTER"}}}
    piece = await order(studio, bench, "her frame", slot="frame:sh010")
    await generate(studio, replace(piece, label=replace(piece.label, character_ids=[mara.character.id])))
    async with studio.catalog.session() as db:
        (await db.get_one(Film, film_id)).settings = {"film": {"looks": {"MARA": "WINTER"}}}

    assert nobody == [[], [], []]
    assert [await used(each) for each in (usual, warm, cloned)] == [
        [(By.LOOK, "look")],
        [(By.LOOK, "look:winter")],
        [(By.VOICE, "bench")],
    ]
    for asset in (usual, warm, cloned):
        with pytest.raises(BadInput, match="is in use"):
            await delete(studio, workspace_id, [asset.id])


async def test_what_is_held_is_not_deleted_until_it_is_released_whoever_tries(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    mine = asset.workspace_id

    for nothing in ("", "  "):
        with pytest.raises(BadInput, match="an asset is held for a reason: say it with --reason"):
            await hold(studio, mine, [asset.id], reason=nothing)
    await hold(studio, mine, [asset.id], reason="case 7")
    same = await hold(studio, mine, [asset.id], reason="case 7")
    await hold(studio, mine, [asset.id], reason="cases 7 and 8")
    with pytest.raises(BadInput, match=r"is held since .* \(cases 7 and 8\), and stays where it is"):
        await delete(studio, mine, [asset.id])
    with pytest.raises(IntegrityError, match="ck_assets_held"):
        async with studio.catalog.session() as db:
            await db.execute(text("UPDATE assets SET deleted_at = now() WHERE held_at IS NOT NULL"))
    async with studio.catalog.session() as db:
        assert await trash.delete(db, mine, [asset.id]) == []
    await release(studio, mine, [asset.id])
    await delete(studio, mine, [asset.id])
    with pytest.raises(BadInput, match="lies in the trash: restore it first"):
        await hold(studio, mine, [asset.id], reason="too late")

    assert same.now == []
    assert await told(studio, asset) == [
        ("hold placed", "case 7"),
        ("hold placed", "cases 7 and 8"),
        ("hold released", ""),
        ("deleted", ""),
    ]


@pytest.mark.parametrize("reason", ["x" * 501, "two\nlines", "half a \udcff"])
async def test_what_is_no_reason_is_refused(opened: tuple[Studio, Bench], reason: str) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)

    with pytest.raises(BadInput, match="up to 500 letters on one line"):
        await delete(studio, asset.workspace_id, [asset.id], reason=reason)


async def test_only_what_lies_in_the_trash_is_purged_and_only_for_a_reason(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)

    with pytest.raises(BadInput, match="is not in the trash: delete it first"):
        await purge(studio, asset.workspace_id, [asset.id], reason="at once")
    await delete(studio, asset.workspace_id, [asset.id])
    with pytest.raises(BadInput, match="an asset is purged for a reason"):
        await purge(studio, asset.workspace_id, [asset.id], reason="")
    async with studio.catalog.session() as db:
        other = (await films.workspace(db, "other")).id
    with pytest.raises(BadInput, match="in this workspace"):
        await purge(studio, other, [asset.id], reason="not mine")

    assert VAULT in lies(studio, asset)


async def test_a_deleted_take_is_not_chosen_and_one_that_is_chosen_is_not_deleted(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    async with studio.catalog.session() as db:
        await db.execute(
            text("UPDATE films SET settings = jsonb_build_object('origin', 'a test', 'film', '{}'::jsonb)")
        )
        brief = (await db.scalars(select(Asset.id).where(Asset.name == "one more"))).one()
        await db.execute(text("UPDATE films SET brief_asset_id = :brief"), {"brief": brief})
    film = await open_production(studio.catalog, FilmKey(workspace="home", film="a-film"))
    await delete(studio, asset.workspace_id, [asset.id])

    with pytest.raises(BadInput, match="take 1 of note has no bytes: it failed, is lost or was deleted"):
        await choose(studio, film, "note", 1, who="somebody")
    await restore(studio, asset.workspace_id, [asset.id])
    await choose(studio, film, "note", 1, who="somebody")
    with pytest.raises(BadInput, match="is in use"):
        await delete(studio, asset.workspace_id, [asset.id])


async def test_a_store_that_is_away_is_said_and_loses_the_bytes_with_the_next_purge_or_scrub(
    opened: tuple[Studio, Bench], tmp_path: Path
) -> None:
    studio, bench = opened
    one, two = await unused(studio, bench, "one"), await unused(studio, bench, "two")
    await replicate(studio)
    (tmp_path / "second").rename(tmp_path / "away")
    (tmp_path / "second").write_text("no folder")
    await delete(studio, one.workspace_id, [one.id, two.id])

    away = await purge(studio, one.workspace_id, [one.id], reason="gone")
    (tmp_path / "second").unlink()
    (tmp_path / "away").rename(tmp_path / "second")
    there = lies(studio, one)
    await purge(studio, one.workspace_id, [two.id], reason="gone too")

    assert "the copies in" in away.faults[0]
    assert there == [str(tmp_path / "second")]
    assert (lies(studio, one), lies(studio, two)) == ([], [])


async def test_costs_stay_the_sum_of_charges_through_all_of_it(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)

    async def summed() -> Decimal | None:
        async with studio.catalog.session() as db:
            return await db.scalar(select(func.sum(Asset.generation_cost)))

    sums = [await summed()]
    await delete(studio, asset.workspace_id, [asset.id])
    sums.append(await summed())
    await purge(studio, asset.workspace_id, [asset.id], reason="gone")
    sums.append(await summed())

    assert sums == [Decimal("0.5")] * 3


async def test_a_price_that_nobody_knows_is_no_price_of_nothing(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = await unused(studio, bench)
    await delete(studio, asset.workspace_id, [asset.id])

    def unknown(_: Request) -> Price:
        return Price(microusd=None, quantity=1, unit="text", unit_microusd=None, basis="computed", dated="2026-11-26")

    bench.price = unknown  # type: ignore[assignment,method-assign]  # a bench's own

    with pytest.raises(InTrash):
        await generate(studio, await order(studio, bench, "one"))
