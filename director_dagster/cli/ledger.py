"""`director ledger`: what was bought, and what a person must decide."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.money import exactly, told
from director_dagster.cli.home import (
    WORKSPACE,
    ask,
    json_option,
    microusd,
    put,
    say,
    table,
    with_studio,
    workspace_option,
)
from director_dagster.errors import BadInput, Unsure
from director_dagster.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.queries.generations import History
    from director_dagster.catalog.tables import Film, Generation
    from director_dagster.studio.studio import Studio

    Resolution = Callable[[AsyncSession, UUID], Awaitable[Generation]]

LISTED = ("id", "state", "film", "provider", "model", "operation", "price", "cost", "asked", "reason")


@click.group("ledger")
def command() -> None:
    """The generations: what was asked of which provider, at what price, and what came of it."""


@command.command("list")
@click.option("--all", "every", is_flag=True, help="All of them, not only those that wait for a person.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@workspace_option
@json_option
def listed(limit: int, workspace: str, *, every: bool, as_json: bool) -> None:
    """Generations of which nobody knows whether they were paid, or what they have cost, the newest first."""

    async def rows_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        from director_dagster.catalog.queries import generations

        which = generations.listed if every else generations.waiting
        found = await which(db, workspace_id, limit=limit)
        return [_row(generation, film) for generation, film in found]

    rows = ask(rows_of, workspace=workspace)
    if as_json:
        put(rows)
    elif rows or every:
        table(LISTED, ([row[column] for column in LISTED] for row in rows))
    else:
        say("nothing waits for a decision")


@command.command("show")
@click.argument("generation", type=click.UUID)
@json_option
def show(generation: UUID, *, as_json: bool) -> None:
    """All that is known of one generation: each step it took, and what its provider has acknowledged."""

    async def found(db: "AsyncSession", workspace_id: UUID) -> "History | None":
        from director_dagster.catalog.queries import generations

        return await generations.find(db, workspace_id, generation)

    history = ask(found, workspace=_workspace_of(generation))
    if history is None:
        raise BadInput(_unknown(generation))
    row = _row(history.generation, None) | {"prompt": history.generation.request["prompt"]}
    events = [
        {"at": event.at, "what": event.what, "moved": told(event.delta_microusd), **event.details}
        for event in history.events
    ]
    receipts = [{"at": receipt.at, "what": "receipt", "job": receipt.provider_job_id} for receipt in history.receipts]
    if as_json:
        put([row | {"events": events, "receipts": receipts}])
    else:
        table(("field", "value"), ((name, value) for name, value in row.items() if name != "film"))
        click.echo()
        table(("at", "what", "moved", "details"), map(_line, sorted([*events, *receipts], key=lambda line: line["at"])))


@command.command("resolve")
@click.argument("generation", type=click.UUID)
@click.option("--job", help="The provider has it, under this id, and says so: it is fetched at the next making.")
@click.option("--not-charged", is_flag=True, help="The provider never took it: it is bought anew at the next making.")
@click.option("--charged", metavar="USD", help="The provider took this much for it, and nothing came of it.")
@click.option(
    "--yes",
    is_flag=True,
    help="Even if that is more than its price, gives up a job, or corrects what was said.",
)
@json_option
def resolve(
    generation: UUID,
    job: str | None,
    charged: str | None,
    *,
    not_charged: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Say what you found in the provider's account about a generation that `director ledger list` names.

    One that a provider has taken and does not give out can be given up too, with --yes: it is bought a second time. So
    is an amount above its highest price believed, and so is corrected what somebody has said before.
    """
    if sum((job is not None, not_charged, charged is not None)) != 1:
        raise click.UsageError("say one of --job, --not-charged and --charged")
    workspace = _workspace_of(generation)
    if job is not None:
        _prove(generation, job.strip(), workspace)
    now = ask(_resolution(generation, job and job.strip(), charged, sure=yes), workspace=workspace, changes=True)
    if as_json:
        put([_row(now, None)])
    else:
        cost = told(None) if now.cost_microusd is None else exactly(now.cost_microusd)
        say(f"generation {generation} is {now.state} now, cost {cost}")


def _workspace_of(generation_id: UUID) -> str:
    """Whose it is: an id is of one workspace alone. Raises BadInput for none."""

    async def found(db: "AsyncSession", _: UUID) -> str | None:
        from director_dagster.catalog.queries import generations

        return await generations.workspace_of(db, generation_id)

    workspace = ask(found, workspace=WORKSPACE)
    if workspace is None:
        raise BadInput(_unknown(generation_id))
    return workspace


def _unknown(generation_id: UUID) -> str:
    return f"there is no generation {generation_id}; `director ledger list --all` names a workspace's"


def _prove(generation_id: UUID, job: str, workspace: str) -> None:
    """Let the provider say that it has that job."""
    from director_dagster.catalog.queries import films
    from director_dagster.studio.resolve import prove

    async def proved(studio: "Studio") -> None:
        async with studio.catalog.session() as db:
            found = await films.find_workspace(db, workspace)
        if found is not None:
            await prove(studio, found.id, generation_id, job=job)

    with_studio(proved)


def _resolution(generation_id: UUID, job: str | None, charged: str | None, *, sure: bool) -> "Resolution":
    cost = 0 if charged is None else microusd(charged)
    if charged is not None and not cost:
        raise BadInput(f"--charged {charged}: say how much it took; if it took nothing, --not-charged")

    async def resolved(db: "AsyncSession", workspace_id: UUID) -> "Generation":
        from director_dagster.studio.resolve import adopt, give_up
        from director_dagster.vault.store import Vault

        if job is not None:
            return await adopt(db, workspace_id, generation_id, job=job)
        vault = Vault(Settings.from_env().vault)
        try:
            return await give_up(vault, db, workspace_id, generation_id, cost_microusd=cost, sure=sure)
        except Unsure as exc:
            raise BadInput(f"generation {generation_id}: {exc}, by --yes") from exc

    return resolved


def _row(generation: "Generation", film: "Film | None") -> dict[str, Any]:
    return {
        "id": generation.id,
        "state": generation.state,
        "film": None if film is None else film.slug,
        "provider": generation.provider,
        "model": generation.model,
        "operation": generation.operation,
        "price": told(generation.price_microusd),
        "cost": None if generation.settled_at is None else told(generation.cost_microusd),
        "asked": f"{generation.created_at:%Y-%m-%d %H:%M:%S}",
        "reason": generation.reason,
        "job": generation.provider_job_id,
        "client_ref": generation.client_ref,
    }


def _line(line: dict[str, Any]) -> tuple[object, ...]:
    rest = ", ".join(f"{name} {value}" for name, value in line.items() if name not in {"at", "what", "moved"})
    return f"{line['at']:%Y-%m-%d %H:%M:%S}", line["what"], line.get("moved"), rest
