"""G7, G8 and G9: pages of the library, cost questions and lineages, with few assets and with a hundred times more."""

import asyncio
import atexit
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import httpx
import psycopg
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks import catalogs, mlflow_peer
from benchmarks.harness import Figure, Goal, in_turn
from director_dagster.catalog.chain import Actor
from director_dagster.catalog.queries import amounts, films, groups, library, outlook, spending
from director_dagster.catalog.queries.library import Place
from director_dagster.catalog.queries.parts import PARTS, Dimension
from director_dagster.catalog.queries.spending import Group
from director_dagster.catalog.queries.wanted import Wanted
from director_dagster.catalog.session import Catalog, open_catalog
from director_dagster.cli import supervisor
from director_dagster.library.access import Door
from director_dagster.library.address import cursor
from director_dagster.library.app import create_app
from director_dagster.library.renditions import Renditions
from director_dagster.library.rooms import Library
from director_dagster.postgres import server as postgres
from director_dagster.settings import Env
from director_dagster.studio.studio import open_studio

FEW, SOME, MANY = SIZES = (10_000, 100_000, 1_000_000)
PAIRS, REQUESTS = 9, 8
"""Pairs of so many requests each: one alone takes a few milliseconds, and the machine's moods more."""

START_S = 60
TAG, WORD = catalogs.tag(1), catalogs.word(1)
"""The most frequent of all: one is on a sixth of the assets, the other in half of the prompts."""

RARE_TAGS = [catalogs.tag(rank) for rank in range(catalogs.TAGS - 1, 0, -1)]
RARE_WORDS = [catalogs.word(rank) for rank in range(9_000, 0, -100)]
"""The rarest first. Of each catalog that one is taken which fills a page: a page of ten cards is no measure for one of
sixty."""

DEEP = """
WITH RECURSIVE up (asset_id, id, depth) AS (
    SELECT id, id, 0
    FROM (SELECT id FROM assets WHERE workspace_id = %(own)s ORDER BY id LIMIT 200 OFFSET %(skip)s) AS halfway
    UNION
    SELECT up.asset_id, source_id, depth + 1 FROM up JOIN asset_sources AS s
        ON s.workspace_id = %(own)s AND s.asset_id = up.id WHERE depth < 11
)
SELECT asset_id FROM up GROUP BY asset_id ORDER BY abs(max(depth) - 10), asset_id LIMIT 1
"""
"""An asset from the middle of all that has ancestors ten deep."""

