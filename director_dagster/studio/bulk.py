"""Bulk: one verb for many assets, in steps that a killed process goes on with, and taken back as a whole.

A batch is written down before anything is done, with all of its assets. Then some hundred at a time are decided, each
step one transaction: what is changed, the log's events of it and the batch's own count are there together or not at
all. The newest come first, so that what was made from an asset is gone before it and is no use of it any more.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog import chain
from director_dagster.catalog.ids import new_id
from director_dagster.catalog.queries import batches, film_uses, films, marks, trash
from director_dagster.catalog.queries.wanted import Wanted
from director_dagster.catalog.tables import Asset, Batch, FilmUse, Outcome, Verb
from director_dagster.catalog.tables.batches import OF_A_FILM
from director_dagster.errors import BadInput, Refused
from director_dagster.story import wire
from director_dagster.story.words import tidy
from director_dagster.studio import records
from director_dagster.studio.add import TAGS, Wish
from director_dagster.studio.filing import note_again
from director_dagster.studio.reuse import MOST, absence
from director_dagster.studio.studio import Studio
from director_dagster.studio.trash import kept_back, purged

AT_ONCE = 250
"""So many are decided in one transaction. Their sidecars are written in it, some 2 ms each, and as long as that nobody
else changes these assets; four times as many took no less for each (2026-11)."""

INVERSE: Mapping[Verb, Verb] = {
    "tag": "untag",
    "untag": "tag",
    "favorite": "unfavorite",
    "unfavorite": "favorite",
    "delete": "restore",
    "restore": "delete",
    "use": "leave",
    "leave": "use",
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody wants done, and to which assets: those named, or those that fit.

    Attributes:
        key: Under which it is asked for; the same key again is the same batch, and does nothing twice.
        argument: The tag, or the film by its slug, of the verbs that are about one.
        expected: How many fit, as who asks has seen it; when that is `capped`, there were more.
    """

    key: str
    verb: Verb
    argument: str = ""
    ids: Sequence[UUID] = ()
    want: Wanted | None = None
    expected: int | None = None
    capped: bool = False

    @property
    def digest(self) -> str:
        """By which it is known that the same is asked again."""
        which = sorted(map(str, self.ids)) if self.want is None else wire.dump(self.want)
        return wire.digest([self.verb, self.argument, which, self.expected, self.capped])


async def begin(studio: Studio, workspace_id: UUID, asked: Asked) -> Batch:
    """Write down what is to be done; nothing is done yet. The same key again gives the same batch, however far it is.

    `studio` is of this workspace alone (`Catalog.within`). Raises BadInput for a tag that cannot be; Refused for a key
    that something else was asked under, and where not as many fit as were seen.
    """
    if asked.verb == "tag":
        Wish(tags=[asked.argument]).refuse_nonsense()
        asked = replace(asked, argument=tidy(asked.argument))
    async with studio.catalog.session() as db:
        batch = _batch(db, workspace_id, asked.key, asked.verb, asked.argument, asked.digest)
        if not await batches.begin(db, batch):
            return await _same(db, batch)
        if asked.verb in OF_A_FILM:
            await _film(db, batch)
        if asked.want is None:
            return await batches.name(db, batch, asked.ids)
        named = await batches.name_fitting(db, batch, asked.want)
        _refuse_unexpected(named.total, asked)
    return named


async def work(studio: Studio, workspace_id: UUID, batch_id: UUID) -> Batch:
    """Bring a batch to its end from where it is; one that is there stays as it is. Two who do it at once take turns.

    Raises as the catalog and the vault do, after which another call goes on; BadInput for a batch that is not there.
    """
    async with studio.catalog.lock(f"batch:{batch_id}"):
        batch = await known(studio, workspace_id, batch_id)
        if batch.ended_at is None:
            while await _step(studio, workspace_id, batch_id):
                pass
            await records.note(studio.catalog, studio.vault, workspace_id, await _films(studio, batch))
    return await known(studio, workspace_id, batch_id)


async def undo(studio: Studio, workspace_id: UUID, batch_id: UUID) -> Batch:
    """Write down a batch that takes back what another has changed, and no more; a second call gives the same one.

    Raises BadInput for a batch that is not there, Refused for one that is still being worked on.
    """
    async with studio.catalog.session() as db:
        done = await _known(db, workspace_id, batch_id)
        if done.ended_at is None:
            raise Refused(f"batch {batch_id} is not at its end: wait for it, and then take it back")
        # No key of a client's has a space in it.
        key, verb = f"undo {batch_id}", INVERSE[done.verb]  # type: ignore[index]  # a CHECK says that it is a verb
        batch = _batch(db, workspace_id, key, verb, done.argument, wire.digest(key), undoes=batch_id)
        if not await batches.begin(db, batch):
            return await _same(db, batch)
        return await batches.name_changed(db, batch, batch_id)


async def give_up(studio: Studio, workspace_id: UUID, batch_id: UUID, reason: str) -> None:
    """Note that a batch cannot be brought to its end; what it has changed stays so, and can be taken back."""
    async with studio.catalog.session() as db:
        await batches.end(db, await _known(db, workspace_id, batch_id), "failed", reason=reason)


async def known(studio: Studio, workspace_id: UUID, batch_id: UUID) -> Batch:
    """The batch as it is now. Raises BadInput for one that the workspace does not have."""
    async with studio.catalog.session() as db:
        return await _known(db, workspace_id, batch_id)


