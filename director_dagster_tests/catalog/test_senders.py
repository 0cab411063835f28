"""Who is sending something holds it as long as it lives, also when its connection to Postgres does not."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from director_dagster.catalog.senders import Sender, is_sending
from director_dagster.catalog.session import Catalog

LOSE_ALL = text("""
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()
""")


@pytest.mark.parametrize("times", [1, 2])
async def test_a_lost_connection_is_made_anew_and_all_is_held_again(catalog: Catalog, times: int) -> None:
    sender, first, second = Sender(), uuid4(), uuid4()
    await sender.begin(catalog, [first])

    for _ in range(times):
        async with catalog.session() as db:
            await db.execute(LOSE_ALL)
        await sender.begin(catalog, [second])

    async with catalog.session() as db:
        held = [await is_sending(db, each) for each in (first, second, uuid4())]
    assert held == [True, True, False]
    await sender.aclose()


async def test_a_connection_that_was_closed_under_it_is_made_anew(catalog: Catalog) -> None:
    sender, first = Sender(), uuid4()
    await sender.begin(catalog, [first])
    assert sender._holding is not None
    await sender._holding.close()

    await sender.begin(catalog, [uuid4()])

    async with catalog.session() as db:
        assert await is_sending(db, first)
    await sender.aclose()
