"""A script that cannot be filmed is written once more, its writer told why, and then no more."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from director_dagster.catalog import budgets
from director_dagster.catalog.tables import Asset, Film, Shot
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Output, Request
from director_dagster.story.brief import of_idea
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.estimate import estimate
from director_dagster.studio.report import Outcome, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster.studio.write import write
from director_dagster_tests.studio.bench import Bench, open_bench

FILM = FilmKey(workspace="home", film="a-fox")
NO_SCENE = "Title: The Fox\n"
SCREENPLAY = "INT. DEN - NIGHT\n\nFOX (5, red fur) looks at a key.\n"


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    studio, bench = open_bench(database_url, tmp_path / "home")
    await commission(studio, FILM, of_idea("a fox finds a key"), FilmSettings(crew={"script": "bench"}))
    yield studio, bench
    await studio.aclose()


def writes(bench: Bench, monkeypatch: pytest.MonkeyPatch, *texts: str) -> list[str]:
    """Let the bench write these, one after the other; what it was asked for."""
    asked, left = [], iter(texts)

    async def fetch(request: Request, job_id: str, into: Path) -> Output:
        asked.append(request.prompt)
        into.write_text(next(left))
        return Output(media_type="text/plain", details={})

    monkeypatch.setattr(bench, "fetch", fetch)
    return asked


async def script(studio: Studio) -> Report:
    async with begin(studio, FILM, "script") as step:
        return await write(step)


async def test_it_is_written_once_more_with_what_is_wrong_with_it(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    asked = writes(bench, monkeypatch, NO_SCENE, SCREENPLAY)

    first = await script(studio)
    again = await script(studio)

    assert [made.outcome for made in first.pieces] == [Outcome.GENERATED] * 2
    assert [made.outcome for made in again.pieces] == [Outcome.KEPT]
    assert again.pieces[0].asset_id == first.pieces[1].asset_id
    assert len(asked) == 2
    assert "there is no scene in the screenplay" in asked[1]
    async with studio.catalog.session() as db:
        assert len((await db.scalars(select(Shot))).all()) >= 1


async def test_a_film_of_an_idea_is_called_as_its_script_is_and_that_is_no_edit(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    writes(bench, monkeypatch, f"Title: The Key\n\n{SCREENPLAY}")
    told = list[tuple[object, ...]]()

    for _ in range(2):
        await commission(studio, FILM, of_idea("a fox finds a key"), FilmSettings(crew={"script": "bench"}))
        async with studio.catalog.session() as db:
            told += [tuple(row) for row in await db.execute(select(Film.title, Film.edited_at))]
        await script(studio)
    await commission(
        studio, FILM, of_idea("a fox finds a key"), FilmSettings(crew={"script": "bench"}, title="Red Fur")
    )
    await script(studio)

    async with studio.catalog.session() as db:
        said = (await db.scalars(select(Film.title))).one()
    assert [title for title, _ in told] == ["a fox finds a key", "The Key"]
    assert told[0][1] == told[1][1]
    assert said == "Red Fur"


@pytest.mark.parametrize(
    "words", ["Title: Notes\n\nA fox, you say. One could film that.\n", "FOX\nI cannot help with that.\n"]
)
async def test_what_has_no_heading_is_no_screenplay_of_a_writer(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch, words: str
) -> None:
    studio, bench = opened
    asked = writes(bench, monkeypatch, words, words + words)

    with pytest.raises(BadInput, match="there is no scene"):
        await script(studio)

    assert "there is no scene" in asked[1]
    async with studio.catalog.session() as db:
        assert not (await db.scalars(select(Shot))).all()


async def test_a_second_failure_is_the_last_and_both_are_kept(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    asked = writes(bench, monkeypatch, NO_SCENE, f"{NO_SCENE}Author: The Fox\n")

    for _ in range(2):
        with pytest.raises(BadInput, match="there is no scene"):
            await script(studio)

    assert len(asked) == 2
    async with studio.catalog.session() as db:
        scripts = (await db.scalars(select(Asset).where(Asset.type == "script", Asset.provider == "bench"))).all()
    assert len(scripts) == 2


async def test_what_cannot_be_filmed_is_written_once_more_when_it_is_wanted(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    asked = writes(bench, monkeypatch, NO_SCENE, f"{NO_SCENE}Author: The Fox\n", SCREENPLAY)
    with pytest.raises(BadInput, match="--takes script:script=3` has it written once more"):
        await script(studio)
    with pytest.raises(BadInput, match="--takes script:script=3"):
        await estimate(studio, FILM)

    wanted = {"script": {"script": 3}}
    [told] = await estimate(studio, FILM, wanted=wanted)
    async with begin(studio, FILM, "script", wanted=wanted["script"]) as step:
        written = await write(step)

    outcomes = [Outcome.KEPT, Outcome.GENERATED]
    assert [made.outcome for made in told.pieces] == [made.outcome for made in written.pieces] == outcomes
    assert len(asked) == 3
    assert [made.outcome for made in (await script(studio)).pieces] == [Outcome.KEPT]


async def test_what_is_agreed_to_has_room_for_its_one_repair(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    bench.price_microusd = 1000
    async with studio.catalog.session() as db:
        film = (await db.scalars(select(Film))).one()
        for of in (None, film.id):
            await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=of, limit_microusd=10_000)
    [told] = (await estimate(studio, FILM))[0].pieces
    writes(bench, monkeypatch, NO_SCENE, SCREENPLAY)

    written = await script(replace(studio, max_usd=(told.paid_microusd or 0) / 1_000_000))

    assert (told.low_microusd, told.paid_microusd) == (1000, 2000)
    assert [made.outcome for made in written.pieces] == [Outcome.GENERATED] * 2
