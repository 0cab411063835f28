"""Questions of the library: a page of assets by any mixture of filters, how many there are, and what else to filter by.

To be asked in a session of one workspace (`Catalog.within`): what finds words and tags there, `director_search` and
`director_tagged` of revision 0013, knows no other.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import (
    CTE,
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    case,
    cast,
    func,
    join,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.tables import Asset, AssetCharacter, Character, Film

State = Literal["draft", "final", "brought", "lost", "failed", "trash", "purged"]
STATES: tuple[State, ...] = get_args(State)
Sort = Literal["newest", "oldest", "dearest", "cheapest"]
SORTS: tuple[Sort, ...] = get_args(Sort)

FREE = "animatic"
"""The provider in the house: what it makes is a draft."""

COUNTED = 10_000
"""So many are counted and looked through for facets; beyond, figures are of the newest so many, and say so."""

VALUES_SHOWN, VALUES_LOOKED_AT = 14, 200
UNKNOWN_COST = -1
COST: ColumnElement[int] = func.coalesce(Asset.cost_microusd, literal_column(str(UNKNOWN_COST)))
"""Spelled out, so that Postgres knows it for what ix_assets_cost is of."""

WORD = re.compile(r"\w+")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which assets: what is empty or None is any. Of several values of a field one must fit; of tags, all must.

    Attributes:
        words: Each must begin a word of the name or the prompt.
        films: Slugs of the films that an asset was first made for.
        characters: Who is seen, heard or meant in it: ids.
        cost_min, cost_max: Micro-dollars; what has an unknown cost is then left out.
        since, until: The first and the last day, in UTC, on which it was made.
        states: Where it stands; without any, what is neither failed nor deleted.
        about: Characters: what is about just this one, as its costs are counted.
        ids: These alone.
    """

    words: str = ""
    types: Sequence[str] = ()
    kinds: Sequence[str] = ()
    sources: Sequence[str] = ()
    providers: Sequence[str] = ()
    models: Sequence[str] = ()
    tags: Sequence[str] = ()
    characters: Sequence[UUID] = ()
    films: Sequence[str] = ()
    series: Sequence[str] = ()
    states: Sequence[State] = ()
    favorite: bool = False
    cost_min: int | None = None
    cost_max: int | None = None
    since: date | None = None
    until: date | None = None
    about: Sequence[UUID] = ()
    ids: Sequence[UUID] = ()


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in an ordered list: just after the asset of that id, whose cost is `microusd` where that is the order."""

    id: UUID
    microusd: int = 0


@dataclass(frozen=True, kw_only=True)
class Page:
    """Some assets in order, and whether there are more on the far side."""

    assets: Sequence[Asset]
    more: bool


@dataclass(frozen=True, kw_only=True)
class Value:
    """A value one can filter by: how it stands in a query, what it is called, and how many have it."""

    key: str
    label: str
    count: int


@dataclass(frozen=True, kw_only=True)
class Facet:
    """A field's values, the most frequent first, of what all other filters leave; `more` when not all are named.

    `sampled` says that only the newest `COUNTED` were looked through.
    """

    field: str
    values: Sequence[Value]
    more: bool
    sampled: bool


async def page(
    db: AsyncSession,
    workspace_id: UUID,
    want: Wanted,
    *,
    sort: Sort = "newest",
    after: Place | None = None,
    before: Place | None = None,
    at: Place | None = None,
    limit: int = 60,
) -> Page:
    """The next `limit` assets after a place or from one on, or the last before one, in the order of `sort` either way.

    Assets' ids grow with the time at which they were made, so they stand for it. What has an unknown cost is the
    cheapest. Indexes: uq_assets_workspace_id_id, ix_assets_cost.
    """
    key, falling = _order(sort)
    backwards = before is not None
    query = select(Asset).where(Asset.workspace_id == workspace_id, *_all(want))
    if (place := after or before or at) is not None:
        here = tuple_(*(literal(value) for value in _key_of(place, sort)))
        beyond = tuple_(*key) < here if falling != backwards else tuple_(*key) > here
        query = query.where(or_(beyond, Asset.id == place.id) if at else beyond)
    ordered = [column.desc() if falling != backwards else column.asc() for column in key]
    found = list(await db.scalars(query.order_by(*ordered).limit(limit + 1)))
    kept = found[:limit]
    return Page(assets=kept[::-1] if backwards else kept, more=len(found) > limit)


def place_of(asset: Asset) -> Place:
    """Where an asset stands, in any order."""
    return Place(id=asset.id, microusd=UNKNOWN_COST if asset.cost_microusd is None else asset.cost_microusd)


async def count(db: AsyncSession, workspace_id: UUID, want: Wanted) -> tuple[int, bool]:
    """How many there are, at most `COUNTED`, and whether there are more than that."""
    some = select(literal(1)).where(Asset.workspace_id == workspace_id, *_all(want)).limit(COUNTED + 1).subquery()
    found = await db.scalar(select(func.count()).select_from(some)) or 0
    return min(found, COUNTED), found > COUNTED


async def facets(db: AsyncSession, workspace_id: UUID, want: Wanted) -> Sequence[Facet]:
    """For each field one can filter by, how many of what all *other* filters leave have which value; of tags, how many
    of what all filters leave, since each further one must be there too.

    Fields in which nothing is chosen are counted in one and the same sample.
    """
    apart = [field for field in FIELDS if field == "state" or (field != "tag" and _chosen(want, field))]
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
        .where(Asset.workspace_id == workspace_id, *_all(want, but=but))
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
        .limit(VALUES_LOOKED_AT)
    )
    return select(*some.subquery(f"by_{field}").c)


def _facet(want: Wanted, field: str, counts: _Counts, *, sampled: bool) -> Facet:
    """What is chosen in a field is among its values, however many have it, so that it can be chosen no more."""
    chosen = {str(value) for value in _chosen(want, field)}
    shown = [value for place, value in enumerate(counts.values) if place < VALUES_SHOWN or value.key in chosen]
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
    "type",
    "kind",
    "source",
    "provider",
    "model",
    "film_id",
    "favorite",
    "tags",
    "url",
    "deleted_at",
    "purged_at",
    "lost_at",
)
"""The columns that are counted, or say where an asset stands."""


def _plain(column: str) -> Counting:
    return lambda sample: (sample.c[column], sample.c[column], sample)


def _by_film(sample: CTE) -> tuple[Any, Any, Any]:
    return Film.slug, Film.title, join(sample, Film, Film.id == sample.c.film_id)


def _by_series(sample: CTE) -> tuple[Any, Any, Any]:
    return Film.series, Film.series, join(sample, Film, Film.id == sample.c.film_id)


def _by_character(sample: CTE) -> tuple[Any, Any, Any]:
    seen = join(sample, AssetCharacter, AssetCharacter.asset_id == sample.c.id)
    return Character.id, Character.name, join(seen, Character, Character.id == AssetCharacter.character_id)


def _by_tag(sample: CTE) -> tuple[Any, Any, Any]:
    tag = func.jsonb_array_elements_text(sample.c.tags).table_valued("value", name="tag")
    return tag.c.value, tag.c.value, join(sample, tag, true())


def _by_state(sample: CTE) -> tuple[Any, Any, Any]:
    state = case(*((condition, literal_column(f"'{name}'")) for name, condition in _states(sample.c).items()))
    return state, state, sample


def _by_favorite(sample: CTE) -> tuple[Any, Any, Any]:
    favorite = case((sample.c.favorite, literal_column("'1'")))
    return favorite, favorite, sample


FIELDS: Mapping[str, Counting] = {
    "state": _by_state,
    "type": _plain("type"),
    "kind": _plain("kind"),
    "film": _by_film,
    "series": _by_series,
    "character": _by_character,
    "tag": _by_tag,
    "provider": _plain("provider"),
    "model": _plain("model"),
    "source": _plain("source"),
    "favorite": _by_favorite,
}
"""All fields that one can filter by and that are counted, in the order in which a page shows them."""


def _chosen(want: Wanted, field: str) -> Sequence[object]:
    if field == "favorite":
        return ["1"] if want.favorite else []
    chosen: Sequence[object] = getattr(want, field if field == "series" else f"{field}s")
    return chosen


def _all(want: Wanted, *, but: str | None = None) -> Iterator[ColumnElement[bool]]:
    """What must hold of an asset; `but` names a field whose filter is left out."""
    yield from _spans(want)
    for field, condition in _by_field(want):
        if field != but:
            yield condition
    if but == "state":
        return
    named = _states(Asset)
    if want.states:
        yield or_(*(named[state] for state in want.states))
    else:
        yield and_(Asset.deleted_at.is_(None), Asset.url.is_not(None))


def _by_field(want: Wanted) -> Iterator[tuple[str, ColumnElement[bool]]]:
    for field in ("type", "kind", "source", "provider", "model"):
        if chosen := _chosen(want, field):
            yield field, getattr(Asset, field).in_(chosen)
    for field, column in (("film", Film.slug), ("series", Film.series)):
        if chosen := _chosen(want, field):
            yield field, Asset.film_id.in_(select(Film.id).where(column.in_(chosen)))
    if want.characters:
        of = select(AssetCharacter.asset_id).where(AssetCharacter.character_id.in_(want.characters))
        yield "character", Asset.id.in_(of)
    if want.tags:
        yield "tag", _among(func.director_tagged(literal(list(want.tags), JSONB)))
    if want.favorite:
        yield "favorite", Asset.favorite.is_(true())


def _spans(want: Wanted) -> Iterator[ColumnElement[bool]]:
    if words := _beginnings(want.words):
        yield _among(func.director_search(func.to_tsquery("simple", words)))
    if want.cost_min is not None:
        yield Asset.cost_microusd >= want.cost_min
    if want.cost_max is not None:
        yield Asset.cost_microusd <= want.cost_max
    if want.since is not None:
        yield Asset.created_at >= _midnight(want.since)
    if want.until is not None and want.until < date.max:
        yield Asset.created_at < _midnight(want.until) + timedelta(days=1)
    if want.about:
        yield Asset.character_id.in_(want.about)
    if want.ids:
        yield Asset.id.in_(want.ids)


def _states(some: Any) -> Mapping[State, ColumnElement[bool]]:  # noqa: ANN401 (the class or an alias of it)
    """Where an asset stands: of these, each is in just one."""
    there = and_(some.deleted_at.is_(None), some.url.is_not(None), some.lost_at.is_(None))
    return {
        "draft": and_(there, some.source == "generation", some.provider == FREE),
        "final": and_(there, some.source == "generation", some.provider.is_distinct_from(FREE)),
        "brought": and_(there, some.source != "generation"),
        "lost": and_(some.deleted_at.is_(None), some.lost_at.is_not(None)),
        "failed": and_(some.deleted_at.is_(None), some.url.is_(None)),
        "trash": and_(some.deleted_at.is_not(None), some.purged_at.is_(None)),
        "purged": some.purged_at.is_not(None),
    }


def state_of(asset: Asset) -> State:
    """Where an asset stands, as `_states` tells Postgres."""
    if asset.purged_at is not None:
        return "purged"
    if asset.deleted_at is not None:
        return "trash"
    if asset.lost_at is not None:
        return "lost"
    if asset.url is None:
        return "failed"
    if asset.source != "generation":
        return "brought"
    return "draft" if asset.provider == FREE else "final"


def _beginnings(words: str) -> str:
    """A search for what begins with each of these words; signs between them mean nothing, as in what is searched."""
    return " & ".join(f"{word}:*" for word in WORD.findall(words))


def _among(found: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Among the ids that a function gives: found first, then looked up, for Postgres cannot tell how few they are."""
    return Asset.id == any_(func.array(select(found).scalar_subquery()))


def _order(sort: Sort) -> tuple[Sequence[ColumnElement[Any]], bool]:
    """The columns of an order, and whether it falls."""
    by_cost = sort in {"dearest", "cheapest"}
    key: Sequence[ColumnElement[Any]] = (COST, Asset.id.expression) if by_cost else (Asset.id.expression,)
    return key, sort in {"newest", "dearest"}


def _key_of(place: Place, sort: Sort) -> Sequence[object]:
    return (place.microusd, place.id) if sort in {"dearest", "cheapest"} else (place.id,)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
