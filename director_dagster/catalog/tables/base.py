"""What all tables of the catalog have in common: how constraints are named, how Python types are stored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, DateTime, ForeignKey, ForeignKeyConstraint, MetaData, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from director_dagster.catalog.ids import new_id

NAMING = {
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
}

# Options of a statement that returns rows which the session may have seen before: read them anew.
FRESH = {"populate_existing": True, "synchronize_session": False}

Json = dict[str, Any]
Microusd = Annotated[int, mapped_column(BigInteger)]
Created = Annotated[datetime, mapped_column(server_default=text("now()"))]
Filled = Annotated[Json, mapped_column(server_default=text("'{}'::jsonb"))]


class Base(DeclarativeBase):
    """The root of the models; `Base.metadata` is what the migrations must come to."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it as a plain class attribute)
        str: Text,
        datetime: DateTime(timezone=True),
        Json: JSONB(none_as_null=True),
        list[str]: JSONB(none_as_null=True),
    }


class Tenant:
    """A row of one workspace, with an id of its own."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-2)
    workspace_id: Mapped[UUID] = mapped_column(ForeignKey("workspaces.id"), sort_order=-1)


def within(column: str, table: str, *, deferrable: bool = False, cyclic: bool = False) -> ForeignKeyConstraint:
    """`column` names a row of `table` in the same workspace; the database lets nobody point into another one.

    A deferrable one may be checked at commit, so that rows which name each other can be restored in any order; a
    cyclic one can only be made when both tables stand.
    """
    return ForeignKeyConstraint(
        ["workspace_id", column],
        [f"{table}.workspace_id", f"{table}.id"],
        deferrable=True if deferrable else None,
        initially="IMMEDIATE" if deferrable else None,
        use_alter=cyclic,
    )


def one_of(column: str, words: Sequence[str]) -> CheckConstraint:
    """`column` holds one of `words`."""
    return CheckConstraint(f"{column} IN ({', '.join(map(repr, words))})", name=column)
