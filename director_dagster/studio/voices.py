"""Voices: which one a character has at which provider, chosen there, and until when it may be used."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import characters, voices
from director_dagster.catalog.queries.voices import Consent
from director_dagster.catalog.tables import Character
from director_dagster.errors import BadInput
from director_dagster.providers.contract import CHOSEN, Ask, Medium, Provider
from director_dagster.story import wire
from director_dagster.story.shot import Manner, Voice
from director_dagster.studio.crew import HOUSE, lacking
from director_dagster.studio.looks import Wanted
from director_dagster.studio.piece import ChosenVoice

VOICE_ID = re.compile(r"[A-Za-z0-9_-]{1,256}")
"""It becomes part of an address: what else there is in it, no provider's id has (2026-11)."""


async def choose(
    db: AsyncSession, providers: Mapping[str, Provider], workspace_id: UUID, name: str, told: str, *, by: str
) -> Character:
    """Let a character, known or new, have a voice that is told as ``elevenlabs:JBFqnCBsd6RMkjVDRZzb``.

    Lines that this provider speaks are spoken by it from then on; those of others stay as they are. Raises BadInput.
    """
    Wanted(kind="character", name=name).refuse_nonsense()
    provider, _, voice_id = told.partition(":")
    if VOICE_ID.fullmatch(voice_id) is None:
        raise BadInput(f"{told[:80]!r} is no voice: write PROVIDER:VOICE_ID, as elevenlabs:JBFqnCBsd6RMkjVDRZzb")
    _refuse_mute(providers, provider, voice_id)
    met = await characters.get_or_create(db, workspace_id=workspace_id, kind="character", name=name)
    await voices.choose(
        db,
        workspace_id=workspace_id,
        character_id=met.character.id,
        provider=provider,
        voice_id=voice_id,
        by=by,
        consent=await _consent_to(db, workspace_id, provider, voice_id),
    )
    return met.character


async def withdraw(db: AsyncSession, workspace_id: UUID, name: str, provider: str, *, by: str) -> Sequence[str]:
    """Let the consent end by which a character's cloned voice is used there, for all who have that voice; their names.

    It speaks no more from now on; what it has said stays. A second call changes nothing, and names nobody. Raises
    BadInput where the character has no cloned voice there.
    """
    there = await voices.in_use(db, workspace_id)
    who = await characters.find(db, workspace_id=workspace_id, kind="character", name=name)
    named = (None if who is None else who.id, provider)
    mine = next((each for each in there if (each.character.id, each.voice.provider) == named), None)
    if mine is None or mine.voice.asset_id is None:
        raise BadInput(f"{name} has no cloned voice at {provider}: `director voice list` names what there is")
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    ended = []
    for each in there:
        voice = each.voice
        if (voice.provider, voice.voice_id) != (provider, mine.voice.voice_id) or each.ended or voice.asset_id is None:
            continue
        await voices.choose(
            db,
            workspace_id=workspace_id,
            character_id=each.character.id,
            provider=provider,
            voice_id=voice.voice_id,
            by=by,
            consent=Consent(asset_id=voice.asset_id, words=voice.consent or "", until=yesterday),
            what=voices.WITHDRAWN,
        )
        ended.append(each.character.name)
    return ended


async def _consent_to(db: AsyncSession, workspace_id: UUID, provider: str, voice_id: str) -> Consent | None:
    """By what a voice may be used that was cloned here: whoever has it next, has it by the same consent."""
    noted = await voices.last_consent(db, workspace_id, provider, voice_id)
    if noted is None or noted.asset_id is None or noted.consent is None or noted.consent_until is None:
        return None
    return Consent(asset_id=noted.asset_id, words=noted.consent, until=noted.consent_until)


async def chosen(
    db: AsyncSession, workspace_id: UUID, character_ids: Collection[UUID]
) -> Mapping[UUID, Mapping[str, ChosenVoice]]:
    """The voices that these characters have, by character and provider."""
    found: dict[UUID, dict[str, ChosenVoice]] = {}
    for each in await voices.in_use(db, workspace_id, character_ids=character_ids):
        found.setdefault(each.character.id, {})[each.voice.provider] = ChosenVoice(
            name=each.character.name,
            voice_id=each.voice.voice_id,
            until=each.voice.consent_until,
            ended=each.ended,
            asset_id=each.voice.asset_id,
        )
    return found


def _refuse_mute(providers: Mapping[str, Provider], name: str, voice_id: str) -> None:
    """Raise BadInput for a provider that is not installed, speaks no lines, or heeds no choice, as the house."""
    if name == HOUSE:
        raise BadInput(f"the {HOUSE} casts its own voices, by how a character looks: no other can be chosen there")
    if name not in providers:
        raise BadInput(lacking(providers, name))
    voice = wire.dump(Voice(language="en-GB", pitch=1.0, speed=1.0))
    params = {"text": "Yes.", "voice": voice, "manner": Manner.PLAIN.value}
    ask = Ask(medium=Medium.SPEECH, operation="line", prompt="Yes.", params=params)
    # One of them may be what the provider would take by itself.
    told = [replace(ask, params={**params, CHOSEN: each}) for each in (voice_id, f"{voice_id}x")]
    heard = {providers[name].plan(each, None).fingerprint for each in told}
    if len(heard) == 1:
        raise BadInput(f"{name} speaks in voices of its own choice: none can be chosen there yet")
