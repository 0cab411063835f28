"""Purge from the library: what lies in the trash loses its bytes for good, which takes a producer and a reason."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from director_dagster.library.problems import ANSWERS
from director_dagster.library.rooms import Asking, Open
from director_dagster.studio import trash

MOST = 1_000
"""All of them or none are purged, in one transaction; more are purged in several goes."""

router = APIRouter(prefix="/api/v1", tags=["bulk"], responses=ANSWERS)


class PurgeIn(BaseModel):
    """Which assets, and why: the reason stays on their tombstones for ever."""

    model_config = ConfigDict(extra="forbid")

    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST)]
    reason: Annotated[str, StringConstraints(min_length=1, max_length=trash.REASON_CHARS, pattern=r"^[^\x00]*$")]


class PurgeOut(BaseModel):
    """What was purged now, what was so already, and which stores of copies could not be emptied: they will be by the
    next purge or scrub."""

    purged: list[UUID]
    before: list[UUID]
    faults: list[str]


@router.post("/assets:purge")
async def purge(said: PurgeIn, opened: Open, reader: Asking) -> PurgeOut:
    """Take away for good the bytes of assets in the trash, all of them or none: for producers.

    The rows stay: digest, prompt, cost, attempts, and the reason. Bytes that another asset needs stay with that. The
    same again purges nothing more. 400 for one that is not in the trash, is held or in use.
    """
    reader.require("producer")
    done = await trash.purge(opened.keeper_for(reader), reader.workspace.id, said.ids, reason=said.reason)
    return PurgeOut(
        purged=[each.id for each in done.now], before=[each.id for each in done.before], faults=list(done.faults)
    )
