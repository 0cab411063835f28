"""Resolve: what a person found out ends what nobody could tell, and never pays twice."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from director_dagster.catalog import budgets, ledger
from director_dagster.catalog.queries import costs, films, generations
from director_dagster.catalog.tables import Asset, Budget, Generation
from director_dagster.errors import BadInput, JobFailed, NeedsPerson, RequestRejected, Unsure
from director_dagster.providers.contract import CLONE, JobState, JobStatus, Terms
from director_dagster.studio.generate import generate
from director_dagster.studio.resolve import MADE, adopt, give_up, prove
from director_dagster.studio.studio import Studio
from director_dagster_tests.film.conftest import Home
from director_dagster_tests.studio.bench import Bench, fund, open_bench, order

PRICE = 250_000


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    """A studio whose provider cannot look anything up and whose every answer is lost, with money for two texts."""
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.terms, bench.price_microusd, bench.on_submit = Terms(dedupe="none"), PRICE, _lose
    await fund(studio, 2 * PRICE)
    yield studio, bench
    await studio.aclose()


def _lose() -> None:
    raise ConnectionResetError("the answer was lost")


async def unknown(studio: Studio, bench: Bench) -> tuple[UUID, UUID]:
    """Workspace and id of a generation of which nobody knows."""
    with pytest.raises(NeedsPerson):
        await generate(studio, await order(studio, bench, "a wreck"))
    async with studio.catalog.session() as db:
        generation = (await db.scalars(select(Generation))).one()
    return generation.workspace_id, generation.id


async def budget(studio: Studio) -> tuple[int, int]:
    """What is held and spent of the film's budget."""
    async with studio.catalog.session() as db:
        found = (await db.scalars(select(Budget).where(Budget.film_id.is_not(None)))).one()
        return found.reserved_microusd, found.spent_microusd


async def test_what_may_have_been_paid_takes_no_room_from_what_is_bought_beside_it(
    opened: tuple[Studio, Bench],
) -> None:
    """It is asked for once more by the same run, and is first to hold its price."""
    studio, bench = opened
    await unknown(studio, bench)
    bench.on_submit = lambda: None
    studio = replace(studio, max_usd=PRICE / 1_000_000)
    orders = [await order(studio, bench, words, slot=words) for words in ("a wreck", "a ship")]

    wreck, ship = await asyncio.gather(*(generate(studio, each) for each in orders), return_exceptions=True)

    assert isinstance(wreck, NeedsPerson)
    assert not isinstance(ship, BaseException), ship


async def test_what_the_provider_has_is_fetched_under_the_id_that_a_person_found(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    held = await budget(studio)

    async with studio.catalog.session() as db:
        adopted = await adopt(db, workspace_id, generation_id, job="job-7")
    bought = await generate(studio, await order(studio, bench, "a wreck"))

    assert adopted.state == "submitted"
    assert bought.asset.id == generation_id
    assert len(bench.charged) == 1
    assert (held, await budget(studio)) == ((PRICE, 0), (0, PRICE))


@pytest.mark.parametrize("cost", [0, PRICE])
async def test_what_never_comes_is_bought_anew_and_what_it_cost_is_counted(
    opened: tuple[Studio, Bench], cost: int
) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)

    async with studio.catalog.session() as db:
        closed = await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=cost)
    bench.on_submit = lambda: None
    bought = await generate(studio, await order(studio, bench, "a wreck"))

    async with studio.catalog.session() as db:
        failed = (await db.scalars(select(Asset).where(Asset.id == generation_id))).one()
        total = await costs.total(db, workspace_id)
    assert (closed.state, closed.cost_microusd) == ("failed", cost)
    assert (failed.url, failed.cost_microusd, failed.name) == (None, cost, bought.asset.name)
    assert bought.asset.id != generation_id
    assert len(bench.charged) == 2
    assert await budget(studio) == (0, cost + PRICE)
    assert total.microusd == cost + PRICE


@pytest.mark.parametrize(
    ("job", "says", "told"),
    [
        ("", JobStatus(state=JobState.DONE), "that is no id of a job"),
        ("a\nb", JobStatus(state=JobState.DONE), "that is no id of a job"),
        ("7", JobStatus(state=JobState.FAILED, reason="broke"), "bench's job 7 is failed: broke. Nothing is changed"),
    ],
)
async def test_a_job_of_which_nothing_would_come_is_not_believed(
    job: str, says: JobStatus, told: str, opened: tuple[Studio, Bench]
) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    bench.status = says

    with pytest.raises(BadInput, match=told):
        await prove(studio, workspace_id, generation_id, job=job)


async def test_a_job_is_believed_when_its_provider_has_it_and_its_output_can_be_fetched(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)

    await prove(studio, workspace_id, generation_id, job="job-7")
    bench.gone_times = 1
    with pytest.raises(BadInput, match=r"the text is gone\. Nothing is changed: say what was charged"):
        await prove(studio, workspace_id, generation_id, job="job-7")

    assert list((studio.vault.root / "staging").iterdir()) == []


