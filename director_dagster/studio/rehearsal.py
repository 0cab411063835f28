"""A rehearsal: a step of a film gone through on paper, so that it tells what it would keep, use, make and cost."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeVar

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import claims
from director_dagster.catalog.asset_rows import insert_all
from director_dagster.catalog.queries import blobs, takes
from director_dagster.catalog.queries.blobs import Bytes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput, BlobMissing, DirectorError, InTrash
from director_dagster.providers.contract import Input
from director_dagster.studio.claiming import in_trash
from director_dagster.studio.crew import Member
from director_dagster.studio.filing import STUDIO, Entry, Filed, Origin, draft_of, takes_of
from director_dagster.studio.keeping import Keeping
from director_dagster.studio.order import Order
from director_dagster.studio.page import SCRIPT_SLOT
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.production import Production
from director_dagster.studio.regain import is_retained
from director_dagster.studio.report import Made, Outcome, Report, failure, made_of
from director_dagster.studio.step import Step
from director_dagster.studio.studio import Studio
from director_dagster.studio.write import AGAIN

FAULT_CHARS = 500
"""So long, at most, is what is said to be wrong with a script."""

R = TypeVar("R")
ON_PAPER = "plan"
"""The extension of bytes that do not exist."""


class ScriptUnwritten(DirectorError):
    """The script of a film is only planned, so nobody can say yet what is in it."""

    def __init__(self, report: Report) -> None:
        super().__init__("the script is not written yet")
        self.report = report


@dataclass(kw_only=True)
class Sheet:
    """A film as a rehearsal has it: read once, since nobody else is there to change it, and its selected takes again
    only where the rehearsal fills a slot itself.

    Attributes:
        there: The selected takes, by slot.
        seen: Digests of those whose bytes are in the vault.
        filled: Slots that were filled since `there` was read.
        read: What `Step.once` was asked for, by its name.
    """

    there: dict[str, Filled]
    seen: set[str] = field(default_factory=set)
    filled: set[str] = field(default_factory=set)
    read: dict[str, Any] = field(default_factory=dict)


async def sheet_of(studio: Studio, film: Production, there: Mapping[str, Filled] | None = None) -> Sheet:
    """The film as it is at the beginning of a rehearsal, whose selected takes may have been read in it before."""
    if there is None:
        async with studio.catalog.session() as db:
            there = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.film_id)
    sizes = {each.blob.digest: each.blob.size_bytes for each in there.values() if each.blob is not None}
    return Sheet(there=dict(there), seen=await studio.vault.those_there(sizes))


@dataclass(frozen=True, kw_only=True)
class Rehearsal(Step):
    """A step on paper: what it would buy becomes a row with no bytes behind it, so that later steps can build on it.

    Attributes:
        sheet: The film, one for all its steps.
        past_losses: Whether what a person has given, and is lost, fails alone; else nothing is told without it, for
            nobody could make the film.
    """

    sheet: Sheet
    past_losses: bool = False
    on_paper: ClassVar[bool] = True

    @property
    def keeping(self) -> Keeping:
        """Which takes stay."""
        return replace(super().keeping, seen=self.sheet.seen)

    async def takes(self) -> Mapping[str, Filled]:
        """The film's selected takes by slot, with what was filled on paper."""
        async with self.studio.catalog.session() as db:
            self.sheet.there |= await takes.selected(
                db,
                workspace_id=self.film.workspace_id,
                film_id=self.film.film_id,
                slots={SCRIPT_SLOT, *self.sheet.filled},
            )
        self.sheet.filled.clear()
        return dict(self.sheet.there)

    async def once(self, what: str, read: Callable[[], Awaitable[R]]) -> R:
        """What `read` returned the first time."""
        if what not in self.sheet.read:
            self.sheet.read[what] = await read()
        found: R = self.sheet.read[what]
        return found

    async def make(self, pieces: Sequence[Piece]) -> Report:
        """What making the pieces would do."""
        self.refuse_strange(pieces)
        pieces = await self.keeping.with_pins(pieces)
        there = await self.takes()
        kept = [await self._kept_or_not(piece, there.get(piece.slot)) for piece in pieces]
        new = [piece for piece, made in zip(pieces, kept, strict=True) if made is None]
        takes_there = [there.get(piece.slot) for piece in new]
        makers = [self.maker(piece, take) for piece, take in zip(new, takes_there, strict=True)]
        bought = iter(await self._buy_all(list(zip(new, makers, takes_there, strict=True))))
        report = self.report(
            [
                made
                for piece, stays in zip(pieces, kept, strict=True)
                for made in [stays or next(bought), *[further async for further in self.further(piece)]]
            ]
        )
        if any(made.slot == SCRIPT_SLOT and made.outcome is Outcome.GENERATED for made in report.pieces):
            # Only the first one is written once more by itself when it cannot be filmed.
            first = len(report.pieces) == 1
            raise ScriptUnwritten(
                self.report([await self._written_twice(pieces[0], report.pieces[0])]) if first else report
            )
        return report

    async def _kept_or_not(self, piece: Piece, there: Filled | None) -> Made | None:
        """As `kept`; what a person has given, and is lost, may fail alone, as where it is made."""
        try:
            return await self.kept(piece, there)
        except BlobMissing as exc:
            if not self.past_losses:
                raise
            return failure(piece.slot, exc)

    async def _written_twice(self, piece: Piece, made: Made) -> Made:
        """A script as dear as it can be: it is written once more when it cannot be filmed, and that is agreed to with
        it."""
        again = replace(piece, number=2, remark=AGAIN.format(fault="." * FAULT_CHARS))
        order = await self.order(again, self.maker(piece, None))
        price = order.provider.price(order.request).microusd
        known = price is not None and made.paid_microusd is not None
        return replace(made, paid_microusd=(made.paid_microusd or 0) + (price or 0) if known else None)

    async def buy(self, piece: Piece, who: Member, there: Filled | None = None) -> Made:
        """The workspace's own asset, or a planned one."""
        return (await self._buy_all([(piece, who, there)]))[0]

    async def _buy_all(self, wanted: Sequence[tuple[Piece, Member, Filled | None]]) -> Sequence[Made]:
        """As `buy`, of many: equal requests are one purchase, as they are where they are made."""
        if not wanted:
            return []
        orders: Sequence[Order] = [await self.order(piece, who, there) for piece, who, there in wanted]
        self.sheet.filled |= {piece.slot for piece, _, _ in wanted}
        async with self.studio.catalog.session() as db:
            owned, orders = await self._owned(db, orders)
            new = {
                order.request.fingerprint: order for order in reversed(orders) if order.request.fingerprint not in owned
            }
            begun = await claims.find_all_begun(db, self.film.workspace_id, new)
            costs = {
                order.request.fingerprint: await self._most(order, *each)
                for order, each in zip(orders, wanted, strict=True)
                if new.get(order.request.fingerprint) is order
            }
            costs |= dict.fromkeys(begun, 0)
            planned = dict(zip(new, await _plan_all(db, list(new.values()), costs), strict=True))
            assets = [{**owned, **planned}[order.request.fingerprint] for order in orders]
            fillings = [
                takes_of(order.places, asset, order.basis, insists=order.insists)
                for order, asset in zip(orders, assets, strict=True)
            ]
            await takes.fill_all(db, [each for of_one in fillings for each in of_one], by=STUDIO)
        made = []
        for (piece, _, _), order, asset in zip(wanted, orders, assets, strict=True):
            words = str(piece.more.get("text", piece.ask.prompt))
            if new.get(order.request.fingerprint) is order:
                low = 0 if order.request.fingerprint in begun else order.provider.price(order.request).least_microusd
                made.append(replace(made_of(piece.slot, asset, Outcome.GENERATED), low_microusd=low, words=words))
            else:
                made.append(replace(made_of(piece.slot, asset, Outcome.REUSED), words=words))
        return made

    async def _most(self, order: Order, piece: Piece, who: Member, there: Filled | None) -> int | None:
        """What an order costs at most, in micro-dollars, None when that is not known. Its piece may be asked for longer
        than it is now; where its maker makes none so long, that will cost nothing."""
        price = order.provider.price(order.request).microusd
        if piece.at_most is None or price is None:
            return price
        try:
            longer = await self.order(replace(piece, ask=piece.at_most), who, there)
        except BadInput:
            return price
        most = longer.provider.price(longer.request).microusd
        return None if most is None else max(price, most)

    async def use(self, piece: Piece, asset: Asset, there: Filled | None) -> Made:
        """As the step does, on the sheet too."""
        self.sheet.filled.add(piece.slot)
        return await super().use(piece, asset, there)

    async def input(self, source: Source) -> Input:
        """The source as it will be named; there may be no bytes yet."""
        digest = source.asset.digest or ""
        return Input(role=source.role, digest=digest, path=self.studio.vault.locate(digest))

    async def _owned(self, db: AsyncSession, orders: Sequence[Order]) -> tuple[Mapping[str, Asset], Sequence[Order]]:
        """What the workspace owns, or has lost and gets back for nothing, by fingerprint; and the orders, each with
        what it would be bought again for. Raises InTrash as the gate does."""
        asked = {order.request.fingerprint: order for order in orders}
        wanted = [(self.film.workspace_id, fingerprint) for fingerprint in asked]
        owned: dict[str, Asset] = {}
        reusable, lost = await claims.find_all_reusable(db, wanted), await claims.find_all_lost(db, wanted)
        for (_, fingerprint), (asset, blob), gone in zip(wanted, reusable, lost, strict=True):
            there = blob is not None and await self.studio.vault.has(blob.digest, blob.size_bytes)
            found = asset or gone
            if found is not None and (there or await is_retained(self.studio, found)):
                owned[fingerprint] = found
        for each, trashed in zip(wanted, await claims.find_all_trashed(db, wanted), strict=True):
            order = asked[each[1]]
            paid = each[1] not in owned and order.provider.price(order.request).microusd != 0
            if trashed is not None and paid and not await claims.is_begun(db, *each):
                raise InTrash(in_trash(trashed))
        before = {fingerprint: gone for (_, fingerprint), gone in zip(wanted, lost, strict=True) if gone is not None}
        return owned, [_in_place_of(order, before.get(order.request.fingerprint)) for order in orders]