Transaction = list[tuple[str, Any]]
Ask = Callable[[AsyncSession, UUID], Awaitable[object]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Studio:
    """A catalog of so many assets, and the library that serves it.

    Attributes:
        folder: What this benchmark keeps of its own.
        url: Of the database.
        port: Of the library.
        loop: In which the catalog is asked directly, as the library asks it: within one workspace.
        middle, deep: Ids of assets: one half way down the list, one made from others ten deep.
        rare_tag, rare_word: What few assets have, yet more than a page.
    """

    folder: Path
    url: str
    port: int
    loop: asyncio.Runner
    catalog: Catalog
    middle: UUID
    deep: UUID
    rare_tag: str
    rare_word: str

    @property
    def own(self) -> UUID:
        """The workspace that has half of all assets."""
        assert self.catalog.workspace_id is not None
        return self.catalog.workspace_id

    def get(self, address: str, times: int = REQUESTS) -> None:
        """Ask for a page, some times, by a client that takes little time of its own."""
        with closing(HTTPConnection("127.0.0.1", self.port)) as server:
            for _ in range(times):
                server.request("GET", address)
                answer = server.getresponse()
                answer.read()
                assert answer.status == HTTPStatus.OK, address

    def ask(self, question: Ask) -> object:
        """What the catalog says."""

        async def asked() -> object:
            async with self.catalog.session() as db:
                return await question(db, self.own)

        return self.loop.run(asked())

    def asks(self, question: Ask, times: int = REQUESTS) -> None:
        """Ask the catalog, some times."""
        for _ in range(times):
            self.ask(question)


def measure_g7() -> Iterator[Figure]:
    """Pages of the grid: the first, one in the middle, those of frequent and of rare tags and words."""
    few, some, many = studios()
    for name, page in PAGES.items():
        for size, studio in ((MANY, many), (SOME, some)):
            pairs = in_turn(
                partial(studio.get, _address(studio, page)), partial(few.get, _address(few, page)), pairs=PAIRS
            )
            yield pairs.ratio(f"{name}, {size:,} / {FEW:,}", Goal(limit=1.3) if size == MANY else None)
        address = _address(many, page)
        all_of_it = _asked(many, address)
        pairs = in_turn(partial(many.get, address), partial(_alone, many, all_of_it), pairs=PAIRS)
        yield pairs.ratio(f"  {name}, {MANY:,}: page / all that it asks of Postgres", Goal(limit=5))
        pairs = in_turn(partial(many.get, address), partial(_alone, many, [_of_assets(all_of_it)]), pairs=PAIRS)
        yield pairs.ratio(f"  {name}, {MANY:,}: page / its question for assets", None)


def measure_g8() -> Iterator[Figure]:
    """Questions about costs: flat, a hundred times as fast as GROUP BY over the pieces, and equal to that."""
    few, some, many = studios()
    for name, question in QUESTIONS.items():
        for size, studio in ((MANY, many), (SOME, some)):
            pairs = in_turn(partial(studio.asks, question), partial(few.asks, question), pairs=PAIRS)
            yield pairs.ratio(f"{name}, {size:,} / {FEW:,}", Goal(limit=1.3) if size == MANY else None)
    for dimension in ("type", "character"):
        summed, plain = QUESTIONS[f"by {dimension}"], partial(_plain, dimension)
        assert many.ask(summed) == many.ask(plain), f"by {dimension} is not what GROUP BY says"
        pairs = in_turn(partial(many.asks, plain), partial(many.asks, summed))
        yield pairs.ratio(f"by {dimension}, {MANY:,}: GROUP BY / sums", Goal(limit=100, at_least=True))


def measure_g9() -> Iterator[Figure]:
    """The picture of a lineage ten deep."""
    few, some, many = studios()
    for size, studio in ((MANY, many), (SOME, some)):
        pairs = in_turn(
            partial(studio.get, f"/assets/{studio.deep}/lineage"), partial(few.get, f"/assets/{few.deep}/lineage"),
            pairs=PAIRS,
        )  # fmt: skip
        yield pairs.ratio(f"lineage ten deep, {size:,} / {FEW:,}", Goal(limit=1.5) if size == MANY else None)
    with tempfile.TemporaryDirectory() as folder, mlflow_peer.tracking(Path(folder), runs=SOME) as mlflow:
        page = partial(some.get, f"/assets/{some.deep}/lineage", 1)
        what = f"of {SOME:,}, ten deep: MLflow / the page"
        yield in_turn(mlflow.both_ways, page).ratio(f"both ways, {what}", Goal(limit=40, at_least=True))
        yield in_turn(mlflow.ancestors, page).ratio(f"up alone, {what} of both ways", None)


PAGES: Mapping[str, Callable[[Studio], Mapping[str, str]]] = {
    "first page": lambda _: {},
    "page in the middle": lambda studio: {"after": cursor(Place(id=studio.middle))},
    "frequent tag": lambda _: {"tag": TAG},
    "rare tag": lambda studio: {"tag": studio.rare_tag},
    "frequent word": lambda _: {"q": WORD},
    "rare word": lambda studio: {"q": studio.rare_word},
}


def _address(studio: Studio, page: Callable[[Studio], Mapping[str, str]]) -> str:
    return "/library/block?" + urlencode({"workspace": "home", **page(studio)})


def _asked(studio: Studio, address: str) -> list[Transaction]:
    """What a request asks of Postgres: who asks, then as them and in their workspace what the page is of."""
    asked: list[Transaction] = []

    def begun(_: object) -> None:
        asked.append([])

    def sent(_: object, __: object, statement: str, values: Any, *___: object) -> None:  # noqa: ANN401 (any values)
        asked[-1].append((statement, values))

    async def request() -> None:
        here, home = "http://127.0.0.1", studio.folder / "home"
        own = open_studio(database_url=studio.url, home=home)
        engine = own.catalog.engine.sync_engine
        event.listen(engine, "begin", begun)
        event.listen(engine, "before_cursor_execute", sent)
        app = create_app(
            Library(
                catalog=own.catalog,
                vault=own.vault,
                studio=own,
                renditions=Renditions(home / "renditions", own.workers),
                door=Door(origins=frozenset({here}), owner="bench"),
            )
        )
        async with own.catalog, httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=here) as client:
            assert (await client.get(address)).status_code == 200, address
        own.workers.close()

    studio.loop.run(request())
    return asked


