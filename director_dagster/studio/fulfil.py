"""Fulfilling: a claimed purchase is brought from where it stands to its asset, each step durable before the next."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import (
    DirectorError,
    EndedBadly,
    KeyRejected,
    MediaDamaged,
    OutOfMoney,
    Overtaken,
    Refused,
    RequestRejected,
    StorageUnavailable,
)
from director_dagster.media.inspect import inspect
from director_dagster.providers.contract import Accepted
from director_dagster.studio import filing
from director_dagster.studio.claiming import held, lost_before
from director_dagster.studio.delivery import clear, deliver, staging
from director_dagster.studio.desk import Settling, Stored
from director_dagster.studio.filing import Entry, Filed
from director_dagster.studio.order import Order, origin_of, reached
from director_dagster.studio.sending import close, send
from director_dagster.studio.studio import Studio


async def fulfil(studio: Studio, order: Order, generation: Generation) -> Asset:
    """Go on from the generation's state to its asset, holding its lease meanwhile."""
    async with held(studio, generation):
        accepted = None
        if generation.state in {"queued", "submitting"}:
            generation, accepted = await send(studio, order, generation)
        if generation.state == "submitted":
            generation = await _store(studio, order, generation, accepted)
        if generation.state != "stored":
            raise Overtaken(f"generation {generation.id} is {generation.state} by another worker's hand")
        return await _settle(studio, order, generation)


async def _store(studio: Studio, order: Order, generation: Generation, accepted: Accepted | None) -> Generation:
    """Wait for the job's output and file it."""
    studio.workers.warm(inspect)
    try:
        output = await deliver(studio, order.provider, order.request, generation, accepted)
    except (KeyRejected, OutOfMoney):
        # The account's fault, not the job's, which is paid: it is asked for again when that is mended.
        raise
    except Refused as exc:
        if not isinstance(exc, EndedBadly) and generation.price_microusd != 0:
            # It says nothing of the job, which is paid and may be had when that is mended.
            raise RequestRejected(_still_owed(order, generation, exc)) from exc
        await close(studio, order, generation, exc)
        raise
    reached("fetched", generation)
    staged = staging(studio, generation)
    try:
        putting = await filing.put(studio.vault, studio.workers, staged, output.media_type)
    except MediaDamaged as exc:
        raise MediaDamaged(_still_owed(order, generation, exc)) from exc
    except (FileNotFoundError, StorageUnavailable) as exc:
        if staged.is_file():
            raise
        raise Overtaken(f"generation {generation.id} is filed by another worker by now") from exc
    kept = {"filed": asdict(putting.filed), "details": dict(output.details), "microusd": output.microusd}
    generation = await studio.desk.stored(Stored(generation=generation, putting=putting, output=kept))
    reached("stored", generation)
    return generation


def _still_owed(order: Order, generation: Generation, error: DirectorError) -> str:
    return (
        f"{order.provider.name} has taken {order.label.name}, and it cannot be had just now: {error}. The next making "
        f"asks for it again; `director ledger resolve {generation.id} --charged AMOUNT`, or --not-charged, gives it up"
    )


async def _settle(studio: Studio, order: Order, generation: Generation) -> Asset:
    """Asset, edges, take, cost and budgets: all of them or none."""
    output: Mapping[str, Any] = generation.output or {}
    price, cost = order.provider.price(order.request), output["microusd"]
    if cost is None:
        cost = price.microusd
    else:
        price = replace(price, microusd=cost, unit_microusd=None, basis="reported")
    lost = await lost_before(studio, order) if generation.purchase > 1 else None
    stands_for = order.replaces if lost is None else lost.counts_as
    rights = studio.rights.get(order.provider.name, order.provider.terms.rights)
    origin = origin_of(order, generation, price, cost, output["details"], stands_for=stands_for, rights=rights)
    entry = Entry(label=order.label, origin=origin, filed=Filed(**output["filed"]))
    asset = await studio.desk.settle(
        Settling(
            generation=generation,
            cost_microusd=cost,
            entry=entry,
            places=order.places,
            basis=order.basis,
            insists=order.insists,
        )
    )
    reached("settled", generation)
    if cost is not None:
        studio.allowance.book(order.request.fingerprint, cost)
    clear(studio, generation)
    return asset
