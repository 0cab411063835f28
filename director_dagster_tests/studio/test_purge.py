"""Purging beside filing: whoever dies or files the same bytes meanwhile, no row is without its bytes, none is lost."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update

from director_dagster.catalog.queries import assets, blobs, copies
from director_dagster.catalog.tables import Asset, Blob
from director_dagster.errors import NotInVault
from director_dagster.media.workers import Workers
from director_dagster.studio import filing
from director_dagster.studio import purge as purging
from director_dagster.studio.filing import Label, Origin
from director_dagster.studio.generate import generate
from director_dagster.studio.preserve import look
from director_dagster.studio.studio import Studio
from director_dagster.studio.trash import delete, purge
from director_dagster.vault.store import Vault
from director_dagster_tests.studio.bench import Bench, film_row, open_bench, order

WORDS = b"the very same"
ROUNDS = 6


@pytest.fixture
async def opened(database_url: str, tmp_path: Path, workers: Workers) -> AsyncIterator[tuple[Studio, Bench]]:
    """A studio whose provider sells the very same words, whatever it is asked for, for nothing."""
    studio, bench = _opened(database_url, tmp_path / "home")
    yield replace(studio, workers=workers), bench
    await studio.aclose()


def _opened(url: str, home: Path) -> tuple[Studio, Bench]:
    studio, bench = open_bench(url, home)
    bench.answers = WORDS.decode()
    return studio, bench


async def uploaded(studio: Studio) -> Asset:
    """An upload of the words, and no take of anything."""
    async with studio.filing():
        filed = await studio.file(WORDS, "text/plain")
        return await _saved(studio, filed)


async def _saved(studio: Studio, filed: filing.Filed) -> Asset:
    async with studio.catalog.session() as db:
        workspace_id, _ = await film_row(db)
        label = Label(workspace_id=workspace_id, type="text", kind="other", name="words", prompt="")
        return await filing.save(studio.vault, db, label=label, origin=Origin(source="upload"), filed=filed)


async def purged(studio: Studio, asset: Asset) -> None:
    await delete(studio, asset.workspace_id, [asset.id])
    await purge(studio, asset.workspace_id, [asset.id], reason="a test")


async def test_who_buys_the_same_bytes_while_they_are_purged_has_them(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the gate's putting them and noting so, all of a purge happens."""
    studio, bench = opened
    old = await uploaded(studio)
    put = filing.put

    async def put_and_purged(*args: Any) -> filing.Putting:
        putting = await put(*args)
        monkeypatch.setattr(filing, "put", put)
        await purged(studio, old)
        assert not studio.vault.locate(old.digest or "").exists()
        return putting

    monkeypatch.setattr(filing, "put", put_and_purged)

    bought = await generate(studio, await order(studio, bench, "words"))

    assert bought.asset.digest == old.digest
    assert await studio.vault.read(bought.asset.url or "") == WORDS


