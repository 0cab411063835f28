"""Rebuild: the vault alone gives the catalog back, row by row, and says what it cannot."""

import shutil
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import select, text

from director_dagster.catalog.queries import events, films
from director_dagster.catalog.session import migrate
from director_dagster.catalog.tables import Asset, Budget, Workspace
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Terms
from director_dagster.studio import filing, records
from director_dagster.studio.filing import Label, Origin
from director_dagster.studio.generate import generate
from director_dagster.studio.importing import bring
from director_dagster.studio.preserve import look
from director_dagster.studio.rebuild import rebuild
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import open_bench, order
from director_dagster_tests.studio.conftest import Opened
from director_dagster_tests.studio.worlds import PRICE, Made, dump, fate, intact, told


@pytest.fixture
async def lost(here: Opened, empty_database_url: str) -> AsyncIterator[Studio]:
    """The home of `here` with a new and empty database."""
    migrate(empty_database_url)
    studio, _ = open_bench(empty_database_url, here[0].home)
    yield studio
    await studio.aclose()


async def test_the_catalog_is_made_anew_from_the_vault_alone_and_equals_the_old_one(here: Opened, lost: Studio) -> None:
    before = await dump(here[0].catalog)
    async with lost.catalog.session() as db:
        await films.workspace(db, "home")  # somebody has looked already

    rebuilt = await rebuild(lost)

    assert await dump(lost.catalog) == before
    assert dict(rebuilt.rows) == told(before)
    assert await intact(lost) == 8
    assert {"in the trash", "held", "purged"} <= {fate(row) for row in before["assets"]}
    assert [str(film) for film in rebuilt.films] == ["home/a-film", "home/other"]
    assert (rebuilt.unread, rebuilt.missing, rebuilt.stores[0].lost) == ([], set(), 0)


async def test_a_catalog_that_was_made_anew_goes_on_numbering_and_buys_nothing_twice(
    here: Opened, lost: Studio, empty_database_url: str
) -> None:
    await rebuild(lost)
    studio, bench = open_bench(empty_database_url, lost.home)
    bench.price_microusd, before = PRICE, len(bench.charged)

    owned = await generate(studio, await order(studio, bench, "our reel", slot="again"))
    bought = await generate(studio, await order(studio, bench, "something new"))
    await studio.aclose()

    assert (owned.owned, bought.owned) == (True, False)
    assert len(bench.charged) == before + 1
    async with lost.catalog.session() as db:
        spent = (await db.scalars(select(Budget.spent_microusd).where(Budget.film_id.is_(None)))).one()
    assert spent == 4 * PRICE + 1


async def test_what_is_under_way_when_the_database_is_lost_is_not_sent_again(here: Opened, lost: Studio) -> None:
    studio, bench = here
    bench.terms = Terms(dedupe="none", poll_s=0.01)

    def gone() -> None:
        raise KeyboardInterrupt

    bench.on_poll = gone
    with pytest.raises(KeyboardInterrupt):
        await generate(studio, await order(studio, bench, "under way", slot="way"))
    charged = len(bench.charged)
    bench.on_poll = lambda: None
    await rebuild(lost)

    again, other = open_bench(lost.catalog.engine.url.render_as_string(hide_password=False), lost.home)
    other.price_microusd, other.terms = PRICE, bench.terms
    async with lost.catalog.session() as db:
        await db.execute(text("UPDATE generations SET lease_until = NULL"))
    had = await generate(again, await order(again, other, "under way", slot="way"))
    await again.aclose()

    assert had.asset.cost_microusd == PRICE
    assert len(other.charged) == charged


async def test_a_catalog_with_anything_in_it_is_left_alone(here: Opened) -> None:
    before = await dump(here[0].catalog)

    with pytest.raises(BadInput, match="the catalog is not empty: it has blobs"):
        await rebuild(here[0])

    assert await dump(here[0].catalog) == before


async def test_a_vault_without_sidecars_gives_nothing(there: Opened) -> None:
    with pytest.raises(BadInput, match="there is no sidecar in"):
        await rebuild(there[0])


