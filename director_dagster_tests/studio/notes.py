"""A step of notes: pieces of plain words at a provider on the test bench, for two films."""

from collections.abc import Mapping

from director_dagster.catalog import budgets
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.piece import Piece
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.report import Outcome, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench

FILM = FilmKey(workspace="home", film="a-fox")
OTHER = FilmKey(workspace="home", film="another")
SETTINGS = FilmSettings(crew={"script": "bench"})


def piece(slot: str, words: str) -> Piece:
    ask = Ask(medium=Medium.SCRIPT, operation="text", prompt=words, params={})
    return Piece(slot=slot, type="text", kind="other", name=slot, field="picture", ask=ask)


async def make(studio: Studio, *pieces: Piece, film: FilmKey = FILM, wanted: Mapping[str, int] | None = None) -> Report:
    async with begin(studio, film, "notes", wanted=wanted) as step:
        return await step.make(pieces)


def outcomes(report: Report) -> list[Outcome]:
    return [made.outcome for made in report.pieces]


async def funded(studio: Studio, bench: Bench) -> Production:
    """The film, with a budget, at a provider that takes money."""
    bench.price_microusd = 1_000
    film = await open_production(studio.catalog, FILM)
    async with studio.catalog.session() as db:
        for of in (None, film.film_id):
            await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=of, limit_microusd=1_000_000)
    return film
