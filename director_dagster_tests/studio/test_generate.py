"""The gate: nothing is made twice, whatever dies when; what cannot be known is never sent again."""

import asyncio
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from director_dagster.catalog import budgets, ledger
from director_dagster.catalog.queries import blobs
from director_dagster.catalog.tables import Asset, Generation, Receipt, Take
from director_dagster.errors import (
    BudgetExceeded,
    DirectorError,
    JobFailed,
    KeyRejected,
    NeedsPerson,
    OutOfMoney,
    OutputExpired,
    Overloaded,
    PromptRejected,
    ProviderUnavailable,
    RateLimited,
)
from director_dagster.providers.contract import Accepted, JobState, JobStatus, Output, Request, Terms
from director_dagster.studio import claiming, delivery
from director_dagster.studio import generate as gate
from director_dagster.studio.begun import let_go_unsent
from director_dagster.studio.generate import generate
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import KNOWS_KEYS, Bench, film_row, fund, open_bench, order

POINTS = ("claimed", "submitting", "submitted", "acknowledged", "fetched", "stored", "settled")


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    studio, bench = open_bench(database_url, tmp_path / "home")
    yield studio, bench
    await studio.aclose()


async def count(studio: Studio, table: type[Asset | Generation | Receipt | Take]) -> int:
    async with studio.catalog.session() as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def test_a_piece_is_made_filed_and_taken(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened

    bought = await generate(studio, await order(studio, bench, "a lighthouse"))

    assert not bought.owned
    assert await studio.vault.read(bought.asset.url or "") == b"a lighthouse"
    assert bought.asset.generation_metadata["letters"] == 12
    assert bought.asset.cost_microusd == 0
    assert await studio.vault.sidecar(str(bought.asset.workspace_id), str(bought.asset.id))
    async with studio.catalog.session() as db:
        generation = (await db.scalars(select(Generation))).one()
        take = (await db.scalars(select(Take))).one()
    assert (generation.state, generation.cost_microusd) == ("stored", 0)
    assert generation.settled_at is not None
    assert (take.asset_id, take.reused, take.basis) == (bought.asset.id, False, {"picture": "of-a lighthouse"})


async def test_the_same_request_for_another_slot_is_used_and_not_bought(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    first = await generate(studio, await order(studio, bench, "a letter"))

    second = await generate(studio, await order(studio, bench, "a letter", slot="elsewhere", film="another"))

    assert second.owned
    assert second.asset.id == first.asset.id
    assert len(bench.charged) == 1
    assert (await count(studio, Asset), await count(studio, Take)) == (1, 2)


@pytest.mark.parametrize("error", [KeyRejected("not this key"), OutOfMoney("the account is locked")])
async def test_a_job_that_is_paid_waits_for_an_account_that_is_closed_to_us(
    error: DirectorError, opened: tuple[Studio, Bench]
) -> None:
    studio, bench = opened
    closed = [error]

    def poll() -> None:
        if closed:
            raise closed.pop()

    bench.on_poll = poll
    with pytest.raises(type(error)):
        await generate(studio, await order(studio, bench, "a key"))

    bought = await generate(studio, await order(studio, bench, "a key"))

    assert await studio.vault.read(bought.asset.url or "") == b"a key"
    assert len(bench.charged) == 1
    assert await count(studio, Asset) == 1


@pytest.mark.slow
async def test_twenty_at_once_buy_one(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    orders = [await order(studio, bench, "the sea", slot=f"slot-{number}") for number in range(20)]

    bought = await asyncio.gather(*(generate(studio, each) for each in orders))

    assert len(bench.charged) == 1
    assert len({each.asset.id for each in bought}) == 1
    assert Counter(each.owned for each in bought) == {True: 19, False: 1}


DRIVER = """
import asyncio, logging, os, signal, sys
from pathlib import Path
from director_dagster.studio.generate import generate
from director_dagster_tests.studio.bench import open_bench, order

class Killer(logging.Handler):
    def emit(self, record):
        if getattr(record, "point", None) == sys.argv[3]:
            os.kill(os.getpid(), signal.SIGKILL)

async def main():
    studio, bench = open_bench(sys.argv[1], Path(sys.argv[2]))
    bench.at_once = len(sys.argv) > 4
    await generate(studio, await order(studio, bench, "killed at " + sys.argv[3]))
    await studio.aclose()

if __name__ == "__main__":
    log = logging.getLogger("director_dagster.studio.order")
    log.setLevel(logging.DEBUG)
    log.addHandler(Killer())
    asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("at_once", [(), ("at once",)], ids=["fetched", "with the answer"])
@pytest.mark.parametrize("point", POINTS)
async def test_killed_at_any_point_the_next_finishes_without_doing_anything_twice(
    point: str, at_once: tuple[str, ...], database_url: str, tmp_path: Path
) -> None:
    home, driver = tmp_path / "home", tmp_path / "driver.py"
    driver.write_text(DRIVER)
    killed = subprocess.run([sys.executable, str(driver), database_url, str(home), point, *at_once], check=False)
    studio, bench = open_bench(database_url, home)
    bench.at_once = bool(at_once)

    bought = await generate(studio, await order(studio, bench, f"killed at {point}"))

    assert killed.returncode == -9
    assert bought.owned == (point == "settled")
    assert await studio.vault.read(bought.asset.url or "") == f"killed at {point}".encode()
    assert len(set(bench.charged)) == 1, "a second job"
    assert len(bench.charged) == (2 if point == "submitted" else 1), "sent again only where nobody knew"
    assert (await count(studio, Asset), await count(studio, Generation)) == (1, 1)
    await studio.aclose()


async def test_a_lost_answer_is_looked_up_where_the_provider_can_and_else_left_to_a_person(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    bench.terms = Terms(dedupe="none")
    bench.on_submit = _connection_lost

    for _ in range(2):
        with pytest.raises(NeedsPerson, match="may have been paid"):
            await generate(studio, await order(studio, bench, "a wreck"))

    assert len(bench.charged) == 1


async def test_a_provider_that_takes_nothing_is_asked_again_later(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.on_submit = _not_accepted
    with pytest.raises(ProviderUnavailable):
        await generate(studio, await order(studio, bench, "a storm"))

    bench.on_submit = lambda: None
    bought = await generate(studio, await order(studio, bench, "a storm"))

    assert not bought.owned
    assert await count(studio, Generation) == 1


async def test_a_provider_that_takes_no_more_just_now_is_left_alone_as_long_as_it_asks(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    refusals = [RateLimited("slow down", wait_s=0.05), RateLimited("slow down", wait_s=0.01)]

    def refuse() -> None:
        if refusals:
            raise refusals.pop()

    bench.on_submit = refuse
    bought = await generate(studio, await order(studio, bench, "a crowd"))

    assert (bought.owned, len(bench.charged)) == (False, 3)
    assert await count(studio, Generation) == 1


async def test_a_provider_that_asks_to_be_left_alone_for_too_long_is_told_of_at_once(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened

    def refuse() -> None:
        raise RateLimited("come back tomorrow", wait_s=86_400)

    bench.on_submit = refuse
    with pytest.raises(RateLimited, match="tomorrow"):
        await generate(studio, await order(studio, bench, "a crowd"))


async def test_what_is_under_way_is_asked_for_again_while_its_provider_does_not_answer(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "AGAIN_S", 0.01)
    studio, bench = opened
    silences = iter(range(3))

    def be_silent() -> None:
        if next(silences, None) is not None:
            raise ProviderUnavailable("503")

    bench.on_poll = be_silent
    bought = await generate(studio, await order(studio, bench, "a storm"))

    assert (bought.owned, len(bench.charged)) == (False, 1)


@pytest.mark.parametrize("at_once", [False, True])
async def test_a_purchase_that_is_under_way_when_its_run_is_cancelled_is_not_lost(
    *, at_once: bool, database_url: str, tmp_path: Path
) -> None:
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.terms, bench.at_once, bench.answer_s = Terms(dedupe="none"), at_once, 0.3
    buying = asyncio.create_task(generate(studio, await order(studio, bench, "a train")))
    while not bench.charged:
        await asyncio.sleep(0.01)

    buying.cancel()
    with pytest.raises(asyncio.CancelledError):
        await buying
    await studio.aclose()

    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.terms, bench.at_once = Terms(dedupe="none"), at_once
    bought = await generate(studio, await order(studio, bench, "a train"))
    assert (bought.owned, len(bench.charged)) == (False, 1)
    await studio.aclose()


async def test_an_output_that_came_once_and_was_lost_is_booked_as_expired_and_bought_anew(
    database_url: str, tmp_path: Path
) -> None:
    home, driver = tmp_path / "home", tmp_path / "driver.py"
    driver.write_text(DRIVER)
    subprocess.run([sys.executable, str(driver), database_url, str(home), "acknowledged", "at once"], check=False)
    studio, bench = open_bench(database_url, home)
    bench.at_once = True
    for staged in (home / "vault" / "staging").iterdir():
        staged.unlink()

    with pytest.raises(OutputExpired):
        await generate(studio, await order(studio, bench, "killed at acknowledged"))
    bought = await generate(studio, await order(studio, bench, "killed at acknowledged"))

    async with studio.catalog.session() as db:
        states = (await db.scalars(select(Generation.state).order_by(Generation.id))).all()
    assert states == ["output_expired", "stored"]
    assert (bought.owned, len(set(bench.charged))) == (False, 2)
    await studio.aclose()


@pytest.mark.parametrize(("state", "error"), [(JobState.FAILED, JobFailed), (JobState.REFUSED, PromptRejected)])
async def test_a_failure_is_kept_as_an_asset_without_bytes_and_may_be_tried_again(
    state: JobState, error: type[Exception], opened: tuple[Studio, Bench]
) -> None:
    studio, bench = opened
    bench.status = JobStatus(state=state, reason="too dark")
    with pytest.raises(error, match="too dark") as told:
        await generate(studio, await order(studio, bench, "a cellar"))
    async with studio.catalog.session() as db:
        failed = (await db.scalars(select(Asset))).one()

    bench.status = JobStatus(state=JobState.DONE)
    bought = await generate(studio, await order(studio, bench, "a cellar"))

    assert (failed.url, failed.cost_microusd) == (None, 0)
    todo = "reword it in the screenplay" if state is JobState.REFUSED else "the same command makes it anew"
    assert failed.generation_metadata["error"].endswith("too dark")
    assert f"too dark; nothing was charged; {todo}" in str(told.value)
    assert not bought.owned
    assert await count(studio, Generation) == 2


async def test_lost_bytes_are_fetched_again_and_not_bought_again(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    first = await generate(studio, await order(studio, bench, "a map"))
    studio.vault.locate(first.asset.digest or "").unlink()

    again = await generate(studio, await order(studio, bench, "a map"))

    assert again.asset.id == first.asset.id
    assert await studio.vault.read(again.asset.url or "") == b"a map"
    assert len(bench.charged) == 1


async def test_lost_bytes_that_their_provider_has_dropped_are_another_purchase(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    first = await generate(studio, await order(studio, bench, "a map"))
    studio.vault.locate(first.asset.digest or "").unlink()
    fetch, dropped = bench.fetch, f"job-{bench.charged[0]}"

    async def fetch_or_not(request: Request, job_id: str, into: Path) -> Output:
        if job_id == dropped:
            raise OutputExpired("dropped after a day")
        return await fetch(request, job_id, into)

    monkeypatch.setattr(bench, "fetch", fetch_or_not)
    again = await generate(studio, await order(studio, bench, "a map"))

    assert not again.owned
    assert again.asset.id != first.asset.id
    assert len(set(bench.charged)) == 2


async def test_bytes_that_were_marked_lost_are_fetched_again_and_not_bought_again(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    first = await generate(studio, await order(studio, bench, "a map"))
    digest = first.asset.digest or ""
    studio.vault.locate(digest).unlink()
    async with studio.catalog.session() as db:
        assert await blobs.lose(db, digest) == 1

    again = await generate(studio, await order(studio, bench, "a map"))

    assert again.asset.id == first.asset.id
    assert again.asset.lost_at is None
    assert await studio.vault.read(again.asset.url or "") == b"a map"
    assert len(bench.charged) == 1


@pytest.mark.parametrize("capped", ["by the budget", "by the run"])
async def test_who_finds_no_room_waits_for_what_the_others_leave(
    capped: str, database_url: str, tmp_path: Path
) -> None:
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.price_microusd, bench.cost_microusd, bench.answer_s = 1_000_000, 300_000, 0.05
    studio = replace(studio, max_usd=2.0 if capped == "by the run" else None)
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
        for of in (None, film_id):
            limit = 2_000_000 if capped == "by the budget" else 10_000_000
            await budgets.set_limit(db, workspace_id=workspace_id, film_id=of, limit_microusd=limit)
    orders = [await order(studio, bench, f"piece {number}") for number in range(5)]

    results = await asyncio.gather(*(generate(studio, each) for each in orders), return_exceptions=True)

    made = [each for each in results if not isinstance(each, BaseException)]
    assert len(made) == len(bench.charged) == 4
    assert [type(each) for each in results if isinstance(each, BaseException)] == [BudgetExceeded]
    await studio.aclose()


async def test_what_is_given_up_before_it_was_sent_holds_nothing(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gate, "REST_S", 0.0)
    studio, bench = opened
    bench.price_microusd = 1_000_000
    await fund(studio, bench.price_microusd)
    studio = replace(studio, max_usd=1.0)
    bench.on_submit = _full

    with pytest.raises(Overloaded):
        await generate(studio, await order(studio, bench, "nobody has time for it"))
    left = await _held(studio)
    bench.on_submit = lambda: None
    bought = await generate(studio, await order(studio, bench, "what is wanted instead"))

    assert left == (0, 0)
    assert bought.asset.cost_microusd == bench.price_microusd
    assert await _held(studio) == (0, bench.price_microusd)
    async with studio.catalog.session() as db:
        rows = (await db.scalars(select(Generation).order_by(Generation.id))).all()
    assert [(row.state, row.cost_microusd) for row in rows] == [("cancelled", 0), ("stored", bench.price_microusd)]


async def test_what_a_dead_run_claimed_and_never_sent_is_let_go_of(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.price_microusd = 1_000_000
    await fund(studio, 10_000_000)
    dead, alive, sent = [await order(studio, bench, words) for words in ("dead", "alive", "sent")]
    claimed = [await claiming.claim(studio, each, 1) for each in (dead, alive, sent)]
    async with studio.catalog.session() as db:
        await ledger.submitting(db, claimed[2].generation)
        for each in (claimed[0], claimed[2]):
            await db.execute(
                update(Generation).where(Generation.id == each.generation.id).values(lease_until=func.now())
            )

    async def let_go() -> int:
        async with studio.catalog.session() as db:
            return await let_go_unsent(db)

    gone = [await let_go() for _ in range(2)]

    assert gone == [1, 0]
    assert await _held(studio) == (2_000_000, 0)
    assert not (await generate(studio, dead)).owned, "whoever wants it claims it anew"


async def test_a_job_that_a_provider_names_twice_is_for_a_person_to_find_out(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened

    async def submit(request: Request, client_ref: str, into: Path) -> Accepted:
        return Accepted(job_id="the one job")

    monkeypatch.setattr(bench, "submit", submit)
    first = await generate(studio, await order(studio, bench, "one"))

    for _ in range(2):
        with pytest.raises(NeedsPerson, match=f"job the one job, which is generation {first.asset.generation_id}'s"):
            await generate(studio, await order(studio, bench, "another"))

    assert await count(studio, Receipt) == 2
    assert await count(studio, Asset) == 1


async def _held(studio: Studio) -> tuple[int, int]:
    """What the workspace's budget holds and has spent."""
    async with studio.catalog.session() as db:
        workspace_id, _ = await film_row(db)
        budget = await budgets.get(db, workspace_id=workspace_id, film_id=None)
    assert budget is not None
    return budget.reserved_microusd, budget.spent_microusd


def _full() -> None:
    raise Overloaded("503: come back later")


async def test_a_lease_is_renewed_while_the_work_goes_on(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming, "RENEW_S", 0.02)
    studio, bench = opened
    bench.status, bench.terms = JobStatus(state=JobState.RUNNING), replace(KNOWS_KEYS, poll_s=0.05)
    task = asyncio.create_task(generate(studio, await order(studio, bench, "patience")))
    seen: set[datetime | None] = set()
    while len(seen) < 3:
        async with studio.catalog.session() as db:
            seen.add(await db.scalar(select(Generation.lease_until)))
        await asyncio.sleep(0.02)

    bench.status = JobStatus(state=JobState.DONE)

    assert not (await task).owned


def _connection_lost() -> None:
    raise ConnectionResetError("the connection was reset")


def _not_accepted() -> None:
    raise ProviderUnavailable("503: try later")
