"""Copies of blobs in further stores: damage is found in all of them, and brought back from bytes that were proved."""

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from director_dagster.catalog.queries import blobs, copies, events
from director_dagster.catalog.queries.blobs import Bytes
from director_dagster.catalog.queries.copies import VAULT
from director_dagster.errors import BadInput
from director_dagster.studio.generate import generate
from director_dagster.studio.preserve import Tally, look, replicate, restore
from director_dagster.studio.scrub import read_all
from director_dagster.studio.studio import Studio
from director_dagster.vault.replica import Replica
from director_dagster_tests.studio.bench import Bench, open_bench, order

EVERYTHING = timedelta(0)
BLOBS = 340


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    studio, bench = open_bench(database_url, tmp_path / "home")
    yield replace(studio, replicas=[Replica.of(str(tmp_path / "second"))]), bench
    await studio.aclose()


@pytest.fixture
def studio(opened: tuple[Studio, Bench]) -> Studio:
    return opened[0]


def place_in(studio: Studio, store: str, digest: str) -> Path:
    """Where a blob lies in the vault, or in the replica of that name."""
    root = studio.vault.root if store == VAULT else Path(store)
    return root / "sha256" / digest[:2] / digest


async def filed(studio: Studio, count: int) -> list[str]:
    """The digests of so many new blobs, filed and recorded, and copied to every replica."""
    made = [await studio.vault.put(f"reel {number} ".encode() * (number % 50 + 1), "txt") for number in range(count)]
    async with studio.catalog.session() as db:
        rows = [
            Bytes(digest=each.digest, size_bytes=each.size_bytes, media_type="text/plain", extension="txt")
            for each in made
        ]
        await blobs.record_all(db, rows)
    await replicate(studio)
    return [each.digest for each in made]


