"""An asset's own page: to look at or listen to, all that is known of it, where it comes from and where it is used."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import (
    assets,
    events,
    films,
    generations,
    lineage,
    rights,
    standings,
    takes,
    uses,
)
from director_dagster.catalog.queries.rights import Bound
from director_dagster.catalog.queries.states import state_of
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.queries.uses import By, Use
from director_dagster.catalog.tables import Asset, Film, Generation
from director_dagster.errors import DirectorError, Unseen
from director_dagster.library import lineage_svg, screenplay
from director_dagster.library.access import Reader
from director_dagster.library.dagster import asset_page
from director_dagster.library.lineage_svg import Edge
from director_dagster.library.media import TEXTS
from director_dagster.library.rooms import AskingOfAsset, Library, Open, seen
from director_dagster.library.screenplay import Part
from director_dagster.library.views import render
from director_dagster.story.film import FilmKey
from director_dagster.studio.choice import is_of_another_page
from director_dagster.studio.kinds import node_of
from director_dagster.studio.preserve import notice

TEXT_BYTES = 1_000_000
"""More of a text is not shown on a page."""

DEPTH = 12
TROUBLED = {"lost", "failed", "trash", "purged"}
SUBTITLES = "subtitles"
COMPARED = ("provider", "model", "prompt", "duration_s", "width", "height", "cost_microusd")
BASIS = "basis"
"""What is compared of takes: fields of their assets, and all that they were asked for with."""

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A place that the asset fills or filled.

    Attributes:
        name: Of the place.
        film: Of which film it is, by its slug; None for a place of a character's own.
        title: That film's.
        every: All its takes, by number.
        differs: In which of their fields those differ.
        sources: What each was made from that not all of them were, by asset.
    """

    name: str
    film: str | None
    title: str
    every: Sequence[Filled]
    differs: frozenset[str]
    sources: Mapping[UUID, Sequence[Asset]]

    @property
    def takes(self) -> Sequence[Filled]:
        """Each asset once: by the take that is in the film, else by its latest."""
        latest = {each.asset.id: each for each in self.every}
        return list((latest | {each.asset.id: each for each in self.every if each.take.selected_at}).values())

    def numbers(self, take: Filled) -> Sequence[int]:
        """Which takes the same asset is: it is one more where it was found to fit other words, too."""
        return [each.take.number for each in self.every if each.asset.id == take.asset.id]

    def was_made_otherwise(self, take: Filled) -> str:
        """In what it was made otherwise than the newest take was, ``words`` or ``pieces``: the next making then makes
        the piece anew. Empty where in nothing."""
        if not is_of_another_page(self.every, take):
            return ""
        return "pieces" if take.asset.prompt == self.every[-1].asset.prompt else "words"

    def rival(self, take: Filled) -> Asset:
        """What a take is held against: the one that is in the film; that one against the latest other."""
        others = [each for each in reversed(self.takes) if each is not take]
        selected = [each for each in others if each.take.selected_at is not None]
        return [*selected, *others][0].asset


@dataclass(frozen=True, kw_only=True)
class Known:
    """All that the catalog knows of an asset.

    Attributes:
        film: For which it was first made.
        attempts: All tries at buying the very same, the oldest first.
        slots: The places that it fills or filled.
        used: Where it is used now.
        bound: What it and its sources do not allow.
        subtitles: Of a film, its subtitles' asset.
        origin: Of a fork, what it was forked from.
        run_id: Dagster's run that made it, where the audit log names one.
    """

    film: Film | None
    attempts: Sequence[Generation]
    slots: Sequence[Slot]
    used: Sequence[Use]
    bound: Sequence[Bound]
    subtitles: UUID | None
    origin: Asset | None
    run_id: str | None