async def test_what_a_lost_sidecar_told_is_missing_and_said_and_all_else_is_there(here: Opened, lost: Studio) -> None:
    before = await dump(here[0].catalog)
    by_name = {row["name"]: row["id"] for row in before["assets"]}
    folder = next((here[0].vault.root / "sidecars").iterdir())
    (folder / f"{by_name['their reel']}.json").unlink()
    (folder / f"{by_name['our second reel']}.json").write_text("{")
    (folder / f"{by_name['a failure']}.json").write_text('{"version": 2, "rows": [7]}')

    rebuilt = await rebuild(lost)
    after = await dump(lost.catalog)

    gone = {by_name[name] for name in ("their reel", "our second reel", "a failure")}
    assert len(rebuilt.unread) == 2
    assert by_name["their reel"] in rebuilt.missing
    assert after["assets"] == [
        row | {"source_asset_id": None if row["source_asset_id"] in gone else row["source_asset_id"]}
        for row in before["assets"]
        if row["id"] not in gone
    ]
    assert after["takes"] == [row for row in before["takes"] if row["asset_id"] not in gone]


async def test_what_was_lost_is_lost_again_with_its_day_and_the_journal_says_so(here: Opened, lost: Studio) -> None:
    async with here[0].catalog.session() as db:
        digest = (await db.scalars(select(Asset.digest).where(Asset.name == "our reel"))).one() or ""
    here[0].vault.locate(digest).unlink()
    await look(here[0])
    before = await dump(here[0].catalog)

    await rebuild(lost)

    assert await dump(lost.catalog) == before
    assert [row["lost_at"] is not None for row in before["assets"] if digest in (row["url"] or "")] == [True]


async def test_what_came_back_with_the_bytes_of_another_purchase_is_not_lost_again(here: Opened, lost: Studio) -> None:
    studio = here[0]
    async with studio.catalog.session() as db:
        reel = (await db.scalars(select(Asset).where(Asset.name == "our reel"))).one()
    data = (await studio.vault.path(reel.url or "")).read_bytes()
    studio.vault.locate(reel.digest or "").unlink()
    await look(studio)
    filed = await studio.file(data, "text/plain")
    label = Label(workspace_id=reel.workspace_id, type="text", kind="other", name="the same", prompt="")
    async with studio.catalog.session() as db:
        await filing.save(studio.vault, db, label=label, origin=Origin(source="upload"), filed=filed)

    await rebuild(lost)

    assert filed.url == reel.url
    async with lost.catalog.session() as db:
        assert await db.scalar(select(Asset.lost_at).where(Asset.name == "our reel")) is None


async def test_the_journal_is_kept_line_by_line_and_a_torn_line_is_written_again(here: Opened, lost: Studio) -> None:
    studio, _ = here
    async with studio.catalog.session() as db:
        workspace = await db.scalars(select(Workspace.id))
        workspace_id = workspace.one()
        await events.note(db, workspace_id=workspace_id, who="a test", what="looked", subject="here", details={"a": 1})
    file = studio.vault.root / "sidecars" / str(workspace_id) / "journal.jsonl"
    before = file.read_bytes()
    file.write_bytes(before + b'{"id": 99999, "wh')

    await records.note(studio.catalog, studio.vault, workspace_id)
    once = file.read_bytes()
    await records.note(studio.catalog, studio.vault, workspace_id)
    await rebuild(lost)

    assert once.startswith(before)
    assert len(once.splitlines()) == len(before.splitlines()) + 1
    assert file.read_bytes() == once
    assert (await dump(lost.catalog))["events"] == (await dump(studio.catalog))["events"]


async def test_the_data_of_a_workspaces_bag_are_a_vault_that_a_catalog_can_be_made_of(
    world: Made, there: Opened, here: Opened
) -> None:
    shutil.copytree(world.bags / "home" / "data", there[0].vault.root, dirs_exist_ok=True)

    await rebuild(there[0])

    before = await dump(here[0].catalog)
    log = (world.bags / "home" / "data" / "rows" / "events.jsonl").read_text().splitlines()
    assert {**await dump(there[0].catalog), "events": []} == {**before, "events": []}
    again = await bring(there[0], world.bags / "home")
    assert {name: count for name, count in again.new.items() if count} == {"events": len(log)}
