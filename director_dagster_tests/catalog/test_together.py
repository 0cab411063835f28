"""Together: many writes at one moment are one transaction, and none spoils another."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import films
from director_dagster.catalog.session import Catalog, open_catalog
from director_dagster.catalog.tables import Workspace
from director_dagster.catalog.together import AT_MOST, Together
from director_dagster.errors import BadInput, DirectorError


class Opener:
    """Opens workspaces, and counts how often it was asked."""

    def __init__(self) -> None:
        self.batches: list[int] = []

    async def __call__(self, db: AsyncSession, slugs: Sequence[str]) -> Sequence[str | DirectorError]:
        self.batches.append(len(slugs))
        results: list[str | DirectorError] = []
        for slug in slugs:
            if slug == "refused":
                results.append(BadInput("no such name"))
            else:
                results.append((await films.workspace(db, slug)).slug)
        return results


async def count(catalog: Catalog) -> int:
    async with catalog.session() as db:
        return await db.scalar(select(func.count()).select_from(Workspace)) or 0


async def test_a_hundred_at_once_are_one_transaction(catalog: Catalog) -> None:
    opener = Opener()
    together = Together(catalog, opener)

    slugs = await asyncio.gather(*(together(f"w{number}") for number in range(100)))

    assert slugs == [f"w{number}" for number in range(100)]
    assert opener.batches == [100]
    assert await count(catalog) == 100


async def test_what_comes_while_one_is_written_is_the_next_batch_and_none_is_too_large(catalog: Catalog) -> None:
    opener = Opener()
    together = Together(catalog, opener)
    first = asyncio.create_task(together("first"))
    while not opener.batches:
        await asyncio.sleep(0)

    await asyncio.gather(*(together(f"w{number}") for number in range(AT_MOST + 50)))

    assert await first == "first"
    assert opener.batches == [1, AT_MOST, 50]


async def test_one_that_is_refused_is_told_so_and_the_others_are_written(catalog: Catalog) -> None:
    together = Together(catalog, Opener())

    results = await asyncio.gather(together("one"), together("refused"), together("two"), return_exceptions=True)

    assert (results[0], results[2]) == ("one", "two")
    assert isinstance(results[1], BadInput)
    assert await count(catalog) == 2


async def test_one_that_breaks_the_transaction_breaks_it_for_itself_alone(catalog: Catalog) -> None:
    # The database refuses the name with a slash, and with it all that the transaction holds.
    opener = Opener()
    together = Together(catalog, opener)

    results = await asyncio.gather(together("one"), together("a/b"), together("two"), return_exceptions=True)

    assert (results[0], results[2]) == ("one", "two")
    assert "ck_workspaces_slug" in str(results[1])
    assert opener.batches == [3, 1, 1, 1]
    assert await count(catalog) == 2


async def test_a_caller_that_gives_up_takes_nobody_along(catalog: Catalog) -> None:
    together = Together(catalog, Opener())
    impatient = asyncio.create_task(together("impatient"))
    patient = asyncio.create_task(together("patient"))
    await asyncio.sleep(0)

    impatient.cancel()

    assert await patient == "patient"
    with pytest.raises(asyncio.CancelledError):
        await impatient
    assert await count(catalog) == 2


async def test_what_nobody_waits_for_any_longer_is_written_before_the_catalog_is_closed(database_url: str) -> None:
    async with open_catalog(database_url) as catalog:
        asked = asyncio.create_task(Together(catalog, Opener())("w1"))
        await asyncio.sleep(0)
        asked.cancel()

    async with open_catalog(database_url) as catalog:
        assert await count(catalog) == 1


async def test_a_writer_that_is_cancelled_cancels_who_waits_for_it_and_commits_nothing(catalog: Catalog) -> None:
    async def hang(db: AsyncSession, slugs: Sequence[str]) -> Sequence[str]:
        await films.workspace(db, slugs[0])
        await db.execute(text("SELECT pg_sleep(60)"))
        return slugs

    together = Together(catalog, hang)
    waiting = asyncio.create_task(together("never"))
    await asyncio.sleep(0.1)
    (writer,) = asyncio.all_tasks() - {asyncio.current_task(), waiting}

    writer.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await count(catalog) == 0
