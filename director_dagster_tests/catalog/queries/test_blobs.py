"""Tests of questions about blobs."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import blobs, copies
from director_dagster.catalog.queries.copies import Found
from director_dagster.catalog.tables import Blob, Workspace
from director_dagster.errors import BadInput, NotInVault
from director_dagster_tests.catalog.rows import an_asset, filed

DIGEST = "a" * 64


async def test_bytes_noted_twice_are_one_blob_under_their_first_extension(db: AsyncSession) -> None:
    await _record(db, extension="mp4")

    again = await _record(db, extension="mov")

    assert (again.digest, again.extension) == (DIGEST, "mp4")


async def test_one_digest_never_has_two_sizes(db: AsyncSession) -> None:
    await _record(db, size_bytes=3)

    with pytest.raises(BadInput, match="is known with 3 bytes, not 4"):
        await _record(db, size_bytes=4)


async def test_what_is_missing_is_told_in_order(db: AsyncSession) -> None:
    there = blobs.digest_of(await filed(db, "there"))

    assert await blobs.missing(db, ["c" * 64, there, DIGEST]) == [DIGEST, "c" * 64]
    assert await blobs.missing(db, []) == []


async def test_a_lost_blob_is_missing_until_it_is_noted_again(db: AsyncSession) -> None:
    await _record(db)

    await blobs.lose(db, DIGEST)
    lost = await blobs.get(db, DIGEST)
    await _record(db)

    assert lost is None
    assert await blobs.get(db, DIGEST) is not None


async def test_lost_bytes_that_are_there_again_are_lost_for_no_asset(db: AsyncSession, acme: Workspace) -> None:
    asset = await an_asset(db, acme)
    digest = asset.digest or ""
    await blobs.lose(db, digest)

    await blobs.regain(db, digest)
    await db.refresh(asset)

    assert asset.lost_at is None
    assert await blobs.get(db, digest) is not None


async def test_bytes_are_told_by_how_their_copy_was_found_last(db: AsyncSession) -> None:
    await _record(db)
    both = [Found(digest=DIGEST, store=store, state="ok") for store in ("disk", "bucket")]
    await copies.note(db, both, read=True)
    await copies.note(db, [Found(digest=DIGEST, store="bucket", state="missing")], read=True)

    found = [
        await copies.found(db, [DIGEST, "b" * 64], store="disk", state="ok"),
        await copies.found(db, [DIGEST], store="disk", state="missing"),
        await copies.found(db, [DIGEST], store="bucket", state="ok"),
        await copies.found(db, [DIGEST], store="bucket", state="missing"),
    ]

    assert found == [{DIGEST}, set(), set(), {DIGEST}]
    standing = [(each.store, each.good, each.missing, each.read_since is None) for each in await copies.standing(db)]
    assert standing == [("bucket", 0, 1, True), ("disk", 1, 0, False)]


async def test_a_url_and_its_blob_name_each_other(db: AsyncSession) -> None:
    blob = await _record(db)

    assert blobs.url_of(blob) == f"vault:sha256/{DIGEST}.mp4"
    assert blobs.digest_of(blobs.url_of(blob)) == DIGEST
    with pytest.raises(NotInVault, match="is no url of the vault"):
        blobs.digest_of("https://cdn.example/film.mp4")


async def _record(db: AsyncSession, *, size_bytes: int = 3, extension: str = "mp4") -> Blob:
    return await blobs.record(db, digest=DIGEST, size_bytes=size_bytes, media_type="video/mp4", extension=extension)
