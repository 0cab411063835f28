"""What was spent: over time and by whatever one may group it, each figure a link to the assets behind it."""

import csv
import io
from calendar import monthrange
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Annotated, Literal, Self, TypedDict, get_args
from urllib.parse import urlencode

from fastapi import APIRouter, BackgroundTasks, Depends, Query, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.money import to_usd, told
from director_dagster.catalog.queries import amounts, costs, outlook, spending, waste
from director_dagster.catalog.queries.costs import Cost
from director_dagster.catalog.queries.groups import Group, in_all
from director_dagster.catalog.queries.spending import Daily
from director_dagster.catalog.queries.wanted import NONE
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables.ledger import CLOSED
from director_dagster.errors import DirectorError
from director_dagster.library import bars, shown
from director_dagster.library.access import Reader
from director_dagster.library.address import Day
from director_dagster.library.bars import Piece, Stack
from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking, Library, Open
from director_dagster.library.views import render

DOUBTFUL = "unknown"
NOTABLE = {*CLOSED, DOUBTFUL}
"""How a purchase ends that came to nothing, or of which nobody knows."""

Dimension = Literal["day", "month", "type", "kind", "film", "series", "character", "provider", "model", "workspace"]

COLOURS, OTHERS, GROUPS, DAYS, DAYS_SHOWN = 7, 7, 50, 90, 120
"""So many groups have a colour of their own, the others one together; more days than the last are shown as months."""

FEWEST = 14
"""So many days are drawn at least."""


async def _fold_later(opened: Open, later: BackgroundTasks) -> None:
    """Once the answer is on its way, sums are brought up to date, where that is worth it: so the next is quick."""
    later.add_task(_fold, opened.catalog)


async def _fold(catalog: Catalog) -> None:
    # What fails now, the next who asks will do: the answer was right anyway.
    with suppress(DirectorError):
        while await _fold_once(catalog):
            pass


async def _fold_once(catalog: Catalog) -> bool:
    async with catalog.session() as db:
        return await amounts.waiting(db) and await amounts.fold(db) > 0


router = APIRouter(include_in_schema=False, dependencies=[Depends(_fold_later)])
api = APIRouter(prefix="/api/v1", tags=["costs"], responses=ANSWERS, dependencies=[Depends(_fold_later)])


class Days(TypedDict):
    """Days in UTC, both included."""

    since: date
    until: date


class Asked(BaseModel):
    """Which days, grouped how; without days the last 90."""

    model_config = ConfigDict(extra="forbid")

    workspace: Annotated[str, Field(max_length=40, description="Whose; of a member always their own.")] = ""
    by: Dimension = "type"
    since: Day = None
    until: Day = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.since is not None and self.since > self.last:
            raise ValueError(f"{self.since} comes after {self.last}: there is no day from the one to the other")
        return self

    @property
    def last(self) -> date:
        """The last of the days, in UTC."""
        return self.until or datetime.now(UTC).date()

    @property
    def first(self) -> date:
        """The first of the days."""
        return self.since or max(self.last, date.min + timedelta(days=DAYS)) - timedelta(days=DAYS - 1)

    @property
    def days(self) -> "Days":
        """The same as arguments of a question."""
        return {"since": self.first, "until": self.last}

    @property
    def over_time(self) -> bool:
        """Whether the groups are days or months."""
        return self.by in {"day", "month"}

    def query(self, reader: Reader) -> str:
        """The query string."""
        told_ = {**self.model_dump(mode="json"), **reader.asked}
        return urlencode({name: value for name, value in told_.items() if value})


Costs = Annotated[Asked, Query()]


class GroupOut(BaseModel):
    """What a group of pieces cost: `cost_usd` is the sum of what is known; of `unknown` pieces nobody knows."""

    key: str | None
    label: str
    cost_usd: Decimal
    pieces: int
    failed: int
    unknown: int


