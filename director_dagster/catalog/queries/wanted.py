"""Which assets somebody wants, as conditions of a statement.

To be asked in a session of one workspace (`Catalog.within`): what finds words there, `director_search` of revision
0013, knows no other.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal, get_args
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    any_,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute

from director_dagster.catalog.queries import standings
from director_dagster.catalog.queries.states import State, is_there, states
from director_dagster.catalog.tables import (
    Asset,
    AssetCharacter,
    Film,
    FilmUse,
    Slot,
    SlotStanding,
    Standing,
    Take,
    asset_tags,
)
from director_dagster.catalog.tables.tags import LETTERS

STANDINGS: tuple[Standing, ...] = get_args(Standing)

NONE = "-"
"""In place of a film, a series, a character or a provider: what has none. No slug, name of a provider or id is so."""

WORD = re.compile(r"[^\W_]+")
ACCENT = re.compile(
    r"[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]+"
)
"""Marks above and below Latin, Greek and Cyrillic letters, and the vowel signs of Hebrew and Arabic ones."""

ENDING = re.compile(r"\.(png|jpe?g|webp|mp4|webm|wav|mp3|srt|vtt|fountain|fdx|txt|md)\b", re.IGNORECASE)
"""Of a file's name: an asset that was a file is called without it."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which assets: what is empty or None is any. Of several values of a field one must fit; of tags, all must.

    Attributes:
        words: Each must begin a word of the name or the prompt, accents aside; the ending of a file's name is none.
        films: Slugs of the films that an asset was first made for; here and in the next four `NONE` is one too.
        series: Of those films.
        providers, models: Who has made it.
        characters: Who is seen, heard or meant in it: ids.
        costs: Whether its cost is unknown.
        cost_min, cost_max: Micro-dollars; what has an unknown cost is then left out.
        since, until: The first and the last day, in UTC, on which it was made.
        states: Where it stands, or how a film's place stands that it fills; without any, what is neither failed nor
            deleted.
        about: Characters: what is about just this one, as its costs are counted; `NONE`: about nobody, or several.
        used_in: Slugs of films: what is a selected take of one, is pinned there or lies in its bin, whatever it was
            first made for.
        reused_in: Slugs of films that have used it instead of having the same made.
        ids: These alone.
    """

    words: str = ""
    types: Sequence[str] = ()
    kinds: Sequence[str] = ()
    sources: Sequence[str] = ()
    providers: Sequence[str] = ()
    models: Sequence[str] = ()
    tags: Sequence[str] = ()
    characters: Sequence[UUID | str] = ()
    films: Sequence[str] = ()
    series: Sequence[str] = ()
    states: Sequence[State | Standing] = ()
    favorite: bool = False
    costs: Sequence[Literal["unknown"]] = ()
    cost_min: int | None = None
    cost_max: int | None = None
    since: date | None = None
    until: date | None = None
    about: Sequence[UUID | str] = ()
    used_in: Sequence[str] = ()
    reused_in: Sequence[str] = ()
    ids: Sequence[UUID] = ()


def chosen_in(want: Wanted, field: str) -> Sequence[object]:
    """What is chosen in a field."""
    if field == "favorite":
        return ["1"] if want.favorite else []
    chosen: Sequence[object] = getattr(want, field if field == "series" else f"{field}s")
    return chosen


def conditions(want: Wanted, *, but: str | None = None) -> Iterator[ColumnElement[bool]]:
    """What must hold of an asset; `but` names a field whose filter is left out."""
    yield from _spans(want)
    for field, condition in _by_field(want):
        if field != but:
            yield condition
    if but == "state":
        return
    if want.states:
        named = (*states(Asset).items(), *_standings().items())
        yield or_(*(condition for state, condition in named if state in want.states))
    else:
        yield and_(Asset.deleted_at.is_(None), Asset.url.is_not(None))


def _by_field(want: Wanted) -> Iterator[tuple[str, ColumnElement[bool]]]:
    for field in ("type", "kind", "source", "provider", "model"):
        if chosen := chosen_in(want, field):
            column = getattr(Asset, field)
            yield field, or_(column.in_(chosen), column.is_(None)) if NONE in chosen else column.in_(chosen)
    for field, column in (("film", Film.slug), ("series", Film.series)):
        if chosen := chosen_in(want, field):
            yield field, _of_film(column, chosen)
    if want.characters:
        of = select(AssetCharacter.asset_id).where(AssetCharacter.character_id.in_(_ids(want.characters)))
        about_nobody = ~exists().where(
            AssetCharacter.workspace_id == Asset.workspace_id, AssetCharacter.asset_id == Asset.id
        )
        some = Asset.id.in_(of)
        yield "character", or_(some, about_nobody) if NONE in want.characters else some
    if want.tags:
        yield "tag", and_(*_tagged(want.tags))
    if want.favorite:
        yield "favorite", Asset.favorite.is_(true())
    if want.costs:
        yield "cost", Asset.cost_microusd.is_(None)


def _tagged(tags: Sequence[str]) -> Iterator[ColumnElement[bool]]:
    """Index: pk_asset_tags, which has the assets of a tag in the order of the newest."""
    for tag in tags:
        yield exists().where(
            asset_tags.c.workspace_id == Asset.workspace_id,
            asset_tags.c.tag == tag[:LETTERS],
            asset_tags.c.asset_id == Asset.id,
        )
        if len(tag) >= LETTERS:  # another may begin so
            yield Asset.tags.op("@>")(literal([tag], JSONB))


def _of_film(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], chosen: Sequence[object]
) -> ColumnElement[bool]:
    """Made for a film of one of those; with `NONE` also for none, or for one that has no such thing."""
    named = Asset.film_id.in_(select(Film.id).where(column.in_(chosen)))
    if NONE not in chosen:
        return named
    return or_(named, Asset.film_id.is_(None), Asset.film_id.in_(select(Film.id).where(column.is_(None))))


def _ids(some: Sequence[UUID | str]) -> Sequence[UUID]:
    return [each for each in some if isinstance(each, UUID)]


def _spans(want: Wanted) -> Iterator[ColumnElement[bool]]:
    if words := _beginnings(want.words):
        yield _among(func.director_search(func.to_tsquery("simple", words)))
    elif want.words.strip():  # signs alone: nothing begins with them
        yield false()
    if want.cost_min is not None:
        yield Asset.cost_microusd >= want.cost_min
    if want.cost_max is not None:
        yield Asset.cost_microusd <= want.cost_max
    if want.since is not None:
        yield Asset.created_at >= _midnight(want.since)
    if want.until is not None and want.until < date.max:
        yield Asset.created_at < _midnight(want.until) + timedelta(days=1)
    if want.about:
        one = Asset.character_id.in_(_ids(want.about))
        yield or_(one, Asset.character_id.is_(None)) if NONE in want.about else one
    for ids in _picked(want):
        yield Asset.id.in_(ids)


def _picked(want: Wanted) -> Iterator[Select[UUID] | Sequence[UUID]]:
    """Ids that are meant, each more of them fewer."""
    if want.used_in:
        yield _used_in(want.used_in)
    if want.reused_in:
        yield _taken_by(want.reused_in, Take.reused)
    if want.ids:
        yield want.ids


def _used_in(films: Sequence[str]) -> Select[UUID]:
    """The ids of what films use. Indexes: uq_slots_workspace_id_film_id_name, uq_takes_selected, uq_film_uses_bin."""
    own = select(Film.workspace_id, Film.id).where(Film.slug.in_(films)).subquery()
    lying = (
        select(FilmUse.asset_id)
        .join(own, (own.c.workspace_id == FilmUse.workspace_id) & (own.c.id == FilmUse.film_id))
        .where(FilmUse.ended_at.is_(None))
    )
    both = union_all(_taken_by(films, Take.selected_at.is_not(None)), lying).subquery()
    return select(both.c.asset_id)


def _taken_by(films: Sequence[str], which: ColumnElement[bool] | InstrumentedAttribute[bool]) -> Select[UUID]:
    """The ids of what such takes of films are of."""
    return (
        select(Take.asset_id)
        .join(Slot, (Slot.workspace_id == Take.workspace_id) & (Slot.id == Take.slot_id))
        .join(Film, (Film.workspace_id == Slot.workspace_id) & (Film.id == Slot.film_id))
        .where(Film.slug.in_(films), which)
    )


def _standings() -> Mapping[Standing, ColumnElement[bool]]:
    """How an asset stood when somebody last looked at the films that it is in: in one of them so, in another otherwise.

    Index: ix_standings_workspace_id_state_asset_id.
    """
    here = standings.noted(literal(1)).where(
        SlotStanding.workspace_id == Asset.workspace_id, SlotStanding.asset_id == Asset.id
    )
    return {state: and_(is_there(Asset), here.where(SlotStanding.state == state).exists()) for state in STANDINGS}


def _beginnings(words: str) -> str:
    """A search for what begins with each of these words; signs between them and accents mean nothing, as in what is
    searched."""
    bare = ACCENT.sub("", unicodedata.normalize("NFKD", words))
    return " & ".join(f"{word}:*" for word in WORD.findall(ENDING.sub(" ", bare)))


def _among(found: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Among the ids that a function gives: found first, then looked up, for Postgres cannot tell how few they are."""
    return Asset.id == any_(func.array(select(found).scalar_subquery()))


def told_by_rows(some: Any, want: Wanted) -> Iterator[ColumnElement[bool]]:  # noqa: ANN401 (the class or an alias of it)
    """The same of words as `conditions`, of rows that are looked through."""
    if words := _beginnings(want.words):
        yield some.search.op("@@")(func.to_tsquery("simple", words))
    elif want.words.strip():
        yield false()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