async def test_one_job_is_not_two_generations(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    with pytest.raises(NeedsPerson):
        await generate(studio, await order(studio, bench, "another wreck", slot="other"))
    async with studio.catalog.session() as db:
        await adopt(db, workspace_id, generation_id, job="job-7")
        other = (await db.scalars(select(Generation).where(Generation.id != generation_id))).one()

    async with studio.catalog.session() as db:
        with pytest.raises(BadInput, match=f"job job-7 is generation {generation_id}'s"):
            await adopt(db, workspace_id, other.id, job="job-7")


async def test_a_job_by_another_spelling_is_no_other_job(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    with pytest.raises(NeedsPerson):
        await generate(studio, await order(studio, bench, "another wreck", slot="other"))
    async with studio.catalog.session() as db:
        await adopt(db, workspace_id, generation_id, job="of/a-model/requests/job-7")
        other = (await db.scalars(select(Generation).where(Generation.id != generation_id))).one()

    for spelled in ("job-7", "requests/job-7", "JOB-7"):
        async with studio.catalog.session() as db:
            with pytest.raises(BadInput, match=f"job {spelled} is generation {generation_id}'s"):
                await adopt(db, workspace_id, other.id, job=spelled)


@pytest.mark.parametrize(
    "job", ["../../account", "a job", "job?x=1", "/etc", "", "job-7/.", "./job-7", "job-7/", "a//job-7", "j" * 501]
)
async def test_what_is_no_job_is_asked_of_nobody(opened: tuple[Studio, Bench], job: str) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)

    with pytest.raises(BadInput, match="that is no id of a job"):
        await prove(studio, workspace_id, generation_id, job=job)


async def test_what_a_provider_does_not_give_out_can_be_given_up(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.on_submit, bench.on_poll = lambda: None, _refuse
    with pytest.raises(RequestRejected):
        await generate(studio, await order(studio, bench, "a wreck"))
    async with studio.catalog.session() as db:
        [taken] = (await db.scalars(select(Generation))).all()
        before = taken.state
        closed = await give_up(studio.vault, db, taken.workspace_id, taken.id, cost_microusd=PRICE, sure=True)

    assert (before, closed.state) == ("submitted", "failed")
    assert await budget(studio) == (0, PRICE)


async def test_what_ended_with_a_cost_that_nobody_knew_is_told_and_settled(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.on_submit, bench.status = lambda: None, JobStatus(state=JobState.FAILED, reason="the lights went out")
    with pytest.raises(
        JobFailed, match=r"does not say, so its money stays held until you do: `director ledger resolve"
    ):
        await generate(studio, await order(studio, bench, "a wreck"))
    held = await budget(studio)
    async with studio.catalog.session() as db:
        [(waits, _)] = await generations.waiting(db, (await films.workspace(db, "home")).id)
        assert waits.film_id is not None
        assert await ledger.held(db, waits.workspace_id, waits.film_id) == (0, 0), "nothing is under way"
        settled = await give_up(studio.vault, db, waits.workspace_id, waits.id, cost_microusd=PRICE - 1)

    assert (held, await budget(studio)) == ((PRICE, 0), (0, PRICE - 1))
    assert settled.cost_microusd == PRICE - 1
    async with studio.catalog.session() as db:
        assert await generations.waiting(db, settled.workspace_id) == []
        [asset] = (await db.scalars(select(Asset))).all()
    assert asset.cost_microusd == PRICE - 1
    noted = await studio.vault.sidecar(str(asset.workspace_id), str(asset.id))
    assert [row["row"]["cost_microusd"] for row in noted["rows"] if row["table"] == "assets"] == [PRICE - 1]


async def test_more_than_it_could_cost_is_not_believed_at_once(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)

    async with studio.catalog.session() as db:
        with pytest.raises(Unsure, match=r"was to cost \$0.25 at most: say that you are sure if \$99.00 is right"):
            await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=99_000_000)
        sure = await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=99_000_000, sure=True)

    assert sure.cost_microusd == 99_000_000


def _refuse() -> None:
    raise RequestRejected("status 400: strange")


@pytest.mark.parametrize("cost", [0, PRICE])
async def test_that_a_job_which_its_provider_has_never_comes_is_believed_to_who_is_sure(
    opened: tuple[Studio, Bench], cost: int
) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    async with studio.catalog.session() as db:
        await adopt(db, workspace_id, generation_id, job="job-7")

    async with studio.catalog.session() as db:
        with pytest.raises(Unsure, match="as job job-7, and the next making fetches it: say that you are sure"):
            await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=cost)
        with pytest.raises(BadInput, match="is submitted by now: look at it again"):
            await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=cost, sure=True, seen="unknown")
        closed = await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=cost, sure=True)

    assert (closed.state, closed.cost_microusd) == ("failed", cost)


