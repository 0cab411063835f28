"""The address of a list: what is wanted, in which order and from where on, as a query string and back.

It is the whole state of a page, and the same for the page, the JSON and the CSV.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Literal, Self
from urllib.parse import parse_qs, parse_qsl, urlencode
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, StringConstraints, WithJsonSchema

from director_dagster.catalog.ids import first_id
from director_dagster.catalog.money import to_microusd
from director_dagster.catalog.queries.facets import FIELDS
from director_dagster.catalog.queries.library import Place, Sort
from director_dagster.catalog.queries.states import State
from director_dagster.catalog.queries.wanted import NONE, Wanted
from director_dagster.catalog.tables import AssetKind, AssetSource, AssetType, Standing
from director_dagster.errors import BadInput
from director_dagster.library.access import Reader

MOST_FIELDS = 1_000
MOST_VALUES, WORDS_LETTERS, VALUE_LETTERS = 50, 500, 200
LIMIT, MOST = 60, 200
MOST_USD = Decimal(1_000_000_000)
MONTH = r"^(19|20)\d\d-(0[1-9]|1[0-2])$"
CURSOR_LETTERS = 60
CURSOR = re.compile(r"(?P<microusd>-1|\d{1,18})\.(?P<id>[0-9a-f]{32})")


def given(value: object) -> object:
    """A form sends a field that was left empty as an empty one."""
    return None if value == "" else value


def all_given(value: object) -> object:
    """The same of a list."""
    return [each for each in value if each != ""] if isinstance(value, list) else value


def _plain(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


Text = Annotated[str, StringConstraints(max_length=VALUE_LETTERS, pattern=r"^[^\x00]*$")]
"""Postgres keeps no text with a NUL in it, and so finds none."""

Texts = Annotated[list[Text], Field(max_length=MOST_VALUES), BeforeValidator(all_given)]
Dollars = Annotated[
    Decimal | None,
    Field(ge=0, le=MOST_USD, max_digits=16, decimal_places=6),
    BeforeValidator(given),
    PlainSerializer(_plain, return_type=str | None),
]
Day = Annotated[
    date | None,
    BeforeValidator(given),
    WithJsonSchema({"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "maxLength": 0}]}),
]
Id = Annotated[UUID | None, BeforeValidator(given)]


class Filters(BaseModel):
    """What is wanted of the assets of a workspace. Of several values of a field one must fit; of tags, all must."""

    model_config = ConfigDict(extra="ignore")

    workspace: Annotated[str, Field(max_length=40, description="Whose; of a member always their own.")] = ""
    q: Annotated[str, Field(max_length=WORDS_LETTERS, description="Beginnings of words of the name or the prompt.")] = (
        ""
    )
    state: Annotated[
        list[Literal[State, Standing]],
        Field(
            max_length=MOST_VALUES,
            description="Where it stands; or whether a film that it is in asks for it today (current) or no longer "
            "(stale), as it was when somebody last looked.",
        ),
        BeforeValidator(all_given),
    ] = []
    type: Annotated[list[AssetType], Field(max_length=MOST_VALUES), BeforeValidator(all_given)] = []
    kind: Annotated[list[AssetKind], Field(max_length=MOST_VALUES), BeforeValidator(all_given)] = []
    source: Annotated[list[AssetSource], Field(max_length=MOST_VALUES), BeforeValidator(all_given)] = []
    film: Annotated[
        Texts, Field(description=f"Slugs; {NONE} is no film, and so of a series, character, provider and model.")
    ] = []
    series: Texts = []
    character: Annotated[list[UUID | Literal["-"]], Field(max_length=MOST_VALUES), BeforeValidator(all_given)] = []
    about: Annotated[
        list[UUID | Literal["-"]],
        Field(
            max_length=MOST_VALUES,
            description=f"Characters: what is about just this one; {NONE} is what is about nobody or several.",
        ),
        BeforeValidator(all_given),
    ] = []
    used_in: Annotated[
        Texts, Field(description="Slugs of films: what each has selected, pinned or lying in its bin.")
    ] = []
    reused_in: Annotated[
        Texts, Field(description="Slugs of films: what each has used instead of having the same made.")
    ] = []
    tag: Texts = []
    provider: Texts = []
    model: Texts = []
    favorite: bool = False
    cost: Annotated[
        list[Literal["unknown"]],
        Field(max_length=MOST_VALUES, description="What has an unknown cost."),
        BeforeValidator(all_given),
    ] = []
    cost_min: Dollars = None
    cost_max: Dollars = None
    since: Day = None
    until: Day = None

    @classmethod
    def of_query(cls, query: str) -> Self:
        """What a page's query string asks for; of a field that takes one value the last stands.

        Raises as pydantic, and ValueError for a field that there is none of: a misspelled one would filter nothing.
        """
        told = parse_qs(query.removeprefix("?"), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        strange = next((name for name in told if name not in cls.model_fields.keys() | NOT_CHOSEN), None)
        if strange is not None:
            raise ValueError(f"there is no field {strange[:VALUE_LETTERS]!r}")
        lists = {name for name, field in cls.model_fields.items() if isinstance(field.default, list)}
        return cls.model_validate({name: values if name in lists else values[-1] for name, values in told.items()})

    def wanted(self) -> Wanted:
        """The same as a question to the catalog."""
        return Wanted(
            words=self.q,
            types=self.type,
            kinds=self.kind,
            sources=self.source,
            providers=self.provider,
            models=self.model,
            tags=self.tag,
            characters=self.character,
            films=self.film,
            series=self.series,
            about=self.about,
            used_in=self.used_in,
            reused_in=self.reused_in,
            states=self.state,
            favorite=self.favorite,
            costs=self.cost,
            cost_min=to_microusd(self.cost_min),
            cost_max=to_microusd(self.cost_max),
            since=self.since,
            until=self.until,
        )

    def within(self, reader: Reader) -> Self:
        """The same, naming the workspace that it is of where the reader has more than one."""
        return self.model_copy(update=reader.asked)

    def query(self, **changed: object) -> str:
        """The query string, each field that says something, with some of them changed."""
        told = {**self.model_dump(mode="json", exclude_defaults=True), **_as_json(changed)}
        return urlencode({name: 1 if value is True else value for name, value in told.items() if value}, doseq=True)

    def toggled(self, field: str, value: str) -> str:
        """The query string in which a value of a field is chosen, or no longer so where it was; from the top."""
        chosen = self.model_dump(mode="json")[field]
        if isinstance(chosen, bool):
            return self.query(**{**TOP, field: not chosen})
        left = [each for each in chosen if each != value]
        return self.query(**{**TOP, field: left if len(left) < len(chosen) else [*chosen, value]})

    def values_of(self, field: str) -> Sequence[str]:
        """What is chosen in a field."""
        return _texts(getattr(self, field))

    def chosen(self) -> Sequence[tuple[str, str, str]]:
        """All that is chosen: field, value, and the query string without it."""
        fields = type(self).model_fields.keys() - NOT_CHOSEN
        return [
            (field, value, self.toggled(field, value) if field in FIELDS else self.query(**{**TOP, field: None}))
            for field in type(self).model_fields
            if field in fields
            for value in self.values_of(field)
        ]

    def hidden(self, *but: str) -> Sequence[tuple[str, str]]:
        """The fields that a form sends along beside those that it asks for."""
        told = parse_qsl(self.query(**{**TOP, **dict.fromkeys(but)}))
        return [(field, value) for field, value in told if field not in but]


class Address(Filters):
    """Filters, the order, and from where on one looks: after or before a cursor, from a month or an asset on.

    A field that there is none of is refused: a misspelled one would filter nothing.
    """

    model_config = ConfigDict(extra="forbid")

    sort: Sort = "newest"
    at: Annotated[Id, Field(description="The asset that one was at.")] = None
    month: Annotated[str, Field(pattern=f"{MONTH}|^$", description="From its end on, as 2026-03; newest first.")] = ""
    after: Annotated[str, Field(max_length=CURSOR_LETTERS, description="`next_cursor` of another page.")] = ""
    before: Annotated[str, Field(max_length=CURSOR_LETTERS, description="`previous_cursor` of another page.")] = ""
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT

    def from_the_top(self, **changed: object) -> str:
        """The query string of the same list from its beginning."""
        return self.query(**{**TOP, **changed})


At = Annotated[Address, Query()]

TOP: Mapping[str, object] = {"at": None, "month": "", "after": "", "before": ""}
NOT_CHOSEN = {"workspace", "q", "sort", "limit", *TOP}


def cursor(place: Place) -> str:
    """A place in a list as text; it holds for every order and every filter."""
    return f"{place.microusd}.{place.id.hex}"


def place_at(cursor: str) -> Place | None:
    """The place that a cursor names; None for an empty one. Raises BadInput for what is none."""
    if not cursor:
        return None
    found = CURSOR.fullmatch(cursor)
    if found is None:
        raise BadInput(f"{cursor!r} is no cursor: take next_cursor or previous_cursor of a page as they are")
    return Place(id=UUID(found["id"]), microusd=int(found["microusd"]))


def end_of(month: str) -> Place:
    """The place after which a month begins, newest first."""
    year, number = (int(part) for part in month.split("-"))
    return Place(id=first_id(datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)))


def _texts(value: object) -> Sequence[str]:
    if isinstance(value, bool):
        return ["1"] if value else []
    if isinstance(value, list):
        return [str(each) for each in value]
    return [] if value is None else [f"{value:f}" if isinstance(value, Decimal) else str(value)]


def _as_json(changed: Mapping[str, object]) -> Mapping[str, object]:
    return {name: str(value) if isinstance(value, UUID | date) else value for name, value in changed.items()}
