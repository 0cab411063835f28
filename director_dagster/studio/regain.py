"""Regain: a lost asset's own bytes, had again without paying: from a copy, or from who made them.

A provider keeps its outputs for a while. The house makes the same bytes again from the same inputs.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime

from director_dagster.catalog import ledger
from director_dagster.catalog.queries import blobs
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import Damaged, DirectorError, EndedBadly
from director_dagster.providers.contract import Request
from director_dagster.studio.delivery import staging
from director_dagster.studio.order import request_of
from director_dagster.studio.preserve import put_back, restore
from director_dagster.studio.report import NOTICE
from director_dagster.studio.studio import Studio

log = logging.getLogger(__name__)


async def regain(studio: Studio, asset: Asset, request: Request) -> bool:
    """Whether the bytes of an asset that answered `request` are in the vault again, the very same.

    A second call does nothing more. Raises Unavailable when the provider does not answer: it may have them still.
    """
    if asset.digest is None:
        return False
    return await restore(studio, asset.digest) or await _fetched_again(studio, asset, request)


async def regain_all(studio: Studio, lost: Sequence[Asset]) -> Sequence[Asset]:
    """Those of the lost assets that are still lost after all of them were tried, selected takes and others.

    What is made from another lost piece comes after it. A provider that does not answer is told of, and its pieces
    stay lost.
    """
    left = list(lost)
    while left:
        came = await asyncio.gather(*(_tried(studio, asset) for asset in left))
        if not any(came):
            break
        left = [asset for asset, back in zip(left, came, strict=True) if not back]
    return left


async def _tried(studio: Studio, asset: Asset) -> bool:
    if asset.digest is not None and await restore(studio, asset.digest):
        return True
    generation = await _kept_job(studio, asset)
    if generation is None:
        return False
    try:
        async with studio.room(studio.providers[generation.provider]):
            return await _fetched_again(studio, asset, await _proved(studio, request_of(studio.vault, generation)))
    except Damaged:
        return False  # what it is made from is lost too, and may come back in the next round
    except DirectorError as exc:
        log.info("%s: %s", asset.name, exc, extra=NOTICE)
        return False


async def _proved(studio: Studio, request: Request) -> Request:
    """The request with inputs that are there and whole. Raises Damaged."""
    async with studio.catalog.session() as db:
        known = [await blobs.known(db, each.digest) for each in request.inputs]
    for blob in known:
        if blob is not None:
            await studio.vault.path(blobs.url_of(blob))
    return request


def is_brought(asset: Asset) -> bool:
    """Whether somebody has brought its bytes along: nobody else makes them again."""
    return asset.generation_id is None and asset.source in {"upload", "import"}


async def may_be_asked(studio: Studio, asset: Asset) -> bool:
    """Whether who made the asset has it as a job, and is asked for it before it is bought again."""
    return await _kept_job(studio, asset) is not None


async def is_retained(studio: Studio, asset: Asset) -> bool:
    """Whether the asset's provider should have its output still, by its terms; nobody is asked."""
    generation = await _kept_job(studio, asset)
    if generation is None:
        return False
    made = generation.settled_at or generation.created_at
    return (datetime.now(UTC) - made).total_seconds() < studio.providers[generation.provider].terms.retention_s


async def _fetched_again(studio: Studio, asset: Asset, request: Request) -> bool:
    generation = await _kept_job(studio, asset)
    async with studio.catalog.session() as db:
        blob = await blobs.known(db, asset.digest or "")
    if generation is None or blob is None:
        return False
    provider, into = studio.providers[generation.provider], staging(studio, generation)
    try:
        await provider.fetch(request, generation.provider_job_id or "", into)
        return await put_back(studio, blob, into, whence=provider.name)
    except EndedBadly:
        return False  # it has it no longer, or shows it no more
    finally:
        into.unlink(missing_ok=True)


async def _kept_job(studio: Studio, asset: Asset) -> Generation | None:
    """The job that made the asset; None for what was made otherwise. Whoever promises to keep nothing may have it all
    the same, and asking costs nothing."""
    provider = studio.providers.get(asset.provider or "")
    if asset.generation_id is None or provider is None:
        return None
    async with studio.catalog.session() as db:
        generation = await ledger.get(db, asset.workspace_id, asset.generation_id)
    return generation if generation.provider_job_id else None
