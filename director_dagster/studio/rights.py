"""Rights: what somebody says may be done with an asset, and by whose consent a voice may be used."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets
from director_dagster.catalog.queries import rights as questions
from director_dagster.catalog.tables import Asset, Voice
from director_dagster.errors import BadInput
from director_dagster.story.rights import Rights
from director_dagster.studio import filing
from director_dagster.studio.studio import Studio


async def note(studio: Studio, workspace_id: UUID, asset_id: UUID, said: Rights) -> Asset:
    """Write down what may be done with an asset, in its row, its sidecar and the audit log; what was known before is
    replaced. Raises BadInput for one that is not there."""
    async with studio.catalog.session() as db:
        await assets.get(db, workspace_id, asset_id)
        return await note_of(studio, db, workspace_id, asset_id, said)


async def note_of(studio: Studio, db: AsyncSession, workspace_id: UUID, asset_id: UUID, said: Rights) -> Asset:
    """As `note`, in the transaction of `db`, of an asset that is there."""
    asset = await questions.note(db, workspace_id, asset_id, said)
    await filing.note_again(studio.vault, db, [asset])
    return asset


async def consent(studio: Studio, db: AsyncSession, voice: Voice, asset_ids: Sequence[UUID]) -> None:
    """Write down by whose consent these assets, a cloned voice and its samples, may be used; the newest one counts."""
    if voice.consent is None or voice.consent_until is None:
        raise BadInput(f"the voice {voice.voice_id} rests on no consent")
    rows = await questions.consented(
        db,
        voice.workspace_id,
        asset_ids,
        consent_id=voice.id,
        scope=voice.consent,
        until=voice.consent_until,
    )
    await filing.note_again(studio.vault, db, rows)
