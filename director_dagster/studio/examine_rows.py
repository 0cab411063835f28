"""What is found of the rows of a film's pieces: what they say of themselves, what they cost, what they were made of.

That a row, its film, its sources and its takes are of one workspace is not looked at here: every foreign key between
them holds the workspace, so Postgres refuses anything else.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from uuid import UUID

from director_dagster.catalog.metadata import OF_ONE_CHARACTER, REQUIRED, tags_of
from director_dagster.catalog.queries import blobs, costs
from director_dagster.catalog.queries import lineage as edges
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.queries.uses import FORK
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.studio.findings import Finding, Offender, Severity
from director_dagster.studio.kinds import node_of
from director_dagster.studio.nodes import Slots
from director_dagster.studio.report import MICROUSD
from director_dagster.studio.step import Step

Pieces = Mapping[str, Filled]
REPEATED = {"model": "model", "provider": "provider", "prompt": "prompt", "duration": "duration_s"}
"""Metadata that say what a column does, and which."""


def complete(step: Step, node: str, pieces: Pieces, wanted: Slots) -> Finding:
    """Whether every slot is filled, and each row says all that it must: of `node`, of its film, metadata, tags, url."""
    empty = [
        Offender(slot=slot, asset_id=None, expected="a take", found="none")
        for slot in sorted(wanted.needed - pieces.keys())
    ]
    wrong = [
        Offender(slot=slot, asset_id=filled.asset.id, expected=expected, found=found)
        for slot, filled in pieces.items()
        for expected, found in _wrong(step, node, filled)
    ]
    return Finding(check="complete", examined=len(pieces), offenders=(*empty, *wrong))


async def priced(step: Step, node: str, pieces: Pieces) -> Finding:
    """Whether it is known what each piece cost that was generated for the film or is used in it, failed ones too, and
    whether the row says what the ledger does. A cost that is not known is counted, and a warning."""
    async with step.studio.catalog.session() as db:
        booked = await costs.booked(db, step.film.workspace_id, step.film.film_id)
    names = {filled.asset.id: slot for slot, filled in pieces.items()}
    rows: dict[object, tuple[Asset, Generation | None]] = {
        filled.asset.id: (filled.asset, None) for filled in pieces.values() if filled.asset.source == "generation"
    }
    rows |= {asset.id: (asset, paid) for asset, paid in booked if node_of(asset.kind, asset.type) == node}
    offenders = [
        offender for asset, paid in rows.values() if (offender := _priced(names.get(asset.id, asset.name), asset, paid))
    ]
    known = [asset.cost_microusd for asset, _ in rows.values() if asset.cost_microusd is not None]
    facts = {"known_usd": float(Decimal(sum(known)) / MICROUSD), "unknown": len(rows) - len(known)}
    return Finding(check="priced", examined=len(rows), offenders=tuple(offenders), facts=facts)


async def lineage(step: Step, node: str, pieces: Pieces, upstream: Collection[str]) -> Finding:
    """Whether each edge from a piece to what it was made from runs along an edge of Dagster's graph.

    Of the graph it is the Dagster assets that count, not their partitions: a piece that is used from another film keeps
    the sources that it has there. An edge inside one Dagster asset (the film to its subtitles) is not in the graph, and
    is as it should be; so is a fork's, which a person has made of whatever that is. A generated piece of an asset that
    has others before it must have a source.
    """
    names = {filled.asset.id: slot for slot, filled in pieces.items()}
    async with step.studio.catalog.session() as db:
        found = await edges.sources(db, step.film.workspace_id, list(names))
    allowed = sorted({node, *upstream})
    offenders = [
        Offender(
            slot=names[edge.asset_id],
            asset_id=edge.asset_id,
            expected=f"sources of {', '.join(allowed)}",
            found=f"{edge.role} {source.id} of {node_of(source.kind, source.type) or 'no Dagster asset'}",
        )
        for edge, source in found
        if edge.role != FORK and node_of(source.kind, source.type) not in allowed
    ]
    made_from: defaultdict[UUID, set[UUID]] = defaultdict(set)
    for edge, _ in found:
        made_from[edge.asset_id].add(edge.source_id)
    offenders += [
        each
        for slot, filled in pieces.items()
        if (each := _unsourced(slot, filled.asset, made_from[filled.asset.id], upstream))
    ]
    return Finding(check="lineage", examined=len(found), offenders=tuple(offenders), facts={"pieces": len(pieces)})


def _wrong(step: Step, node: str, filled: Filled) -> Iterator[tuple[str, str]]:
    """All that a row does not say as it must: what was expected, what was found."""
    asset, slot = filled.asset, filled.slot
    if node_of(asset.kind, asset.type) != node or asset.kind != slot.kind:
        yield f"a {slot.kind} of {node}", f"a {asset.kind} ({asset.type})"
    if asset.film_id not in (None, step.film.film_id) and not filled.take.reused:
        yield "made for this film, or reused", f"made for the film {asset.film_id}"
    if filled.blob is not None and asset.url != blobs.url_of(filled.blob):
        yield f"the url {blobs.url_of(filled.blob)}", str(asset.url)
    yield from _wrong_metadata(asset)
    yield from _wrong_tags(asset)


def _wrong_metadata(asset: Asset) -> Iterator[tuple[str, str]]:
    said = asset.generation_metadata
    required = REQUIRED[asset.type]  # type: ignore[index]  # a CHECK keeps the column to these types
    missing = sorted({*required, *(OF_ONE_CHARACTER if asset.character_id else ())} - said.keys())
    if missing:
        yield f"the metadata {', '.join(missing)}", "none"
    for key, column in REPEATED.items():
        value = getattr(asset, column)
        if key in said and said[key] != value:
            yield f"the metadata {key} {value!r:.60}, as its row says", f"{said[key]!r:.60}"


def _wrong_tags(asset: Asset) -> Iterator[tuple[str, str]]:
    due = tags_of(
        type_=asset.type,  # type: ignore[arg-type]  # CHECKs keep these columns to their words
        kind=asset.kind,  # type: ignore[arg-type]
        source=asset.source,  # type: ignore[arg-type]
        facts=asset.generation_metadata,
        more=(),
    )
    missing = [tag for tag in due if tag not in asset.tags]
    if missing:
        yield f"the tags {', '.join(missing)}", f"{', '.join(asset.tags) or 'none'}"
    if asset.source != "generation" and "ai-generated" in asset.tags:
        yield f"no tag ai-generated on an {asset.source}", "ai-generated"


def _priced(slot: str, asset: Asset, paid: Generation | None) -> Offender | None:
    if paid is not None and paid.cost_microusd != asset.cost_microusd:
        expected = f"{_microusd(paid.cost_microusd)}, as the ledger says"
        return Offender(slot=slot, asset_id=asset.id, expected=expected, found=_microusd(asset.cost_microusd))
    if asset.cost_microusd is None:
        return Offender(
            slot=slot, asset_id=asset.id, expected="a cost", found="an unknown cost", severity=Severity.WARN
        )
    return None


def _microusd(amount: int | None) -> str:
    return "an unknown cost" if amount is None else f"{amount} micro-dollars"


def _unsourced(slot: str, asset: Asset, sources: Collection[UUID], upstream: Collection[str]) -> Offender | None:
    """A piece without a source, or whose primary source is none of its sources."""
    if asset.source == "generation" and upstream and not sources:
        return Offender(slot=slot, asset_id=asset.id, expected=f"a source of {', '.join(upstream)}", found="none")
    if asset.source_asset_id is not None and asset.source_asset_id not in sources:
        return Offender(
            slot=slot, asset_id=asset.id, expected="its primary source among its sources", found="it is none of them"
        )
    return None