class CostsOut(BaseModel):
    """What was spent in a span of days, and by what it was grouped; the groups come to `total`.

    Beside it, in no sum, `attempts`: what the ledger has begun in those days and not stored, by how it stands. Of those
    that are ``unknown`` nobody can tell whether they were paid.
    """

    by: Dimension
    since: date
    until: date
    total: GroupOut
    groups: list[GroupOut]
    attempts: list[GroupOut]


@dataclass(frozen=True, kw_only=True)
class Row:
    """A group with its name and its link to the assets behind it, None where there is no one address for them."""

    group: Group
    label: str
    href: str | None
    colour: int


@dataclass(frozen=True, kw_only=True)
class Chart:
    """Spending over time, from a day on.

    Attributes:
        picture: As SVG.
        labels: What the groups are called, as they lie on each other.
        stacks: What there is to see in it: those in which nothing was spent are left out.
        first: The day.
    """

    picture: str
    labels: Sequence[str]
    stacks: Sequence[Stack]
    first: date


@router.get("/costs")
async def page(request: Request, asked: Costs, opened: Open, reader: Asking) -> HTMLResponse:
    """The page."""
    own, days = reader.workspace.id, asked.days
    groups = await _groups(opened, reader, asked)
    async with reader.catalog.snapshot() as db:
        values = {
            "total": in_all(groups),
            "saved": await costs.saved(db, own, **days),
            "saved_by": await spending.saved_by(db, own, "film", **days),
            "attempts": [each for each in await spending.attempts(db, own, **days) if each.key in NOTABLE],
            "allowances": await outlook.allowances(db, own),
            "forecast": await outlook.forecast(db, own, today=datetime.now(UTC).date()),
            "wasted": waste.in_all(await waste.by_film(db, own)),
            "chart": None if asked.by == "workspace" else await _drawn(db, reader, asked),
        }
    return render(
        request,
        "costs.html",
        reader=reader,
        asked=asked,
        rows=[_row(reader, asked, group, place) for place, group in enumerate(groups)],
        most=max((group.microusd for group in groups), default=0),
        dimensions=[by for by in get_args(Dimension) if by != "workspace" or len(reader.workspaces) > 1],
        **values,
    )


@router.get("/costs.csv")
async def as_csv(asked: Costs, opened: Open, reader: Asking) -> Response:
    """The table of the page, and below it what may have been paid."""
    said = await told_costs(asked, opened, reader)
    open_ = [each for each in said.attempts if each.key == DOUBTFUL]
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerow([asked.by, "cost_usd", "pieces", "failed", "unknown"])
    for group in [*said.groups, said.total]:
        lines.writerow([shown.cell(group.label), group.cost_usd, group.pieces, group.failed, group.unknown])
    for group in open_:
        lines.writerow([group.label, "", group.pieces, group.failed, group.unknown])
    name = f'attachment; filename="{reader.workspace.slug}-costs.csv"'
    return PlainTextResponse(text.getvalue(), media_type="text/csv", headers={"Content-Disposition": name})


@api.get("/costs")
async def told_costs(asked: Costs, opened: Open, reader: Asking) -> CostsOut:
    """What was spent, by the very figures of the page."""
    groups = await _groups(opened, reader, asked)
    async with reader.catalog.session() as db:
        attempts = await spending.attempts(db, reader.workspace.id, **asked.days)
    return CostsOut(
        by=asked.by,
        since=asked.first,
        until=asked.last,
        total=_out(in_all(groups), "in all"),
        groups=[_out(group, _label(group)) for group in groups],
        attempts=[_out(each, shown.ENDS[each.key or ""]) for each in attempts],
    )


async def _groups(opened: Library, reader: Reader, asked: Asked) -> Sequence[Group]:
    """Workspaces are told side by side only to the person at this machine."""
    if asked.by == "workspace":
        async with opened.catalog.session() as db:
            found = await spending.by_workspace(db, **asked.days)
        return [group for group in found if group.key in reader.workspaces]
    async with reader.catalog.session() as db:
        return await spending.by(db, reader.workspace.id, asked.by, **asked.days, limit=GROUPS)


