"""What a run is told: how many takes, what it may spend, whose pieces, and what it leaves as it is."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from director_dagster.catalog.queries import takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset, Take
from director_dagster.errors import BadInput
from director_dagster.studio.choice import select as select_take
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.production import Production, open_production
from director_dagster.studio.report import Outcome, PiecesFailed, Report
from director_dagster.studio.studio import Studio
from director_dagster.studio.trash import delete, restore
from director_dagster.studio.whatif import Fate, changes
from director_dagster_tests.studio.bench import Bench
from director_dagster_tests.studio.notes import FILM, funded, make, outcomes, piece


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


async def test_what_is_made_from_another_take_than_is_in_the_film_says_so(opened: tuple[Studio, Bench]) -> None:
    studio, _ = opened
    film = await open_production(studio.catalog, FILM)
    await make(studio, piece("frame", "a hill"))
    words = "a hill, seen for a while"
    await make(studio, await after(studio, film, "shot", words))
    await make(studio, piece("frame", "a hill"), wanted={"frame": 2})

    there = await selected(studio, film)
    bought = (await make(studio, await after(studio, film, "other", "the same, as another asset"))).pieces[0]
    frame = (await make(studio, piece("frame", "a hill"))).pieces[0]
    report = Report(step="notes", pieces=(frame, replace(bought, slot="shot", words=words)), seconds=0)
    [kept, exchanged, *_] = await changes(studio, film, there, [report])

    assert (kept.fate, exchanged.fate) == (Fate.STAYS, Fate.CHANGES)
    assert exchanged.why == "made from another frame than is in the film now"


async def after(studio: Studio, film: Production, slot: str, words: str) -> Piece:
    """A piece that is made from the frame that is in the film."""
    frame = (await selected(studio, film))["frame"].asset
    return replace(piece(slot, words), sources=[Source(role="frame", asset=frame)])


async def selected(studio: Studio, film: Production) -> Mapping[str, Filled]:
    """What is in the film."""
    async with studio.catalog.session() as db:
        return await takes.selected(db, workspace_id=film.workspace_id, film_id=film.film_id)


async def test_what_the_page_asks_for_again_and_lies_in_the_trash_fails_alone_and_is_not_bought(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    film = await funded(studio, bench)
    old = (await make(studio, piece("one", "a hill"))).pieces[0].asset_id
    await make(studio, piece("one", "a hill in snow"))
    assert old is not None
    await delete(studio, film.workspace_id, [old])
    charged = len(bench.charged)

    with pytest.raises(PiecesFailed, match=rf"lies in the trash since .*`director assets restore {old}`") as failed:
        await make(studio, piece("one", "a hill"), piece("two", "a well"))
    await restore(studio, film.workspace_id, [old])
    again = await make(studio, piece("one", "a hill"), piece("two", "a well"))

    assert outcomes(failed.value.report) == [Outcome.FAILED, Outcome.GENERATED]
    assert outcomes(again) == [Outcome.REUSED, Outcome.KEPT]
    assert len(bench.charged) == charged + 1


async def test_a_wish_for_so_many_takes_passes_over_those_in_the_trash(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    film = await funded(studio, bench)
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
    await funded(studio, bench)
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
    await funded(studio, bench)
    bench.price_microusd = 10_000
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


async def test_a_run_that_keeps_what_is_stale_makes_what_is_missing_and_what_it_is_told_of(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    old = await make(studio, piece("one", "a hill"), piece("two", "a well"))
    keeping = replace(studio, keep_stale=True)
    pieces = [piece("one", "a hill in snow"), piece("two", "a well in snow"), piece("three", "a door")]

    left = await make(keeping, *pieces)
    more = await make(keeping, *pieces, wanted={"one": 2})
    again = await make(keeping, *pieces, wanted={"one": 2})
    current = await make(studio, *pieces)

    assert outcomes(left) == [Outcome.KEPT, Outcome.KEPT, Outcome.GENERATED]
    assert [made.asset_id for made in left.pieces[:2]] == [made.asset_id for made in old.pieces]
    assert outcomes(more) == [Outcome.KEPT, Outcome.GENERATED, Outcome.KEPT, Outcome.KEPT]
    assert outcomes(again) == [Outcome.KEPT] * 3, "told twice it makes one take"
    assert outcomes(current) == [Outcome.KEPT, Outcome.GENERATED, Outcome.KEPT]
    assert len(bench.charged) == 5


async def test_what_has_lost_its_bytes_is_not_kept_however_stale_it_may_be(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    there = (await make(studio, piece("one", "a hill"))).pieces[0]
    studio.vault.locate(there.digest or "").unlink()

    made = await make(replace(studio, keep_stale=True), piece("one", "a hill in snow"))

    assert outcomes(made) == [Outcome.GENERATED]
    assert len(bench.charged) == 2
