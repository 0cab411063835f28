"""Choice: the takes of a film's piece, and which of them a person wants in the film."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import BadInput
from director_dagster.studio import records
from director_dagster.studio.production import Production
from director_dagster.studio.studio import Studio

SHOWN = 5


async def takes_of(studio: Studio, film: Production, piece: str) -> Sequence[Filled]:
    """All takes of a piece of the film, by number. Raises as `slot_of`."""
    async with studio.catalog.session() as db:
        return await _takes_of(db, film, piece)


async def select(studio: Studio, film: Production, piece: str, number: int, *, who: str) -> Filled:
    """Choose a take of a piece of the film; what was chosen before stays as a take. A second call changes nothing.

    The next making cuts the film from it, and makes what is made from it anew. Raises BadInput for a piece or a take
    that is not there, and for one that has no bytes.
    """
    chosen = await _select(studio, film, piece, number, who)
    await records.note(studio.catalog, studio.vault, film.workspace_id, [film.film_id])
    return chosen


async def _select(studio: Studio, film: Production, piece: str, number: int, who: str) -> Filled:
    async with studio.catalog.session() as db:
        found = await _takes_of(db, film, piece)
        wanted = next((each for each in found if each.take.number == number), None)
        if wanted is None:
            numbers = ", ".join(str(each.take.number) for each in found if each.asset.deleted_at is None)
            raise BadInput(f"{film.key}: {piece} has no take {number}; it has {numbers}")
        if wanted.asset.url is None or wanted.asset.lost_at or wanted.asset.deleted_at:
            raise BadInput(f"{film.key}: take {number} of {piece} has no bytes: it failed, is lost or was deleted")
        await takes.choose(db, wanted.take, by=who, who=who)
        return wanted


def is_of_another_page(found: Sequence[Filled], take: Filled) -> bool:
    """Whether a take was made from other words than the newest one: the next making then makes the piece anew."""
    return take.take.basis != found[-1].take.basis


async def _takes_of(db: AsyncSession, film: Production, piece: str) -> Sequence[Filled]:
    names = await takes.names(db, workspace_id=film.workspace_id, film_id=film.film_id)
    fitting = [name for name in names if piece in {name, name.rpartition(":")[2]}]
    if not fitting:
        more = f", {names[0]} and {len(names) - 1} others" if len(names) > SHOWN else ", ".join(["", *names])
        raise BadInput(f"{film.key} has no piece {piece!r}{more and '; it has' + more[1:]}")
    if len(fitting) > 1:
        raise BadInput(f"{piece} is {' and '.join(fitting)}: say which")
    return await takes.all_takes(db, workspace_id=film.workspace_id, film_id=film.film_id, slot=fitting[0])