async def _known(db: AsyncSession, workspace_id: UUID, batch_id: UUID) -> Batch:
    batch = await batches.known(db, workspace_id, batch_id)
    if batch is None:
        raise BadInput(f"no batch {batch_id} in this workspace")
    return batch


async def _same(db: AsyncSession, batch: Batch) -> Batch:
    """The batch that the key is of. Raises Refused when that is another thing."""
    found = await batches.of_key(db, batch.workspace_id, batch.key)
    if found is None or found.asked != batch.asked:
        raise Refused(f"something else was asked for under the key {batch.key!r}: take a new one")
    return found


async def _films(studio: Studio, batch: Batch) -> Sequence[UUID]:
    """Of which films the records change with the batch."""
    async with studio.catalog.session() as db:
        return [await _film(db, batch)] if batch.verb in OF_A_FILM else []


async def _step(studio: Studio, workspace_id: UUID, batch_id: UUID) -> bool:
    """Decide the next assets of the batch; whether there were any. Without, it is at its end."""
    async with studio.catalog.session() as db:
        batch = await _known(db, workspace_id, batch_id)
        ids = await batches.waiting(db, batch, limit=AT_ONCE)
        if not ids:
            await batches.end(db, batch, "done")
            return False
        found = await trash.locked(db, workspace_id, ids)
        refused = await _refused(db, batch, found)
        changed = await _change(studio, db, batch, [asset.id for asset in found if asset.id not in refused])
        await batches.settle(db, batch, {id_: _outcome(id_, changed, refused) for id_ in ids}, refused)
    return True


def _outcome(id_: UUID, changed: Collection[UUID], refused: Mapping[UUID, str]) -> Outcome:
    if id_ in changed:
        return "changed"
    return "refused" if id_ in refused else "same"


async def _refused(db: AsyncSession, batch: Batch, found: Sequence[Asset]) -> Mapping[UUID, str]:
    """Which of the assets stay as they are, and why, in words after their names."""
    match batch.verb:
        case "delete":
            return await kept_back(db, batch.workspace_id, found)
        case "restore":
            return {asset.id: f"it {purged(asset)}" for asset in found if asset.purged_at is not None}
        case "tag":
            full = (asset for asset in found if len(asset.tags) >= TAGS and batch.argument not in asset.tags)
            return {asset.id: f"it has {len(asset.tags)} tags: up to {TAGS} are kept" for asset in full}
        case "use":
            return await _kept_out(db, batch, found)
        case _:
            return {}


async def _kept_out(db: AsyncSession, batch: Batch, found: Sequence[Asset]) -> Mapping[UUID, str]:
    """Which of the assets cannot lie in the film's bin, and why."""
    lying = await film_uses.in_bin(db, batch.workspace_id, await _film(db, batch))
    refused = {asset.id: f"it {why}" for asset in found if (why := absence(asset))}
    more = sorted({asset.id for asset in found} - refused.keys() - lying, reverse=True)
    return refused | dict.fromkeys(more[max(MOST - len(lying), 0) :], f"up to {MOST:,} lie in a film's bin")


async def _change(studio: Studio, db: AsyncSession, batch: Batch, ids: Sequence[UUID]) -> Collection[UUID]:
    """Do it; those of the assets that were not so before."""
    if batch.verb in OF_A_FILM:
        return {use.asset_id for use in await _used(db, batch, ids)}
    changed = await _marked(db, batch, ids)
    await note_again(studio.vault, db, changed)
    return {asset.id for asset in changed}


async def _used(db: AsyncSession, batch: Batch, ids: Sequence[UUID]) -> Sequence[FilmUse]:
    film_id = await _film(db, batch)
    if batch.verb == "leave":
        undone = None if batch.undoes is None else await batches.known(db, batch.workspace_id, batch.undoes)
        # What somebody has taken into the bin again since then is theirs.
        until = None if undone is None else undone.ended_at
        return await film_uses.leave(db, batch.workspace_id, film_id, ids, until=until)
    return await film_uses.take(db, batch.workspace_id, film_id, ids, by=batch.who)


async def _marked(db: AsyncSession, batch: Batch, ids: Sequence[UUID]) -> Sequence[Asset]:
    match batch.verb:
        case "tag":
            return await marks.tag(db, batch.workspace_id, ids, batch.argument)
        case "untag":
            return await marks.untag(db, batch.workspace_id, ids, batch.argument)
        case "delete":
            return await trash.delete(db, batch.workspace_id, ids)
        case "restore":
            return await trash.restore(db, batch.workspace_id, ids)
        case _:
            return await marks.favor(db, batch.workspace_id, ids, favorite=batch.verb == "favorite")


async def _film(db: AsyncSession, batch: Batch) -> UUID:
    """The film that the batch is about. Raises BadInput where the workspace has none of that name."""
    film_id = await films.id_of(db, batch.workspace_id, batch.argument)
    if film_id is None:
        raise BadInput(f"there is no film {batch.argument} in this workspace")
    return film_id


def _batch(
    db: AsyncSession, workspace_id: UUID, key: str, verb: Verb, about: str, asked: str, *, undoes: UUID | None = None
) -> Batch:
    who = chain.actor(db).who
    return Batch(
        id=new_id(), workspace_id=workspace_id, key=key, verb=verb, argument=about, asked=asked, who=who, undoes=undoes
    )


def _refuse_unexpected(found: int, asked: Asked) -> None:
    if asked.expected is None:
        return
    if found <= asked.expected if asked.capped else found != asked.expected:
        said = f"more than {asked.expected}" if asked.capped else str(asked.expected)
        raise Refused(f"{found} assets fit now, not {said}: nothing was done; look again, and ask again")
