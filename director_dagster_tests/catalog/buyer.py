"""A process that buys what it can, beside others: ``python -m director_dagster_tests.catalog.buyer URL NUMBER``."""

import asyncio
import sys
from uuid import UUID

from director_dagster.catalog import claims, ledger, receipts
from director_dagster.catalog.claims import Purchase
from director_dagster.catalog.queries import films
from director_dagster.catalog.session import Catalog, open_catalog
from director_dagster.errors import BudgetExceeded

PRICE_MICROUSD, CHARGED_MICROUSD = 100_000, 70_000
TRIES = 12
HELD_S = 600


async def buy(url: str, number: int) -> int:
    """Say that it is ready, and at the word ask for `TRIES` pieces of one of two films; how many were let."""
    async with open_catalog(url) as catalog:
        async with catalog.session() as db:
            film = await films.find(db, "acme", f"film-{number % 2}")
            assert film is not None
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        sys.stdin.readline()
        pieces = [_purchase(film.workspace_id, film.id, f"{number}-{piece}") for piece in range(TRIES)]
        return sum([await _bought(catalog, piece, charged=index % 2 == 0) for index, piece in enumerate(pieces)])


async def _bought(catalog: Catalog, piece: Purchase, *, charged: bool) -> bool:
    """Whether there was room; every other piece is charged, less than was held, and the others stay under way."""
    try:
        async with catalog.session() as db:
            generation = (await claims.claim(db, piece, lease_s=HELD_S)).generation
    except BudgetExceeded:
        return False
    if charged:
        async with catalog.session() as db:
            generation = await ledger.submitting(db, generation)
            generation = await receipts.acknowledge(db, generation, provider_job_id=piece.fingerprint, raw={})
            await ledger.fail(db, generation, reason="so it ends", cost_microusd=CHARGED_MICROUSD)
    return True


def _purchase(workspace_id: UUID, film_id: UUID, name: str) -> Purchase:
    return Purchase(
        workspace_id=workspace_id,
        film_id=film_id,
        fingerprint=f"{name:f<64}",
        provider="loopback",
        model="words-1",
        operation="text",
        request={},
        price_microusd=PRICE_MICROUSD,
    )


if __name__ == "__main__":
    let = asyncio.run(buy(sys.argv[1], int(sys.argv[2])))
    sys.stdout.write(f"{let}\n")
