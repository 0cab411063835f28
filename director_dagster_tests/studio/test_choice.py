"""A person chooses which take is in the film, and whatever is made after it leaves that alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from director_dagster.catalog.queries import events
from director_dagster.catalog.queries.takes import SELECTED
from director_dagster.errors import BadInput
from director_dagster.story.brief import of_idea
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.choice import select, takes_of
from director_dagster.studio.commission import commission
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import open_bench
from director_dagster_tests.studio.notes import piece

FILM = FilmKey(workspace="home", film="a-fox")
NOTE = piece("note:sh010", "a hill")


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Production]]:
    """A film with two takes of a piece, the second one selected."""
    studio, _ = open_bench(database_url, tmp_path / "home")
    await commission(studio, FILM, of_idea("a fox finds a key"), FilmSettings(crew={"script": "bench"}))
    async with begin(studio, FILM, "notes", wanted={"sh010": 2}) as step:
        await step.make([NOTE])
    yield studio, await open_production(studio.catalog, FILM)
    await studio.aclose()


async def chosen(studio: Studio, film: Production) -> list[tuple[int, str | None]]:
    return [(each.take.number, each.take.selected_by) for each in await takes_of(studio, film, "sh010")]


async def test_it_is_written_down_who_chose_what_and_more_takes_change_nothing(
    opened: tuple[Studio, Production],
) -> None:
    studio, film = opened

    await select(studio, film, "sh010", 1, who="sam")
    await select(studio, film, "note:sh010", 1, who="sam")
    async with begin(studio, FILM, "notes", wanted={"note:sh010": 3}) as step:
        report = await step.make([NOTE])

    assert await chosen(studio, film) == [(1, "sam"), (2, None), (3, None)]
    [first, *_] = await takes_of(studio, film, "sh010")
    assert report.pieces[-1].asset_id == first.asset.id, "the last piece told of is the selected take"
    async with studio.catalog.session() as db:
        told = await events.about(db, film.workspace_id, str(first.slot.id), what=SELECTED)
    assert [(each.who, each.details["take"], each.details["before"]) for each in told] == [
        ("studio", 1, None),
        ("studio", 2, 1),
        ("sam", 1, 2),
    ]


async def test_run_config_chooses_too(opened: tuple[Studio, Production]) -> None:
    studio, film = opened
    for _ in range(2):
        async with begin(studio, FILM, "notes", choices={"sh010": 1}) as step:
            await step.make([NOTE])

    assert await chosen(studio, film) == [(1, "run config"), (2, None)]


@pytest.mark.parametrize(
    ("wanted", "number", "told"),
    [
        ("sh020", 1, "home/a-fox has no piece 'sh020'; it has note:sh010"),
        ("sh010", 9, "home/a-fox: sh010 has no take 9; it has 1, 2"),
    ],
)
async def test_what_is_not_there_cannot_be_chosen(
    opened: tuple[Studio, Production], wanted: str, number: int, told: str
) -> None:
    studio, film = opened

    with pytest.raises(BadInput, match=told):
        await select(studio, film, wanted, number, who="sam")


async def test_two_pieces_of_one_end_must_be_told_apart(opened: tuple[Studio, Production]) -> None:
    studio, film = opened
    async with begin(studio, FILM, "notes") as step:
        await step.make([piece("other:sh010", "a lake")])

    with pytest.raises(BadInput, match="sh010 is note:sh010 and other:sh010: say which"):
        await takes_of(studio, film, "sh010")