def flip(file: Path, chance: random.Random) -> None:
    data = bytearray(file.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    put(file, bytes(data))


def cut(file: Path, chance: random.Random) -> None:
    data = file.read_bytes()
    put(file, data[: chance.randrange(len(data))])


def delete(file: Path, chance: random.Random) -> None:
    file.unlink()


def put(file: Path, data: bytes) -> None:
    file.chmod(0o644)
    file.write_bytes(data)


HARMS: Sequence[Callable[[Path, random.Random], None]] = (flip, cut, delete)


def whole(studio: Studio, store: str, digests: Sequence[str]) -> bool:
    """Whether a store has the very bytes of all these digests."""
    files = [place_in(studio, store, digest) for digest in digests]
    return all(
        file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == digest
        for file, digest in zip(files, digests, strict=True)
    )


@pytest.mark.parametrize("harmed", ["vault", "replica", "both, but never the same blob"])
async def test_harms_are_all_found_and_all_restored_and_no_good_copy_is_written_over(
    harmed: str, studio: Studio
) -> None:
    """Three times so many: more than a thousand flipped bits, truncations, deletions and swaps."""
    chance, second = random.Random(harmed), studio.replicas[0].name
    digests = await filed(studio, BLOBS)
    stores = {"vault": [VAULT], "replica": [second]}.get(harmed, [VAULT, second])
    for number, digest in enumerate(digests):
        store = stores[number % len(stores)]
        if number % 4 == 3 and number + len(stores) < len(digests):  # swapped with the next one of the same store
            other = place_in(studio, store, digests[number + len(stores)])
            put(place_in(studio, store, digest), other.read_bytes())
        else:
            HARMS[number % 3](place_in(studio, store, digest), chance)

    told = await read_all(studio, older=EVERYTHING)
    again = await replicate(studio)

    found = sum(each.missing + each.damaged for each in told)
    assert found == BLOBS
    assert sum(each.restored for each in told) + sum(each.copied for each in again) == BLOBS
    assert whole(studio, VAULT, digests)
    assert whole(studio, second, digests)
    assert [(each.missing, each.damaged) for each in await read_all(studio, older=EVERYTHING)] == [(0, 0), (0, 0)]
    aside = [*(studio.vault.root / "quarantine").glob("*"), *(Path(second) / "quarantine").glob("*")]
    assert len(aside) == sum(each.damaged for each in told), "what is damaged is set aside, never deleted"


async def test_what_is_damaged_everywhere_is_lost_and_its_assets_say_so_and_comes_back_with_any_copy(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    asset = (await generate(studio, await order(studio, bench, "reel"))).asset
    await replicate(studio)
    digest, second = asset.digest or "", studio.replicas[0].name
    good = place_in(studio, VAULT, digest).read_bytes()
    for store in (VAULT, second):
        put(place_in(studio, store, digest), b"rotten")

    [vault, _] = await look(studio)
    async with studio.catalog.session() as db:
        lost = await blobs.known(db, digest)
        journal = await events.about(db, asset.workspace_id, str(asset.id), what="lost")
    place_in(studio, second, digest).write_bytes(good)
    [again, _] = await look(studio)

    assert (vault.damaged, vault.restored, vault.lost) == (1, 0, 1)
    assert lost is not None
    assert lost.lost_at is not None
    assert len(journal) == 1
    assert again.restored == 1
    async with studio.catalog.session() as db:
        assert [each.lost_at for each in [await blobs.known(db, digest)] if each] == [None]
        assert len(await events.about(db, asset.workspace_id, str(asset.id), what="found")) == 1


async def test_what_was_found_lost_is_told_by_every_scrub_and_each_looks_in_every_store_for_it(studio: Studio) -> None:
    second = studio.replicas[0].name
    [digest] = await filed(studio, 1)
    good = place_in(studio, VAULT, digest).read_bytes()
    place_in(studio, VAULT, digest).unlink()
    place_in(studio, second, digest).unlink()

    lost = [(await look(studio))[0].lost, (await read_all(studio))[0].lost, (await look(studio))[0].lost]
    put_there = place_in(studio, second, digest)
    put_there.write_bytes(good)
    [found, _] = await read_all(studio)

    assert lost == [1, 1, 1]
    assert (found.missing, found.restored, found.lost) == (1, 1, 0)
    assert whole(studio, VAULT, [digest])


async def test_a_copy_that_is_damaged_is_no_loss(studio: Studio) -> None:
    [digest] = await filed(studio, 1)
    put(place_in(studio, studio.replicas[0].name, digest), b"rotten")

    told = await read_all(studio, older=EVERYTHING)

    assert [(each.damaged, each.lost) for each in told] == [(0, 0), (1, 0)]


async def test_a_thumbnail_that_is_lost_is_drawn_anew(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = (await generate(studio, await order(studio, bench, "a frame"))).asset
    thumbnail = asset.thumbnail_digest or ""
    place_in(studio, VAULT, thumbnail).unlink()

    [vault, _] = await look(studio)

    assert (vault.missing, vault.restored, vault.lost) == (1, 1, 0)
    assert whole(studio, VAULT, [thumbnail])
    async with studio.catalog.session() as db:
        assert [each.lost_at for each in [await blobs.known(db, thumbnail)] if each] == [None]


async def test_a_lost_piece_is_had_from_a_copy_before_its_provider_is_asked(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    piece = await order(studio, bench, "reel")
    asset = (await generate(studio, piece)).asset
    await replicate(studio)
    place_in(studio, VAULT, asset.digest or "").unlink()
    bench.terms = replace(bench.terms, retention_s=0.0)

    again = await generate(studio, piece)

    assert (again.asset.id, again.owned) == (asset.id, True)
    assert len(bench.charged) == 1
    assert whole(studio, VAULT, [asset.digest or ""])


async def test_the_light_scrub_finds_what_is_missing_too_short_or_of_nobody_and_reads_nothing(studio: Studio) -> None:
    second = studio.replicas[0].name
    kept, short, gone, gone_there = await filed(studio, 4)
    put(place_in(studio, VAULT, short), b"")
    place_in(studio, VAULT, gone).unlink()
    place_in(studio, second, gone_there).unlink()
    strange = await studio.vault.put(b"nobody's", "txt")

    [vault, replica] = await look(studio)

    assert (vault.looked_at, vault.missing, vault.damaged, vault.restored) == (4, 1, 1, 2)
    assert vault.strange == (strange.digest,)
    assert (replica.missing, replica.damaged, replica.read_bytes) == (1, 0, 0)
    assert whole(studio, VAULT, [kept, short, gone, gone_there])
    assert [each.copied for each in await replicate(studio)] == [1]


async def test_a_deep_scrub_goes_on_from_where_it_ended_the_longest_unread_first(studio: Studio) -> None:
    await filed(studio, 30)

    first = await read_all(studio, older=timedelta(days=30))
    hurried = await read_all(studio, older=EVERYTHING, for_s=0.0)
    async with studio.catalog.session() as db:
        due = [
            each.digest
            for each in await copies.due(db, VAULT, before=datetime.now(UTC) + timedelta(seconds=1), limit=30, own=True)
        ]
        standing = {each.store: each for each in await copies.standing(db)}

    assert [each.looked_at for each in first] == [30, 0], "a copy counts as read when it is written"
    assert [each.looked_at for each in hurried] == [0, 0]
    assert len(due) == 30
    assert all(each.read_since is not None for each in standing.values())
    assert {store: each.good for store, each in standing.items()} == {VAULT: 30, studio.replicas[0].name: 30}


async def test_it_reads_no_faster_than_it_is_told(studio: Studio) -> None:
    digests = await filed(studio, 20)
    size = sum(place_in(studio, VAULT, digest).stat().st_size for digest in digests)

    started = asyncio.get_running_loop().time()
    await read_all(studio, older=timedelta(days=30), rate_bytes_s=2 * size)

    assert asyncio.get_running_loop().time() - started >= 0.5


async def test_a_replica_that_cannot_be_used_is_told_of_and_the_others_get_their_copies(
    studio: Studio, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("no folder")
    broken = Replica.of(str(tmp_path / "file" / "below"))
    both = replace(studio, replicas=[broken, *studio.replicas])
    digests = await filed(both, 3)

    [first, second] = await replicate(both)

    assert first.fault.startswith(f"the copies in {broken.name} cannot be used: ")
    assert (second.fault, whole(both, studio.replicas[0].name, digests)) == ("", True)
    place_in(both, VAULT, digests[0]).unlink()
    assert await restore(both, digests[0])


async def test_an_empty_folder_where_copies_were_is_not_filled_until_somebody_says_that_it_is_new(
    studio: Studio,
) -> None:
    digests = await filed(studio, 3)
    [before] = await replicate(studio)
    store = Path(studio.replicas[0].name)
    store.rename(store.with_name("away"))

    [gone] = await replicate(studio)
    _, scrubbed = await look(studio)
    there = store.exists()
    (store / "new").mkdir(parents=True)
    _, seen = await look(studio)
    [new] = await replicate(studio)

    assert (before.fault, there) == ("", False)
    for tally in (gone, scrubbed):
        assert tally.fault.startswith(f"{store} is empty, and 3 copies lay there: is its disk mounted?")
    assert (seen.fault, new.fault, whole(studio, str(store), digests)) == ("", "", True)


async def test_sidecars_are_copied_and_copied_again_when_they_change(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    asset = (await generate(studio, await order(studio, bench, "reel"))).asset
    name = f"{asset.workspace_id}/{asset.id}.json"
    copy = Path(studio.replicas[0].name) / "sidecars" / name

    await replicate(studio)
    before = copy.read_bytes()
    await studio.vault.put_sidecar(str(asset.workspace_id), str(asset.id), {"name": "changed"})
    await replicate(studio)

    assert before != copy.read_bytes() == (studio.vault.root / "sidecars" / name).read_bytes()


@pytest.mark.parametrize("said", ["relative/folder", "", "ftp://host/x", "s3://", "s3://key:secret@bucket"])
def test_what_is_no_store_is_refused_in_one_line(said: str) -> None:
    with pytest.raises(BadInput, match="is no store of copies: name an absolute folder") as refused:
        Replica.of(said)

    assert "\n" not in str(refused.value)


def test_a_tally_counts_what_did_not_come_back_as_lost() -> None:
    assert Tally(store=VAULT, missing=2, damaged=3, restored=4).lost == 1
