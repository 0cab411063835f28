"""Sending: what may have been taken is looked up before it is sent again, and an account is never crowded."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select, text, update

from director_dagster.catalog import budgets
from director_dagster.catalog.tables import Generation, GenerationEvent
from director_dagster.errors import BudgetExceeded, Doubtful, NeedsPerson, ProviderUnavailable
from director_dagster.providers.contract import Terms
from director_dagster.studio import sending
from director_dagster.studio.generate import generate
from director_dagster.studio.studio import Studio
from director_dagster_tests.studio.bench import KNOWS_KEYS, Bench, film_row, open_bench, order

LISTS = Terms(dedupe="client_ref", listing_lag_s=0.5, retention_s=float("inf"))


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "AGAIN_S", 0.05)
    monkeypatch.setattr(sending, "SEAT_S", 0.02)


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    studio, bench = open_bench(database_url, tmp_path / "home")
    yield studio, bench
    await studio.aclose()


def failing(times: int, error: Exception) -> Callable[[], None]:
    """Raises the error at the first calls, and does nothing at the later ones."""
    left = iter(range(times))

    def fail() -> None:
        if next(left, None) is not None:
            raise error

    return fail


@pytest.mark.parametrize("terms", [KNOWS_KEYS, LISTS], ids=["key", "client_ref"])
async def test_a_lost_answer_is_found_out_and_the_piece_is_there(terms: Terms, opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.terms, bench.on_submit = terms, failing(1, ConnectionResetError("reset"))

    bought = await generate(studio, await order(studio, bench, "a wreck"))

    assert not bought.owned
    assert len(set(bench.charged)) == 1
    assert len(bench.charged) == (2 if terms.dedupe == "key" else 1), "sent again only where the provider knows it"


async def test_what_is_tried_again_is_held_once_by_its_run(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.price_microusd, bench.on_submit = 1_000_000, failing(2, ConnectionResetError("reset"))
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
        for of in (None, film_id):
            await budgets.set_limit(db, workspace_id=workspace_id, film_id=of, limit_microusd=10_000_000)
    capped = replace(studio, max_usd=1.0)

    bought = await generate(capped, await order(capped, bench, "a wreck"))
    with pytest.raises(BudgetExceeded, match="max_usd"):
        await generate(capped, await order(capped, bench, "another wreck"))

    assert not bought.owned


async def test_what_never_arrived_is_sent_again_when_the_list_can_be_believed(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.terms, bench.lists, bench.on_submit = LISTS, False, failing(1, ConnectionResetError("reset"))

    await generate(studio, await order(studio, bench, "a bottle"))

    async with studio.catalog.session() as db:
        rows = await db.execute(select(GenerationEvent.what, GenerationEvent.at).order_by(GenerationEvent.id))
        steps = [(what, at) for what, at in rows]
    doubted = next(at for what, at in steps if what == "doubtful")
    sent_anew = next(at for what, at in steps if what == "never taken")
    assert (sent_anew - doubted).total_seconds() > LISTS.listing_lag_s


async def test_a_refused_second_sending_under_the_same_key_does_not_make_a_new_one(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    answers = iter([ConnectionResetError("reset"), ProviderUnavailable("503"), ConnectionResetError("reset")])

    def answer() -> None:
        error = next(answers, None)
        if error is not None:
            raise error

    bench.on_submit = answer
    with pytest.raises(ProviderUnavailable, match="503"):
        await generate(studio, await order(studio, bench, "a storm"))
    bought = await generate(studio, await order(studio, bench, "a storm"))

    assert not bought.owned
    assert len(set(bench.charged)) == 1


async def test_a_key_that_may_be_forgotten_is_not_relied_on(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.terms = replace(KNOWS_KEYS, key_life_s=3600.0)
    bench.on_submit = failing(1, ConnectionResetError("reset"))
    buying = asyncio.create_task(generate(studio, await order(studio, bench, "an old letter")))
    while not bench.charged:
        await asyncio.sleep(0.005)
    async with studio.catalog.session() as db:
        await db.execute(update(Generation).values(submit_at=text("now() - interval '31 min'")))

    with pytest.raises(NeedsPerson, match="too long ago"):
        await buying

    assert len(bench.charged) == 1


PAUSED = """
import asyncio, os, sys
from pathlib import Path
from director_dagster.studio.generate import generate
from director_dagster_tests.studio.bench import open_bench, order
from director_dagster_tests.studio.test_sending import LISTS

async def main():
    studio, bench = open_bench(sys.argv[1], Path(sys.argv[2]))
    bench.terms, bench.lists = LISTS, False
    charge = bench.submit

    async def paused(request, client_ref, into):
        print("about to send", flush=True)
        await asyncio.sleep(float(sys.argv[3]))
        return await charge(request, client_ref, into)

    bench.submit = paused
    await generate(studio, await order(studio, bench, "a sleeper"))
    await studio.aclose()

if __name__ == "__main__":
    asyncio.run(main())
