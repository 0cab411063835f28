"""Reuse: what a workspace owns is taken into a film as it is, pinned to a place of it, or made something of its own."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets, film_uses, shots, takes, trash
from director_dagster.catalog.queries.uses import FORK
from director_dagster.catalog.tables import Asset, AssetKind, AssetType
from director_dagster.errors import BadInput
from director_dagster.providers.contract import LETTERS, TALK
from director_dagster.story.cut import CREDITS, TITLE
from director_dagster.story.rights import Rights
from director_dagster.studio import filing, records
from director_dagster.studio.board import frame_slot
from director_dagster.studio.estimate import estimate
from director_dagster.studio.filing import Filed, Label, Origin
from director_dagster.studio.production import Production
from director_dagster.studio.score import MUSIC_SLOT
from director_dagster.studio.shoot import shot_slot
from director_dagster.studio.studio import Studio

MOST = 1000
"""So many are taken at once, and lie in a film's bin."""

NAME_CHARS = 200
SHOWN = 5

PLACES: Mapping[str, tuple[AssetType, AssetKind]] = {
    "look": ("image", "character"),
    "location": ("image", "location"),
    "prop": ("image", "prop"),
    "frame": ("image", "frame"),
    "shot": ("video", "shot"),
    "line": ("audio", "dialogue"),
    "music": ("audio", "music"),
    "ambience": ("audio", "other"),
}
"""The places to which something can be pinned, by the beginning of their slots: of which type, and what it is there."""

OF_THE_BYTES = (TALK, LETTERS, "levels", "score", "text")
"""What an asset's metadata say of its bytes, and so of a fork's."""


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """What was pinned: the asset, or the fork of it that takes the place; where; and whether that is new."""

    asset: Asset
    slot: str
    new: bool


async def use(
    studio: Studio, film: Production, ids: Sequence[UUID], *, who: str, fork: bool = False
) -> Sequence[Asset]:
    """Take assets into the film's bin, all of them or none; those that were not there before.

    With `fork` it is a fork of each. Raises BadInput for one that the workspace does not have, or that has no bytes.
    """
    _refuse_many(ids)
    async with studio.filing(), studio.catalog.session() as db:
        found = await _there(db, film.workspace_id, ids)
        lying = await film_uses.in_bin(db, film.workspace_id, film.film_id)
        new = len(found) if fork else len({asset.id for asset in found} - lying)
        if len(lying) + new > MOST:
            raise BadInput(f"{film.key}: {len(lying):,} assets lie in its bin, and up to {MOST:,} do")
        if fork:
            found = [await _fork(studio, db, asset, kind=asset.kind, film_id=film.film_id) for asset in found]  # type: ignore[arg-type]  # a CHECK says so
        wanted = [asset.id for asset in found]
        made = {use.asset_id for use in await film_uses.take(db, film.workspace_id, film.film_id, wanted, by=who)}
    await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])
    return [asset for asset in found if asset.id in made]


async def leave(studio: Studio, film: Production, ids: Sequence[UUID]) -> Sequence[UUID]:
    """Take assets out of the film's bin; those that were in it."""
    async with studio.catalog.session() as db:
        left = [use.asset_id for use in await film_uses.leave(db, film.workspace_id, film.film_id, ids)]
    await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])
    return left


async def pin(studio: Studio, film: Production, asset_id: UUID, place: str, *, who: str) -> Pinned:
    """Pin an asset to a place of the film: the next making takes it there, and notes what that saves.

    `place` is a slot, or its end where that is of one place only that takes such an asset: ``sh010`` is the shot to a
    video and its frame to a picture. An asset of another kind than the place's is forked as one of that kind, once.
    The same again changes nothing. Raises BadInput for a place that the film does not have or that takes none of that
    type, and for an asset without bytes.
    """
    foreseen = await _foreseen(studio, film, place)
    async with studio.filing(), studio.catalog.session() as db:
        (asset,) = await _there(db, film.workspace_id, [asset_id])
        slot = _slot(film, place, asset, {*await _places(db, film, asset.type), *_of_type(foreseen, asset.type)})
        kind = _kind(slot)
        if asset.kind != kind:
            known = await assets.fork_of(db, film.workspace_id, asset.id, kind=kind)
            asset = known or await _fork(studio, db, asset, kind=kind, film_id=film.film_id)
            # It is what was meant by it; `pin` takes from the bin what is pinned itself.
            await film_uses.leave(db, film.workspace_id, film.film_id, [asset_id])
        used = await film_uses.pin(db, film.workspace_id, film.film_id, asset.id, slot=slot, by=who)
    await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])
    return Pinned(asset=asset, slot=slot, new=used is not None)


async def unpin(studio: Studio, film: Production, place: str) -> str:
    """Let a place of the film be made by whoever makes such pieces again; the slot. Raises BadInput where nothing is
    pinned there."""
    async with studio.catalog.session() as db:
        there = await film_uses.pinned(db, film.workspace_id, film.film_id)
        fitting = [slot for slot in there if place in {slot, slot.rpartition(":")[2]}]
        if len(fitting) != 1:
            told = f"{place} is {' and '.join(fitting)}: say which" if fitting else f"nothing is pinned to {place}"
            raise BadInput(f"{film.key}: {told}")
        await film_uses.unpin(db, film.workspace_id, film.film_id, fitting[0])
    await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])
    return fitting[0]


