"""What was spent: over time and by whatever one may group it, each figure a link to the assets behind it."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets
from director_dagster.catalog.money import to_usd, told
from director_dagster.catalog.queries import spending
from director_dagster.catalog.queries.library import STATES
from director_dagster.catalog.queries.spending import Group, Part, Span
from director_dagster.library import bars
from director_dagster.library.access import Reader
from director_dagster.library.address import Day
from director_dagster.library.bars import Piece, Stack
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking
from director_dagster.library.views import render

Dimension = Literal["day", "month", "type", "kind", "film", "series", "character", "provider", "model"]

TRIED = [state for state in STATES if state != "brought"]
"""Where any piece may stand that was paid for."""

FIELDS: Mapping[str, str] = {"character": "about"}
"""What a dimension is called in the library's address, where that is another word."""

COLOURS, DAYS, MONTHLY_FROM_DAYS = 7, 90, 120

router = APIRouter(include_in_schema=False)
api = APIRouter(prefix="/api/v1", tags=["costs"], responses=ANSWERS)


class Asked(BaseModel):
    """Which days, grouped how; without days the last 90."""

    model_config = ConfigDict(extra="ignore")

    workspace: str = ""
    by: Dimension = "type"
    since: Day = None
    until: Day = None

    @property
    def span(self) -> Span:
        """The days."""
        today = datetime.now(UTC).date()
        until = self.until or today
        earliest = date.min + timedelta(days=DAYS)
        return Span(since=self.since or max(until, earliest) - timedelta(days=DAYS - 1), until=until)

    def query(self, **changed: object) -> str:
        """The query string, with some of it changed."""
        told_ = {**self.model_dump(mode="json", exclude_defaults=True), **changed}
        return urlencode({name: value for name, value in told_.items() if value})


Costs = Annotated[Asked, Query()]


class GroupOut(BaseModel):
    """What a group of pieces cost: `cost_usd` is the sum of what is known; of `unknown` pieces nobody knows."""

    key: str | None
    label: str
    cost_usd: float
    pieces: int
    failed: int
    unknown: int


