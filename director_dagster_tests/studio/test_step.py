"""A step keeps, uses or makes its pieces; what fails strands nothing of its siblings."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from director_dagster.catalog.queries import characters, films
from director_dagster.catalog.tables import Take
from director_dagster.errors import BadInput, PromptRejected
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story.brief import of_idea
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio.commission import commission
from director_dagster.studio.piece import Piece
from director_dagster.studio.report import Outcome, PiecesFailed, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench, open_bench

FILM = FilmKey(workspace="home", film="a-fox")
OTHER = FilmKey(workspace="home", film="another")
SETTINGS = FilmSettings(crew={"script": "bench"})


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    studio, bench = open_bench(database_url, tmp_path / "home")
    for key in (FILM, OTHER):
        await commission(studio, key, of_idea(f"{key.film} finds a key"), SETTINGS)
    yield studio, bench
    await studio.aclose()


def piece(slot: str, words: str) -> Piece:
    ask = Ask(medium=Medium.SCRIPT, operation="text", prompt=words, params={})
    return Piece(slot=slot, type="text", kind="other", name=slot, field="picture", ask=ask)


async def make(studio: Studio, *pieces: Piece, film: FilmKey = FILM) -> Report:
    async with begin(studio, film, "notes") as step:
        return await step.make(pieces)


def outcomes(report: Report) -> list[Outcome]:
    return [made.outcome for made in report.pieces]


async def test_what_is_there_and_current_is_kept(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    first = await make(studio, piece("one", "a hill"), piece("two", "a well"))

    second = await make(studio, piece("one", "a hill"), piece("two", "a well"))

    assert outcomes(first) == [Outcome.GENERATED] * 2
    assert outcomes(second) == [Outcome.KEPT] * 2
    assert first.version == second.version
    assert len(bench.charged) == 2


async def test_what_has_changed_is_made_anew_and_the_old_take_stays(opened: tuple[Studio, Bench]) -> None:
    studio, _ = opened
    await make(studio, piece("one", "a hill"))

    changed = await make(studio, piece("one", "a hill in snow"))

    assert outcomes(changed) == [Outcome.GENERATED]
    async with studio.catalog.session() as db:
        takes = (await db.scalars(select(Take).order_by(Take.number))).all()
    assert [(take.number, take.selected_at is not None) for take in takes] == [(1, False), (2, True)]


async def test_two_pieces_that_ask_for_the_same_are_one_purchase(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened

    report = await make(studio, piece("one", "a hill"), piece("two", "a hill"))

    assert sorted(outcomes(report)) == [Outcome.GENERATED, Outcome.REUSED]
    assert len(bench.charged) == 1


async def test_a_refused_piece_strands_none_and_is_alone_made_next_time(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    submissions = iter([None, PromptRejected("too dark"), None])

    def refuse_the_second() -> None:
        error = next(submissions, None)
        if error is not None:
            raise error

    bench.on_submit = refuse_the_second
    pieces = [piece(name, f"words of {name}") for name in ("one", "two", "three")]
    with pytest.raises(PiecesFailed, match=r"notes: 1 of 3 failed \(two\): too dark") as failed:
        await make(studio, *pieces)

    again = await make(studio, *pieces)

    assert outcomes(failed.value.report) == [Outcome.GENERATED, Outcome.FAILED, Outcome.GENERATED]
    assert failed.value.report.failures[0].reason == "too dark"
    assert failed.value.report.cost_usd is None, "what a refusal cost is not known"
    assert outcomes(again) == [Outcome.KEPT, Outcome.GENERATED, Outcome.KEPT]


async def test_bytes_that_are_gone_are_not_kept_but_made_again(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    first = await make(studio, piece("one", "a hill"))
    studio.vault.locate(first.pieces[0].digest or "").unlink()

    second = await make(studio, piece("one", "a hill"))

    assert outcomes(second) == [Outcome.REUSED]
    assert second.version == first.version
    assert len(bench.charged) == 1
    assert await studio.vault.has(first.pieces[0].digest or "", len("a hill"))


async def test_what_another_film_has_settled_for_a_character_is_used_as_it_is(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    async with studio.catalog.session() as db:
        workspace = await films.workspace(db, "home")
        mara = await characters.get_or_create(db, workspace_id=workspace.id, kind="character", name="MARA")
    look = replace(piece("look:mara", "a red scarf"), character_id=mara.character.id)
    await make(studio, look)

    other = replace(piece("look:mara", "a blue coat"), character_id=mara.character.id)
    used = await make(studio, other, film=OTHER)
    kept = await make(studio, other, film=OTHER)

    assert (outcomes(used), outcomes(kept)) == ([Outcome.REUSED], [Outcome.KEPT])
    assert len(bench.charged) == 1


async def test_a_film_without_a_row_is_refused_in_a_line_that_says_what_to_do(opened: tuple[Studio, Bench]) -> None:
    studio, _ = opened

    with pytest.raises(BadInput, match="director film add SCREENPLAY --workspace home --film nobody") as refused:
        await make(studio, film=FilmKey(workspace="home", film="nobody"))

    assert "\n" not in str(refused.value)
