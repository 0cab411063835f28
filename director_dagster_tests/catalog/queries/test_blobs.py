"""Tests of questions about blobs."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import blobs
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


async def test_copies_say_how_they_were_found_last(db: AsyncSession) -> None:
    await _record(db)
    await blobs.seen(db, digest=DIGEST, store="disk", state="ok")
    await blobs.seen(db, digest=DIGEST, store="bucket", state="missing")
    await blobs.seen(db, digest=DIGEST, store="bucket", state="ok")

    copies = await blobs.copies(db, DIGEST)

    assert [(copy.store, copy.state, copy.verified_at is None) for copy in copies] == [
        ("bucket", "ok", False),
        ("disk", "ok", False),
    ]


async def test_bytes_are_told_by_how_their_copy_was_found(db: AsyncSession) -> None:
    await _record(db)
    await blobs.seen(db, digest=DIGEST, store="disk", state="ok")

    found = [
        await blobs.found(db, [DIGEST, "b" * 64], store="disk", state="ok"),
        await blobs.found(db, [DIGEST], store="disk", state="missing"),
        await blobs.found(db, [DIGEST], store="bucket", state="ok"),
    ]

    assert found == [{DIGEST}, set(), set()]


async def test_a_url_and_its_blob_name_each_other(db: AsyncSession) -> None:
    blob = await _record(db)

    assert blobs.url_of(blob) == f"vault:sha256/{DIGEST}.mp4"
    assert blobs.digest_of(blobs.url_of(blob)) == DIGEST
    with pytest.raises(NotInVault, match="is no url of the vault"):
        blobs.digest_of("https://cdn.example/film.mp4")


async def _record(db: AsyncSession, *, size_bytes: int = 3, extension: str = "mp4") -> Blob:
    return await blobs.record(db, digest=DIGEST, size_bytes=size_bytes, media_type="video/mp4", extension=extension)
