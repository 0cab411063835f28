"""Tests of the ledger's steps."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import budgets, claims, ledger, receipts
from director_dagster.catalog.claims import Claim, Outcome, Purchase
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import blobs, films, trash
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, Budget, Generation, GenerationEvent, Receipt, Workspace
from director_dagster.errors import BudgetExceeded, Unavailable
from director_dagster_tests.catalog.rows import an_asset, filed

FINGERPRINT = "f" * 64
ALIVE_S, OVER_S = 600, -1
Step = Any


async def test_a_free_generation_passes_through_all_states_without_a_budget(db: AsyncSession, acme: Workspace) -> None:
    url = await filed(db, "shot")
    claim = await _claim(db, acme)

    states = [claim.generation.state]
    generation = await ledger.submitting(db, claim.generation)
    states.append(generation.state)
    generation = await receipts.acknowledge(db, generation, provider_job_id="job-1", raw={"queue": 3})
    states.append(generation.state)
    generation = await ledger.stored(db, generation, digest=blobs.digest_of(url), output={"media_type": "video/mp4"})
    states.append(generation.state)
    generation = await ledger.settle(db, generation, cost_microusd=0)

    assert claim.outcome is Outcome.OURS
    assert states == ["queued", "submitting", "submitted", "stored"]
    assert (generation.settled_at is not None, generation.lease_until) == (True, None)
    assert await _journal(db, generation) == [
        ("queued", 0),
        ("submitting", 0),
        ("submitted", 0),
        ("stored", 0),
        ("settled", 0),
    ]


async def test_what_is_owned_and_live_is_found_by_its_fingerprint(db: AsyncSession, acme: Workspace) -> None:
    await an_asset(db, acme, "first", fingerprint=FINGERPRINT)
    newest = await an_asset(db, acme, "second", fingerprint=FINGERPRINT)
    await an_asset(db, await films.workspace(db, "other"), "foreign", fingerprint=FINGERPRINT)

    found = await claims.find_reusable(db, acme.id, FINGERPRINT)

    assert found is newest


@pytest.mark.parametrize("fate", ["failed", "deleted", "lost"])
async def test_what_is_not_live_is_not_reused(db: AsyncSession, acme: Workspace, fate: str) -> None:
    failed = {"url": None} if fate == "failed" else {}
    asset = await an_asset(db, acme, "shot", fingerprint=FINGERPRINT, **failed)
    if fate == "deleted":
        await trash.delete(db, acme.id, [asset.id])
    if fate == "lost" and asset.digest is not None:
        await blobs.lose(db, asset.digest)

    assert await claims.find_reusable(db, acme.id, FINGERPRINT) is None


async def test_a_second_worker_follows_the_first(db: AsyncSession, acme: Workspace) -> None:
    first = await _claim(db, acme)

    second = await _claim(db, acme)

    assert second.outcome is Outcome.FOLLOW
    assert second.generation.id == first.generation.id


async def test_of_workers_that_claim_at_once_one_wins(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")

    async def claim() -> Claim:
        async with catalog.session() as db:
            return await _claim(db, acme)

    claims = await asyncio.gather(*(claim() for _ in range(10)))

    assert sorted(claim.outcome for claim in claims) == [Outcome.FOLLOW] * 9 + [Outcome.OURS]
    assert len({claim.generation.id for claim in claims}) == 1


@pytest.mark.parametrize("state", ["queued", "submitting", "submitted", "stored"])
async def test_a_dead_workers_generation_is_taken_over_in_the_state_it_is_in(
    db: AsyncSession, acme: Workspace, state: str
) -> None:
    dead = await _brought_to(db, acme, state, lease_s=OVER_S)

    claim = await _claim(db, acme)

    assert claim.outcome is Outcome.OURS
    assert (claim.generation.id, claim.generation.state) == (dead.id, state)
    assert claim.generation.lease_epoch == 2


async def test_the_worker_that_was_taken_for_dead_can_write_nothing_more(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
        zombie = (await _claim(db, acme, lease_s=OVER_S)).generation
    async with catalog.session() as db:
        await _claim(db, acme)

    async with catalog.session() as db:
        for step in (
            ledger.submitting(db, zombie),
            ledger.renew(db, zombie, lease_s=ALIVE_S),
            ledger.fail(db, zombie, reason="?", cost_microusd=0),
        ):
            with pytest.raises(Unavailable, match="is another worker's by now"):
                await step


async def test_a_receipt_of_the_worker_that_was_taken_for_dead_still_counts(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
        zombie = await _brought_to(db, acme, "submitting", lease_s=OVER_S)
    async with catalog.session() as db:
        await _claim(db, acme)

    async with catalog.session() as db:
        zombie = await receipts.acknowledge(db, zombie, provider_job_id="job-1")

    async with catalog.session() as db:
        now = await ledger.get(db, acme.id, zombie.id)
        assert (now.state, now.provider_job_id, now.lease_epoch) == ("submitted", "job-1", 2)
        with pytest.raises(Unavailable):
            await ledger.renew(db, zombie, lease_s=ALIVE_S)


async def test_a_late_receipt_resolves_an_unknown_outcome(db: AsyncSession, acme: Workspace) -> None:
    unknown = await ledger.unknown(db, await _brought_to(db, acme, "submitting"), reason="timeout")

    generation = await receipts.acknowledge(db, unknown, provider_job_id="job-1")

    assert generation.state == "submitted"
    assert [row.id for row in await ledger.resumable(db, acme.id)] == [generation.id]


async def test_a_second_receipt_is_kept_and_does_not_replace_the_first(db: AsyncSession, acme: Workspace) -> None:
    generation = await _brought_to(db, acme, "submitted")

    again = await receipts.acknowledge(db, generation, provider_job_id="job-2")

    assert again.provider_job_id == "job-1"
    assert list(await db.scalars(select(Receipt.provider_job_id).order_by(Receipt.id))) == ["job-1", "job-2"]


async def test_an_unknown_outcome_blocks_another_payment_until_a_person_resolves_it(
    db: AsyncSession, acme: Workspace
) -> None:
    unknown = await ledger.unknown(db, await _brought_to(db, acme, "submitting"), reason="timeout")

    assert (await _claim(db, acme)).outcome is Outcome.UNKNOWN
    assert await ledger.unresolved(db, acme.id) == [unknown]
    assert await ledger.resumable(db, acme.id) == []
    await ledger.fail(db, unknown, reason="not charged, says the provider", cost_microusd=0)
    assert (await _claim(db, acme)).outcome is Outcome.OURS


async def test_a_settled_generation_is_not_bought_again_but_as_another_purchase(
    db: AsyncSession, acme: Workspace
) -> None:
    stored = await _brought_to(db, acme, "stored")
    settled = await ledger.settle(db, stored, cost_microusd=0)

    again, another = await _claim(db, acme), await _claim(db, acme, purchase=2)

    assert (again.outcome, again.generation.id) == (Outcome.BOUGHT, settled.id)
    assert (another.outcome, another.generation.purchase) == (Outcome.OURS, 2)


@pytest.mark.parametrize("end", ["failed", "refused", "cancelled", "output_expired"])
async def test_what_came_to_nothing_does_not_block_a_new_attempt(db: AsyncSession, acme: Workspace, end: str) -> None:
    closed = await _closed(db, acme, end)

    claim = await _claim(db, acme)

    assert closed.state == end
    assert claim.outcome is Outcome.OURS
    assert claim.generation.id != closed.id


async def test_a_generation_is_settled_once(db: AsyncSession, acme: Workspace) -> None:
    stored = await _brought_to(db, acme, "stored")
    await ledger.settle(db, stored, cost_microusd=0)

    with pytest.raises(Unavailable):
        await ledger.settle(db, stored, cost_microusd=0)


async def test_one_generation_never_has_two_assets(db: AsyncSession, acme: Workspace) -> None:
    stored = await _brought_to(db, acme, "stored")
    await an_asset(db, acme, "first", generation_id=stored.id)

    with pytest.raises(IntegrityError, match="uq_assets_workspace_id_generation_id"):
        await an_asset(db, acme, "second", generation_id=stored.id)


async def test_bytes_that_the_catalog_does_not_know_are_not_stored(db: AsyncSession, acme: Workspace) -> None:
    submitted = await _brought_to(db, acme, "submitted")

    with pytest.raises(IntegrityError, match="fk_generations_digest"):
        await ledger.stored(db, submitted, digest="a" * 64, output={})


@pytest.mark.parametrize(
    ("state", "step"),
    [
        ("queued", lambda db, row: ledger.stored(db, row, digest="a" * 64, output={})),
        ("queued", lambda db, row: ledger.settle(db, row, cost_microusd=0)),
        ("queued", lambda db, row: ledger.unknown(db, row, reason="?")),
        ("submitting", lambda db, row: ledger.cancel(db, row, reason="?")),
        ("submitted", ledger.submitting),
        ("submitted", lambda db, row: ledger.not_accepted(db, row, reason="?")),
        ("submitted", lambda db, row: ledger.unknown(db, row, reason="?")),
        ("stored", ledger.submitting),
    ],
)
async def test_a_step_out_of_order_is_kept_out(db: AsyncSession, acme: Workspace, state: str, step: Step) -> None:
    generation = await _brought_to(db, acme, state)

    with pytest.raises(Unavailable, match="or past this step"):
        await step(db, generation)


async def test_what_was_surely_not_accepted_is_sent_again_after_a_while(db: AsyncSession, acme: Workspace) -> None:
    sent = await _brought_to(db, acme, "submitting")

    waiting = await ledger.not_accepted(db, sent, reason="503", wait_s=ALIVE_S)

    assert (waiting.state, waiting.reason, waiting.lease_until) == ("queued", "503", None)
    assert (await _claim(db, acme)).outcome is Outcome.FOLLOW


async def test_after_the_wait_it_is_anybodys_under_the_same_client_reference(db: AsyncSession, acme: Workspace) -> None:
    sent = await _brought_to(db, acme, "submitting")
    await ledger.not_accepted(db, sent, reason="503", wait_s=OVER_S)

    again = await ledger.submitting(db, (await _claim(db, acme)).generation)

    assert (again.id, again.client_ref, again.tries) == (sent.id, sent.id, 1)


@pytest.mark.parametrize("step", [ledger.refuse, ledger.fail])
async def test_a_refused_second_sending_proves_nothing(db: AsyncSession, acme: Workspace, step: Step) -> None:
    await _brought_to(db, acme, "submitting", lease_s=OVER_S)
    second = await ledger.submitting(db, (await _claim(db, acme)).generation)

    states = [(await ledger.not_accepted(db, second, reason="503")).state]
    states.append((await step(db, second, reason="422", cost_microusd=0)).state)

    assert states == ["submitting", "unknown"]


async def test_a_lease_is_renewed_and_let_go(db: AsyncSession, acme: Workspace) -> None:
    generation = (await _claim(db, acme, lease_s=OVER_S)).generation
    generation = await ledger.renew(db, generation, lease_s=ALIVE_S)
    held = await ledger.resumable(db, acme.id)

    await ledger.let_go(db, generation)

    assert held == []
    assert [row.id for row in await ledger.resumable(db, acme.id)] == [generation.id]


async def test_only_what_is_unfinished_and_held_by_nobody_is_resumable(db: AsyncSession, acme: Workspace) -> None:
    free = await _brought_to(db, acme, "submitted", fingerprint="a" * 64, lease_s=OVER_S, job="job-a")
    unsettled = await _brought_to(db, acme, "stored", fingerprint="b" * 64, lease_s=OVER_S, job="job-b")
    await _brought_to(db, acme, "submitted", fingerprint="c" * 64, job="job-c")
    done = await _brought_to(db, acme, "stored", fingerprint="d" * 64, lease_s=OVER_S, job="job-d")
    await ledger.settle(db, done, cost_microusd=0)

    found = await ledger.resumable(db, acme.id)

    assert [row.id for row in found] == [free.id, unsettled.id]


async def test_a_paid_generation_holds_its_price_until_it_is_charged(db: AsyncSession, acme: Workspace) -> None:
    await _budget(db, acme)
    stored = await _brought_to(db, acme, "stored", price_microusd=300_000)
    held = (await _spending(db, acme), stored.reserved_microusd)

    settled = await ledger.settle(db, stored, cost_microusd=280_000)

    assert held == ((300_000, 0, 0), 300_000)
    assert await _spending(db, acme) == (0, 280_000, 0)
    assert (settled.cost_microusd, settled.reserved_microusd) == (280_000, 0)


async def test_no_room_in_the_budget_writes_nothing(db: AsyncSession, acme: Workspace) -> None:
    await _budget(db, acme)

    with pytest.raises(BudgetExceeded, match="no room"):
        await _claim(db, acme, price_microusd=1_000_001)

    assert await db.scalar(select(func.count()).select_from(Generation)) == 0
    assert await db.scalar(select(func.count()).select_from(GenerationEvent)) == 0
    assert await _spending(db, acme) == (0, 0, 0)


async def test_paid_work_without_a_budget_is_refused(db: AsyncSession, acme: Workspace) -> None:
    with pytest.raises(BudgetExceeded, match="no budget is set"):
        await _claim(db, acme, price_microusd=1)


async def test_an_unknown_price_is_refused(db: AsyncSession, acme: Workspace) -> None:
    await _budget(db, acme)

    with pytest.raises(BudgetExceeded, match="the price is unknown"):
        await _claim(db, acme, price_microusd=None)


async def test_an_unknown_cost_keeps_its_hold(db: AsyncSession, acme: Workspace) -> None:
    await _budget(db, acme)
    stored = await _brought_to(db, acme, "stored", price_microusd=300_000)

    settled = await ledger.settle(db, stored, cost_microusd=None)

    assert settled.cost_microusd is None
    assert await _spending(db, acme) == (300_000, 0, 0)


async def test_a_follower_and_a_successor_hold_nothing_twice(db: AsyncSession, acme: Workspace) -> None:
    await _budget(db, acme)
    await _claim(db, acme, price_microusd=300_000, lease_s=OVER_S)

    taken = await _claim(db, acme, price_microusd=300_000)
    follower = await _claim(db, acme, price_microusd=300_000)

    assert (taken.outcome, follower.outcome) == (Outcome.OURS, Outcome.FOLLOW)
    assert await _spending(db, acme) == (300_000, 0, 0)


@pytest.mark.parametrize(
    "costs",
    [[280_000], [300_000], [0], [None], [310_000, 5], [None, 1, 300_000]],
)
async def test_the_journal_sums_to_what_the_budget_says(
    db: AsyncSession, acme: Workspace, costs: list[int | None]
) -> None:
    await _budget(db, acme)
    for number, cost in enumerate(costs):
        stored = await _brought_to(
            db, acme, "stored", fingerprint=f"{number:064}", price_microusd=300_000, job=f"job-{number}"
        )
        await ledger.settle(db, stored, cost_microusd=cost)
    await _closed(db, acme, "failed", price_microusd=50_000)

    journal = await db.scalar(select(func.sum(GenerationEvent.delta_microusd)))

    assert journal == sum(await _spending(db, acme))


async def test_every_generation_in_flight_survives_the_death_of_its_worker(catalog: Catalog) -> None:
    async with catalog.session() as db:
        acme = await films.workspace(db, "acme")
        url = await filed(db, "shot")
    steps: list[Step] = [
        ledger.submitting,
        lambda db, row: receipts.acknowledge(db, row, provider_job_id="job-1"),
        lambda db, row: ledger.stored(db, row, digest=blobs.digest_of(url), output={}),
        lambda db, row: ledger.settle(db, row, cost_microusd=0),
    ]

    for step in steps:
        async with catalog.session() as db:
            successor = await _claim(db, acme, lease_s=OVER_S)
        async with catalog.session() as db:
            await step(db, successor.generation)

    async with catalog.session() as db:
        assert (await _claim(db, acme)).outcome is Outcome.BOUGHT
        assert await db.scalar(select(func.count()).select_from(Generation)) == 1
        assert await db.scalar(select(func.count()).select_from(Receipt)) == 1
        assert await db.scalar(select(func.count()).select_from(Asset)) == 0


async def _claim(db: AsyncSession, workspace: Workspace, **values: Any) -> Claim:
    order = {
        "film_id": None,
        "fingerprint": FINGERPRINT,
        "provider": "animatic",
        "model": "camera-1",
        "operation": "shot",
        "request": {"prompt": "the sea"},
        "price_microusd": 0,
        "lease_s": ALIVE_S,
        **values,
    }
    lease_s = order.pop("lease_s")
    number = order.pop("purchase", 1)
    return await claims.claim(db, Purchase(workspace_id=workspace.id, number=number, **order), lease_s=lease_s)


async def _brought_to(
    db: AsyncSession, workspace: Workspace, state: str, *, job: str = "job-1", **values: Any
) -> Generation:
    """A newly claimed generation in that state."""
    generation = (await _claim(db, workspace, **values)).generation
    if state == "queued":
        return generation
    generation = await ledger.submitting(db, generation)
    if state == "submitting":
        return generation
    generation = await receipts.acknowledge(db, generation, provider_job_id=job)
    if state == "submitted":
        return generation
    return await ledger.stored(db, generation, digest=blobs.digest_of(await filed(db, job)), output={})


async def _closed(db: AsyncSession, workspace: Workspace, end: str, **values: Any) -> Generation:
    before = {"failed": "submitted", "refused": "submitting", "cancelled": "queued", "output_expired": "submitted"}
    row = await _brought_to(db, workspace, before[end], job=str(new_id()), **values)
    steps: dict[str, Step] = {
        "failed": lambda: ledger.fail(db, row, reason="no", cost_microusd=0),
        "refused": lambda: ledger.refuse(db, row, reason="no"),
        "cancelled": lambda: ledger.cancel(db, row, reason="no"),
        "output_expired": lambda: ledger.expire(db, row, reason="no", cost_microusd=0),
    }
    closed: Generation = await steps[end]()
    return closed


async def _budget(db: AsyncSession, workspace: Workspace) -> Budget:
    return await budgets.set_limit(db, workspace_id=workspace.id, film_id=None, limit_microusd=1_000_000)


async def _spending(db: AsyncSession, workspace: Workspace) -> tuple[int, int, int]:
    """What is held, spent and overrun."""
    budget = await budgets.get(db, workspace_id=workspace.id, film_id=None)
    assert budget is not None
    return budget.reserved_microusd, budget.spent_microusd, budget.overrun_microusd


async def _journal(db: AsyncSession, generation: Generation) -> list[tuple[str, int]]:
    query = select(GenerationEvent).where(GenerationEvent.generation_id == generation.id)
    return [(event.what, event.delta_microusd) for event in await db.scalars(query.order_by(GenerationEvent.id))]
