"""Questions about who and what recurs: characters, locations, props."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.recordset import recordset
from director_dagster.catalog.tables import AssetCharacter, Character, CharacterKind, Film, Json, Slot, Take
from director_dagster.errors import BadInput

_ONE_EACH = (Character.workspace_id, Character.kind, Character.key, Character.film_id)
"""What no two rows have alike."""


@dataclass(frozen=True, kw_only=True)
class Met:
    """A character, and whether the catalog knew it before: reuse is announced."""

    character: Character
    known: bool


@dataclass(frozen=True, kw_only=True)
class Newcomer:
    """Who or what a page speaks of: the workspace's, or with `film_id` that film's alone; `description` is how the page
    tells it."""

    kind: CharacterKind
    name: str
    film_id: UUID | None = None
    description: str = ""

    @property
    def mark(self) -> tuple[CharacterKind, str, UUID | None]:
        """What tells it from others."""
        return self.kind, key_of(self.name), self.film_id


def key_of(name: str) -> str:
    """What a name is known by: ``Élise``, ``ÉLISE`` and a full-width spelling are one. Raises BadInput when empty."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    key = " ".join(folded.split())
    if not key:
        raise BadInput("a name is empty")
    return key


async def get_or_create(
    db: AsyncSession,
    *,
    workspace_id: UUID,
    kind: CharacterKind,
    name: str,
    film_id: UUID | None = None,
    description: str = "",
    look: Json | None = None,
    voice: Json | None = None,
) -> Met:
    """The workspace's character of that name, or with `film_id` the film's own (a generic GUARD).

    A known one stays as it is: what it looks and sounds like was settled when it was first met.
    """
    query = (
        insert(Character)
        .values(
            id=new_id(),
            workspace_id=workspace_id,
            film_id=film_id,
            kind=kind,
            name=name,
            key=key_of(name),
            description=description,
            look=look,
            voice=voice,
        )
        .on_conflict_do_nothing(index_elements=_ONE_EACH)
        .returning(Character)
    )
    made = (await db.scalars(query)).one_or_none()
    if made is not None:
        return Met(character=made, known=False)
    known = await db.scalars(_named(workspace_id, kind, name, film_id))
    return Met(character=known.one(), known=True)


async def meet_all(db: AsyncSession, workspace_id: UUID, newcomers: Sequence[Newcomer]) -> Sequence[Character]:
    """The row of each, as `get_or_create` has it."""
    if not newcomers:
        return []
    first = {each.mark: each for each in reversed(newcomers)}
    values = [
        {"id": new_id(), "workspace_id": workspace_id, "key": key, **asdict(each)}
        for (_, key, _), each in first.items()
    ]
    columns = {name: Character.__table__.columns[name].type for name in values[0]}
    given = recordset(columns, values)
    # In one order, so that two films that meet the same people never wait for each other in a ring.
    rows = insert(Character).from_select(list(columns), select(*given.c).order_by(given.c.kind, given.c.key))
    await db.execute(rows.on_conflict_do_nothing(index_elements=_ONE_EACH))
    query = select(Character).where(
        Character.workspace_id == workspace_id, Character.key.in_({key for _, key, _ in first})
    )
    found = {(row.kind, row.key, row.film_id): row for row in await db.scalars(query)}
    return [found[each.mark] for each in newcomers]


async def describe(db: AsyncSession, character: Character, description: str) -> None:
    """Let `description` be what is known of the character, whatever was known before."""
    character.description = description
    await db.flush()


async def find(
    db: AsyncSession, *, workspace_id: UUID, kind: CharacterKind, name: str, film_id: UUID | None = None
) -> Character | None:
    """The workspace's character of that name, or with `film_id` the film's own; None where there is none."""
    return (await db.scalars(_named(workspace_id, kind, name, film_id))).one_or_none()


async def listed(
    db: AsyncSession, workspace_id: UUID, *, kind: CharacterKind | None = None, film_id: UUID | None = None
) -> Sequence[Character]:
    """The workspace's own, all or of one kind, and with `film_id` those of that film besides; by kind and key."""
    homes = [Character.film_id.is_(None)] + ([] if film_id is None else [Character.film_id == film_id])
    query = select(Character).where(Character.workspace_id == workspace_id, or_(*homes))
    if kind is not None:
        query = query.where(Character.kind == kind)
    return (await db.scalars(query.order_by(Character.kind, Character.key, Character.id))).all()


async def names(db: AsyncSession, workspace_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """What those of these ids are called that the workspace has."""
    query = select(Character.id, Character.name).where(Character.workspace_id == workspace_id, Character.id.in_(ids))
    return {row.id: row.name for row in await db.execute(query)} if ids else {}


async def films_of(db: AsyncSession, character: Character) -> list[str]:
    """The slugs of the films that use an asset of the character's, in order. Index: ix_takes_workspace_id_asset_id."""
    query = (
        select(Film.slug)
        .join(Slot, (Slot.workspace_id == Film.workspace_id) & (Slot.film_id == Film.id))
        .join(Take, (Take.workspace_id == Slot.workspace_id) & (Take.slot_id == Slot.id))
        .join(
            AssetCharacter,
            (AssetCharacter.workspace_id == Take.workspace_id) & (AssetCharacter.asset_id == Take.asset_id),
        )
        .where(
            AssetCharacter.workspace_id == character.workspace_id,
            AssetCharacter.character_id == character.id,
            Take.selected_at.is_not(None),
            Film.deleted_at.is_(None),
        )
        .distinct()
        .order_by(Film.slug)
    )
    return list(await db.scalars(query))


def _named(workspace_id: UUID, kind: CharacterKind, name: str, film_id: UUID | None) -> Select[Character]:
    return select(Character).where(
        Character.workspace_id == workspace_id,
        Character.kind == kind,
        Character.key == key_of(name),
        Character.film_id.is_not_distinct_from(film_id),
    )
