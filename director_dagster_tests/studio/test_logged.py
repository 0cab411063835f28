"""What the studio does stands in the audit log: by whom, in which run, for how much; with the deed or not at all."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError

from director_dagster.catalog import budgets
from director_dagster.catalog.chain import Actor
from director_dagster.catalog.queries import characters, events, films, voices
from director_dagster.catalog.queries.voices import Consent
from director_dagster.errors import JobFailed, NeedsPerson
from director_dagster.providers.contract import JobState, JobStatus, Terms
from director_dagster.studio.audit import verify
from director_dagster.studio.generate import generate
from director_dagster.studio.resolve import adopt, give_up
from director_dagster.studio.studio import Studio
from director_dagster_tests.catalog.rows import an_asset
from director_dagster_tests.studio.bench import Bench, film_row, fund, open_bench, order

PRICE, RUN = 250_000, "9a3c1f0e-run"


@pytest.fixture
async def opened(database_url: str, tmp_path: Path) -> AsyncIterator[tuple[Studio, Bench]]:
    """A studio at work in a run of Dagster's, whose provider takes money; there is enough of it."""
    studio, bench = open_bench(database_url, tmp_path / "home")
    bench.price_microusd = PRICE
    await fund(studio, 1000 * PRICE)
    studio = replace(studio, catalog=replace(studio.catalog, actor=Actor(run_id=RUN)))
    yield studio, bench
    await studio.aclose()


async def told(studio: Studio, *, after: int = 2) -> Sequence[Mapping[str, Any]]:
    """What the log says, but for its first events, the two budgets; it is proved on the way."""
    async with studio.catalog.snapshot() as db:
        workspace = await films.find_workspace(db, "home")
        assert workspace is not None
        await verify(db, workspace.id)
        return [body async for body, _ in events.walk(db, workspace.id)][after:]


def short(told: Sequence[Mapping[str, Any]]) -> list[tuple[str, int | None]]:
    return [(body["what"], body["microusd"]) for body in told]


async def test_a_purchase_is_told_when_it_is_claimed_and_when_it_is_settled_with_what_it_cost(
    opened: tuple[Studio, Bench],
) -> None:
    studio, bench = opened
    bench.cost_microusd = PRICE - 1

    bought = await generate(studio, await order(studio, bench, "a lighthouse"))
    await generate(studio, await order(studio, bench, "a lighthouse"))

    lines = await told(studio)
    assert short(lines) == [("claimed", None), ("settled", PRICE - 1), ("selected", None)]
    assert {(body["who"], body["run"], body["film"]) for body in lines} == {("studio", RUN, str(bought.asset.film_id))}
    claimed, settled, selected = lines
    assert claimed["generation"] == settled["generation"] == str(bought.asset.generation_id)
    assert (claimed["details"]["price_microusd"], claimed["details"]["provider"]) == (PRICE, "bench")
    assert (selected["asset"], selected["details"]) == (
        str(bought.asset.id),
        {"piece": "note", "take": 1, "before": None},
    )


