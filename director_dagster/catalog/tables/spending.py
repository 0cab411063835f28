"""Sums of what was spent, which Postgres keeps beside `assets`: nobody writes them, and none is loaded as an object.

Each row of `assets` that counts stands in both tables as its parts: triggers of revision 0016 append to
`spending_deltas` what a statement has changed, more or less, and `director_fold_spending` adds deltas to the sums and
removes them. So the truth is always the sums and the deltas together, in one snapshot.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Identity,
    Integer,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
)

from director_dagster.catalog.tables.base import Base


def _amounts() -> tuple["Column[object]", ...]:
    """Micro-dollars that are known (more than a bigint holds, where there are enough of them), and how many pieces."""
    return (
        Column("microusd", Numeric, nullable=False),
        Column("pieces", BigInteger, nullable=False),
        Column("failed", BigInteger, nullable=False),
        Column("unknown", BigInteger, nullable=False),
    )


spending_deltas = Table(
    "spending_deltas",
    Base.metadata,
    Column("workspace_id", Uuid, nullable=False),
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("day", Date, nullable=False),
    Column("type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("character", Text),
    Column("film", Text),
    Column("provider", Text),
    Column("model", Text),
    Column("state", Text),
    *_amounts(),
    PrimaryKeyConstraint("workspace_id", "id"),
)
"""What statements have changed since sums were last folded. `character` and `film` are ids; `state` is ``stored`` for
whatever a provider was asked for, whatever has become of that."""

spending_sums = Table(
    "spending_sums",
    Base.metadata,
    Column("workspace_id", Uuid, nullable=False),
    Column("dimension", Text, nullable=False),
    Column("days", Integer, nullable=False),
    Column("begins", Date, nullable=False),
    Column("key", Text),
    *_amounts(),
    UniqueConstraint(
        "workspace_id",
        "dimension",
        "days",
        "begins",
        "key",
        name="uq_spending_sums",
        postgresql_nulls_not_distinct=True,
    ),
)
"""What was spent in so many days from `begins` on, by the column of `spending_deltas` that `dimension` names; ``all``
is all of it. Of each dimension there are spans of 1, 4, 16 … 4096 days, so that few rows come to any stretch of time.
A sum whose pieces have all gone stays, as nothing."""