def _out(cost: Cost, label: str) -> GroupOut:
    return GroupOut(
        key=cost.key,
        label=label,
        cost_usd=to_usd(cost.microusd),
        pieces=cost.pieces,
        failed=cost.failed,
        unknown=cost.unknown,
    )


def _row(reader: Reader, asked: Asked, group: Group, place: int) -> Row:
    href = behind(reader, asked.by, group, asked.first, asked.last)
    return Row(group=group, label=_label(group), href=href, colour=_colour(place))


def _label(group: Group) -> str:
    return f"{group.others} others" if group.others else group.label or "none"


def _colour(place: int) -> int:
    return min(place, OTHERS)


def behind(reader: Reader, by: str, group: Group, first: date, last: date) -> str | None:
    """The library's address of the assets behind a figure; None for what no filter names."""
    if group.others or (group.key is None and by not in shown.MAY_LACK):
        return None
    if by == "workspace":
        return "/costs?" + urlencode({"workspace": group.key, "since": first, "until": last})
    if by == "day":
        return _library(reader, since=group.key, until=group.key)
    if by == "month":
        begins = date.fromisoformat(f"{group.key}-01")
        ends = begins.replace(day=monthrange(begins.year, begins.month)[1])
        return _library(reader, since=max(begins, first), until=min(ends, last))
    if by == "character":
        return _library(reader, since=first, until=last, about=group.id or NONE)
    return _library(reader, since=first, until=last, **{by: group.key or NONE})


def _library(reader: Reader, **fields: object) -> str:
    return "/library?" + urlencode({**reader.asked, **fields, "source": "generation", "state": shown.TRIED}, doseq=True)


async def _drawn(db: AsyncSession, reader: Reader, asked: Asked) -> Chart | None:
    """The days, or of a long time the months, as stacks: the dearest groups each in its colour, as in the table; None
    where nothing was spent. Of the days that nobody asked for it begins with the first on which anything was, so that
    a new studio sees more than a sliver."""
    by: spending.Facet = "type" if asked.over_time else asked.by  # type: ignore[assignment]  # no day, no workspace
    daily = await spending.by_day_and(db, reader.workspace.id, by, since=asked.first, until=asked.last, limit=COLOURS)
    spent = [number for number in range(len(daily.days)) if any(group[number] for group in daily.microusd)]
    if not spent:
        return None
    begins = min(spent[0], max(len(daily.days) - FEWEST, 0)) if asked.since is None else 0
    months = len(daily.days) - begins > DAYS_SHOWN
    spans: dict[str, list[int]] = {}
    for number, day in enumerate(daily.days[begins:], begins):
        spans.setdefault(f"{day:%Y-%m}" if months else str(day), []).append(number)
    stacks = [_stack(reader, moment, by, daily, numbers) for moment, numbers in spans.items()]
    picture = bars.draw(stacks, name="What was spent over time", height=told)
    labels = [_label(group) for group in daily.groups]
    seen = [stack for stack in stacks if stack.amount]
    return Chart(picture=picture, labels=labels, stacks=seen, first=daily.days[begins])


def _stack(reader: Reader, moment: str, by: str, daily: Daily, numbers: Sequence[int]) -> Stack:
    first, last = daily.days[numbers[0]], daily.days[numbers[-1]]
    pieces = []
    for place, group in enumerate(daily.groups):
        amount = sum(daily.microusd[place][number] for number in numbers)
        href = behind(reader, by, group, first, last)
        title = f"{moment} · {_label(group)}: {told(amount)}"
        pieces.append(Piece(colour=_colour(place), amount=amount, title=title, href=href))
    return Stack(label=moment, pieces=pieces)
