"""Begun: what somebody has begun to buy for a film, and died at, is brought to its end by whoever works on it next.

It is finished as it was begun, by the provider and the model that its row names, and fills the places that it was
bought for: whoever is in the crew now, and whatever the page says now. What is paid is never left lying.
"""

import asyncio
import logging
from collections.abc import Mapping

from director_dagster.catalog import ledger
from director_dagster.catalog.tables import Generation
from director_dagster.errors import Ambiguous, BadInput, EndedBadly, NeedsPerson, Refused, Unavailable
from director_dagster.studio.generate import finish
from director_dagster.studio.kinds import node_of
from director_dagster.studio.order import Order, order_of
from director_dagster.studio.production import Production
from director_dagster.studio.report import NOTICE
from director_dagster.studio.studio import Studio

log = logging.getLogger(__name__)


async def finish_begun(studio: Studio, film: Production, step: str) -> Mapping[str, EndedBadly]:
    """Bring to its end what was begun to be bought for a step of the film; those that ended badly, by slot.

    To be called under the lock of that step: so whoever began it is dead. What cannot be finished now (its provider
    lacks a key or does not answer, only a person can tell) is said, and stays for the next one who comes.
    """
    async with studio.catalog.session() as db:
        rows = await ledger.begun(db, film.workspace_id, film.film_id)
    begun = [(row, order) for row in rows if (order := _order(studio, row, step)) is not None]
    ended = await asyncio.gather(*(_finished(studio, row, order) for row, order in begun))
    return {slot: error for each in ended for slot, error in each.items()}


def _order(studio: Studio, row: Generation, step: str) -> Order | None:
    """What the row was begun for, if it was for this step."""
    provider = studio.providers.get(row.provider)
    order = None if provider is None else order_of(studio.vault, provider, row)
    return order if order is not None and node_of(order.label.kind, order.label.type) == step else None


async def _finished(studio: Studio, row: Generation, order: Order) -> Mapping[str, EndedBadly]:
    name, maker = order.label.name, f"{row.provider}:{row.model}"
    try:
        async with studio.room(order.provider):
            asset = await finish(studio, order, row)
    except EndedBadly as exc:
        return {place.name: exc for place in order.places}
    except (BadInput, NeedsPerson, Refused, Unavailable, Ambiguous) as exc:
        log.info("%s: %s was asked for it, and it is not finished: %s", name, maker, exc, extra=NOTICE)
        return {}
    if asset is not None:
        log.info("%s: %s had begun it, and it is finished", name, maker, extra=NOTICE)
    return {}
