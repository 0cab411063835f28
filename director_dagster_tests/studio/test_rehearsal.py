"""A step that is rehearsed tells what the step then does, piece by piece, in as many statements for one as for many."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import event, select

from director_dagster.catalog import budgets, ledger
from director_dagster.catalog.tables import Asset, Film
from director_dagster.errors import Unavailable
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story.brief import of_idea
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.finals import crewed
from director_dagster.studio.piece import Piece
from director_dagster.studio.rehearsal import Rehearsal, sheet_of
from director_dagster.studio.report import Outcome, PiecesFailed, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench, open_bench

FILM = FilmKey(workspace="home", film="a-fox")


@pytest.fixture
async def studio(database_url: str, tmp_path: Path) -> AsyncIterator[Studio]:
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.price_microusd = 0
    await commission(studio, FILM, of_idea("a fox finds a key"), FilmSettings(crew={"script": "bench"}))
    yield studio
    await studio.aclose()


def notes(**words: str) -> list[Piece]:
    return [
        Piece(
            slot=slot,
            type="text",
            kind="other",
            name=slot,
            field="picture",
            ask=Ask(medium=Medium.SCRIPT, operation="text", prompt=said, params={}),
        )
        for slot, said in words.items()
    ]


async def made(studio: Studio, pieces: Sequence[Piece], wanted: Mapping[str, int]) -> Report:
    async with begin(studio, FILM, "notes", wanted=wanted) as step:
        return await step.make(pieces)


async def rehearsed(studio: Studio, pieces: Sequence[Piece], wanted: Mapping[str, int]) -> Report:
    async with studio.catalog.rehearsal() as catalog:
        paper = replace(studio, catalog=catalog)
        film = await crewed(paper, FILM)
        sheet = await sheet_of(paper, film)
        step = Rehearsal(studio=paper, film=film, name="notes", started=monotonic(), wanted=wanted, sheet=sheet)
        return await step.make(pieces)


def told(report: Report) -> list[tuple[str, Outcome]]:
    return sorted((each.slot, each.outcome) for each in report.pieces)


@pytest.mark.parametrize(
    ("pieces", "wanted"),
    [
        (notes(one="a hill", two="a well"), {}),
        (notes(one="a hill", two="a hill", three="a well"), {}),
        (notes(old="a fox", one="a hill"), {}),
        (notes(old="a fox in snow", one="a fox"), {}),
        (notes(old="a fox", one="a hill"), {"old": 3}),
    ],
    ids=["new ones", "the same twice", "one that is there", "one that another place has", "more takes"],
)
async def test_it_tells_what_the_step_does(studio: Studio, pieces: Sequence[Piece], wanted: Mapping[str, int]) -> None:
    await made(studio, notes(old="a fox"), {})

    before = await rehearsed(studio, pieces, wanted)
    async with studio.catalog.session() as db:
        assert len((await db.scalars(select(Asset.id).where(Asset.provider == "bench"))).all()) == 1

    assert told(before) == told(await made(studio, pieces, wanted))


async def test_what_is_under_way_costs_nothing_more(studio: Studio) -> None:
    bench = studio.providers["bench"]
    assert isinstance(bench, Bench)
    bench.price_microusd = 1000
    async with studio.catalog.session() as db:
        film = (await db.scalars(select(Film))).one()
        for of in (None, film.id):
            await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=of, limit_microusd=5000)
    bench.on_poll = lambda: fail(Unavailable("the bench is asleep"))
    with pytest.raises(PiecesFailed):
        await made(replace(studio, max_usd=1.0), notes(one="a hill"), {})

    told = await rehearsed(studio, notes(one="a hill", two="a well"), {})

    assert [(each.paid_microusd, each.low_microusd) for each in told.pieces] == [(0, 0), (1000, 1000)]
    async with studio.catalog.session() as db:
        assert await ledger.held(db, film.workspace_id, film.id) == (1, 1000)


def fail(error: Exception) -> None:
    raise error


async def test_many_take_as_many_statements_as_few(studio: Studio) -> None:
    counted: list[int] = []
    for count in (2, 50):
        statements: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_: object, seen: list[str] = statements) -> None:
            seen.append(statement)

        event.listen(studio.catalog.engine.sync_engine, "before_cursor_execute", note)
        await rehearsed(studio, notes(**{f"note{number}": f"hill {number}" for number in range(count)}), {})
        event.remove(studio.catalog.engine.sync_engine, "before_cursor_execute", note)
        counted.append(len(statements))

    few, many = counted
    assert few == many
