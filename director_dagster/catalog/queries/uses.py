"""Where assets are used: in films, their slots and their bins, in what was made from them, as looks and as voices."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, any_, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.queries import characters
from director_dagster.catalog.tables import (
    Asset,
    AssetEdge,
    Character,
    Film,
    FilmUse,
    Generation,
    Slot,
    Take,
    Voice,
    Workspace,
)
from director_dagster.story.cast import character_key

LOOK, LOOKS, SETTINGS = "look", "looks", "film"
FORK = "fork"
"""The part that an asset plays in one that has the same bytes and is something of its own."""


class By(StrEnum):
    """By what an asset is used.

    SLOT: it is the selected take of a film's piece. PIN: somebody has pinned it to a place of a film. BIN: it lies in a
    film's bin. BRIEF: the film is made of it. MADE: an asset that is neither
    deleted nor failed was made from it. LOOK: somebody or something that films show is known by it. VOICE: a voice in
    use was cloned by it. PURCHASE: something that is being bought is made from it.
    """

    SLOT = "slot"
    PIN = "pin"
    BIN = "bin"
    BRIEF = "brief"
    MADE = "made from it"
    LOOK = "look"
    VOICE = "voice"
    PURCHASE = "purchase"


@dataclass(frozen=True, kw_only=True)
class Use:
    """One use of an asset.

    Attributes:
        asset_id: Which asset is used.
        by: By what.
        where: The film's key; of a look and a voice whose it is, of what was made from it its name.
        place: The slot; empty for a bin and a brief; of a voice the provider, of what was made from it the part that it
            plays there.
        id: The film, the character, the asset or the generation that uses it.
        at: When that was made which was made from it, for several of one name; else None.
    """

    asset_id: UUID
    by: By
    where: str
    place: str
    id: UUID
    at: datetime | None = None


async def of(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Sequence[Use]:
    """Where these assets are used, by asset; what is made from one of them and is itself among them does not count.

    Deleted films use nothing.
    """
    found = [
        *await _in_slots(db, workspace_id, ids),
        *await _by_people(db, workspace_id, ids),
        *await _as_briefs(db, workspace_id, ids),
        *await _as_looks(db, workspace_id, ids),
        *await _as_voices(db, workspace_id, ids),
        *await _as_sources(db, workspace_id, ids),
        *await _in_purchases(db, workspace_id, ids),
    ]
    return sorted(found, key=lambda use: use.asset_id)


async def _in_slots(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> list[Use]:
    """Index: ix_takes_workspace_id_asset_id."""
    query = (
        select(Take.asset_id, Workspace.slug + "/" + Film.slug, Slot.name, Film.id)
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .join(Film, (Film.workspace_id == Slot.workspace_id) & (Film.id == Slot.film_id))
        .join(Workspace, Workspace.id == Film.workspace_id)
        .where(Take.workspace_id == workspace_id, _in(Take.asset_id, ids), Take.selected_at.is_not(None))
        .where(Film.deleted_at.is_(None))
        .order_by(Film.slug, Slot.name)
    )
    rows = await db.execute(query)
    return [Use(asset_id=asset, by=By.SLOT, where=film, place=slot, id=id_) for asset, film, slot, id_ in rows]


async def _by_people(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> list[Use]:
    """Index: ix_film_uses_workspace_id_asset_id."""
    query = (
        select(FilmUse.asset_id, Workspace.slug + "/" + Film.slug, FilmUse.slot, Film.id)
        .join(Film, (Film.workspace_id == FilmUse.workspace_id) & (Film.id == FilmUse.film_id))
        .join(Workspace, Workspace.id == Film.workspace_id)
        .where(FilmUse.workspace_id == workspace_id, _in(FilmUse.asset_id, ids), FilmUse.ended_at.is_(None))
        .where(Film.deleted_at.is_(None))
        .order_by(Film.slug, FilmUse.slot)
    )
    return [
        Use(asset_id=asset, by=By.BIN if slot is None else By.PIN, where=film, place=slot or "", id=id_)
        for asset, film, slot, id_ in await db.execute(query)
    ]


async def _as_briefs(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> list[Use]:
    query = (
        select(Film.brief_asset_id, Workspace.slug + "/" + Film.slug, Film.id)
        .join(Workspace, Workspace.id == Film.workspace_id)
        .where(Film.workspace_id == workspace_id, _in(Film.brief_asset_id, ids), Film.deleted_at.is_(None))
        .order_by(Film.slug)
    )
    rows = await db.execute(query)
    return [
        Use(asset_id=asset, by=By.BRIEF, where=film, place="", id=id_) for asset, film, id_ in rows if asset is not None
    ]


async def _as_looks(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> list[Use]:
    """A usual look where a film shows whose it is, a variant where a film's settings name it."""
    query = (
        select(Take.asset_id, Slot.name, Character)
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .join(Character, (Character.workspace_id == Slot.workspace_id) & (Character.id == Slot.character_id))
        .where(Take.workspace_id == workspace_id, _in(Take.asset_id, ids), Take.selected_at.is_not(None))
        .where(Slot.film_id.is_(None), or_(Slot.name == LOOK, Slot.name.startswith(f"{LOOK}:", autoescape=True)))
        .order_by(Character.key, Slot.name)
    )
    found = []
    for asset, slot, character in (await db.execute(query)).all():
        variant = slot.partition(":")[2]
        worn = await _wears(db, workspace_id, variant) if variant else await characters.films_of(db, character)
        if worn:
            found.append(Use(asset_id=asset, by=By.LOOK, where=character.name, place=slot, id=character.id))
    return found