@router.get("/assets/{asset_id}")
async def one(asset_id: UUID, request: Request, opened: Open, reader: AskingOfAsset) -> HTMLResponse:
    """The page."""
    asset = await seen(reader, asset_id)
    if await notice(opened.studio, [asset]):
        asset = await seen(reader, asset_id)
    async with reader.catalog.session() as db:
        known = await _known(db, asset)
        text = await _text(opened, asset)
        parts = await _parts(db, asset, known, text)
        stale = await standings.stale(db, reader.workspace.id, [asset.id])
    return render(
        request,
        "asset.html",
        reader=reader,
        asset=asset,
        state=state_of(asset),
        stale=bool(stale),
        known=known,
        parts=parts,
        text=text,
        facts=dict(_facts(asset)),
        dagster=_dagster(opened, reader, asset, known),
    )


@router.get("/assets/{asset_id}/lineage")
async def tree(asset_id: UUID, request: Request, reader: AskingOfAsset) -> HTMLResponse:
    """What the asset was made from and what was made from it, as a picture: a part of the page."""
    asset = await seen(reader, asset_id)
    async with reader.catalog.session() as db:
        up = await lineage.ancestors(db, reader.workspace.id, asset.id, depth=DEPTH)
        down = await lineage.descendants(db, reader.workspace.id, asset.id, depth=DEPTH)
    nodes = {node.asset.id: node.asset for found in (up, down) for node in found.nodes}
    edges = {(edge.source_id, edge.asset_id) for found in (up, down) for edge in found.edges}
    drawn = await asyncio.to_thread(
        lineage_svg.draw,
        [_node(each) for each in nodes.values()],
        [Edge(source=str(source), result=str(made)) for source, made in sorted(edges)],
        here=str(asset.id),
    )
    return render(request, "_lineage.html", drawn=drawn, alone=len(nodes) == 1)


@router.get("/assets/{asset_id}/subtitles.vtt")
async def subtitles(asset_id: UUID, opened: Open, reader: AskingOfAsset) -> Response:
    """Subtitles as a browser reads them: WebVTT, which is SubRip with points in its times."""
    asset = await seen(reader, asset_id)
    text = await _text(opened, asset)
    if asset.kind != "subtitle" or text is None:
        raise Unseen(f"asset {asset_id} is no subtitles")
    lines = (line.replace(",", ".") if " --> " in line else line for line in text.splitlines())
    whole = text if text.startswith("WEBVTT") else "\n".join(["WEBVTT", "", *lines])
    return PlainTextResponse(whole, media_type="text/vtt")


async def _known(db: AsyncSession, asset: Asset) -> Known:
    beside = await takes.beside(db, asset.workspace_id, asset.id)
    slugs = await films.slugs(db, asset.workspace_id, {each.slot.film_id for each in beside if each.slot.film_id})
    edges = await lineage.sources_of(db, asset.workspace_id, [each.asset.id for each in beside])
    named = await assets.by_ids(db, asset.workspace_id, sorted({id_ for ids in edges.values() for id_ in ids}))
    sources = {id_: [each for each in named if each.id in ids] for id_, ids in edges.items()}
    titles = await films.titles(db, asset.workspace_id, slugs.values())
    slots = [_slot(slugs, titles, beside, sources, id_) for id_ in dict.fromkeys(each.slot.id for each in beside)]
    return Known(
        film=await db.get(Film, asset.film_id) if asset.film_id else None,
        attempts=await generations.attempts_of(db, asset),
        slots=slots,
        used=await uses.of(db, asset.workspace_id, [asset.id]),
        bound=await rights.upstream(db, asset.workspace_id, [asset.id]),
        subtitles=await _subtitles(db, asset),
        origin=await _origin(db, asset),
        run_id=await events.run_of(db, asset, {each.slot.id for each in beside}),
    )


