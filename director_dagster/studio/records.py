"""Records: what is of no asset (films, characters, slots, takes, budgets, the journal) is kept in the vault too.

Each film and each workspace has a sidecar, written anew after what changes it: at the end of a step, not at each piece,
so that a step of many pieces is not slower for it. Beside them a workspace's journal grows by what is new in it.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select

from director_dagster.catalog import sidecar
from director_dagster.catalog.queries import events
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Film, Generation, Workspace
from director_dagster.vault.store import Vault


async def note(catalog: Catalog, vault: Vault, workspace_id: UUID, film_ids: Iterable[UUID] = ()) -> None:
    """Keep the workspace, and these films of it, as they are now. A second call writes the same."""
    # An older state must not be written over a newer one.
    async with catalog.lock(f"sidecars:{workspace_id}"):
        tail = await vault.journal_tail(str(workspace_id), 1)
        async with catalog.session() as db:
            films = await db.scalars(select(Film).where(Film.workspace_id == workspace_id, Film.id.in_(list(film_ids))))
            found = {film.id: await sidecar.of_film(db, film) for film in films}
            found[workspace_id] = await sidecar.of_workspace(db, await db.get_one(Workspace, workspace_id))
            for film_id in (None, *(each for each in found if each != workspace_id)):
                under_way = await sidecar.unfinished(db, workspace_id, film_id)
                records = await sidecar.of_generations(db, under_way)
                found |= {each.id: record for each, record in zip(under_way, records, strict=True)}
            lines = await events.after(db, workspace_id, int(tail[-1]["seq"]) if tail else 0)
        await vault.put_sidecars({(str(workspace_id), str(id_)): record for id_, record in found.items()})
        if lines:
            await vault.continue_journal(str(workspace_id), lines)


async def note_all(catalog: Catalog, vault: Vault, workspace_id: UUID) -> None:
    """Keep the workspace and all its films as they are now."""
    async with catalog.session() as db:
        films = list(await db.scalars(select(Film.id).where(Film.workspace_id == workspace_id).order_by(Film.id)))
    await note(catalog, vault, workspace_id, films)


async def note_sent(catalog: Catalog, vault: Vault, generation: Generation) -> None:
    """Keep a generation that may be paid from now on; its asset's sidecar takes the place of this one."""
    async with catalog.session() as db:
        (record,) = await sidecar.of_generations(db, [generation])
    await vault.put_sidecar(str(generation.workspace_id), str(generation.id), record)
