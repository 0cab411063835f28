"""Begun: what somebody has begun to buy for a film, and died at, is brought to its end by whoever works on it next.

It is finished as it was begun, by the provider and the model that its row names, and fills the places that it was
bought for: whoever is in the crew now, and whatever the page says now. What is paid is never left lying.
"""

import asyncio
import logging
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import ledger
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import Ambiguous, EndedBadly, Refused, Unavailable
from director_dagster.studio.generate import finish
from director_dagster.studio.kinds import node_of
from director_dagster.studio.order import Order, order_of
from director_dagster.studio.production import Production
from director_dagster.studio.report import NOTICE
from director_dagster.studio.studio import Studio

log = logging.getLogger(__name__)


DEAD = "whoever was to send it is gone"


@dataclass(frozen=True, kw_only=True)
class Finished:
    """What became of that which was begun: the assets that there are now, and what ended badly, by slot."""

    made: AbstractSet[UUID]
    ended: Mapping[str, EndedBadly]


async def finish_begun(studio: Studio, film: Production, step: str) -> Finished:
    """Bring to its end what was begun to be bought for a step of the film.

    To be called under the lock of that step: so whoever began it is dead. What cannot be finished now (its provider
    lacks a key or does not answer, only a person can tell) is said, and stays for the next one who comes.
    """
    async with studio.catalog.session() as db:
        rows = await ledger.begun(db, film.workspace_id, film.film_id)
    begun = [(row, order) for row in rows if (order := _order(studio, row, step)) is not None]
    came = await asyncio.gather(*(_finished(studio, row, order) for row, order in begun))
    return Finished(
        made={each.id for each in came if isinstance(each, Asset)},
        ended={
            place.name: each
            for (_, order), each in zip(begun, came, strict=True)
            if isinstance(each, EndedBadly)
            for place in order.places
        },
    )


async def let_go_unsent(db: AsyncSession) -> int:
    """Let go of what dead runs have claimed and never sent, so that it holds nothing of a budget; how many that were.
    A second call finds none."""
    return await ledger.cancel_unsent(db, reason=DEAD)


def _order(studio: Studio, row: Generation, step: str) -> Order | None:
    """What the row was begun for, if it was for this step."""
    provider = studio.providers.get(row.provider)
    order = None if provider is None else order_of(studio.vault, provider, row)
    return order if order is not None and node_of(order.label.kind, order.label.type) == step else None


async def _finished(studio: Studio, row: Generation, order: Order) -> Asset | EndedBadly | None:
    """What came of it; None where it stays as it is, or somebody else has finished it."""
    name, maker = order.label.name, f"{row.provider}:{row.model}"
    try:
        async with studio.room(order.provider):
            asset = await finish(studio, order, row)
    except EndedBadly as exc:
        return exc
    except (Refused, Unavailable, Ambiguous) as exc:
        log.info("%s: %s was asked for it, and it is not finished: %s", name, maker, exc, extra=NOTICE)
        return None
    if asset is not None:
        log.info("%s: %s had begun it, and it is finished", name, maker, extra=NOTICE)
    return asset