def _slot(
    slugs: Mapping[UUID, str],
    titles: Mapping[str, str],
    beside: Sequence[Filled],
    sources: Mapping[UUID, Sequence[Asset]],
    slot_id: UUID,
) -> Slot:
    mine = [each for each in beside if each.slot.id == slot_id]
    slot = mine[0].slot
    differs = {field for field in COMPARED if len({getattr(each.asset, field) for each in mine}) > 1}
    differs |= {BASIS} if len({tuple(sorted(each.take.basis.items())) for each in mine}) > 1 else set()
    of_each = [{source.id for source in sources.get(each.asset.id, ())} for each in mine]
    shared = set.intersection(*of_each)
    apart = {
        each.asset.id: [source for source in sources.get(each.asset.id, ()) if source.id not in shared] for each in mine
    }
    film = None if slot.film_id is None or slot.character_id is not None else slugs.get(slot.film_id)
    title = "" if film is None else titles.get(film, film)
    return Slot(name=slot.name, film=film, title=title, every=mine, differs=frozenset(differs), sources=apart)


async def _origin(db: AsyncSession, asset: Asset) -> Asset | None:
    if not asset.is_fork or asset.source_asset_id is None:
        return None
    return next(iter(await assets.by_ids(db, asset.workspace_id, [asset.source_asset_id])), None)


async def _subtitles(db: AsyncSession, asset: Asset) -> UUID | None:
    """Those of the film that the asset is, where it is one: made for the same film, and the latest."""
    if asset.kind != "film" or asset.film_id is None:
        return None
    query = (
        select(Asset.id)
        .where(Asset.workspace_id == asset.workspace_id, Asset.film_id == asset.film_id, Asset.kind == "subtitle")
        .where(Asset.deleted_at.is_(None), Asset.lost_at.is_(None))
        .order_by(Asset.id.desc())
        .limit(1)
    )
    return (await db.scalars(query)).one_or_none()


async def _text(opened: Library, asset: Asset) -> str | None:
    """What a text says; None for what is none, or is not there."""
    extension = (asset.url or "").rpartition(".")[2]
    if asset.url is None or extension not in TEXTS:
        return None
    try:
        data = await opened.vault.read(asset.url)
    except DirectorError:
        return None
    return data[:TEXT_BYTES].decode("utf-8", "replace")


async def _parts(db: AsyncSession, asset: Asset, known: Known, text: str | None) -> Sequence[Part]:
    """Of a screenplay its parts, with what the first film that is made of it has made of each."""
    if asset.type != "script" or text is None:
        return []
    films = [asset.film_id, *(use.id for use in known.used if use.by in {By.SLOT, By.BRIEF})]
    film_id = next((film_id for film_id in films if film_id is not None), None)
    return await screenplay.read(db, asset.workspace_id, film_id, text)


def _facts(asset: Asset) -> Iterator[tuple[str, Any]]:
    """What the generation's metadata say beyond what stands in columns of its own."""
    told = {"model", "provider", "prompt", "character_id", "character_name", "generated_at", "duration"}
    yield from (
        (key, f"${value}" if key.endswith("_cost") else value)
        for key, value in asset.generation_metadata.items()
        if key not in told and isinstance(value, str | int | float)
    )


def _node(asset: Asset) -> lineage_svg.Node:
    at = f"/assets/{asset.id}"
    return lineage_svg.Node(
        id=str(asset.id),
        label=asset.name,
        kind=asset.kind,
        href=at,
        thumb=f"{at}/media/thumb" if asset.thumbnail_digest and asset.lost_at is None else None,
        state=state if (state := state_of(asset)) in TROUBLED else None,  # type: ignore[arg-type]  # is in it
    )


def _dagster(opened: Library, reader: Reader, asset: Asset, known: Known) -> Mapping[str, str]:
    """Where Dagster shows the same: its asset at the film's partition, and the run."""
    at = opened.dagster_for(reader)
    if at is None:
        return {}
    node = node_of(asset.kind, asset.type)
    of_film = known.film.slug if known.film else next((slot.film for slot in known.slots if slot.film), None)
    found = {}
    if node is not None and of_film is not None:
        found[f"the asset {node}"] = asset_page(at, node, FilmKey(workspace=reader.workspace.slug, film=of_film))
    if known.run_id is not None:
        found["the run"] = f"{at}/runs/{known.run_id}"
    return found
