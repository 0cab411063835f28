"""What is found of the bytes of a film's pieces: that they are there and whole, and that they can be played."""

import asyncio
from collections.abc import Mapping

from director_dagster.catalog.queries import copies
from director_dagster.catalog.queries.copies import VAULT, Found
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset, CopyState
from director_dagster.errors import BadInput, BlobMissing, Damaged, MediaDamaged
from director_dagster.media import playable
from director_dagster.media.playable import Measures
from director_dagster.studio.derived import renew
from director_dagster.studio.findings import Finding, Offender, Severity
from director_dagster.studio.preserve import mark_found, mark_lost, restore
from director_dagster.studio.step import Step

FAMILIES = {
    "image": ("image/",),
    "video": ("video/",),
    "audio": ("audio/",),
    "script": ("text/",),
    "text": ("text/", "application/x-subrip"),
}
NEAR_S = 0.001

Pieces = Mapping[str, Filled]


async def intact(step: Step, pieces: Pieces) -> Finding:
    """Whether the bytes of each piece are recorded and there, have their size and are those of their digest.

    Lost and damaged ones are marked, and those that are there again are marked no longer. A thumbnail or a sidecar
    that is lost or damaged is made anew from the bytes and the row, and counts as a warning.
    """
    offenders: list[Offender] = []
    size_bytes = 0
    for slot, filled in pieces.items():
        found = await _of_bytes(step, slot, filled)
        offenders += found or await _of_derived(step, slot, filled.asset)
        size_bytes += 0 if found or filled.blob is None else filled.blob.size_bytes
    return Finding(check="intact", examined=len(pieces), offenders=tuple(offenders), facts={"whole_bytes": size_bytes})


async def known(step: Step, pieces: Pieces) -> frozenset[str]:
    """The digests of those pieces that `remember` was told of: what is in bytes alone needs no second look."""
    async with step.studio.catalog.session() as db:
        return frozenset(await copies.found(db, _digests(pieces), store=VAULT, state="ok"))


async def remember(step: Step, pieces: Pieces) -> None:
    """Note that nothing was found wrong with the bytes of these pieces, however deep one looks."""
    async with step.studio.catalog.session() as db:
        whole = [Found(digest=digest, store=VAULT, state="ok") for digest in sorted(_digests(pieces))]
        await copies.note(db, whole, read=True)


async def decodes(step: Step, pieces: Pieces, before: frozenset[str]) -> Finding:
    """Whether each piece is of the type, the size in pixels and the length that its row says, and can be played.

    The bytes `before` were played to their end once: that they are still the same is what `intact` proves.
    """
    async with asyncio.TaskGroup() as group:
        played = [group.create_task(_played(step, slot, filled, before)) for slot, filled in pieces.items()]
    return Finding(
        check="decodes",
        examined=len(pieces),
        offenders=tuple(each for task in played if (each := task.result()) is not None),
        facts={"played": len(_digests(pieces) - before), "played_before": len(_digests(pieces) & before)},
    )


def _digests(pieces: Pieces) -> set[str]:
    return {filled.blob.digest for filled in pieces.values() if filled.blob is not None}


async def _of_bytes(step: Step, slot: str, filled: Filled) -> list[Offender]:
    asset, blob = filled.asset, filled.blob
    if asset.url is None or blob is None:
        return [_offender(slot, asset, "bytes", "it failed, and has none")]
    if asset.purged_at is not None:
        return [_offender(slot, asset, "bytes", f"it was purged ({asset.purge_reason}): another take can be chosen")]
    try:
        path = await step.studio.vault.path(asset.url)
    except Damaged as exc:
        if await restore(step.studio, asset.digest or ""):
            found = f"{exc}; brought back from a copy"
            return [_offender(slot, asset, "the bytes of its digest", found, Severity.WARN)]
        state: CopyState = "missing" if isinstance(exc, BlobMissing) else "quarantined"
        await mark_lost(step.studio, asset.digest or "", state=state, why=str(exc))
        return [_offender(slot, asset, "the bytes of its digest", _lost(asset, exc))]
    if blob.lost_at is not None or asset.lost_at is not None:
        await mark_found(step.studio, asset.digest or "")
    there = await asyncio.to_thread(lambda: path.stat().st_size)
    if there != blob.size_bytes:
        return [_offender(slot, asset, f"{blob.size_bytes} bytes, as is recorded", f"{there} bytes")]
    return []


def _lost(asset: Asset, why: Damaged) -> str:
    what = "its bytes are gone" if isinstance(why, BlobMissing) else "its bytes are damaged, and set aside"
    if asset.source == "upload":
        return f"{what}: the same file, added again, brings it back"
    return f"{what}: making it again (materialize, or `director make`) brings it back"


async def _of_derived(step: Step, slot: str, asset: Asset) -> list[Offender]:
    offenders = []
    for what, look in (("thumbnail", _look_at_thumbnail), ("sidecar", _look_at_sidecar)):
        try:
            await look(step, asset)
        except Damaged as exc:
            found = f"{exc}; made anew" if await _renewed(step, asset) else str(exc)
            offenders.append(_offender(slot, asset, f"its {what}", found, Severity.WARN))
    return offenders


async def _look_at_thumbnail(step: Step, asset: Asset) -> None:
    if asset.thumbnail_url is not None:
        await step.studio.vault.path(asset.thumbnail_url)


async def _look_at_sidecar(step: Step, asset: Asset) -> None:
    await step.studio.vault.sidecar(str(asset.workspace_id), str(asset.id))


async def _renewed(step: Step, asset: Asset) -> bool:
    try:
        await renew(step.studio, asset)
    except Damaged:
        return False  # bytes that cannot be read have no thumbnail; `decodes` says so
    return True


async def _played(step: Step, slot: str, filled: Filled, before: frozenset[str]) -> Offender | None:
    asset, blob = filled.asset, filled.blob
    if blob is None:
        return None
    path = step.studio.vault.locate(blob.digest)
    try:
        measures = await asyncio.to_thread(playable.measure, path, blob.media_type)
        if blob.digest not in before:
            await step.studio.workers.run(playable.play, path, blob.media_type)
    except (MediaDamaged, BadInput) as exc:
        return _offender(slot, asset, f"{blob.media_type} that can be played", str(exc))
    if not blob.media_type.startswith(FAMILIES[asset.type]):
        return _offender(slot, asset, f"{asset.type}, as its row says", blob.media_type)
    declared = Measures(width_px=asset.width, height_px=asset.height, duration_s=asset.duration_s)
    return None if _alike(measures, declared) else _offender(slot, asset, f"{declared}", f"{measures}")


def _alike(one: Measures, other: Measures) -> bool:
    """Of one size, and of one length to a millisecond."""
    if None in (one.duration_s, other.duration_s):
        return one == other
    near = abs((one.duration_s or 0) - (other.duration_s or 0)) <= NEAR_S
    return near and (one.width_px, one.height_px) == (other.width_px, other.height_px)


def _offender(slot: str, asset: Asset, expected: str, found: str, severity: Severity = Severity.ERROR) -> Offender:
    return Offender(slot=slot, asset_id=asset.id, expected=expected, found=found, severity=severity)
