"""Two workspaces ask at random, each for its own and for what is the other's: neither ever sees a row of the other."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, get_args
from urllib.parse import urlencode

import httpx
import pytest

from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import characters, films, takes
from director_dagster.catalog.queries.library import SORTS, Place
from director_dagster.catalog.queries.states import STATES
from director_dagster.catalog.queries.wanted import STANDINGS
from director_dagster.catalog.tables import Asset
from director_dagster.library.address import cursor
from director_dagster.library.costs import Dimension
from director_dagster_tests.library.conftest import Shelf, picture

AT_ONCE = 8
WRITES = 0.15
"""How much of what is asked changes something."""

DONE = "SELECT w.slug, e.who FROM events e JOIN workspaces w ON w.id = e.workspace_id GROUP BY 1, 2"
TAGGED = """
SELECT DISTINCT w.slug, tag FROM assets a JOIN workspaces w ON w.id = a.workspace_id,
    LATERAL jsonb_array_elements_text(a.tags) AS tag
"""
SECRETS = ("amber", "cobalt")
"""A word that is in every name, prompt, tag, title and text of the one workspace, and in nothing that is ever asked."""


@dataclass(frozen=True)
class Tenant:
    """A workspace, what may be named of it, and who asks for it."""

    slug: str
    token: str
    assets: tuple[Asset, ...]
    film: str
    character: str


async def tenant(shelf: Shelf, number: int) -> Tenant:
    """A workspace with a film, a character and assets of all types, some of them takes of one slot."""
    secret = SECRETS[number]
    async with shelf.catalog.session() as db:
        workspace = await films.workspace(db, f"workspace-{number}")
        film = await films.upsert(
            db, workspace_id=workspace.id, slug=f"film-{number}", title=f"The {secret}", settings={}, series=secret
        )
        who = await characters.get_or_create(db, workspace_id=workspace.id, kind="character", name=f"{secret} Mara")
    given: dict[str, Any] = {"workspace": workspace, "film_id": film.id, "prompt": f"a {secret} door", "tags": [secret]}
    script = await shelf.asset(
        f"{secret} page", type="script", kind="script", data=f"INT. {secret} - DAY\n\nA door.\n".encode(),
        extension="fountain", **given,
    )  # fmt: skip
    srt = f"1\n00:00:01,000 --> 00:00:02,000\n{secret}\n".encode()
    assets = [
        script,
        await shelf.asset(f"{secret} srt", type="text", kind="subtitle", data=srt, extension="srt", **given),
        *[
            await shelf.asset(
                f"{secret} {n}", type="image", kind="frame", data=picture(f"#{number}0{n}0{n}0"), extension="png",
                character_ids=[who.character.id], source_asset_ids=[(script.id, "script")], **given,
            )
            for n in range(6)
        ],
    ]  # fmt: skip
    async with shelf.catalog.session() as db:
        slot = await takes.ensure_slot(db, workspace_id=workspace.id, film_id=film.id, name=f"f:{secret}", kind="frame")
        for asset in assets[2:5]:
            await takes.add(db, slot=slot, asset_id=asset.id, basis={}, basis_version=1, select_by="a test")
    token = await shelf.token(f"{secret} member", "producer", workspace=workspace)
    return Tenant(workspace.slug, token, tuple(assets), film.slug, str(who.character.id))


@pytest.mark.slow
async def test_whatever_is_asked_nobody_sees_a_row_of_the_other(outside: Shelf, request: pytest.FixtureRequest) -> None:
    operations: int = request.config.getoption("--operations")
    tenants = [await tenant(outside, number) for number in range(2)]
    answers, leaks = Counter[int](), list[str]()

    async def ask(number: int) -> None:
        chance = Random(number)
        own, other = tenants if number % 2 else tenants[::-1]
        headers = {"authorization": f"Bearer {own.token}", "accept": chance.choice(["text/html", "*/*"])}
        async with outside.reader(**headers) as reader:
            for _ in range(operations // AT_ONCE):
                if chance.random() < WRITES:
                    address, answer = await written(reader, chance, own, chance.choice([own, other]))
                else:
                    address = asked(chance, chance.choice([own, other]))
                    answer = await reader.get(address)
                answers[answer.status_code] += 1
                if secret_of(other, tenants).encode() in answer.content or answer.status_code >= 500:
                    leaks.append(f"{own.slug} asked {address}: {answer.status_code}")

    async with asyncio.TaskGroup() as group:
        for number in range(AT_ONCE):
            group.create_task(ask(number))

    assert leaks == []
    assert answers.total() == operations
    assert answers[200] > operations / 3
    assert answers[404] > operations / 20
    async with outside.catalog.session() as db:
        connection = await db.connection()
        done = [(row.slug, row.who) for row in await connection.exec_driver_sql(DONE)]
        tags = [(row.slug, row.tag) for row in await connection.exec_driver_sql(TAGGED)]
    members = {tenant.slug: f"{secret_of(tenant, tenants)} member" for tenant in tenants}
    assert {who for _, who in done} >= set(members.values()), "each has changed something"
    assert [(whose, who) for whose, who in done if who in members.values() and who != members[whose]] == []
    assert [(whose, tag) for whose, tag in tags if tag.startswith("by ") and tag != f"by {whose}"] == []


async def written(reader: httpx.AsyncClient, chance: Random, own: Tenant, of: Tenant) -> tuple[str, httpx.Response]:
    """The answer to a change of what is a tenant's, or of one's own film by what is, and what was asked."""
    film, ids = chance.choice([own, of]).film, [str(chance.choice(of.assets).id)]
    asks: list[tuple[str, str, Mapping[str, Any]]] = [
        ("POST", "/api/v1/assets:tag", {"ids": ids, "tag": f"by {own.slug}"}),
        ("POST", f"/api/v1/assets:{chance.choice(['favorite', 'delete', 'restore'])}", {"ids": ids}),
        ("POST", f"/api/v1/assets:{chance.choice(['use', 'leave'])}", {"ids": ids, "film": film}),
        ("POST", "/api/v1/assets:purge", {"ids": ids, "reason": f"by {own.slug}"}),
        ("POST", f"/api/v1/films/{film}/bin", {"ids": ids, "fork": chance.random() < 0.5}),
        ("POST", f"/api/v1/films/{film}/bin/leave", {"ids": ids}),
        ("PUT", f"/api/v1/films/{film}/pins/music", {"asset": ids[0]}),
        ("POST", f"/api/v1/films/{film}/requests", {}),
        ("PUT", "/api/v1/budgets", {"film": film, "limit_usd": "1"}),
        ("PUT", "/api/v1/budgets", {"limit_usd": "5"}),
    ]
    method, path, body = chance.choice(asks)
    answer = await reader.request(method, path, json=body, headers={"idempotency-key": str(new_id())})
    return f"{method} {path} {body}", answer


def secret_of(which: Tenant, tenants: list[Tenant]) -> str:
    return SECRETS[tenants.index(which)]


def asked(chance: Random, of: Tenant) -> str:
    """An address that names things of a tenant: a list, a figure, or one of its assets in any way."""
    asset = chance.choice(of.assets)
    pieces = (*(f"/assets/{asset.id}{part}" for part in PARTS), f"/api/v1/assets/{asset.id}")
    path = chance.choice([*LISTS, *pieces, *(f"/films/{of.film}{part}" for part in BOARDS)])
    if path not in LISTS:
        return path
    made = [name for name in FIELDS if chance.random() < 0.15]
    return f"{path}?{urlencode({name: FIELDS[name](chance, of) for name in made}, doseq=True)}"


LISTS = (
    "/library",
    "/library/block",
    "/library/filters",
    "/library.csv",
    "/costs",
    "/attempts",
    "/costs.csv",
    "/api/v1/assets",
    "/api/v1/assets/count",
    "/api/v1/assets/filters",
    "/api/v1/costs",
    "/films",
    "/api/v1/films",
    "/budgets",
    "/api/v1/budgets",
)
BOARDS = ("", "/progress", "/staleness", "/making", "/whatif")
PARTS = ("", "/lineage", "/subtitles.vtt", "/media/thumb", "/media/preview", "/media/original")
FIELDS: Mapping[str, Callable[[Random, Tenant], Any]] = {
    "workspace": lambda _, of: of.slug,
    "q": lambda chance, _: chance.choice(["door", "a", "mara", "page"]),
    "film": lambda _, of: of.film,
    "character": lambda _, of: of.character,
    "about": lambda _, of: of.character,
    "at": lambda chance, of: chance.choice(of.assets).id,
    "after": lambda chance, of: cursor(Place(id=chance.choice([chance.choice(of.assets).id, new_id()]))),
    "sort": lambda chance, _: chance.choice(SORTS),
    "state": lambda chance, _: chance.sample([*STATES, *STANDINGS], 3),
    "type": lambda chance, _: chance.choice(["image", "script", "text"]),
    "by": lambda chance, _: chance.choice(get_args(Dimension)),
    "limit": lambda chance, _: chance.randint(1, 200),
}