async def _wears(db: AsyncSession, workspace_id: UUID, variant: str) -> bool:
    """Whether a film's settings name a look of that name, whosever."""
    query = select(Film.settings[SETTINGS][LOOKS]).where(Film.workspace_id == workspace_id, Film.deleted_at.is_(None))
    named = await db.scalars(query)
    return any(
        character_key(str(look)) == variant for looks in named if isinstance(looks, dict) for look in looks.values()
    )


async def _as_voices(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> list[Use]:
    query = (
        select(Voice.asset_id, Character.name, Voice.provider, Character.id)
        .join(Character, (Character.workspace_id == Voice.workspace_id) & (Character.id == Voice.character_id))
        .where(Voice.workspace_id == workspace_id, _in(Voice.asset_id, ids), Voice.dropped_at.is_(None))
        .order_by(Character.key, Voice.provider)
    )
    rows = await db.execute(query)
    return [
        Use(asset_id=asset, by=By.VOICE, where=name, place=provider, id=id_)
        for asset, name, provider, id_ in rows
        if asset is not None
    ]


async def _as_sources(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> list[Use]:
    """Index: ix_asset_sources_workspace_id_source_id."""
    query = (
        select(AssetEdge.source_id, Asset.name, AssetEdge.role, Asset.id, Asset.created_at)
        .join(Asset, (Asset.workspace_id == AssetEdge.workspace_id) & (Asset.id == AssetEdge.asset_id))
        .where(AssetEdge.workspace_id == workspace_id, _in(AssetEdge.source_id, ids))
        .where(Asset.deleted_at.is_(None), Asset.url.is_not(None), ~_in(Asset.id, ids))
        .order_by(Asset.id)
    )
    rows = await db.execute(query)
    return [
        Use(asset_id=source, by=By.MADE, where=name, place=role, id=id_, at=made)
        for source, name, role, id_, made in rows
    ]


async def _in_purchases(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> list[Use]:
    """What is under way, or may have been paid and waits for a person. Index: ix_generations_open."""
    under_way = (Generation.workspace_id == workspace_id, Generation.settled_at.is_(None))
    query = select(Generation).where(*under_way).order_by(Generation.id)
    wanted = {str(id_): id_ for id_ in ids}
    found = []
    for generation in await db.scalars(query):
        label = (generation.piece or {}).get("label", {})
        for source, role in label.get("sources", ()):
            if source in wanted:
                name = str(label.get("name", ""))
                found.append(Use(asset_id=wanted[source], by=By.PURCHASE, where=name, place=role, id=generation.id))
    return found


def _in(
    column: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None], ids: Sequence[UUID]
) -> ColumnElement[bool]:
    """One parameter, however many ids: a statement has at most 65,535."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))
