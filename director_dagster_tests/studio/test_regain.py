"""What is lost comes back from the cheapest source, and what was made from it stays as good as it was."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from director_dagster.catalog.queries import blobs, events
from director_dagster.catalog.tables import Asset
from director_dagster.errors import OutsideRun
from director_dagster.providers.contract import Ask, Medium
from director_dagster.studio.generate import generate
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench, fund, open_bench, order

WORDS = "a hill at dusk"


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    """A studio whose provider charges ten cents and keeps nothing."""
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.price_microusd = 100_000
    bench.terms = replace(bench.terms, retention_s=0.0)
    await fund(studio, 10_000_000)
    yield studio, bench
    await studio.aclose()


def made_from(asset: Source) -> Piece:
    return Piece(
        slot="shot:sh010",
        type="video",
        kind="shot",
        name="sh010",
        field="picture",
        ask=Ask(medium=Medium.VIDEO, operation="shot", prompt="the hill again", params={}),
        sources=[asset],
        reads=["frame"],
    )


async def test_what_is_bought_again_stands_for_what_was_lost_so_that_what_was_made_from_that_stays(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    wanted = await order(studio, bench, WORDS)
    first = (await generate(studio, wanted)).asset
    basis = made_from(Source(role="frame", asset=first)).basis

    again: list[Asset] = []
    for words in ("a hill, otherwise", "a hill, otherwise again"):
        last = again[-1] if again else first
        studio.vault.locate(last.digest or "").unlink()
        bench.answers = words
        again.append((await generate(studio, wanted)).asset)

    assert len({first.digest, *(each.digest for each in again)}) == 3
    assert [each.stands_for for each in again] == [first.digest, first.digest]
    assert [made_from(Source(role="frame", asset=each)).basis for each in again] == [basis, basis]
    assert len(bench.charged) == 3


async def test_what_is_found_gone_as_it_is_asked_for_is_marked_lost(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    wanted = await order(studio, bench, WORDS)
    first = (await generate(studio, wanted)).asset
    studio.vault.locate(first.digest or "").unlink()
    bench.answers = "otherwise"

    await generate(studio, wanted)

    async with studio.catalog.session() as db:
        blob = await blobs.known(db, first.digest or "")
        told = await events.about(db, first.workspace_id, str(first.id), what="lost")
    assert blob is not None
    assert blob.lost_at is not None
    assert len(told) == 1


async def test_while_its_provider_keeps_it_it_is_fetched_and_nothing_is_paid(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.terms = replace(bench.terms, retention_s=3600.0)
    wanted = await order(studio, bench, WORDS)
    first = (await generate(studio, wanted)).asset
    studio.vault.locate(first.digest or "").unlink()

    again = await generate(studio, wanted)

    assert (again.asset.id, again.owned) == (first.id, True)
    assert len(bench.charged) == 1
    assert studio.vault.locate(first.digest or "").read_text() == WORDS


async def test_what_a_provider_gives_out_by_an_old_job_is_not_believed_unless_it_is_the_same(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    bench.terms = replace(bench.terms, retention_s=3600.0)
    wanted = await order(studio, bench, WORDS)
    first = (await generate(studio, wanted)).asset
    studio.vault.locate(first.digest or "").unlink()
    bench.answers = "somebody else's words"

    again = await generate(studio, wanted)

    assert (again.asset.id == first.id, again.owned) == (False, False)
    assert again.asset.stands_for == first.digest
    assert not studio.vault.locate(first.digest or "").exists()


async def test_a_run_that_repairs_pays_for_what_is_lost_and_for_nothing_else(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    wanted = await order(studio, bench, WORDS)
    first = (await generate(studio, wanted)).asset
    studio.vault.locate(first.digest or "").unlink()
    bench.answers = "otherwise"
    repairing = replace(studio, repair_only=True)

    again = await generate(repairing, wanted)
    with pytest.raises(OutsideRun, match="never bought; this run pays only for what is lost"):
        await generate(repairing, await order(studio, bench, "a lake", slot="other"))
    bench.price_microusd = 0
    free = await generate(repairing, await order(studio, bench, "a lake", slot="other"))

    assert not again.owned
    assert free.asset.prompt == "a lake"
    assert len(bench.charged) == 3
