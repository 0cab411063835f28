"""Trash: assets are deleted, restored, held and purged; nothing that is in use, or held by law, is deleted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import blobs, lineage, trash, uses
from director_dagster.catalog.queries.uses import By, Use
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput
from director_dagster.story import words
from director_dagster.studio import records
from director_dagster.studio.filing import note_again
from director_dagster.studio.purge import sweep
from director_dagster.studio.studio import FILING, Studio

REASON_CHARS = 500

Change = Callable[[AsyncSession, Sequence[Asset]], Awaitable[Sequence[Asset]]]
"""Refuses what cannot be, or changes the assets that are locked and gives those that were not so before."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """What became of some assets: those that were changed now, and those that were so already."""

    now: Sequence[Asset]
    before: Sequence[Asset]


@dataclass(frozen=True, kw_only=True)
class Purged(Changed):
    """As `Changed`; and why a store could not be emptied, in lines: the next purge or scrub does it."""

    faults: Sequence[str]


async def delete(
    studio: Studio, workspace_id: UUID, ids: Sequence[UUID], *, reason: str = "", derivatives: bool = False
) -> Changed:
    """Put assets into the trash, all of them or none; their bytes stay, and `restore` has them back.

    With `derivatives` all that was made from them goes along, however far. Raises BadInput, in one line that says where
    it is used and what to do, for one that is in use or held.
    """
    _refuse_long(reason)

    async def deleted(db: AsyncSession, found: Sequence[Asset]) -> Sequence[Asset]:
        for asset in found:
            if asset.held_at is not None:
                raise BadInput(f"{_named(asset)} is {_held(asset)}, and stays where it is")
        await _refuse_used(db, workspace_id, [asset for asset in found if asset.deleted_at is None])
        return await trash.delete(db, workspace_id, [asset.id for asset in found], reason=reason)

    return await _changed(studio, workspace_id, ids, deleted, derivatives=derivatives)


async def restore(studio: Studio, workspace_id: UUID, ids: Sequence[UUID]) -> Changed:
    """Have assets back from the trash, all of them or none, as they were; no take is selected by it.

    Raises BadInput for one that is purged: its bytes are gone.
    """

    async def restored(db: AsyncSession, found: Sequence[Asset]) -> Sequence[Asset]:
        for asset in found:
            if asset.purged_at is not None:
                again = "; the same file can be added again" if asset.source != "generation" else ""
                raise BadInput(f"{_named(asset)} {purged(asset)}{again}")
        return await trash.restore(db, workspace_id, ids)

    return await _changed(studio, workspace_id, ids, restored)


async def hold(studio: Studio, workspace_id: UUID, ids: Sequence[UUID], *, reason: str) -> Changed:
    """Hold assets: until they are released nobody deletes or purges them. The newest reason stands.

    Raises BadInput without a reason, and for one in the trash.
    """
    _refuse_unreasoned("an asset is held", reason)

    async def held(db: AsyncSession, found: Sequence[Asset]) -> Sequence[Asset]:
        for asset in found:
            if asset.purged_at is not None:
                raise BadInput(f"{_named(asset)} {purged(asset)}: there is nothing left to hold")
            if asset.deleted_at is not None:
                raise BadInput(
                    f"{_named(asset)} lies in the trash: restore it first (`director assets restore {asset.id}`), then "
                    "it is held"
                )
        return await trash.hold(db, workspace_id, ids, reason=reason)

    return await _changed(studio, workspace_id, ids, held)


async def release(studio: Studio, workspace_id: UUID, ids: Sequence[UUID], *, reason: str = "") -> Changed:
    """Let go of assets that are held."""
    _refuse_long(reason)

    async def released(db: AsyncSession, _: Sequence[Asset]) -> Sequence[Asset]:
        return await trash.release(db, workspace_id, ids, reason=reason)

    return await _changed(studio, workspace_id, ids, released)


async def _changed(
    studio: Studio, workspace_id: UUID, ids: Sequence[UUID], change: Change, *, derivatives: bool = False
) -> Changed:
    """Change the assets while nobody else does, all of them or none, and keep their sidecars and the log as they are
    then."""
    async with studio.catalog.session() as db:
        if derivatives:
            ids = await _with_derivatives(db, workspace_id, ids)
        found = await trash.locked(db, workspace_id, ids)
        changed = await change(db, found)
        await note_again(studio.vault, db, changed)
    return await _told(studio, workspace_id, found, changed)


async def doomed(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID], reason: str) -> Sequence[Asset]:
    """Those of the assets that a purge would take. Raises as `purge`."""
    _refuse_unreasoned("an asset is purged", reason)
    found = await trash.locked(db, workspace_id, ids)
    for asset in found:
        if asset.deleted_at is None:
            raise BadInput(
                f"{_named(asset)} is not in the trash: delete it first (`director assets delete {asset.id}`)"
            )
    left = [asset for asset in found if asset.purged_at is None]
    await _refuse_used(db, workspace_id, left)
    return left


async def purge(studio: Studio, workspace_id: UUID, ids: Sequence[UUID], *, reason: str) -> Purged:
    """Take away for good the bytes of assets in the trash, all of them or none; their rows stay as tombstones.

    Bytes that another asset needs stay. What an earlier purge could not take away goes now. Raises BadInput without a
    reason, and for one that is not in the trash, or is in use.
    """
    async with studio.catalog.lock(FILING), studio.catalog.session() as db:
        await doomed(db, workspace_id, ids, reason)
        found = await trash.locked(db, workspace_id, ids)
        changed = await trash.purge(db, workspace_id, ids, reason=reason)
        named = (digest for asset in changed for digest in (asset.digest, asset.thumbnail_digest))
        await blobs.purge(db, [digest for digest in named if digest is not None])
        await note_again(studio.vault, db, changed)
    faults = await sweep(studio)
    told = await _told(studio, workspace_id, found, changed)
    return Purged(now=told.now, before=told.before, faults=faults)


async def _with_derivatives(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[UUID]:
    """The assets and what was made from them, without what is deleted already."""
    found = dict.fromkeys(ids)
    for id_ in ids:
        made = await lineage.descendants(db, workspace_id, id_)
        found |= {node.asset.id: None for node in made.nodes if node.asset.deleted_at is None}
    return list(found)


async def kept_back(db: AsyncSession, workspace_id: UUID, found: Sequence[Asset]) -> Mapping[UUID, str]:
    """Which of the assets, all of them locked, cannot be deleted, and why, in words after their names.

    What something was made from that is itself kept back stays as well. What is deleted already is not among them.
    """
    there = {asset.id: asset for asset in found if asset.deleted_at is None}
    kept = {asset.id: f"it is {_held(asset)}" for asset in there.values() if asset.held_at is not None}
    used: dict[UUID, list[Use]] = {}
    for use in await uses.of(db, workspace_id, [id_ for id_ in there if id_ not in kept]):
        used.setdefault(use.asset_id, []).append(use)
    kept |= {id_: f"{said(of[0])}{f' (and {len(of) - 1} more)' if len(of) > 1 else ''}" for id_, of in used.items()}
    sources = await lineage.sources_of(db, workspace_id, list(there))
    due = list(kept)
    while due:
        result = there[due.pop()]
        for source in sources.get(result.id, ()) if result.url is not None else ():
            if source in there and source not in kept:
                kept[source] = f"{result.name} ({result.id}) was made from it"
                due.append(source)
    return kept


def purged(asset: Asset) -> str:
    """What to tell of a tombstone, after its name."""
    return f"was purged on {asset.purged_at:%Y-%m-%d} ({asset.purge_reason}): its bytes are gone for good"


def said(use: Use) -> str:
    """Where an asset is used, in words."""
    match use.by:
        case By.SLOT:
            return f"it is {use.place} of {use.where}"
        case By.PIN:
            return f"it is pinned to {use.place} of {use.where}"
        case By.BIN:
            return f"it lies in the bin of {use.where}"
        case By.BRIEF:
            return f"{use.where} is made of it"
        case By.LOOK:
            return f"it is the {use.place} of {use.where}"
        case By.VOICE:
            return f"it is the voice of {use.where} at {use.place}"
        case By.MADE:
            return f"{use.where} ({use.id}) was made from it"
        case By.PURCHASE:
            return f"{use.where} is being bought, made from it"


def _remedy(use: Use) -> str:
    """What to do first."""
    match use.by:
        case By.SLOT:
            return f"`director take select {use.where} {use.place} NUMBER` has another take there"
        case By.PIN:
            return f"`director take unpin {use.where} {use.place}` lets go of it"
        case By.BIN:
            return f"`director film leave {use.where} {use.asset_id}` takes it out"
        case By.BRIEF:
            return "give the film another page first: `director make --replace`"
        case By.LOOK:
            return "bring another look first: `director character add NAME --look IMAGE` (or location, prop)"
        case By.VOICE:
            return f"`director voice set {use.where} PROVIDER:VOICE_ID` has another one"
        case By.MADE:
            return "name that too and both are deleted; --derivatives deletes all that was made from it"
        case By.PURCHASE:
            return f"`director ledger show {use.id}` says how far that is"


async def _refuse_used(db: AsyncSession, workspace_id: UUID, found: Sequence[Asset]) -> None:
    used = await uses.of(db, workspace_id, [asset.id for asset in found])
    if not used:
        return
    first = used[0]
    count = sum(use.asset_id == first.asset_id for use in used) - 1
    more = f" (and {count} more: `director assets used {first.asset_id}`)" if count else ""
    asset = next(each for each in found if each.id == first.asset_id)
    raise BadInput(f"{_named(asset)} is in use: {said(first)}{more}; {_remedy(first)}")


def _named(asset: Asset) -> str:
    return f"asset {asset.id} ({asset.name})"


def _held(asset: Asset) -> str:
    return f"held since {asset.held_at:%Y-%m-%d} ({asset.hold_reason})"


def _refuse_unreasoned(what: str, reason: str) -> None:
    if not reason.strip():
        raise BadInput(f"{what} for a reason: say it with --reason")
    _refuse_long(reason)


def _refuse_long(reason: str) -> None:
    if len(reason) > REASON_CHARS or words.control(reason) or not _is_text(reason):
        raise BadInput(f"a reason is told in up to {REASON_CHARS} letters on one line")


def _is_text(reason: str) -> bool:
    """Whether there are no halves of characters in it, as a terminal passes on what is no UTF-8."""
    return not any("\ud800" <= char <= "\udfff" for char in reason)


async def _told(studio: Studio, workspace_id: UUID, found: Sequence[Asset], changed: Sequence[Asset]) -> Changed:
    """Keep the log in the vault too, and say what was changed."""
    await records.note(studio.catalog, studio.vault, workspace_id)
    ours = {asset.id for asset in changed}
    return Changed(now=changed, before=[asset for asset in found if asset.id not in ours])