class CostsOut(BaseModel):
    """What was spent in a span of days, and by what it was grouped; the groups come to `total`."""

    by: Dimension
    since: date
    until: date
    total: GroupOut
    groups: list[GroupOut]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A group with its link to the assets behind it, None where there is no one address for them."""

    group: Group
    href: str | None
    colour: int


@router.get("/costs")
async def page(request: Request, asked: Costs, reader: Asking) -> HTMLResponse:
    """The page."""
    span, today = asked.span, datetime.now(UTC).date()
    async with reader.catalog.session() as db:
        groups = await spending.by(db, reader.workspace.id, asked.by, span)
        rooms = await budgets.of_workspace(db, reader.workspace.id)
        whole = next((budget for budget, film in rooms if film is None), None)
        values = {
            "total": await spending.total(db, reader.workspace.id, span),
            "saved": await spending.saved(db, reader.workspace.id, span),
            "ended": await spending.ended(db, reader.workspace.id, span),
            "forecast": await spending.forecast(db, reader.workspace.id, today, whole),
            "waste": await spending.waste(db, reader.workspace.id),
        }
        drawn = await _drawn(db, reader, asked, groups)
    return render(
        request,
        "costs.html",
        reader=reader,
        asked=asked,
        span=span,
        rows=_rows(asked, groups),
        most=max((group.microusd for group in groups), default=0),
        rooms=rooms,
        drawn=drawn,
        dimensions=list(spending.DIMENSIONS),
        **values,
    )


@router.get("/costs.csv")
async def as_csv(asked: Costs, reader: Asking) -> Response:
    """The table of the page."""
    told_ = await costs(asked, reader)
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([asked.by, "cost_usd", "pieces", "failed", "unknown"])
    for group in [*told_.groups, told_.total]:
        label = f"'{group.label}" if group.label.startswith(("=", "+", "-", "@")) else group.label
        lines.writerow([label, group.cost_usd, group.pieces, group.failed, group.unknown])
    name = f'attachment; filename="{reader.workspace.slug}-costs.csv"'
    return PlainTextResponse(text.getvalue(), media_type="text/csv", headers={"Content-Disposition": name})


@api.get("/costs")
async def costs(asked: Costs, reader: Asking) -> CostsOut:
    """What was spent, by the very figures of the page."""
    span = asked.span
    async with reader.catalog.session() as db:
        groups = await spending.by(db, reader.workspace.id, asked.by, span)
        total = await spending.total(db, reader.workspace.id, span)
    assert span.since is not None  # noqa: S101 (`Asked.span` has closed both ends)
    assert span.until is not None  # noqa: S101
    return CostsOut(
        by=asked.by, since=span.since, until=span.until, total=_out(total), groups=[_out(group) for group in groups]
    )


def _out(group: Group) -> GroupOut:
    return GroupOut(
        key=group.key,
        label=group.label,
        cost_usd=float(to_usd(group.microusd) or 0),
        pieces=group.pieces,
        failed=group.failed,
        unknown=group.unknown,
    )


def _rows(asked: Asked, groups: Sequence[Group]) -> Sequence[Row]:
    return [
        Row(group=group, href=behind(asked.by, group.key, asked.span), colour=min(place, COLOURS))
        for place, group in enumerate(groups)
    ]


def behind(by: str, key: str | None, span: Span) -> str | None:
    """The library's address of the assets behind a figure; None for what no filter names."""
    if key is None:
        return None
    days: dict[str, object] = {"since": span.since, "until": span.until}
    if by == "day":
        return _library(since=key, until=key)
    if by == "month":
        first = date.fromisoformat(f"{key}-01")
        last = (first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return _library(since=max(first, span.since or first), until=min(last, span.until or last))
    return _library(**days, **{FIELDS.get(by, by): key})


def _library(**fields: object) -> str:
    told_ = {name: str(value) for name, value in fields.items() if value is not None}
    return "/library?" + urlencode({**told_, "source": "generation", "state": TRIED}, doseq=True)


async def _drawn(db: AsyncSession, reader: Reader, asked: Asked, groups: Sequence[Group]) -> str:
    """The days (or months, of a long span) as stacks, each of the dearest groups in its colour."""
    by = "type" if asked.by in spending.TIME else asked.by
    colours = {} if asked.by in spending.TIME else {group.key: place for place, group in enumerate(groups[:COLOURS])}
    parts = await spending.daily(db, reader.workspace.id, by, asked.span)
    if not colours:
        colours = {key: place for place, key in enumerate(sorted({part.key for part in parts}, key=str)[:COLOURS])}
    return bars.draw(list(_stacks(asked.span, by, parts, colours)), name="What was spent over time", height=told)


def _stacks(span: Span, by: str, parts: Sequence[Part], colours: Mapping[str | None, int]) -> Iterator[Stack]:
    since, until = span.since or date.min, span.until or date.max
    of: Callable[[date], str] = str if (until - since).days < MONTHLY_FROM_DAYS else _month
    moments = dict.fromkeys(of(since + timedelta(days=number)) for number in range((until - since).days + 1))
    sums: dict[tuple[str, str | None, str], int] = {}
    for part in parts:
        group = (of(part.day), part.key, part.label)
        sums[group] = sums.get(group, 0) + part.microusd
    for moment in moments:
        mine = [(key, label, amount) for (at, key, label), amount in sums.items() if at == moment]
        mine.sort(key=lambda each: colours.get(each[0], COLOURS))
        days = Span(since=date.fromisoformat(moment), until=date.fromisoformat(moment)) if of is str else span
        yield Stack(
            label=moment,
            pieces=[
                Piece(
                    colour=colours.get(key, COLOURS),
                    amount=amount,
                    title=f"{moment} · {label}: {told(amount)}",
                    href=behind(by, key, days) or _library(since=days.since, until=days.until),
                )
                for key, label, amount in mine
            ],
        )


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
