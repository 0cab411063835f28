"""Where an asset stands: in one state of these, as Python and as Postgres tells it."""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from sqlalchemy import ColumnElement, and_, or_

from director_dagster.catalog.queries.cards import Card
from director_dagster.catalog.tables import Asset

State = Literal["draft", "final", "assembled", "brought", "lost", "failed", "trash", "purged"]
STATES: tuple[State, ...] = get_args(State)
THERE: tuple[State, ...] = ("draft", "final", "assembled", "brought")
"""In which its bytes are there."""

FREE = "animatic"
"""The provider in the house: what it makes is a draft, but for `HOUSES_OWN`."""

CUT = frozenset({"film", "subtitle", "poster"})
"""Kinds of what is put together from others."""

HOUSES_OWN = frozenset({"other", *CUT})
"""Kinds of which the house's are no drafts: title cards, and ambience where nobody else makes any."""


def states(some: Any) -> Mapping[State, ColumnElement[bool]]:  # noqa: ANN401 (the class or an alias of it)
    """Where an asset stands: of these, each is in just one."""
    there = is_there(some)
    generated = and_(there, some.source == "generation")
    return {
        "draft": and_(generated, some.provider == FREE, some.kind.not_in(HOUSES_OWN)),
        "final": and_(generated, some.provider.is_distinct_from(FREE), some.kind.not_in(CUT)),
        "assembled": and_(generated, or_(some.kind.in_(CUT), and_(some.provider == FREE, some.kind.in_(HOUSES_OWN)))),
        "brought": and_(there, some.source != "generation"),
        "lost": and_(some.deleted_at.is_(None), some.lost_at.is_not(None)),
        "failed": and_(some.deleted_at.is_(None), some.url.is_(None)),
        "trash": and_(some.deleted_at.is_not(None), some.purged_at.is_(None)),
        "purged": some.purged_at.is_not(None),
    }


def is_there(some: Any) -> ColumnElement[bool]:  # noqa: ANN401 (the class or an alias of it)
    """Its bytes are there, and nobody has deleted it."""
    return and_(some.deleted_at.is_(None), some.url.is_not(None), some.lost_at.is_(None))


def state_of(asset: Asset | Card) -> State:
    """Where an asset stands, as `states` tells Postgres."""
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
    return made_as(asset.kind, asset.provider)


def made_as(kind: str, provider: str | None) -> Literal["draft", "final", "assembled"]:
    """As what a generated piece stands."""
    if kind in (HOUSES_OWN if provider == FREE else CUT):
        return "assembled"
    return "draft" if provider == FREE else "final"
