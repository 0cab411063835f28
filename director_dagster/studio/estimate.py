"""Estimate: what making a film would keep, use, make and cost, told by going through its steps on paper."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import ClassVar

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import claims
from director_dagster.catalog.asset_saver import save_generation_as_asset
from director_dagster.catalog.money import to_usd
from director_dagster.catalog.queries import blobs, takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput, DirectorError, InTrash
from director_dagster.providers.contract import Input
from director_dagster.story.film import FilmKey
from director_dagster.studio import filing
from director_dagster.studio.board import board
from director_dagster.studio.claiming import in_trash
from director_dagster.studio.crew import Member
from director_dagster.studio.design import design
from director_dagster.studio.edit import edit
from director_dagster.studio.finals import crewed, finals_of
from director_dagster.studio.order import Order
from director_dagster.studio.page import SCRIPT_SLOT
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.regain import is_retained
from director_dagster.studio.report import Made, Outcome, Report, made_of
from director_dagster.studio.score import score
from director_dagster.studio.shoot import shoot
from director_dagster.studio.step import Step, Verb, refuse_nonsense
from director_dagster.studio.studio import Studio
from director_dagster.studio.voice import voice
from director_dagster.studio.write import AGAIN, write

STEPS: Mapping[str, Verb] = {
    "script": write,
    "characters": design,
    "dialogue": voice,
    "music": score,
    "storyboard": board,
    "shots": shoot,
    "film": edit,
}
"""The verbs of a film in an order in which each finds what it needs."""

FAULT_CHARS = 500
"""So long, at most, is what is said to be wrong with a script."""

ON_PAPER = "plan"
"""The extension of bytes that do not exist."""


async def estimate(
    studio: Studio, key: FilmKey, *, wanted: Mapping[str, Mapping[str, int]] | None = None
) -> Sequence[Report]:
    """What each step of the film would do now; ``generated`` is what it would buy, at the price that it would hold.

    Nothing is sent, filed or written: it all happens in a transaction that is rolled back. `wanted` are the takes that
    each step would be told. A film whose script is yet to be written ends with that step: the rest is known when it is.
    Raises BadInput when there is no such film, and for what no run can be told.
    """
    strange = sorted(set(wanted or {}) - set(STEPS))
    if strange:
        raise BadInput(f"takes: there is no step {strange[0]!r}; there are {', '.join(STEPS)}")
    async with studio.working(), studio.catalog.rehearsal() as catalog:
        return await rehearse(replace(studio, catalog=catalog), key, wanted=wanted or {})


async def rehearse(
    studio: Studio, key: FilmKey, *, wanted: Mapping[str, Mapping[str, int]] | None = None, until: str | None = None
) -> Sequence[Report]:
    """As `estimate`, with a studio whose catalog is a rehearsal already; no further than the step `until`."""
    reports: list[Report] = []
    film, sheet = await crewed(studio, key), Sheet()
    for name, verb in STEPS.items():
        told = dict((wanted or {}).get(name, {}))
        refuse_nonsense(studio, told)
        finals = await finals_of(studio, film, name)
        step = Rehearsal(
            studio=studio, film=film, name=name, started=monotonic(), wanted=told, finals=finals, sheet=sheet
        )
        try:
            reports.append(await verb(step))
        except ScriptUnwritten as exc:
            return [*reports, exc.report]
        if name == until:
            break
    return reports


class ScriptUnwritten(DirectorError):
    """The script of a film is only planned, so nobody can say yet what is in it."""

    def __init__(self, report: Report) -> None:
        super().__init__("the script is not written yet")
        self.report = report


@dataclass(kw_only=True)
class Sheet:
    """A film's selected takes as a rehearsal has them: read once, since nobody else is there to change them, and again
    only where it fills a slot itself."""

    there: dict[str, Filled] | None = None
    filled: set[str] = field(default_factory=set)


@dataclass(frozen=True, kw_only=True)
class Rehearsal(Step):
    """A step on paper: what it would buy becomes a row with no bytes behind it, so that later steps can build on it.

    Attributes:
        sheet: The takes, one for all steps of a film.
    """

    sheet: Sheet
    on_paper: ClassVar[bool] = True

    async def takes(self) -> Mapping[str, Filled]:
        """The film's selected takes by slot, with what was filled on paper."""
        if self.sheet.there is None:
            self.sheet.there = dict(await super().takes())
        else:
            async with self.studio.catalog.session() as db:
                self.sheet.there |= await takes.selected(
                    db,
                    workspace_id=self.film.workspace_id,
                    film_id=self.film.film_id,
                    slots={SCRIPT_SLOT, *self.sheet.filled},
                )
        self.sheet.filled.clear()
        return dict(self.sheet.there)

    async def make(self, pieces: Sequence[Piece]) -> Report:
        """What making the pieces would do."""
        self.refuse_strange(pieces)
        pieces = await self.keeping.with_pins(pieces)
        there = await self.takes()
        report = self.report([made for piece in pieces async for made in self.provide(piece, there.get(piece.slot))])
        if any(made.slot == SCRIPT_SLOT and made.outcome is Outcome.GENERATED for made in report.pieces):
            # Only the first one is written once more by itself when it cannot be filmed.
            first = len(report.pieces) == 1
            raise ScriptUnwritten(
                self.report([await self._written_twice(pieces[0], report.pieces[0])]) if first else report
            )
        return report

    async def _written_twice(self, piece: Piece, made: Made) -> Made:
        """A script as dear as it can be: it is written once more when it cannot be filmed, and that is agreed to with
        it."""
        again = replace(piece, number=2, remark=AGAIN.format(fault="." * FAULT_CHARS))
        order = await self.order(again, self._member(piece, None))
        price = order.provider.price(order.request).microusd
        known = price is not None and made.paid_microusd is not None
        return replace(made, paid_microusd=(made.paid_microusd or 0) + (price or 0) if known else None)

    async def buy(self, piece: Piece, who: Member) -> Made:
        """The workspace's own asset, or a planned one."""
        order = await self.order(piece, who)
        self.sheet.filled.add(piece.slot)
        async with self.studio.catalog.session() as db:
            owned = await self._owned(db, order)
            asset = owned or await _plan(db, order)
            await filing.take(db, places=order.places, asset=asset, basis=order.basis, insists=order.insists)
        words = str(piece.more.get("text", piece.ask.prompt))
        if owned:
            return replace(made_of(piece.slot, asset, Outcome.REUSED), words=words)
        price = order.provider.price(order.request)
        return replace(made_of(piece.slot, asset, Outcome.GENERATED), low_microusd=price.least_microusd, words=words)

    async def use(self, piece: Piece, asset: Asset, there: Filled | None) -> Made:
        """As the step does, on the sheet too."""
        self.sheet.filled.add(piece.slot)
        return await super().use(piece, asset, there)

    async def input(self, source: Source) -> Input:
        """The source as it will be named; there may be no bytes yet."""
        digest = source.asset.digest or ""
        return Input(role=source.role, digest=digest, path=self.studio.vault.locate(digest))

    async def _owned(self, db: AsyncSession, order: Order) -> Asset | None:
        """What the workspace owns, or has lost and gets back for nothing. Raises InTrash as the gate does."""
        wanted = [(self.film.workspace_id, order.request.fingerprint)]
        ((asset, blob),) = await claims.find_all_reusable(db, wanted)
        if asset is None:
            (asset,) = await claims.find_all_lost(db, wanted)
        there = blob is not None and await self.studio.vault.has(blob.digest, blob.size_bytes)
        if asset is not None and (there or await is_retained(self.studio, asset)):
            return asset
        ((trashed,), price) = await claims.find_all_trashed(db, wanted), order.provider.price(order.request)
        if trashed is not None and price.microusd != 0 and not await claims.is_begun(db, *wanted[0]):
            raise InTrash(in_trash(trashed))
        return None


async def _plan(db: AsyncSession, order: Order) -> Asset:
    """A row for what would be bought, named by its fingerprint, since nobody knows its bytes yet."""
    label, request, price = order.label, order.request, order.provider.price(order.request)
    blob = await blobs.record(
        db, digest=request.fingerprint, size_bytes=0, media_type="application/x-plan", extension=ON_PAPER
    )
    return await save_generation_as_asset(
        db=db,
        workspace_id=label.workspace_id,
        type=label.type,
        kind=label.kind,
        name=label.name,
        url=blobs.url_of(blob),
        generation_cost=to_usd(price.microusd),
        provider=request.provider,
        model=request.model,
        model_name=request.model_name,
        prompt=label.prompt,
        character_ids=label.character_ids,
        source_asset_ids=label.sources,
        film_id=label.film_id,
        shot_id=label.shot_id,
        fingerprint=request.fingerprint,
        metadata=dict(label.more),
    )