def _of_assets(asked: Sequence[Transaction]) -> Transaction:
    """What names the workspace, and the question itself."""
    kept = ("set_config", "FROM assets")
    return [(sent, values) for each in asked for sent, values in each if any(part in sent for part in kept)]


def _alone(studio: Studio, asked: Sequence[Transaction]) -> None:
    """Ask Postgres the same, with as little as there can be in between."""
    connection = _connection(studio)
    for _ in range(REQUESTS):
        for each in asked:
            with connection.transaction():
                for statement, values in each:
                    connection.execute(statement, values).fetchall()


@cache
def _connection(studio: Studio) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(studio.url, autocommit=True)


def _by(dimension: Dimension, days: Mapping[str, Any], db: AsyncSession, own: UUID) -> Awaitable[list[Group]]:
    return spending.by(db, own, dimension, limit=50, **days)


async def _plain(dimension: Dimension, db: AsyncSession, own: UUID) -> list[Group]:
    part = PARTS[dimension]
    found = await groups.of(db, part, groups.grouped(part, amounts.counted(part, own, None, None, None)))
    return groups.limited(found, 50, in_time=False)


TODAY = datetime.now(UTC).date()
OF_LATE: Mapping[str, Any] = {"since": TODAY - timedelta(days=89), "until": TODAY}
QUESTIONS: Mapping[str, Ask] = {
    **{f"by {by}": partial(_by, by, {}) for by in ("type", "character", "film", "provider", "month")},
    **{f"by {by}, 90 days": partial(_by, by, OF_LATE) for by in ("type", "character", "film")},
    "days by type, 90 days": lambda db, own: spending.by_day_and(db, own, "type", **OF_LATE),
    "forecast": lambda db, own: outlook.forecast(db, own, today=TODAY),
}


@cache
def studios() -> tuple[Studio, ...]:
    """One of each size, until the program ends."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    server = postgres.ensure(folder / "postgres", durable=False)
    stack.callback(postgres.stop, folder / "postgres")
    return tuple(_studio(stack, folder, catalogs.database(server, size)) for size in SIZES)


def _studio(stack: ExitStack, folder: Path, url: str) -> Studio:
    loop = stack.enter_context(asyncio.Runner())
    catalog = open_catalog(url)
    stack.callback(lambda: loop.run(catalog.aclose()))

    async def home() -> UUID:
        async with catalog.session() as db:
            found = await films.find_workspace(db, "home")
        assert found is not None
        return found.id

    async def rarest(wants: Sequence[Wanted]) -> Wanted:
        async with within.session() as db:
            for want in wants:
                if (await library.page(db, own, want)).more:
                    return want
        raise AssertionError("nothing fills a page")

    own = loop.run(home())
    within = catalog.within(own, actor=Actor(who="bench"))
    with psycopg.connect(url) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM assets WHERE workspace_id = %s", [own]).fetchall()
        [(deep,)] = connection.execute(DEEP, {"own": own, "skip": count // 2}).fetchall()
    return Studio(
        folder=folder,
        url=url,
        port=_served(stack, folder, url),
        loop=loop,
        catalog=within,
        middle=deep,
        deep=deep,
        rare_tag=loop.run(rarest([Wanted(tags=[tag]) for tag in RARE_TAGS])).tags[0],
        rare_word=loop.run(rarest([Wanted(words=word) for word in RARE_WORDS])).words,
    )


def _served(stack: ExitStack, folder: Path, url: str) -> int:
    """The port of a library on that database, a process of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    command = [sys.executable, "-m", "director_dagster.library", "--port", str(port)]
    ours = {Env.HOME.value: str(folder / "home"), Env.DATABASE_URL.value: url}
    process = subprocess.Popen(command, env={**os.environ, **ours})  # noqa: TID251 (a child process needs the rest)
    stack.callback(process.wait)
    stack.callback(process.terminate)
    address, until = f"http://127.0.0.1:{port}", monotonic() + START_S
    while not supervisor.is_open(address):
        assert monotonic() < until, "the library does not start"
        sleep(0.2)
    return port