async def test_what_costs_nothing_is_no_purchase_and_what_fills_a_slot_is_told(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.price_microusd = 0

    for words in ("a hill", "a lake"):
        await generate(studio, await order(studio, bench, words))

    lines = await told(studio)
    assert [(body["what"], body["details"]["take"], body["details"]["before"]) for body in lines] == [
        ("selected", 1, None),
        ("selected", 2, 1),
    ]


@pytest.mark.parametrize("cost", [None, 0, PRICE])
async def test_what_failed_is_told_with_what_it_cost_and_an_unknown_cost_is_never_nothing(
    opened: tuple[Studio, Bench], cost: int | None
) -> None:
    studio, bench = opened
    bench.status = JobStatus(state=JobState.FAILED, reason="no idea", microusd=cost)

    with pytest.raises(JobFailed):
        await generate(studio, await order(studio, bench, "a wreck"))

    lines = await told(studio)
    assert short(lines) == [("claimed", None), ("failed", cost)]
    assert "no idea" in lines[-1]["reason"]


@pytest.mark.parametrize("cost", [0, PRICE])
async def test_what_a_person_found_out_is_told_by_the_persons_name(opened: tuple[Studio, Bench], cost: int) -> None:
    studio, bench = opened
    generation = await _lost_answer(studio, bench)
    as_sam = replace(studio.catalog, actor=Actor(who="sam"))

    async with as_sam.session() as db:
        workspace_id, _ = await film_row(db)
        await give_up(studio.vault, db, workspace_id, generation, cost_microusd=cost)

    lines = await told(studio)
    assert short(lines) == [("claimed", None), ("unknown", None), ("failed", cost)]
    assert (lines[-1]["who"], lines[-1]["run"]) == ("sam", None)


async def test_a_job_that_a_person_found_is_told_and_so_is_what_came_of_it(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    generation = await _lost_answer(studio, bench)

    async with replace(studio.catalog, actor=Actor(who="sam")).session() as db:
        workspace_id, _ = await film_row(db)
        await adopt(db, workspace_id, generation, job="job-7")
    await generate(studio, await order(studio, bench, "a wreck"))

    lines = await told(studio)
    assert short(lines)[2:] == [("adopted", None), ("settled", PRICE), ("selected", None)]
    assert (lines[2]["who"], lines[2]["details"]["job"]) == ("sam", "job-7")


async def test_a_cost_that_is_found_out_later_is_told_then(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.status = JobStatus(state=JobState.FAILED, reason="no idea")
    with pytest.raises(JobFailed):
        await generate(studio, await order(studio, bench, "a wreck"))
    ended = (await told(studio))[-1]

    async with studio.catalog.session() as db:
        workspace_id, _ = await film_row(db)
        await give_up(studio.vault, db, workspace_id, ended["generation"], cost_microusd=PRICE)

    assert short(await told(studio))[-2:] == [("failed", None), ("cost found out", PRICE)]


async def test_a_correction_is_told_as_what_it_changes(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    generation = await _lost_answer(studio, bench)

    for cost in (PRICE, PRICE // 2):
        async with studio.catalog.session() as db:
            workspace_id, _ = await film_row(db)
            await give_up(studio.vault, db, workspace_id, generation, cost_microusd=cost, sure=True)

    lines = await told(studio)
    assert short(lines)[-2:] == [("failed", PRICE), ("cost corrected", PRICE // 2 - PRICE)]
    assert sum(each["microusd"] or 0 for each in lines) == PRICE // 2


async def test_what_there_is_no_room_for_is_no_event(opened: tuple[Studio, Bench]) -> None:
    # Three are claimed in one transaction, whose savepoint is rolled back: then one by one, and two find room.
    studio, bench = opened
    async with studio.catalog.session() as db:
        workspace_id, film_id = await film_row(db)
        await budgets.set_limit(db, workspace_id=workspace_id, film_id=film_id, limit_microusd=2 * PRICE)
    orders = [await order(studio, bench, words, slot=words) for words in ("a hill", "a lake", "a wood")]

    results = await asyncio.gather(*(generate(studio, each) for each in orders), return_exceptions=True)

    lines = await told(studio, after=3)
    assert sum(isinstance(each, Exception) for each in results) == 1
    assert [body["what"] for body in lines].count("claimed") == 2
    assert sum(body["microusd"] or 0 for body in lines) == 2 * PRICE


async def test_what_is_not_settled_is_not_told(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    async with studio.catalog.session() as db:
        # A take is the last of what is written before the log.
        await db.execute(text("ALTER TABLE takes ADD CONSTRAINT never CHECK (number > 1)"))

    with pytest.raises(IntegrityError):
        await generate(studio, await order(studio, bench, "a lighthouse"))
    before = short(await told(studio))
    async with studio.catalog.session() as db:
        await db.execute(text("ALTER TABLE takes DROP CONSTRAINT never"))
    await generate(studio, await order(studio, bench, "a lighthouse"))

    assert before == [("claimed", None)]
    assert short(await told(studio)) == [("claimed", None), ("settled", PRICE), ("selected", None)]
    assert len(bench.charged) == 1


async def test_many_that_are_settled_together_add_as_many_statements_as_one(opened: tuple[Studio, Bench]) -> None:
    studio, bench = opened
    bench.price_microusd = 0
    statements: list[str] = []

    def note(_: object, __: object, statement: str, *___: object) -> None:
        statements.append(statement)

    event.listen(studio.catalog.engine.sync_engine, "before_cursor_execute", note)
    orders = [await order(studio, bench, f"note {number}", slot=f"note:{number}") for number in range(40)]
    await asyncio.gather(*(generate(studio, each) for each in orders))
    event.remove(studio.catalog.engine.sync_engine, "before_cursor_execute", note)

    settled, logged = (sum(f"INSERT INTO {table} " in each for each in statements) for table in ("takes", "events"))
    assert logged == settled < 40
    assert len(await told(studio)) == 40


async def test_a_consent_is_told_with_who_noted_it(opened: tuple[Studio, Bench]) -> None:
    studio, _ = opened
    async with studio.catalog.session() as db:
        home = await films.workspace(db, "home")
        met = await characters.get_or_create(db, workspace_id=home.id, kind="character", name="MARA")
        asset = await an_asset(db, home, kind="voice")
    consent = Consent(asset_id=asset.id, words="Mara Lind, for the series", until=date(2027, 12, 31))
    for _ in range(2):
        async with studio.catalog.session() as db:
            await voices.choose(
                db,
                workspace_id=home.id,
                character_id=met.character.id,
                provider="elevenlabs",
                voice_id="voice-1",
                by="sam",
                consent=consent,
            )

    (line,) = await told(studio)
    assert (line["who"], line["what"], line["asset"]) == ("sam", "consent given", str(asset.id))
    assert (line["details"]["consent"], line["details"]["until"]) == ("Mara Lind, for the series", "2027-12-31")


async def _lost_answer(studio: Studio, bench: Bench) -> Any:
    """The id of a generation of which nobody can tell whether it was paid."""

    def lose() -> None:
        raise ConnectionResetError("the answer was lost")

    bench.terms, bench.on_submit = Terms(dedupe="none"), lose
    with pytest.raises(NeedsPerson):
        await generate(studio, await order(studio, bench, "a wreck"))
    bench.on_submit = lambda: None
    return (await told(studio))[-1]["generation"]