async def fork(studio: Studio, workspace_id: UUID, ids: Sequence[UUID], *, name: str = "") -> Sequence[Asset]:
    """Make a new asset of each, of the same bytes, for nothing, that says what it was forked from. A second call makes
    further ones. Raises BadInput as `use`, and for a name that cannot be."""
    _refuse_many(ids)
    if len(name) > NAME_CHARS or not name.isprintable():
        raise BadInput(f"a name is up to {NAME_CHARS} letters on one line")
    async with studio.filing(), studio.catalog.session() as db:
        found = await _there(db, workspace_id, ids)
        forks = [await _fork(studio, db, asset, kind=asset.kind, name=name) for asset in found]  # type: ignore[arg-type]  # a CHECK says so
    await records.note(studio.catalog, studio.vault, workspace_id)
    return forks


async def _fork(
    studio: Studio, db: AsyncSession, asset: Asset, *, kind: AssetKind, film_id: UUID | None = None, name: str = ""
) -> Asset:
    """What was paid for the bytes stands on the original, and so do the words of whoever made them."""
    label = Label(
        workspace_id=asset.workspace_id,
        type=asset.type,  # type: ignore[arg-type]  # a CHECK says so
        kind=kind,
        name=name or asset.name,
        prompt=asset.prompt or "",
        film_id=film_id,
        sources=[(asset.id, FORK)],
        more={key: asset.generation_metadata[key] for key in OF_THE_BYTES if key in asset.generation_metadata},
    )
    origin = Origin(source="import", rights=_rights(asset))
    filed = Filed(
        url=asset.url or "",
        thumbnail_url=asset.thumbnail_url,
        width=asset.width,
        height=asset.height,
        duration_s=asset.duration_s,
    )
    return await filing.save(studio.vault, db, label=label, origin=origin, filed=filed)


def _rights(asset: Asset) -> Rights:
    return Rights(licence=asset.licence, commercial=asset.commercial, derivatives=asset.derivatives)


async def _places(db: AsyncSession, film: Production, type_: str) -> Sequence[str]:
    planned = await shots.listed(db, film.workspace_id, film.film_id)
    filled = await takes.names(db, workspace_id=film.workspace_id, film_id=film.film_id)
    known = [*filled, MUSIC_SLOT, *(name for shot in planned for name in (frame_slot(shot.code), shot_slot(shot.code)))]
    return sorted(_of_type(known, type_))


async def places(studio: Studio, film: Production, type_: str) -> Sequence[str]:
    """The slots of the film that take an asset of that type, by name: those that it has filled or plans, and of one
    whose shots nobody has planned yet those that making it would fill. Raises as `estimate`."""
    async with studio.catalog.session() as db:
        known = await _places(db, film, type_)
        planned = await shots.listed(db, film.workspace_id, film.film_id)
    if planned:
        return known
    foreseen = [made.slot for report in await estimate(studio, film.key) for made in report.pieces]
    return sorted({*known, *_of_type(foreseen, type_)})


def _of_type(slots: Iterable[str], type_: str) -> set[str]:
    """Those of the slots that take an asset of that type."""
    return {name for name in slots if PLACES.get(name.partition(":")[0], ("", ""))[0] == type_}


async def _foreseen(studio: Studio, film: Production, place: str) -> Sequence[str]:
    """The slots that making the film would fill, told on paper, where it has no such place yet: a face is pinned before
    it is drawn. Raises as `estimate`."""
    async with studio.catalog.session() as db:
        known = {name for type_ in {type_ for type_, _ in PLACES.values()} for name in await _places(db, film, type_)}
    if any(place in {slot, slot.rpartition(":")[2]} for slot in known):
        return ()
    return [made.slot for report in await estimate(studio, film.key) for made in report.pieces]


def _kind(slot: str) -> AssetKind:
    what, _, code = slot.partition(":")
    return "other" if code in {TITLE, CREDITS} else PLACES[what][1]


def _slot(film: Production, place: str, asset: Asset, there: Collection[str]) -> str:
    """Which slot is meant."""
    fitting = [slot for slot in there if place in {slot, slot.rpartition(":")[2]}]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        raise BadInput(f"{film.key}: {place} is {' and '.join(fitting)}: say which")
    some = sorted(there)[:SHOWN]
    more = f"; it has {', '.join(some)}{' …' if len(there) > SHOWN else ''}" if some else ""
    raise BadInput(f"{film.key} has no place {place!r} for {asset.type}{more}")


def _refuse_many(ids: Collection[UUID]) -> None:
    if len(ids) > MOST:
        raise BadInput(f"{len(ids):,} assets: up to {MOST:,} are taken at once")


async def _there(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[Asset]:
    """The assets, if all of them have their bytes; nobody deletes them until the transaction ends."""
    found = await trash.locked(db, workspace_id, ids)
    for asset in found:
        if why := absence(asset):
            raise BadInput(f"asset {asset.id} ({asset.name}) {why}")
    return found


def absence(asset: Asset) -> str:
    """Why nothing can take the asset, in words after its name; empty for one that is there."""
    if asset.deleted_at is not None:
        return "lies in the trash"
    if asset.lost_at is not None:
        return "is lost"
    return "failed: it has no bytes" if asset.url is None else ""