"""


@pytest.mark.slow
@pytest.mark.parametrize("fate", [signal.SIGSTOP, signal.SIGKILL])
async def test_nothing_is_sent_again_while_its_sender_only_stands_still(
    fate: signal.Signals, database_url: str, tmp_path: Path
) -> None:
    driver, home = tmp_path / "driver.py", tmp_path / "home"
    driver.write_text(PAUSED)
    command = [sys.executable, str(driver), database_url, str(home), "1.0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as sleeper:
        assert sleeper.stdout is not None
        sleeper.stdout.readline()
        sleeper.send_signal(fate)
        studio, bench = open_bench(database_url, home)
        bench.terms, bench.lists = LISTS, False
        # Of its own film the gate lets go of the dead worker's lease at once, and so of one that stands still.
        buying = asyncio.create_task(generate(studio, await order(studio, bench, "a sleeper")))
        await asyncio.wait([buying], timeout=4 * LISTS.listing_lag_s if fate is signal.SIGSTOP else None)
        sent_meanwhile = len(bench.charged)
        bench.lists = True
        sleeper.send_signal(signal.SIGCONT)
        bought = await buying
    await studio.aclose()

    assert bought.asset.url
    assert sent_meanwhile == (0 if fate is signal.SIGSTOP else 1)
    assert len(bench.charged) == 1


async def test_an_account_never_has_more_jobs_than_it_may_over_all_processes(database_url: str, tmp_path: Path) -> None:
    studios = [open_bench(database_url, tmp_path / f"home-{number}") for number in range(3)]
    most, done = 0, asyncio.Event()

    async def one(studio: Studio, bench: Bench, words: str) -> None:
        await generate(studio, await order(studio, bench, words))

    async def watch() -> None:
        nonlocal most
        while not done.is_set():
            async with studios[0][0].catalog.session() as db:
                under_way = Generation.state.in_(("submitting", "submitted"))
                now = await db.scalar(select(func.count()).select_from(Generation).where(under_way)) or 0
            most = max(most, now)
            await asyncio.sleep(0.005)

    for _, bench in studios:
        bench.terms, bench.answer_s = replace(KNOWS_KEYS, at_once=2), 0.05
    watching = asyncio.create_task(watch())
    async with asyncio.TaskGroup() as group:
        for index, (studio, bench) in enumerate(studios):
            for number in range(4):
                group.create_task(one(studio, bench, f"piece {index}-{number}"))
    done.set()
    await watching
    for studio, _ in studios:
        await studio.aclose()

    assert most == 2
    assert sum(len(bench.charged) for _, bench in studios) == 12


async def test_who_waits_for_a_seat_when_its_run_is_cancelled_sends_nothing(database_url: str, tmp_path: Path) -> None:
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.terms, bench.answer_s = replace(KNOWS_KEYS, at_once=1), 0.5
    first = asyncio.create_task(generate(studio, await order(studio, bench, "the first")))
    while not bench.charged:
        await asyncio.sleep(0.01)
    second = asyncio.create_task(generate(studio, await order(studio, bench, "the second")))
    await asyncio.sleep(0.1)

    second.cancel()
    with suppress(asyncio.CancelledError):
        await second
    await first
    await studio.aclose()

    assert len(bench.charged) == 1


async def test_where_nothing_is_listed_a_doubt_is_a_persons(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.terms = replace(LISTS, listing_lag_s=float("inf"))
    bench.on_submit = failing(1, ConnectionResetError("reset"))

    with pytest.raises(NeedsPerson, match="lists no jobs"):
        await generate(studio, await order(studio, bench, "a wreck"))


async def test_a_doubt_that_lasts_too_long_is_told_and_stays_with_the_ledger(
    opened: tuple[Studio, Bench], monkeypatch: pytest.MonkeyPatch
) -> None:
    studio, bench = opened
    bench.terms, bench.lists = replace(LISTS, listing_lag_s=3600.0), False
    bench.on_submit = failing(1, ConnectionResetError("reset"))

    with pytest.raises(Doubtful, match="not in the provider's list yet"):
        await generate(studio, await order(studio, bench, "a wreck"))

    bench.lists = True
    bought = await generate(studio, await order(studio, bench, "a wreck"))
    assert not bought.owned
    assert len(bench.charged) == 1


async def test_a_providers_word_is_written_down_though_the_vault_takes_no_copy_of_it(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    bench.price_microusd = 1_000_000
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
        for of in (None, film_id):
            await budgets.set_limit(db, workspace_id=workspace_id, film_id=of, limit_microusd=10_000_000)
    wanted = await order(studio, bench, "a wreck")
    sidecars, aside = studio.vault.root / "sidecars", studio.vault.root / "aside"

    def in_the_way() -> None:
        sidecars.rename(aside)
        sidecars.write_text("")

    def out_of_the_way() -> None:
        if aside.exists():
            sidecars.unlink()
            aside.rename(sidecars)

    bench.on_submit, bench.on_poll = in_the_way, out_of_the_way
    bought = await generate(studio, wanted)

    assert not aside.exists(), "it was polled: its job is known"
    assert len(bench.charged) == 1
    assert (await studio.vault.sidecar(str(bought.asset.workspace_id), str(bought.asset.id)))["asset_id"]
