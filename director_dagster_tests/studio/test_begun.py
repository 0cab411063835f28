"""What somebody began to buy and died at is finished as it was begun, whoever works on the film next."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from director_dagster.catalog import budgets
from director_dagster.catalog.queries import takes
from director_dagster.catalog.tables import Asset, Generation
from director_dagster.errors import (
    BadInput,
    DatabaseUnavailable,
    JobFailed,
    OutputExpired,
    OutsideRun,
    RequestRejected,
    Unavailable,
)
from director_dagster.providers.contract import JobState, JobStatus, Terms
from director_dagster.story.film import FilmSettings, parse_film_key
from director_dagster.studio import delivery
from director_dagster.studio.begun import Finished, finish_begun
from director_dagster.studio.claiming import claim
from director_dagster.studio.generate import generate
from director_dagster.studio.order import Order
from director_dagster.studio.production import Production
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import Bench, film_row, fund, open_bench, order

PRICE = 250_000
NOTHING = Finished(made=set(), ended={})


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    """A studio with money, whose provider knows no reference of ours."""
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.price_microusd, bench.terms = PRICE, Terms(dedupe="none", poll_s=0.01)
    await fund(studio, 4 * PRICE)
    yield studio, bench
    await studio.aclose()


async def film_of(studio: Studio) -> Production:
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
    return Production(
        key=parse_film_key("home/a-film"),
        workspace_id=workspace_id,
        film_id=film_id,
        brief_id=film_id,
        origin="a test",
        title="a film",
        settings=FilmSettings(),
    )


async def begun(studio: Studio, bench: Bench) -> Order:
    """An order whose job is under way when its buyer is no more: its script, as the bench sells texts."""
    piece = await order(studio, bench, "a reel", slot="script")
    piece = replace(piece, label=replace(piece.label, kind="script", type="script"))
    bench.status = JobStatus(state=JobState.RUNNING)
    buying = asyncio.create_task(generate(studio, piece))
    async with asyncio.timeout(20):
        while await state(studio) != "submitted":
            await asyncio.sleep(0.01)
    buying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await buying
    return piece


async def state(studio: Studio) -> str | None:
    async with studio.catalog.session() as db:
        return await db.scalar(select(Generation.state))


async def test_it_is_fetched_filed_and_fills_its_place_and_nothing_is_paid_again(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    await begun(studio, bench)
    bench.status = JobStatus(state=JobState.DONE)
    film = await film_of(studio)

    other_step = await finish_begun(studio, film, "shots")
    left = await state(studio)
    ended = await finish_begun(replace(studio, max_usd=0.0), film, "script")

    assert (other_step, left, ended.ended) == (NOTHING, "submitted", {})
    async with studio.catalog.session() as db:
        filled = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.film_id)
        asset = (await db.scalars(select(Asset))).one()
    assert filled["script"].asset.id == asset.id
    assert ended.made == {asset.id}
    assert (asset.name, asset.cost_microusd, asset.generation_metadata["model_name"]) == ("a reel", PRICE, "Words 1")
    assert len(bench.charged) == 1
    assert await finish_begun(studio, film, "script") == NOTHING


async def test_what_ended_badly_is_told_by_its_slot_and_what_cannot_be_asked_for_stays(
    opened: tuple[Studio, Bench], caplog: pytest.LogCaptureFixture
) -> None:
    studio, bench = opened
    caplog.set_level("INFO")
    await begun(studio, bench)
    film = await film_of(studio)

    def without_a_key() -> None:
        raise BadInput("there is no key: set DIRECTOR_BENCH_KEY")

    bench.on_ready = without_a_key
    unasked = await finish_begun(studio, film, "script")
    left = await state(studio)
    bench.on_ready = lambda: None
    bench.status = JobStatus(state=JobState.FAILED, reason="the model broke down", microusd=0)
    ended = await finish_begun(studio, film, "script")

    assert (unasked, left) == (NOTHING, "submitted")
    assert "bench:words-1 was asked for it, and it is not finished: there is no key" in caplog.text
    assert [(slot, type(error)) for slot, error in ended.ended.items()] == [("script", JobFailed)]


async def test_a_run_that_only_finishes_buys_nothing_that_a_dead_one_had_only_claimed(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    sent = await begun(studio, bench)
    bench.status = JobStatus(state=JobState.DONE)
    claimed = await order(studio, bench, "claimed")
    await claim(studio, claimed, 1)
    finishing = replace(studio, finish_only=True)

    bought = await generate(finishing, sent)
    with pytest.raises(OutsideRun, match="only finishes what was sent before"):
        await generate(finishing, claimed)

    assert (bought.asset.name, len(bench.charged)) == ("a reel", 1)
    assert not (await generate(studio, claimed)).owned, "whoever makes the film buys it"


async def test_a_word_that_the_catalog_did_not_get_any_more_is_found_beside_the_output(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    bench.at_once = True
    piece = await order(studio, bench, "a reel")

    async def gone(receiving: object) -> None:
        raise DatabaseUnavailable("Postgres is lost")

    with monkeypatch.context() as patched:
        patched.setattr(studio.desk, "acknowledge", gone)
        with pytest.raises(DatabaseUnavailable):
            await generate(studio, piece)
    left = await state(studio)
    bought = await generate(studio, piece)

    assert left == "submitting"
    assert len(bench.charged) == 1
    assert (bought.asset.cost_microusd, bought.owned) == (PRICE, False)
    assert list((studio.vault.root / "staging").iterdir()) == []


async def test_an_output_that_is_gone_for_a_moment_is_asked_for_again(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "AGAIN_S", 0.01)
    studio, bench = opened
    bench.gone_times = 2

    bought = await generate(studio, await order(studio, bench, "a reel"))

    assert bought.asset.cost_microusd == PRICE
    assert len(bench.charged) == 1


async def test_one_that_is_gone_for_good_has_cost_what_it_was_to_cost_and_its_hold_ends(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "AGAIN_S", 0.01)
    studio, bench = opened
    bench.gone_times = 3

    with pytest.raises(Exception, match="gone"):
        await generate(studio, await order(studio, bench, "a reel"))

    async with studio.catalog.session() as db:
        generation = (await db.scalars(select(Generation))).one()
        film = await film_row(db)
        budget = await budgets.get(db, workspace_id=film[0], film_id=film[1])
    assert (generation.state, generation.cost_microusd) == ("output_expired", PRICE)
    assert budget is not None
    assert (budget.reserved_microusd, budget.spent_microusd) == (0, PRICE)


async def test_a_job_that_seems_to_be_gone_as_it_is_asked_after_is_asked_after_again(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    monkeypatch.setattr(delivery, "AGAIN_S", 0.01)
    errors = iter([OutputExpired("no such job"), OutputExpired("no such job")])
    bench.on_poll = lambda: _raise(next(errors, None))

    bought = await generate(studio, await order(studio, bench, "a wreck"))

    assert not bought.owned
    assert len(bench.charged) == 1


async def test_what_a_provider_does_not_give_out_stays_owed_and_is_had_later(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    errors = iter([RequestRejected("status 400: strange")])
    bench.on_poll = lambda: _raise(next(errors, None))
    wanted = await order(studio, bench, "a wreck")

    with pytest.raises(RequestRejected, match="bench has taken a wreck, and it cannot be had just now: status 400"):
        await generate(studio, wanted)
    async with studio.catalog.session() as db:
        [between] = (await db.scalars(select(Generation))).all()
    bought = await generate(studio, wanted)

    assert between.state == "submitted"
    assert bought.asset.url is not None
    assert len(bench.charged) == 1


async def test_an_output_that_another_worker_has_cleared_away_meanwhile_is_tried_again_and_no_error_of_ours(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    wanted, bench.on_fetch = await order(studio, bench, "a wreck"), Path.unlink

    with pytest.raises(Unavailable, match="filed by another worker by now"):
        await generate(studio, wanted)
    bench.on_fetch = Path.exists

    assert (await generate(studio, wanted)).asset.url is not None
    assert len(bench.charged) == 1


def _raise(error: Exception | None) -> None:
    if error is not None:
        raise error