def _in_place_of(order: Order, lost: Asset | None) -> Order:
    return order if lost is None else replace(order, replaces=lost.counts_as)


async def _plan_all(db: AsyncSession, orders: Sequence[Order], costs: Mapping[str, int | None]) -> Sequence[Asset]:
    """A row for each that would be bought, named by its fingerprint, since nobody knows its bytes yet, with what it
    `costs`, by fingerprint. What is begun costs nothing more: its price is held already, and what comes of it is
    collected."""
    plans = [
        Bytes(digest=order.request.fingerprint, size_bytes=0, media_type="application/x-plan", extension=ON_PAPER)
        for order in orders
    ]
    recorded = await blobs.record_all(db, plans)
    urls = [blobs.url_of(recorded.blobs[order.request.fingerprint]) for order in orders]
    return await insert_all(db, [draft_of(_entry(order, url, costs)) for order, url in zip(orders, urls, strict=True)])


def _entry(order: Order, url: str, costs: Mapping[str, int | None]) -> Entry:
    request = order.request
    origin = Origin(
        provider=request.provider,
        model=request.model,
        model_name=request.model_name,
        cost_microusd=costs[request.fingerprint],
        fingerprint=request.fingerprint,
        stands_for=order.replaces,
    )
    filed = Filed(url=url, thumbnail_url=None, width=None, height=None, duration_s=None)
    return Entry(label=order.label, origin=origin, filed=filed)