async def test_what_a_person_has_said_is_corrected_by_who_is_sure_and_nothing_else_is(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    said = [0, PRICE, 3 * PRICE, PRICE // 2, PRICE // 2, 0]

    for before, now in zip([None, *said], said, strict=False):
        async with studio.catalog.session() as db:
            if before is not None and before != now:
                with pytest.raises(Unsure, match=r"it was said before that it took .* say that you are sure if"):
                    await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=now)
            closed = await give_up(
                studio.vault, db, workspace_id, generation_id, cost_microusd=now, sure=before is not None
            )
        async with studio.catalog.session() as db:
            [asset] = (await db.scalars(select(Asset))).all()
            total = (await costs.total(db, workspace_id)).microusd
            booked = [(each.spent_microusd, each.overrun_microusd) for each in (await db.scalars(select(Budget))).all()]
        noted = await studio.vault.sidecar(str(workspace_id), str(asset.id))
        assert (closed.state, closed.cost_microusd, asset.cost_microusd, total) == ("failed", now, now, now)
        assert set(booked) == {(min(now, PRICE), max(0, now - PRICE))}
        assert [row["row"]["cost_microusd"] for row in noted["rows"] if row["table"] == "assets"] == [now]

    async with studio.catalog.session() as db:
        found = await generations.find(db, workspace_id, generation_id)
        assert found is not None
        assert [event.what for event in found.events][3:] == ["failed", *["cost corrected"] * 4]
        assert sum(event.delta_microusd for event in found.events) == 0


async def test_a_correction_without_room_in_the_budget_is_an_overrun_until_it_is_corrected(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    async with studio.catalog.session() as db:
        await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=0)
        film_id = (await db.scalars(select(Generation.film_id))).one()
        await budgets.set_limit(db, workspace_id=workspace_id, film_id=film_id, limit_microusd=PRICE // 5)
    booked = []
    for cost in (PRICE, 0):
        async with studio.catalog.session() as db:
            await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=cost, sure=True)
            own = await budgets.get(db, workspace_id=workspace_id, film_id=film_id)
            assert own is not None
            booked.append((own.spent_microusd, own.overrun_microusd))

    assert [sum(each) for each in booked] == [PRICE, 0]
    assert booked[0] == (PRICE // 5, PRICE - PRICE // 5)


async def test_what_its_provider_has_said_is_not_corrected(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.on_submit = lambda: None
    made = (await generate(studio, await order(studio, bench, "a wreck"))).asset
    async with studio.catalog.session() as db:
        with pytest.raises(BadInput, match="there is nothing to find out"):
            await give_up(studio.vault, db, made.workspace_id, made.id, cost_microusd=0, sure=True)


async def test_what_is_known_already_is_nothing_to_decide(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    workspace_id, generation_id = await unknown(studio, bench)
    async with studio.catalog.session() as db:
        await give_up(studio.vault, db, workspace_id, generation_id, cost_microusd=0)

    async with studio.catalog.session() as db:
        with pytest.raises(BadInput, match=r"is failed, cost \$0.00: there is nothing to find out"):
            await adopt(db, workspace_id, generation_id, job="job-7")
        with pytest.raises(BadInput, match="there is no generation"):
            await adopt(db, workspace_id, uuid4(), job="job-7")
        other = await films.workspace(db, "another")
        with pytest.raises(BadInput, match="there is no generation"):
            await give_up(studio.vault, db, other.id, generation_id, cost_microusd=0)


def test_the_command_tells_who_waits_and_takes_the_decision(database_url: str, tmp_path: Path) -> None:
    home = Home(path=tmp_path / "home", database_url=database_url)

    async def prepared() -> UUID:
        studio, bench = open_bench(database_url, home.path)
        bench.terms, bench.price_microusd, bench.on_submit = Terms(dedupe="none"), PRICE, _lose
        await fund(studio, PRICE)
        try:
            return (await unknown(studio, bench))[1]
        finally:
            await studio.aclose()

    generation = asyncio.run(prepared())

    waiting = home.data("ledger", "list")
    shown = home.data("ledger", "show", str(generation))
    both = home.run("ledger", "resolve", str(generation), "--job", "7", "--not-charged")
    done = home.run("ledger", "resolve", str(generation), "--charged", "$0.25")
    again = home.run("ledger", "resolve", str(generation), "--not-charged")
    same = home.run("ledger", "resolve", str(generation), "--charged", "0.25")
    corrected = home.run("ledger", "resolve", str(generation), "--charged", "0.2", "--yes")

    assert [row["id"] for row in waiting] == [str(generation)]
    assert [event["what"] for event in shown[0]["events"]] == ["queued", "submitting", "unknown"]
    assert (both.returncode, done.returncode, again.returncode) == (2, 0, 2)
    assert done.stderr.strip() == f"generation {generation} is failed now, cost $0.25"
    assert "it was said before that it took $0.25: say that you are sure if $0.00 is right, by --yes" in again.stderr
    assert (same.returncode, corrected.returncode) == (0, 0)
    assert home.data("ledger", "list") == []
    assert [row["cost"] for row in home.data("ledger", "list", "--all")] == ["$0.20"]


def test_every_operation_that_the_studio_asks_for_is_known() -> None:
    from director_dagster.animatic.operations import OPERATIONS

    assert set(MADE) == {*OPERATIONS, CLONE}
