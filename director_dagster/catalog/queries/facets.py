"""Facets: by what else one may filter a list of the library, and how many assets have which value.

To be asked where `library` is: in a session of one workspace.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CTE,
    Select,
    Text,
    case,
    cast,
    func,
    join,
    literal,
    literal_column,
    null,
    outerjoin,
    select,
    true,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries.library import COUNTED
from director_dagster.catalog.queries.standings import noted
from director_dagster.catalog.queries.states import is_there, states
from director_dagster.catalog.queries.wanted import NONE, STANDINGS, Wanted, chosen_in, conditions
from director_dagster.catalog.tables import Asset, AssetCharacter, Character, Film, SlotStanding

MOST_VALUES = 200


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value one can filter by: how it stands in a query, what it is called, and how many have it."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A field's `MOST_VALUES` most frequent values of what all other filters leave, and those that are chosen; `more`
    when there are others.

    `sampled` says that only the newest `COUNTED` were looked through.
    """

    field: str
    values: Sequence[Value]
    more: bool
    sampled: bool


async def of(db: AsyncSession, workspace_id: UUID, want: Wanted) -> Sequence[Facet]:
    """For each field one can filter by, how many of what all *other* filters leave have which value; of tags, how many
    of what all filters leave, since each further one must be there too.

    Fields in which nothing is chosen are counted in one and the same sample.
    """
    apart = [field for field in FIELDS if field == "state" or (field != "tag" and chosen_in(want, field))]
    found = await _counted(db, workspace_id, want, [field for field in FIELDS if field not in apart], but=None)
    for field in apart:
        found |= await _counted(db, workspace_id, want, [field], but=field)
    return [_facet(want, field, found[field], sampled=found[field].looked_at > COUNTED) for field in FIELDS]


@dataclass(frozen=True)
class _Counts:
    """How many of those that were looked at have which value of a field, the most frequent first."""

    values: Sequence[Value]
    looked_at: int


async def _counted(
    db: AsyncSession, workspace_id: UUID, want: Wanted, fields: Sequence[str], *, but: str | None
) -> dict[str, _Counts]:
    sample = (
        select(*(getattr(Asset, name) for name in SAMPLED))
        .where(Asset.workspace_id == workspace_id, *conditions(want, but=but))
        .order_by(Asset.id.desc())
        .limit(COUNTED + 1)
        .cte("sample")
        .prefix_with("MATERIALIZED")
    )
    total = select(literal("").label("field"), null().label("key"), null().label("label"), func.count().label("number"))
    parts = [total.select_from(sample), *(_by(field, sample) for field in fields)]
    counts: dict[str, list[Value]] = {field: [] for field in fields}
    looked_at = 0
    for field, key, label, number in await db.execute(union_all(*parts)):
        if field:
            counts[field].append(Value(key=key, label=label, count=number))
        else:
            looked_at = number
    return {
        field: _Counts(sorted(values, key=lambda value: (-value.count, value.label, value.key)), looked_at)
        for field, values in counts.items()
    }


def _by(field: str, sample: CTE) -> Select[Any]:
    """The most frequent values of a field in the sample."""
    key, label, joined = FIELDS[field](sample)
    text, number = cast(key, Text).label("key"), func.count().label("number")
    some = (
        select(literal(field).label("field"), text, cast(label, Text).label("label"), number)
        .select_from(joined)
        .where(key.is_not(None))
        .group_by(key, label)
        .order_by(number.desc(), text)
        .limit(MOST_VALUES + 1)
    )
    return select(*some.subquery(f"by_{field}").c)


def _facet(want: Wanted, field: str, counts: _Counts, *, sampled: bool) -> Facet:
    """What is chosen in a field is among its values, however many have it, so that it can be chosen no more."""
    chosen = {str(value) for value in chosen_in(want, field)}
    shown = [value for place, value in enumerate(counts.values) if place < MOST_VALUES or value.key in chosen]
    missing = chosen - {value.key for value in shown}
    return Facet(
        field=field,
        values=[*shown, *(Value(key=value, label=value, count=0) for value in sorted(missing))],
        more=len(counts.values) > len(shown),
        sampled=sampled,
    )


