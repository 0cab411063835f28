"""A step keeps, uses or makes its pieces; what fails strands nothing of its siblings."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import characters, films
from director_dagster.catalog.tables import Asset, Take
from director_dagster.errors import BadInput, PromptRejected
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story.brief import of_idea
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.studio import progress
from director_dagster.studio.choice import select as select_take
from director_dagster.studio.commission import commission
from director_dagster.studio.piece import Given, Piece
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.progress import News
from director_dagster.studio.report import Outcome, PiecesFailed, Report
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio
from director_dagster.studio.trash import delete, restore
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


def piece(slot: str, words: str) -> Piece:
    ask = Ask(medium=Medium.SCRIPT, operation="text", prompt=words, params={})
    return Piece(slot=slot, type="text", kind="other", name=slot, field="picture", ask=ask)


async def make(studio: Studio, *pieces: Piece, film: FilmKey = FILM, wanted: Mapping[str, int] | None = None) -> Report:
    async with begin(studio, film, "notes", wanted=wanted) as step:
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


async def test_takes_that_are_wanted_are_made_and_counted_whoever_asks_again(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    first = await make(studio, piece("shot:sh010", "a hill"), piece("shot:sh020", "a well"))

    three = await make(studio, piece("shot:sh010", "a hill"), piece("shot:sh020", "a well"), wanted={"sh010": 3})
    again = await make(studio, piece("shot:sh010", "a hill"), piece("shot:sh020", "a well"), wanted={"sh010": 3})

    assert outcomes(first) == [Outcome.GENERATED] * 2
    assert outcomes(three) == [Outcome.KEPT, Outcome.GENERATED, Outcome.GENERATED, Outcome.KEPT]
    assert outcomes(again) == [Outcome.KEPT, Outcome.KEPT]
    assert again.version == three.version, "the last take is in the slot"
    assert len(bench.charged) == 4
    async with studio.catalog.session() as db:
        found = (await db.scalars(select(Take).order_by(Take.number))).all()
    assert sorted((take.number, take.selected_at is not None) for take in found) == [
        (1, False),
        (1, True),
        (2, False),
        (3, True),
    ]


async def _funded(studio: Studio, bench: Bench) -> Production:
    """The film, with a budget, at a provider that takes money."""
    bench.price_microusd = 1_000
    film = await open_production(studio.catalog, FILM)
    async with studio.catalog.session() as db:
        for of in (None, film.film_id):
            await budgets.set_limit(db, workspace_id=film.workspace_id, film_id=of, limit_microusd=1_000_000)
    return film


async def test_what_the_page_asks_for_again_and_lies_in_the_trash_fails_alone_and_is_not_bought(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    film = await _funded(studio, bench)
    old = (await make(studio, piece("one", "a hill"))).pieces[0].asset_id
    await make(studio, piece("one", "a hill in snow"))
    assert old is not None
    await delete(studio, film.workspace_id, [old])
    charged = len(bench.charged)

    with pytest.raises(PiecesFailed, match=rf"lies in the trash since .* `director assets restore {old}`") as failed:
        await make(studio, piece("one", "a hill"), piece("two", "a well"))
    await restore(studio, film.workspace_id, [old])
    again = await make(studio, piece("one", "a hill"), piece("two", "a well"))

    assert outcomes(failed.value.report) == [Outcome.FAILED, Outcome.GENERATED]
    assert outcomes(again) == [Outcome.REUSED, Outcome.KEPT]
    assert len(bench.charged) == charged + 1


async def test_a_wish_for_so_many_takes_passes_over_those_in_the_trash(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    film = await _funded(studio, bench)
    three = await make(studio, piece("one", "a hill"), wanted={"one": 3})
    await select_take(studio, film, "one", 1, who="somebody")
    unwanted = three.pieces[-1].asset_id
    assert unwanted is not None
    await delete(studio, film.workspace_id, [unwanted])

    again = await make(studio, piece("one", "a hill"), wanted={"one": 3})

    assert sorted(outcomes(again)) == [Outcome.GENERATED, Outcome.KEPT]
    assert len(bench.charged) == 4
    assert unwanted not in {made.asset_id for made in again.pieces}


async def test_takes_of_what_the_film_has_not_are_refused_before_anything_is_made(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened

    with pytest.raises(BadInput, match="takes are wanted or chosen of 'sh999'; this film has sh010"):
        await make(studio, piece("shot:sh010", "a hill"), wanted={"sh999": 2})

    assert bench.charged == []


async def test_a_run_that_repairs_leaves_what_was_never_there_and_fails_for_what_is_there_otherwise(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    await _funded(studio, bench)
    asset_id = (await make(studio, piece("one", "a hill"))).pieces[0].asset_id
    async with studio.catalog.session() as db:
        asset = await db.get_one(Asset, asset_id)
    studio.vault.locate(asset.digest or "").unlink()
    repairing = replace(studio, repair_only=True)

    report = await make(repairing, piece("one", "a hill"), piece("two", "a well"))
    with pytest.raises(PiecesFailed, match="it was never bought; this run pays only for what is lost"):
        await make(repairing, piece("one", "a hill in snow"))

    assert [(made.slot, made.outcome) for made in report.pieces] == [("one", Outcome.REUSED)], "its maker had it still"
    assert len(bench.charged) == 1


async def test_a_run_stops_before_the_first_purchase_that_would_cross_its_max_usd(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    bench.price_microusd = 10_000
    async with studio.catalog.session() as db:
        workspace, film = await films.workspace(db, "home"), await films.find(db, "home", "a-fox")
        assert film is not None
        for film_id in (None, film.id):
            await budgets.set_limit(db, workspace_id=workspace.id, film_id=film_id, limit_microusd=1_000_000)
    pieces = [piece(f"shot:sh0{number}0", f"hill {number}") for number in range(1, 6)]
    poor = replace(studio, max_usd=0.03)

    with pytest.raises(PiecesFailed, match=r"2 of 5 failed .* max_usd") as failed:
        await make(poor, *pieces)
    rich = await make(replace(studio, max_usd=0.03), *pieces)

    assert len(set(bench.charged)) == 5
    assert failed.value.report.cost_usd == Decimal("0.03")
    assert Counter(outcomes(rich)) == {Outcome.KEPT: 3, Outcome.GENERATED: 2}


async def test_another_crew_makes_what_is_missing_and_keeps_what_is_there(opened: tuple[Studio, Bench]) -> None:
    studio, _ = opened
    await make(studio, piece("one", "a hill"))
    other = replace(studio, crew={"script": "bench:words-2"})

    report = await make(other, piece("one", "a hill"), piece("two", "a well"))

    assert [made.model for made in report.pieces] == ["words-1", "words-2"]
    assert outcomes(report) == [Outcome.KEPT, Outcome.GENERATED]


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


@pytest.mark.parametrize(
    ("told", "wanted", "line"),
    [
        ({}, {"sh010": 0}, "takes: sh010: 0 are wanted; from 1 to 100 can be"),
        ({}, {"sh010": 100_000}, "takes: sh010: 100000 are wanted"),
        ({"crew": {"smell": "bench"}}, {}, "the crew names 'smell'; there are script, image"),
        ({"crew": {"video": "nobody"}}, {}, "no such provider is installed"),
        ({"max_usd": -1.0}, {}, "max_usd: -1.0 is no cost"),
        ({"max_usd": 1e300}, {}, "max_usd: 1e\\+300 dollars are more than anybody has"),
    ],
)
async def test_what_no_run_can_be_told_is_refused_whatever_there_is_to_make(
    told: dict[str, Any], wanted: dict[str, int], line: str, opened: tuple[Studio, Bench]
) -> None:
    studio, bench = opened
    providers = dict.fromkeys(("bench", "animatic"), bench)

    with pytest.raises(BadInput, match=line):
        await make(replace(studio, providers=providers, **told), piece("shot:sh010", "a hill"), wanted=wanted)

    assert bench.charged == []


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
