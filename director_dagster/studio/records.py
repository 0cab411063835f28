"""Records: what is of no asset (films, characters, slots, takes, budgets, the journal) is kept in the vault too.

Each film and each workspace has a sidecar, written anew after what changes it: at the end of a step, not at each piece,
so that a step of many pieces is not slower for it. Beside them a workspace's journal grows by what is new in it.
"""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import sidecar
from director_dagster.catalog.queries import events
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Film, Generation, Workspace
from director_dagster.vault.store import Vault


async def note(catalog: Catalog, vault: Vault, workspace_id: UUID, film_ids: Iterable[UUID] = ()) -> None:
    """Keep the workspace, and these films of it, as they are now. A second call writes the same."""
    wanted = list(film_ids)
    # An older state must not be written over a newer one.
    async with catalog.lock(f"sidecars:{workspace_id}"):
        tail = await vault.journal_tail(str(workspace_id), 1)
        async with catalog.session() as db:
            films = await db.scalars(select(Film).where(Film.workspace_id == workspace_id, Film.id.in_(wanted)))
            found = {film.id: await sidecar.of_film(db, film) for film in films}
            found[workspace_id] = await sidecar.of_workspace(db, await db.get_one(Workspace, workspace_id))
            lines = await events.after(db, workspace_id, int(tail[-1]["seq"]) if tail else 0)
        await vault.put_sidecars({(str(workspace_id), str(id_)): record for id_, record in found.items()})
        if lines:
            await vault.continue_journal(str(workspace_id), lines)
    async with catalog.session() as db:
        await _note_unfinished(vault, db, workspace_id, Generation.film_id.is_(None) | Generation.film_id.in_(wanted))


async def note_all(catalog: Catalog, vault: Vault, workspace_id: UUID) -> None:
    """Keep the workspace and all its films as they are now."""
    async with catalog.session() as db:
        films = list(await db.scalars(select(Film.id).where(Film.workspace_id == workspace_id).order_by(Film.id)))
    await note(catalog, vault, workspace_id, films)


async def note_sent(vault: Vault, db: AsyncSession, generations: Sequence[Generation]) -> None:
    """Keep those of the generations that may be paid from now on, in the transaction of `db`. What costs nothing is
    made again as quickly as it is looked up."""
    paid = [each for each in generations if each.price_microusd != 0]
    for workspace_id in sorted({each.workspace_id for each in paid}):
        await _note_unfinished(vault, db, workspace_id, Generation.id.in_([each.id for each in paid]))


async def _note_unfinished(vault: Vault, db: AsyncSession, workspace_id: UUID, which: ColumnElement[bool]) -> None:
    """Write the sidecars while nobody can settle the generations: their assets' take the places of these."""
    found = await sidecar.unfinished(db, workspace_id, which)
    kept = zip(found, await sidecar.of_generations(db, found), strict=True)
    await vault.put_sidecars({(str(workspace_id), str(each.id)): record for each, record in kept})