async def test_what_is_marked_and_then_filed_again_is_not_taken_away_any_more(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the mark and the taking away, somebody buys the same bytes."""
    studio, bench = opened
    old, wanted = await uploaded(studio), await order(studio, bench, "words")
    take_away = purging.take_away

    async def bought_first(*args: Any) -> None:
        monkeypatch.setattr(purging, "take_away", take_away)
        await generate(studio, wanted)
        await take_away(*args)

    monkeypatch.setattr(purging, "take_away", bought_first)

    await purged(studio, old)

    async with studio.catalog.session() as db:
        bought = (await db.scalars(select(Asset).where(Asset.purged_at.is_(None)))).one()
    assert await studio.vault.read(bought.url or "") == WORDS
    assert [each.lost for each in await look(studio)] == [0]


async def test_who_files_while_the_bytes_are_taken_away_waits_for_that_and_puts_them_again(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are found there, then they are taken away, and only then it is noted that they are there."""
    studio, bench = opened
    old, wanted = await uploaded(studio), await order(studio, bench, "words")
    buying: list[asyncio.Task[Any]] = []
    remove = Vault.remove

    async def slowly(vault: Vault, digest: str) -> None:
        buying.append(asyncio.create_task(generate(studio, wanted)))
        await asyncio.wait(buying, timeout=1)
        await remove(vault, digest)

    monkeypatch.setattr(Vault, "remove", slowly)

    await purged(studio, old)
    bought = await buying[0]

    assert await studio.vault.read(bought.asset.url or "") == WORDS


async def test_a_purge_waits_for_who_has_filed_and_not_yet_saved(opened: tuple[Studio, Bench]) -> None:
    studio, _ = opened
    old = await uploaded(studio)

    async with studio.filing():
        filed = await studio.file(WORDS, "text/plain")
        waiting = asyncio.create_task(purged(studio, old))
        while not waiting.done() and not await _somebody_waits(studio):
            await asyncio.sleep(0.01)
        waited = not waiting.done()
        new = await _saved(studio, filed)
    await waiting

    assert waited
    assert await studio.vault.read(new.url or "") == WORDS


async def _somebody_waits(studio: Studio) -> bool:
    async with studio.catalog.session() as db:
        waiting = text(
            "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database "
            "WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()"
        )
        return bool(await db.scalar(waiting))


async def test_a_row_whose_bytes_were_purged_before_it_is_refused(opened: tuple[Studio, Bench]) -> None:
    """Who saves outside of the block that keeps a purge away gets no row without bytes."""
    studio, _ = opened
    old = await uploaded(studio)
    filed = await studio.file(WORDS, "text/plain")
    await purged(studio, old)

    with pytest.raises(NotInVault, match="no such blob"):
        await _saved(studio, filed)


async def test_bytes_that_were_filed_again_by_one_who_died_go_with_the_next_scrub(
    opened: tuple[Studio, Bench],
) -> None:
    studio, _ = opened
    old = await uploaded(studio)
    await purged(studio, old)
    await studio.file(WORDS, "text/plain")  # and no row

    [vault] = await look(studio)

    assert not studio.vault.locate(old.digest or "").exists()
    assert (vault.lost, vault.strange) == (0, ())


async def test_bytes_that_a_slow_repair_has_put_back_go_with_the_next_scrub(opened: tuple[Studio, Bench]) -> None:
    studio, _ = opened
    old = await uploaded(studio)
    await purged(studio, old)
    await studio.vault.put(WORDS, "txt")

    [vault] = await look(studio)

    assert not studio.vault.locate(old.digest or "").exists()
    assert (vault.lost, vault.strange) == (0, ())


def _child(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> multiprocessing.Process:
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(work, *args))
    process.start()
    return process  # type: ignore[return-value]  # a spawned one is one


def _run(work: Callable[..., Coroutine[Any, Any, None]], *args: Any) -> None:
    asyncio.run(work(*args))


async def _purge_and_die(url: str, home: Path, asset_id: UUID, *, first: bool) -> None:
    """Purge, and be killed before (`first`) or after the bytes are taken away: in either case before that is noted."""
    studio, _ = _opened(url, home)
    remove = Vault.remove

    async def killed(vault: Vault, digest: str) -> None:
        if not first:
            await remove(vault, digest)
        os.kill(os.getpid(), signal.SIGKILL)

    Vault.remove = killed  # type: ignore[assignment,method-assign]  # in this process alone
    async with studio.catalog.session() as db:
        workspace_id, _ = await film_row(db)
    await purge(studio, workspace_id, [asset_id], reason="a test")


async def _die_first(url: str, home: Path, asset_id: UUID) -> None:
    await _purge_and_die(url, home, asset_id, first=True)


async def _die_then(url: str, home: Path, asset_id: UUID) -> None:
    await _purge_and_die(url, home, asset_id, first=False)


@pytest.mark.parametrize("dying", [_die_first, _die_then])
async def test_a_purge_that_was_killed_is_finished_by_the_next_one_or_a_scrub_and_nothing_is_lost(
    dying: Callable[..., Coroutine[Any, Any, None]], opened: tuple[Studio, Bench], database_url: str
) -> None:
    studio, _ = opened
    asset = await uploaded(studio)
    await delete(studio, asset.workspace_id, [asset.id])

    process = _child(dying, database_url, studio.home, asset.id)
    await asyncio.to_thread(process.join)
    async with studio.catalog.session() as db:
        half = await assets.get(db, asset.workspace_id, asset.id)
        left = list(await copies.to_purge(db, copies.VAULT, limit=9))
    [vault] = await look(studio)

    assert process.exitcode == -signal.SIGKILL
    assert half.purged_at is not None
    assert asset.digest in left
    assert (vault.missing, vault.damaged, vault.strange, vault.lost) == (0, 0, (), 0)
    assert not studio.vault.locate(asset.digest or "").exists()
    async with studio.catalog.session() as db:
        assert await copies.to_purge(db, copies.VAULT, limit=9) == []
        assert await blobs.is_purged(db, asset.digest or "")


async def _upload_and_delete(url: str, home: Path) -> None:
    studio, _ = _opened(url, home)
    try:
        for _ in range(ROUNDS):
            asset = await uploaded(studio)
            assert await studio.vault.read(asset.url or "") == WORDS
            await delete(studio, asset.workspace_id, [asset.id])
    finally:
        await studio.aclose()


async def _buy_and_delete(url: str, home: Path) -> None:
    studio, bench = _opened(url, home)
    before = None
    try:
        for number in range(ROUNDS):
            asset = (await generate(studio, await order(studio, bench, f"words {number}"))).asset
            assert await studio.vault.read(asset.url or "") == WORDS
            if before is not None:
                await delete(studio, asset.workspace_id, [before.id])
            before = asset
    finally:
        await studio.aclose()


async def test_processes_that_file_and_purge_the_same_bytes_never_leave_a_row_without_them(
    opened: tuple[Studio, Bench], database_url: str
) -> None:
    studio, _ = opened
    others = [_child(work, database_url, studio.home) for work in (_upload_and_delete, _buy_and_delete)]
    count = 0

    while any(process.is_alive() for process in others):
        async with studio.catalog.session() as db:
            trashed = select(Asset).where(Asset.deleted_at.is_not(None), Asset.purged_at.is_(None))
            found = list(await db.scalars(trashed))
        if found:
            await purge(studio, found[0].workspace_id, [each.id for each in found], reason="a race")
            count += len(found)
        await asyncio.sleep(0.01)

    assert [process.exitcode for process in others] == [0, 0]
    assert count > 0
    [vault] = await look(studio)
    assert (vault.missing, vault.damaged, vault.strange) == (0, 0, ())
    async with studio.catalog.session() as db:
        live = list(await db.scalars(select(Asset).where(Asset.purged_at.is_(None), Asset.url.is_not(None))))
        lost = await db.scalar(select(func.count()).select_from(Blob).where(Blob.lost_at.is_not(None)))
    assert lost == 0
    assert live
    for asset in live:
        assert await studio.vault.read(asset.url or "") == WORDS


async def test_a_catalog_that_was_made_anew_knows_purged_blobs_from_needed_ones(opened: tuple[Studio, Bench]) -> None:
    """Sidecars tell of a blob as it was when each was written."""
    studio, bench = opened
    old = await uploaded(studio)
    await purged(studio, old)
    gone = replace(bench, answers="other words")
    kept = (await generate(studio, await order(studio, gone, "kept"))).asset
    async with studio.catalog.session() as db:
        await db.execute(update(Blob).where(Blob.digest == old.digest).values(purged_at=None))
        await db.execute(update(Blob).where(Blob.digest == kept.digest).values(purged_at=func.now()))

        await blobs.reckon(db)

        assert await blobs.is_purged(db, old.digest or "")
        assert not await blobs.is_purged(db, kept.digest or "")
