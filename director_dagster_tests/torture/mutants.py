"""The gate with one of its rules broken: what each rule is for, proved by what the torture finds without it."""

import asyncio
import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import ledger, senders
from director_dagster.catalog.tables import Generation
from director_dagster.errors import Ambiguous, Overloaded
from director_dagster.providers.contract import Accepted, Request
from director_dagster.studio import sending
from director_dagster.studio.order import Order, reached
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Blob, Vault
from director_dagster_tests.torture.provider import TERMS, Torturer

LATE_S = 0.3


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """A broken variant: `apply` breaks the gate of this process; the fault that shows it is made large enough.

    Attributes:
        apply: Breaks it.
        lag_s: How far the provider's list lags behind meanwhile.
        asleep: Whether workers fall asleep before they send.
    """

    apply: Callable[[], None]
    lag_s: float = 0.3
    asleep: bool = False


def _submit_first() -> None:
    """Pays, and then writes down that a request may have left."""

    admitted, sent = sending._admitted, sending._sent
    paid: dict[UUID, Accepted] = {}

    async def pay_first(studio: Studio, order: Order, generation: Generation, gone: asyncio.Event) -> Generation:
        paid[generation.id] = await order.provider.submit(order.request, str(generation.id), studio.home)
        reached("submitted", generation)
        return await admitted(studio, order, generation, gone)

    async def was_paid(studio: Studio, order: Order, generation: Generation) -> Accepted:
        return paid.pop(generation.id, None) or await sent(studio, order, generation)

    sending._admitted, sending._sent = pay_first, was_paid


def _retry_timeout() -> None:
    """Takes no answer for a no."""
    submit = Torturer.submit

    async def hasty(self: Torturer, request: Request, client_ref: str, into: Path) -> Accepted:
        try:
            return await submit(self, request, client_ref, into)
        except Ambiguous as exc:
            raise Overloaded(str(exc)) from exc

    Torturer.submit = hasty  # type: ignore[method-assign]


def _resubmit() -> None:
    """Takes a dead sender for one that has not sent."""

    async def sent_before(studio: Studio, order: Order, generation: Generation) -> tuple[Generation, None]:
        async with studio.catalog.session() as db:
            return await ledger.never_taken(db, generation), None

    sending._sent_before = sent_before


def _rotate_key() -> None:
    """Sends again under a new key."""
    submit = Torturer.submit

    async def rotating(self: Torturer, request: Request, client_ref: str, into: Path) -> Accepted:
        return await submit(self, request, str(uuid.uuid4()), into)

    Torturer.submit = rotating  # type: ignore[method-assign]


def _no_grace() -> None:
    """Believes a list at once."""
    TERMS["client_ref"] = replace(TERMS["client_ref"], listing_lag_s=0.0)


def _no_lock() -> None:
    """Takes a sender that stands still for a dead one."""

    async def is_sending(db: AsyncSession, generation_id: UUID) -> bool:
        return False

    senders.is_sending = is_sending


def _row_first() -> None:
    """Writes the row before the bytes."""
    put = Vault.put

    async def late(self: Vault, source: bytes | Path, extension: str) -> Blob:
        data = source if isinstance(source, bytes) else source.read_bytes()

        async def file() -> None:
            await asyncio.sleep(LATE_S)
            await put(self, data, extension)

        _LATE.add(asyncio.ensure_future(file()))
        return Blob(digest=hashlib.sha256(data).hexdigest(), size_bytes=len(data), extension=extension)

    Vault.put = late  # type: ignore[method-assign]


_LATE: set[Any] = set()

MUTANTS: Mapping[str, Mutant] = {
    "submit_first": Mutant(apply=_submit_first),
    "retry_timeout": Mutant(apply=_retry_timeout),
    "resubmit": Mutant(apply=_resubmit),
    "rotate_key": Mutant(apply=_rotate_key),
    "no_grace": Mutant(apply=_no_grace, lag_s=2.5),
    "no_lock": Mutant(apply=_no_lock, asleep=True),
    "row_first": Mutant(apply=_row_first),
}
