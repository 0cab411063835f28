"""By what spending is told apart: of each dimension, where its keys stand, and who or what a key names."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, Date, Text, Uuid, and_, case, cast, func, null
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.tables import Asset, Base, Character, Film, Generation, Workspace

Time = Literal["day", "month"]
Facet = Literal["type", "kind", "character", "film", "series", "provider", "model", "state"]
Dimension = Literal[Time, Facet]
DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)
SavingDimension = Literal[Time, "film"]

IN_TIME: tuple[Time, ...] = get_args(Time)

Column = ColumnElement[Any] | InstrumentedAttribute[Any]
NO_KEY: ColumnElement[Any] = cast(null(), Text)
NO_ID: ColumnElement[Any] = cast(null(), Uuid)


@dataclass(frozen=True, kw_only=True)
class Part:
    """How pieces are told apart.

    Attributes:
        stored: The dimension of `spending_sums`, and but for ``all`` the column of `spending_deltas`.
        key: The same of an asset: a word, or an id as text.
        joined: Whom or what the keys are the ids of; None where a key is all there is.
        named, label: The columns of it that people know it by.
        told_by_id: Whether namesakes are told apart.
        letters: Of a time, so many letters of its first day are its name.
    """

    stored: str
    key: Column = NO_KEY
    joined: type[Base] | None = None
    named: Column = NO_KEY
    label: Column | None = None
    told_by_id: bool = True
    letters: int | None = None


def day_of(column: Column) -> ColumnElement[Any]:
    """The day in UTC."""
    return cast(func.timezone("UTC", column), Date)


def _id(column: Column) -> ColumnElement[Any]:
    return cast(column, Text)


OF_PIECE = and_(Generation.workspace_id == Asset.workspace_id, Generation.id == Asset.generation_id)
"""Which row of the ledger an asset's is."""

DAY, MONTH = Part(stored="all", letters=len("2026-11-26")), Part(stored="all", letters=len("2026-11"))
"""Their keys are days: those of the amounts themselves."""

FILM = Part(stored="film", key=_id(Asset.film_id), joined=Film, named=Film.slug, label=Film.title)
PARTS: Mapping[Dimension, Part] = {
    "day": DAY,
    "month": MONTH,
    "type": Part(stored="type", key=Asset.type),
    "kind": Part(stored="kind", key=Asset.kind),
    "character": Part(stored="character", key=_id(Asset.character_id), joined=Character, named=Character.name),
    "film": FILM,
    "series": Part(stored="film", key=_id(Asset.film_id), joined=Film, named=Film.series, told_by_id=False),
    "provider": Part(stored="provider", key=Asset.provider),
    "model": Part(stored="model", key=Asset.model),
    "state": Part(stored="state", key=func.coalesce(Generation.state, case((Asset.url.is_(None), "failed")))),
}
SAVINGS: Mapping[SavingDimension, Part] = {"day": DAY, "month": MONTH, "film": FILM}
WORKSPACES = Part(
    stored="all", key=_id(Asset.workspace_id), joined=Workspace, named=Workspace.slug, label=Workspace.name
)
