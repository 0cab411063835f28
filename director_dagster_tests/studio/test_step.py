"""A step keeps, uses or makes its pieces; what fails strands nothing of its siblings."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select

from director_dagster.catalog.queries import characters, films
from director_dagster.catalog.tables import Take
from director_dagster.errors import BadInput, PromptRejected
from director_dagster.story.film import FilmKey
from director_dagster.studio import progress
from director_dagster.studio.choice import select as select_take
from director_dagster.studio.piece import Given
from director_dagster.studio.production import open_production
from director_dagster.studio.progress import News
from director_dagster.studio.report import Outcome, PiecesFailed
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench
from director_dagster_tests.studio.notes import FILM, OTHER, make, outcomes, piece


async def test_who_comes_second_to_a_step_says_that_it_waits(
    opened: tuple[Studio, Bench], caplog: pytest.LogCaptureFixture
) -> None:
    studio, _ = opened
    caplog.set_level("INFO")

    async with begin(studio, FILM, "notes"):
        assert "waits" not in caplog.text
        second = asyncio.create_task(make(studio, piece("one", "a hill")))
        while "home/a-fox: notes waits for another run that is at it" not in caplog.text:
            await asyncio.sleep(0.01)
        assert not second.done()

    assert outcomes(await second) == [Outcome.GENERATED]


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
    assert failed.value.report.failures[0].reason == "too dark; nothing was charged; reword it in the screenplay"
    assert failed.value.report.cost_usd is None, "what a refusal cost is not known"
    assert outcomes(again) == [Outcome.KEPT, Outcome.GENERATED, Outcome.KEPT]


async def test_takes_that_were_bought_before_one_was_refused_are_told_with_what_they_cost(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    await make(studio, piece("one", "a hill"))
    submissions = iter([None, PromptRejected("too dark")])

    def refuse_the_second() -> None:
        error = next(submissions, None)
        if error is not None:
            raise error

    bench.on_submit = refuse_the_second
    with pytest.raises(PiecesFailed, match="too dark") as failed:
        await make(studio, piece("one", "a hill"), wanted={"one": 3})

    made = failed.value.report.pieces
    assert [each.outcome for each in made] == [Outcome.KEPT, Outcome.GENERATED, Outcome.FAILED]
    assert made[1].paid_microusd == bench.price_microusd
    assert made[1].asset_id != made[0].asset_id
    again = await make(studio, piece("one", "a hill"), wanted={"one": 3})
    assert sorted(outcomes(again)) == [Outcome.GENERATED, Outcome.KEPT], "the take that was bought counts"


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


async def test_who_watches_is_told_of_every_piece_once_in_batches(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "WATCH_PIECES", 2)
    studio, _ = opened
    news: list[News] = []
    pieces = [piece(f"shot:sh0{number}0", f"hill {number}") for number in range(1, 6)]

    async with begin(studio, FILM, "notes", watch=news.append) as step:
        await step.make(pieces)

    assert [(len(each.pieces), each.done, each.total) for each in news] == [(2, 2, 5), (2, 4, 5)]
    assert len({made.slot for each in news for made in each.pieces}) == 4


async def test_what_somebody_has_chosen_for_a_film_goes_before_the_look_of_all_films(
    opened: tuple[Studio, Bench],
) -> None:
    studio, _ = opened
    await make(studio, piece("one", "a hill"))
    await make(studio, piece("other", "a well"))
    async with begin(studio, FILM, "notes") as step:
        there = await step.takes()
    well = there["other"]
    given = Given(asset=well.asset, blob=well.blob, basis={"picture": well.asset.digest or ""})
    brought = replace(piece("one", "a hill"), given=given)

    first = await make(studio, brought)
    await select_take(studio, await open_production(studio.catalog, FILM), "one", 1, who="ann")
    second = await make(studio, brought)
    pinned = await make(studio, replace(brought, given=replace(given, pinned=True)))

    used = [report.pieces[0].asset_id for report in (first, second, pinned)]
    assert used == [well.asset.id, there["one"].asset.id, well.asset.id]
    assert outcomes(second) == [Outcome.KEPT]
