"""Clone: a voice made at a provider from samples of somebody's own, with their consent, through the gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets, characters, voices
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.queries.voices import Consent
from director_dagster.catalog.tables import Asset, Character
from director_dagster.errors import BadInput
from director_dagster.media.inspect import sound_type
from director_dagster.providers.contract import CLONE, Ask, Cloner, Input, Medium
from director_dagster.story import words
from director_dagster.studio import filing, records, rights
from director_dagster.studio.crew import lacking
from director_dagster.studio.filing import Filed, Label, Origin
from director_dagster.studio.generate import generate
from director_dagster.studio.looks import Wanted
from director_dagster.studio.order import Order
from director_dagster.studio.studio import Studio
from director_dagster.studio.upload import file_all
from director_dagster.vault.store import digest_of

CONSENT_CHARS = 500
SAMPLE_BYTES = 10_000_000
"""Of one sample, as ElevenLabs' pages have it (2026)."""


@dataclass(frozen=True, kw_only=True)
class Given:
    """The consent of whose voice it is.

    Attributes:
        words: Who gives it, and for what.
        until: Its last day.
        by: Who notes it.
    """

    words: str
    until: date
    by: str


@dataclass(frozen=True, kw_only=True)
class Cloning:
    """A character's cloned voice.

    Attributes:
        voice_id: Its id at the provider.
        asset: What stands for it here.
        owned: Whether it was there before.
        unverified: Whether it waits for the provider to be shown that the voice is one's own.
        unused_days: How long the provider keeps it if it does not speak; None: as long as the account.
    """

    voice_id: str
    asset: Asset
    owned: bool
    unverified: bool
    unused_days: int | None = None


def consent(words_: str | None, until: date | None, *, today: date, by: str) -> Given:
    """The consent as a user tells it. Raises BadInput without one, or when it has ended."""
    if not (words_ or "").strip() or until is None:
        raise BadInput(
            'a voice is cloned only with the consent of whose it is: --consent "who, for what" --until YYYY-MM-DD'
        )
    said = (words_ or "").strip()
    if len(said) > CONSENT_CHARS or words.control(said):
        raise BadInput(f"a consent is told in up to {CONSENT_CHARS} letters on one line")
    if until < today:
        raise BadInput(f"that consent ended on {until}: nothing is cloned")
    return Given(words=said, until=until, by=by)


async def clone(
    studio: Studio, workspace_id: UUID, name: str, *, provider: str, samples: Sequence[Path], given: Given
) -> Cloning:
    """Have `provider` clone a voice for a character, who has it there from then on.

    The same samples for the same character are cloned once; a later call notes its consent. The samples are kept.
    Raises BadInput, with nothing filed, for what cannot be cloned, and what the gate raises.
    """
    wanted = Wanted(kind="character", name=name)
    wanted.refuse_nonsense()
    maker = _cloner(studio, provider)
    if not samples:
        raise BadInput("a voice is cloned from samples of it: name one at least with --sample")
    async with studio.catalog.lock(f"{workspace_id}:{CLONE}:{wanted.key}"):
        async with studio.filing():
            filed = await file_all(studio, samples, what="sample", type_of=sound_type, limit_bytes=SAMPLE_BYTES)
            async with studio.catalog.session() as db:
                met = await characters.get_or_create(db, workspace_id=workspace_id, kind="character", name=name)
                kept = [await _sample(studio, db, met.character, each) for each in filed]
        bought = await generate(studio, await _order(studio, maker, met.character, kept))
        made = bought.asset.generation_metadata
        async with studio.catalog.session() as db:
            voice = await voices.choose(
                db,
                workspace_id=workspace_id,
                character_id=met.character.id,
                provider=provider,
                voice_id=made["voice_id"],
                by=given.by,
                consent=Consent(asset_id=bought.asset.id, words=given.words, until=given.until),
            )
            await rights.consent(studio, db, voice, [bought.asset.id, *(sample.id for sample in kept)])
        await records.note(studio.catalog, studio.vault, workspace_id)
    return Cloning(
        voice_id=made["voice_id"],
        asset=bought.asset,
        owned=bought.owned,
        unverified=made["requires_verification"],
        unused_days=made.get("unused_days"),
    )


def _cloner(studio: Studio, name: str) -> Cloner:
    """The provider of that name. Raises BadInput for one that clones no voices, or lacks its key."""
    maker = studio.providers.get(name)
    if maker is None:
        raise BadInput(lacking(studio.providers, name))
    if not isinstance(maker, Cloner):
        able = [each for each, one in studio.providers.items() if isinstance(one, Cloner)]
        raise BadInput(f"{name} clones no voices; {' and '.join(able)} {'do' if len(able) > 1 else 'does'}")
    maker.ready()
    return maker


async def _order(studio: Studio, maker: Cloner, character: Character, samples: Sequence[Asset]) -> Order:
    inputs = [
        Input(role="sample", digest=each.digest or "", path=await studio.vault.path(each.url or "")) for each in samples
    ]
    ask = Ask(medium=Medium.SPEECH, operation=CLONE, prompt=character.name, params={}, inputs=inputs)
    request = maker.plan(ask, None)
    label = Label(
        workspace_id=character.workspace_id,
        type="text",
        kind="voice",
        name=f"{character.name}: voice at {maker.name}",
        prompt=request.prompt,
        character_ids=[character.id],
        sources=[(each.id, "sample") for each in samples],
    )
    place = Place(name=f"{CLONE}:{maker.name}", kind="voice", character_id=character.id)
    return Order(provider=maker, request=request, label=label, places=[place], basis={"sound": request.fingerprint})


async def _sample(studio: Studio, db: AsyncSession, character: Character, filed: Filed) -> Asset:
    """The character's upload with those bytes, made unless it is there."""
    found = await assets.uploaded(db, character.workspace_id, digest_of(filed.url), character_id=character.id)
    if found is not None:
        return found
    label = Label(
        workspace_id=character.workspace_id,
        type="audio",
        kind="voice",
        name=f"{character.name}: sample of a voice",
        prompt="",
        character_ids=[character.id],
    )
    return await filing.save(studio.vault, db, label=label, origin=Origin(source="upload"), filed=filed)
