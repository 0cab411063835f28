"""Questions about contents: which rows a workspace, or a film that is to stand alone, is made of."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Select, Text, Uuid, any_, literal, or_, select, text, union
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.tables import (
    Asset,
    AssetCharacter,
    AssetEdge,
    Blob,
    Budget,
    Character,
    Event,
    Film,
    FilmRequest,
    FilmUse,
    Generation,
    GenerationEvent,
    Receipt,
    Shot,
    Slot,
    Take,
    Voice,
    Workspace,
)

SNAPSHOT = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")

Where = Mapping[str, ColumnElement[bool]]
"""By table: which of its rows."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a workspace or a film is made of.

    Attributes:
        workspace: Whose it is.
        film: The film; None is all of the workspace.
        where: Which rows, by table; a table that is not named has none of it.
    """

    workspace: Workspace
    film: Film | None
    where: Where

    @property
    def name(self) -> str:
        """The workspace's slug, or the film's key."""
        return self.workspace.slug if self.film is None else f"{self.workspace.slug}/{self.film.slug}"


async def snapshot(db: AsyncSession) -> None:
    """Let a transaction that has asked nothing yet see one and the same moment to its end, and write nothing."""
    await db.execute(SNAPSHOT)


async def of_workspace(db: AsyncSession, slug: str) -> Contents | None:
    """All of a workspace, deleted films and assets too; None where there is none of that slug."""
    workspace = (await db.scalars(select(Workspace).where(Workspace.slug == slug))).one_or_none()
    if workspace is None:
        return None
    mine = workspace.id
    tenants = (Film, Character, Shot, Budget, Generation, Receipt, GenerationEvent, Asset, AssetEdge)
    others = (AssetCharacter, Slot, Take, Voice, FilmRequest, FilmUse, Event)
    of_it = {model.__tablename__: model.workspace_id == mine for model in (*tenants, *others)}
    named = _digests(Asset.workspace_id == mine, Generation.workspace_id == mine)
    where = {"workspaces": Workspace.id == mine, "blobs": Blob.digest.in_(named), **of_it}
    return Contents(workspace=workspace, film=None, where=where)


async def of_film(db: AsyncSession, workspace_slug: str, slug: str) -> Contents | None:
    """A film and all that its rows name, of other films too, so that it stands alone; None where there is no such film.

    Budgets are a workspace's, and are not among it.
    """
    query = select(Workspace, Film).join(Film, Film.workspace_id == Workspace.id)
    found = (
        await db.execute(query.where(Workspace.slug == workspace_slug, Film.slug == slug, Film.deleted_at.is_(None)))
    ).one_or_none()
    if found is None:
        return None
    workspace, film = found
    closure = _Closure(workspace_id=workspace.id, film=film)
    while await closure.grow(db):
        pass
    return Contents(workspace=workspace, film=film, where=closure.where(f"{workspace.slug}/{film.slug}"))


@dataclass(kw_only=True)
class _Closure:
    """All rows that a film's rows name, and those that these name."""

    workspace_id: UUID
    film: Film
    films: set[UUID] = field(default_factory=set)
    assets: set[UUID] = field(default_factory=set)
    characters: set[UUID] = field(default_factory=set)
    generations: set[UUID] = field(default_factory=set)
    shots: set[UUID] = field(default_factory=set)

    async def grow(self, db: AsyncSession) -> bool:
        """Add what is named by what is there by now; whether that was anything."""
        before = self._size()
        self.films.add(self.film.id)
        self.assets.update(UUID(each["brief"]) for each in self.film.settings.get("replaced", ()))
        self.characters |= await self._ids(db, self._who())
        self.assets |= await self._ids(db, self._what())
        self.generations |= await self._ids(
            db,
            [
                select(Generation.id).where(Generation.film_id == self.film.id, self._mine(Generation)),
                select(Asset.generation_id).where(self._mine(Asset), _in(Asset.id, self.assets)),
            ],
        )
        self.shots |= await self._ids(
            db,
            [
                select(Shot.id).where(Shot.film_id == self.film.id, self._mine(Shot)),
                select(Asset.shot_id).where(self._mine(Asset), _in(Asset.id, self.assets)),
            ],
        )
        self.films |= await self._ids(
            db,
            [
                select(Asset.film_id).where(self._mine(Asset), _in(Asset.id, self.assets)),
                select(Generation.film_id).where(self._mine(Generation), _in(Generation.id, self.generations)),
                select(Character.film_id).where(self._mine(Character), _in(Character.id, self.characters)),
                select(Shot.film_id).where(self._mine(Shot), _in(Shot.id, self.shots)),
            ],
        )
        return self._size() > before

    def where(self, key: str) -> Where:
        """Which rows those are."""
        assets, generations = _in(Asset.id, self.assets), _in(Generation.id, self.generations)
        subjects = [key, *map(str, (self.film.id, *self.assets, *self.generations))]
        slots = select(Slot.id).where(self._slots())
        return {
            "workspaces": Workspace.id == self.workspace_id,
            "blobs": Blob.digest.in_(_digests(assets, generations)),
            "films": _in(Film.id, self.films),
            "characters": _in(Character.id, self.characters),
            "shots": _in(Shot.id, self.shots),
            "generations": generations,
            "receipts": self._mine(Receipt) & _in(Receipt.generation_id, self.generations),
            "generation_events": self._mine(GenerationEvent) & _in(GenerationEvent.generation_id, self.generations),
            "assets": assets,
            "asset_sources": self._mine(AssetEdge) & _in(AssetEdge.asset_id, self.assets),
            "asset_characters": self._mine(AssetCharacter) & _in(AssetCharacter.asset_id, self.assets),
            "slots": self._slots(),
            "takes": self._mine(Take) & Take.slot_id.in_(slots),
            "voices": self._mine(Voice) & _in(Voice.character_id, self.characters),
            "film_requests": self._mine(FilmRequest) & (FilmRequest.film == self.film.slug),
            "film_uses": self._mine(FilmUse) & (FilmUse.film_id == self.film.id),
            "events": self._mine(Event)
            & or_(Event.subject == any_(literal(subjects, ARRAY(Text))), Event.subject.in_(_as_text(self._slots()))),
        }

    def _who(self) -> list[Select[UUID | None]]:
        return [
            select(Character.id).where(self._mine(Character), Character.film_id == self.film.id),
            select(Slot.character_id).where(self._mine(Slot), Slot.film_id == self.film.id),
            select(AssetCharacter.character_id).where(
                self._mine(AssetCharacter), _in(AssetCharacter.asset_id, self.assets)
            ),
            select(Asset.character_id).where(self._mine(Asset), _in(Asset.id, self.assets)),
        ]

    def _what(self) -> list[Select[UUID | None]]:
        slots = select(Slot.id).where(self._slots())
        return [
            select(Asset.id).where(self._mine(Asset), Asset.film_id == self.film.id),
            select(Take.asset_id).where(self._mine(Take), Take.slot_id.in_(slots)),
            select(FilmUse.asset_id).where(self._mine(FilmUse), FilmUse.film_id == self.film.id),
            select(Voice.asset_id).where(self._mine(Voice), _in(Voice.character_id, self.characters)),
            select(Film.brief_asset_id).where(self._mine(Film), _in(Film.id, self.films)),
            select(AssetEdge.source_id).where(self._mine(AssetEdge), _in(AssetEdge.asset_id, self.assets)),
            select(Asset.source_asset_id).where(self._mine(Asset), _in(Asset.id, self.assets)),
        ]

    def _slots(self) -> ColumnElement[bool]:
        """The film's slots, and the own ones of whoever is in it."""
        own = Slot.film_id.is_(None) & _in(Slot.character_id, self.characters)
        return self._mine(Slot) & or_(Slot.film_id == self.film.id, own)

    def _mine(self, model: type) -> ColumnElement[bool]:
        mine: ColumnElement[bool] = model.workspace_id == self.workspace_id  # type: ignore[attr-defined]  # of every tenant
        return mine

    def _size(self) -> int:
        return sum(map(len, (self.films, self.assets, self.characters, self.generations, self.shots)))

    async def _ids(self, db: AsyncSession, queries: Sequence[Select[UUID | None]]) -> set[UUID]:
        return {id_ for id_ in await db.scalars(union(*queries)) if id_ is not None}


def _in(
    column: InstrumentedAttribute[UUID] | InstrumentedAttribute[UUID | None], ids: Iterable[UUID]
) -> ColumnElement[bool]:
    """One parameter, however many ids: a statement has at most 65,535."""
    return column == any_(literal(list(ids), ARRAY(Uuid)))


def _as_text(which: ColumnElement[bool]) -> Select[str]:
    return select(Slot.id.cast(Text)).where(which)


def _digests(assets: ColumnElement[bool], generations: ColumnElement[bool]) -> Select[str]:
    named = union(
        select(Asset.digest).where(assets),
        select(Asset.thumbnail_digest).where(assets),
        select(Generation.digest).where(generations),
    ).subquery()
    return select(named.c.digest).where(named.c.digest.is_not(None))
