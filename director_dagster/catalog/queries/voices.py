"""Questions about the voices that characters have at providers."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import events
from director_dagster.catalog.tables import Character, Voice

CHOSEN, CONSENTED, WITHDRAWN = "voice chosen", "consent given", "consent withdrawn"
"""What the audit log says of a voice that a character has from now on; its subject is the row's id."""


@dataclass(frozen=True, kw_only=True)
class Consent:
    """By what a cloned voice may be used: the asset that cloning has made, the consent's words, its last day."""

    asset_id: UUID
    words: str
    until: date


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """A voice in use, whose it is, and whether the consent to it has ended, by Postgres's date."""

    voice: Voice
    character: Character
    ended: bool


async def choose(
    db: AsyncSession,
    *,
    workspace_id: UUID,
    character_id: UUID,
    provider: str,
    voice_id: str,
    by: str,
    consent: Consent | None = None,
    what: str | None = None,
) -> Voice:
    """Let the character have that voice there; another that it had is dropped. The same again changes nothing.

    The audit log says so, with the consent that it rests on; `what` says it otherwise.
    """
    mine = (Voice.workspace_id == workspace_id, Voice.character_id == character_id, Voice.provider == provider)
    await db.execute(select(Character.id).where(Character.id == character_id).with_for_update())
    there = (await db.scalars(select(Voice).where(*mine, Voice.dropped_at.is_(None)))).one_or_none()
    voice = Voice(
        workspace_id=workspace_id,
        character_id=character_id,
        provider=provider,
        voice_id=voice_id,
        asset_id=None if consent is None else consent.asset_id,
        consent=None if consent is None else consent.words,
        consent_until=None if consent is None else consent.until,
        noted_by=by,
    )
    if there is not None and _says(there) == _says(voice):
        return there
    await db.execute(update(Voice).where(*mine, Voice.dropped_at.is_(None)).values(dropped_at=func.now()))
    db.add(voice)
    await db.flush()
    said = {"provider": provider, "voice": voice_id, "character": str(character_id)}
    if consent is not None:
        said |= {"consent": consent.words, "until": str(consent.until)}
    await events.note(
        db,
        workspace_id=workspace_id,
        who=by,
        what=what or (CHOSEN if consent is None else CONSENTED),
        subject=str(voice.id),
        asset_id=voice.asset_id,
        details=said,
    )
    return voice


async def last_consent(db: AsyncSession, workspace_id: UUID, provider: str, voice_id: str) -> Voice | None:
    """The row with what was last noted of the consent to a cloned voice; None for one that was not cloned here."""
    query = (
        select(Voice)
        .where(Voice.workspace_id == workspace_id, Voice.provider == provider, Voice.voice_id == voice_id)
        .where(Voice.consent.is_not(None))
        .order_by(Voice.created_at.desc(), Voice.id.desc())
        .limit(1)
    )
    return (await db.scalars(query)).one_or_none()


async def in_use(
    db: AsyncSession, workspace_id: UUID, *, character_ids: Collection[UUID] | None = None
) -> Sequence[Chosen]:
    """The voices in use, of these characters or of all, by character's key and provider. Index: uq_voices_in_use."""
    query = (
        select(Voice, Character, func.coalesce(Voice.consent_until < func.current_date(), False).label("ended"))
        .join(Character, (Character.workspace_id == Voice.workspace_id) & (Character.id == Voice.character_id))
        .where(Voice.workspace_id == workspace_id, Voice.dropped_at.is_(None))
        .order_by(Character.key, Character.id, Voice.provider)
    )
    if character_ids is not None:
        query = query.where(Voice.character_id.in_(character_ids))
    rows = await db.execute(query)
    return [Chosen(voice=voice, character=character, ended=ended) for voice, character, ended in rows]


def _says(voice: Voice) -> tuple[object, ...]:
    return voice.voice_id, voice.asset_id, voice.consent, voice.consent_until
