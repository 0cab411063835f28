"""An order: one piece of work for a provider, and where its result goes."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from director_dagster.catalog.claims import Purchase
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.tables import Generation
from director_dagster.providers.contract import Input, Price, Provider, Request
from director_dagster.story import wire
from director_dagster.story.rights import UNKNOWN_RIGHTS, Rights
from director_dagster.studio.filing import Basis, Label, Origin
from director_dagster.vault.store import Vault

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Order:
    """One piece of work for a provider, and where its result goes.

    Attributes:
        provider: Who is asked.
        request: For what, as that provider planned it.
        label: What stands on the asset.
        places: The slots that it fills.
        basis: What those takes are made from.
        insists: They are selected even where somebody has chosen others.
        replaces: The digest of lost bytes that it is made in place of. What it is made from may have been lost with
            them, and be other bytes now, so that it is not asked for as it was before.
    """

    provider: Provider
    request: Request
    label: Label
    places: Sequence[Place]
    basis: Basis
    insists: bool = False
    replaces: str | None = None


@dataclass(frozen=True, kw_only=True)
class For:
    """What a purchase is for, as its row keeps it: all of an order but whom it goes to and what is asked."""

    model_name: str
    label: Label
    places: tuple[Place, ...]
    basis: Basis
    insists: bool = False
    replaces: str | None = None


def purchase_of(order: Order, number: int, price: Price, *, account: str = "") -> Purchase:
    """The order as the ledger knows it: its `number`-th buying, by that account."""
    request = order.request
    return Purchase(
        workspace_id=order.label.workspace_id,
        film_id=order.label.film_id,
        fingerprint=request.fingerprint,
        provider=request.provider,
        model=request.model,
        operation=request.operation,
        request=dict(request.canonical),
        price_microusd=price.microusd,
        number=number,
        account=account,
        # What costs nothing is made again as quickly as it is looked up.
        piece=wire.dump(_for(order)) if price.microusd != 0 else None,
    )


def request_of(vault: Vault, generation: Generation) -> Request:
    """What a generation asked its provider for, as its row has it."""
    asked = generation.request
    inputs = (Input(role=role, digest=digest, path=vault.locate(digest)) for role, digest in asked["inputs"])
    return Request(
        provider=asked["provider"],
        model=asked["model"],
        model_name=asked["model"],
        operation=asked["operation"],
        prompt=asked["prompt"],
        params=asked["params"],
        inputs=tuple(inputs),
        seed=asked["seed"],
    )


def order_of(vault: Vault, provider: Provider, generation: Generation) -> Order | None:
    """The order that a generation was claimed for, as its row has it; None where the row does not say."""
    if generation.piece is None:
        return None
    meant = wire.load(For, generation.piece)
    request = replace(request_of(vault, generation), model_name=meant.model_name)
    return Order(
        provider=provider,
        request=request,
        label=meant.label,
        places=meant.places,
        basis=meant.basis,
        insists=meant.insists,
        replaces=meant.replaces,
    )


def label_of(generation: Generation) -> Label | None:
    """What would have stood on the asset that a generation was bought for; None where the row does not say."""
    return None if generation.piece is None else wire.load(For, generation.piece).label


def slots_of(generation: Generation) -> Sequence[str]:
    """The places that a generation was bought for; none where the row does not say."""
    return [] if generation.piece is None else [place.name for place in wire.load(For, generation.piece).places]


def _for(order: Order) -> For:
    return For(
        model_name=order.request.model_name,
        label=order.label,
        places=tuple(order.places),
        basis=dict(order.basis),
        insists=order.insists,
        replaces=order.replaces,
    )


def origin_of(
    order: Order,
    generation: Generation,
    price: Price,
    cost: int | None,
    details: Mapping[str, Any],
    *,
    stands_for: str | None = None,
    rights: Rights = UNKNOWN_RIGHTS,
) -> Origin:
    """Where what comes of the order is from, what it cost, which lost bytes it was bought again for, and what may be
    done with it."""
    request = order.request
    return Origin(
        provider=request.provider,
        model=request.model,
        model_name=request.model_name,
        seed=request.seed,
        cost_microusd=cost,
        cost_basis=wire.dump(replace(price, low_microusd=None)),
        fingerprint=request.fingerprint,
        generation_id=generation.id,
        stands_for=stands_for,
        rights=rights,
        details=details,
    )


def reached(point: str, generation: Generation) -> None:
    """Say that the gate has come to a point; its docstring names them."""
    log.debug("generation %s: %s", generation.id, point, extra={"point": point})