Counting = Callable[[CTE], tuple[Any, Any, Any]]
"""Of a sample of the assets: by what it is counted, what that is called, and what it is joined with for it."""

SAMPLED = (
    "id",
    "workspace_id",
    "type",
    "kind",
    "source",
    "provider",
    "model",
    "film_id",
    "favorite",
    "cost_microusd",
    "tags",
    "url",
    "deleted_at",
    "purged_at",
    "lost_at",
)
"""The columns that are counted, or say where an asset stands."""


def _plain(column: str) -> Counting:
    return lambda sample: (sample.c[column], sample.c[column], sample)


def _by_provider(sample: CTE) -> tuple[Any, Any, Any]:
    provider = func.coalesce(sample.c.provider, NONE)
    return provider, provider, sample


def _by_film(sample: CTE) -> tuple[Any, Any, Any]:
    slug, title = func.coalesce(Film.slug, NONE), func.coalesce(Film.title, NONE)
    return slug, title, outerjoin(sample, Film, Film.id == sample.c.film_id)


def _by_series(sample: CTE) -> tuple[Any, Any, Any]:
    series = func.coalesce(Film.series, NONE)
    return series, series, outerjoin(sample, Film, Film.id == sample.c.film_id)


def _by_character(sample: CTE) -> tuple[Any, Any, Any]:
    seen = outerjoin(sample, AssetCharacter, AssetCharacter.asset_id == sample.c.id)
    joined = outerjoin(seen, Character, Character.id == AssetCharacter.character_id)
    # Places and props recur as people do; of those it is told.
    kind = case((Character.kind == "character", ""), else_=literal_column("' · '").concat(Character.kind))
    return func.coalesce(cast(Character.id, Text), NONE), func.coalesce(Character.name.concat(kind), NONE), joined


def _by_tag(sample: CTE) -> tuple[Any, Any, Any]:
    tag = func.jsonb_array_elements_text(sample.c.tags).table_valued("value", name="tag")
    return tag.c.value, tag.c.value, join(sample, tag, true())


def _by_state(sample: CTE) -> tuple[Any, Any, Any]:
    """Where each asset stands, and how it does in the films that it is in.

    Index: ix_standings_workspace_id_state_asset_id, for which Postgres must know whose standings before it joins them.
    """
    state = case(*((condition, literal_column(f"'{name}'")) for name, condition in states(sample.c).items()))
    stands = (
        noted(SlotStanding.asset_id, SlotStanding.state)
        .join(sample, sample.c.id == SlotStanding.asset_id)
        .where(SlotStanding.workspace_id == select(sample.c.workspace_id).limit(1).scalar_subquery())
        .where(SlotStanding.state.in_(STANDINGS), is_there(sample.c))
        .distinct()
    )
    told = union_all(select(sample.c.id, state.label("state")), stands).subquery("told")
    return told.c.state, told.c.state, told


def _by_favorite(sample: CTE) -> tuple[Any, Any, Any]:
    favorite = case((sample.c.favorite, literal_column("'1'")))
    return favorite, favorite, sample


def _by_cost(sample: CTE) -> tuple[Any, Any, Any]:
    unknown = case((sample.c.cost_microusd.is_(None), literal_column("'unknown'")))
    return unknown, unknown, sample


FIELDS: Mapping[str, Counting] = {
    "state": _by_state,
    "type": _plain("type"),
    "kind": _plain("kind"),
    "film": _by_film,
    "series": _by_series,
    "character": _by_character,
    "tag": _by_tag,
    "provider": _by_provider,
    "model": _plain("model"),
    "source": _plain("source"),
    "favorite": _by_favorite,
    "cost": _by_cost,
}
"""All fields that one can filter by and that are counted, in the order in which a page shows them."""
