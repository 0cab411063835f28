"""Looks: pictures that users bring for who and what recurs, and which of them a film wears."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.catalog.queries import assets, characters, takes
from director_dagster.catalog.queries.takes import Filled, Filling, Place
from director_dagster.catalog.tables import Asset, Character, CharacterKind
from director_dagster.errors import BadInput
from director_dagster.media.inspect import picture_type
from director_dagster.providers.contract import Ask, Input, Medium
from director_dagster.story import wire, words
from director_dagster.story.cast import character_key, is_generic
from director_dagster.story.film import Format
from director_dagster.story.rights import UNKNOWN_RIGHTS, Rights
from director_dagster.studio import filing, records, rights
from director_dagster.studio.crew import Member
from director_dagster.studio.filing import BASIS_VERSION, Filed, Label, Origin
from director_dagster.studio.production import Production
from director_dagster.studio.studio import Studio
from director_dagster.studio.upload import file_all
from director_dagster.vault.store import digest_of

LOOK = "look"
A_USER = "a user"
NAME_CHARS = 60
"""As long as a name in film.toml may be."""

DESCRIPTION_CHARS = 1000
PICTURE_BYTES = 50_000_000
"""What OpenAI takes of a picture; others take less (2026-11)."""

Pictures = Sequence[tuple[Path, Filed]]


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Who or what a user speaks of.

    Attributes:
        kind: Character, location or prop.
        name: As cues and headings write it.
        variant: Which of its looks, e.g. ``winter``; None is the usual one.
    """

    kind: CharacterKind
    name: str
    variant: str | None = None

    @property
    def key(self) -> str:
        """What its name is known by."""
        return character_key(self.name)

    def refuse_nonsense(self) -> None:
        """Raise BadInput for a name that nobody could have in every film of a workspace."""
        for what, text in ((f"a {self.kind}'s name", self.name), ("a variant's name", self.variant)):
            if text is not None and not _is_name(text):
                raise BadInput(f"{text[:NAME_CHARS]!r}: {what} is up to {NAME_CHARS} letters that can be seen")
        if self.kind == "character" and is_generic(self.name):
            raise BadInput(
                f"{self.name} is nobody in particular, and each film has its own: name somebody, and let the film.toml "
                f'say who it is: [characters] {wire.canonical(self.name).decode()} = "NAME"'
            )


@dataclass(frozen=True, kw_only=True)
class Brought:
    """What became of a user's pictures: the row they are of, and each asset, with whether it is there only now."""

    character: Character
    known: bool
    looks: Sequence[tuple[Asset, bool]]


async def bring(
    studio: Studio,
    workspace_id: UUID,
    wanted: Wanted,
    *,
    pictures: Sequence[Path] = (),
    description: str | None = None,
    said: Rights = UNKNOWN_RIGHTS,
) -> Brought:
    """Make the row of who or what is wanted, describe it, and make the pictures its look, the last one the selected.

    The same picture again is no second take: it is the selected one from then on. All takes are kept. What is `said` of
    the pictures' rights stands on all of them. Raises BadInput, with nothing filed, for a name that cannot be, or a
    file that is no picture.
    """
    wanted.refuse_nonsense()
    if wanted.variant is not None and not pictures:
        raise BadInput(f"a variant is a look of its own: give {wanted.name}'s picture as {wanted.variant} with --look")
    if description is not None:
        _refuse_description(description)
    async with studio.filing(), studio.catalog.lock(f"{workspace_id}:{wanted.kind}:{wanted.key}"):
        files = await file_all(studio, pictures, what="picture", type_of=picture_type, limit_bytes=PICTURE_BYTES)
        listed = list(zip(pictures, files, strict=True))
        written = await _write(studio, workspace_id, wanted, listed, description, said)
        await records.note(studio.catalog, studio.vault, workspace_id)
    return written


async def brought(db: AsyncSession, film: Production, names: Mapping[UUID, str]) -> Mapping[UUID, Filled]:
    """What users brought as the looks that the film wears, of those of these characters, locations and props, by row,
    that it has one of; the others' are for the film to make.

    Raises BadInput when film.toml names a look that nobody has brought.
    """
    found = await takes.selected_of_characters(db, workspace_id=film.workspace_id, character_ids=names)
    worn_ = {row: _worn_of(film, name, found[row]) for row, name in names.items()}
    return {row: filled for row, filled in worn_.items() if filled is not None}


def _worn_of(film: Production, name: str, own: Mapping[str, Filled]) -> Filled | None:
    variant = worn(film, name)
    filled = own.get(slot_name(variant))
    there = filled is not None and filled.asset.source == "upload" and filled.asset.deleted_at is None
    if variant is not None and not there:
        known = ", ".join(variant_of(slot) or "the usual one" for slot in own if slot.partition(":")[0] == LOOK)
        raise BadInput(
            f"{film.key}: looks.{name} is {variant!r}, and there is no such look of {name}"
            f"{f' (there is {known})' if known else ''}: bring one by `director character add {name} --look IMAGE "
            f"--variant {variant}` (or location, prop)"
        )
    return filled if there else None


def worn(film: Production, name: str) -> str | None:
    """The variant that film.toml names, by a cue or by whom that stands for; None is the usual look."""
    meant = {character_key(cue): known for cue, known in film.settings.characters.items()}
    told = {character_key(meant.get(character_key(who), who)): variant for who, variant in film.settings.looks.items()}
    return told.get(character_key(name))


def slot_name(variant: str | None) -> str:
    """The name of the own slot of a look: ``look``, ``look:winter``."""
    return LOOK if variant is None else f"{LOOK}:{character_key(variant)}"


def variant_of(slot: str) -> str | None:
    """The variant that such a slot is of; None for the usual look."""
    return slot.partition(":")[2] or None


def draws_after(who: Member) -> bool:
    """Whether a frame that `who` draws is drawn after the looks that it is given; not when it draws none."""
    size = wire.dump(Format.WIDE.size)
    given = Input(role=LOOK, digest="0" * 64, path=Path())
    ask = Ask(medium=Medium.IMAGE, operation="frame", prompt="A frame", params={"size": size}, inputs=[given])
    try:
        return given in who.provider.plan(ask, who.model).inputs
    except BadInput:
        return False


def _is_name(text: str) -> bool:
    return len(text.strip()) > 0 and len(text) <= NAME_CHARS and words.control(text) is None


def _refuse_description(description: str) -> None:
    if len(description) > DESCRIPTION_CHARS or words.control(description):
        raise BadInput(f"a description is up to {DESCRIPTION_CHARS:,} letters on one line")


async def _write(
    studio: Studio, workspace_id: UUID, wanted: Wanted, pictures: Pictures, description: str | None, said: Rights
) -> Brought:
    async with studio.catalog.session() as db:
        met = await characters.get_or_create(
            db, workspace_id=workspace_id, kind=wanted.kind, name=wanted.name, description=description or ""
        )
        if met.known and description is not None:
            await characters.describe(db, met.character, description)
        looks = [await _take(studio, db, met.character, wanted, path, filed) for path, filed in pictures]
        if said != UNKNOWN_RIGHTS:
            for asset, _ in looks:
                await rights.note_of(studio, db, workspace_id, asset.id, said)
    return Brought(character=met.character, known=met.known, looks=looks)


async def _take(
    studio: Studio, db: AsyncSession, character: Character, wanted: Wanted, path: Path, filed: Filed
) -> tuple[Asset, bool]:
    """The picture as the selected take of the look's slot, and whether its row was made for it just now."""
    digest = digest_of(filed.url)
    place = Place(name=slot_name(wanted.variant), kind=wanted.kind, character_id=character.id)
    before = await takes.all_of_character(db, workspace_id=character.workspace_id, character_id=character.id)
    mine = (each for each in before if each.slot.name == place.name and each.asset.deleted_at is None)
    of_slot = next((each for each in mine if each.asset.digest == digest), None)
    if of_slot is not None:
        await takes.choose(db, of_slot.take, by=A_USER)
        return of_slot.asset, False
    known = await assets.uploaded(db, character.workspace_id, digest, character_id=character.id)
    asset = known or await filing.save(
        studio.vault, db, label=_label(character, wanted, path), origin=Origin(source="upload"), filed=filed
    )
    filling = Filling(
        workspace_id=character.workspace_id,
        place=place,
        asset_id=asset.id,
        basis={"picture": wire.digest(["brought", digest])},
        basis_version=BASIS_VERSION,
        reused=known is not None,
        insists=True,
    )
    await takes.fill_all(db, [filling], by=A_USER)
    return asset, known is None


def _label(character: Character, wanted: Wanted, path: Path) -> Label:
    variant = "" if wanted.variant is None else f" {wanted.variant}"
    return Label(
        workspace_id=character.workspace_id,
        type="image",
        kind=wanted.kind,
        name=f"{character.name}: look{variant}",
        prompt="",
        character_ids=[character.id],
        more={"file": path.name, **({} if wanted.variant is None else {"variant": wanted.variant})},
    )


def selected_variants(found: Sequence[Filled]) -> Mapping[str, Filled]:
    """The selected look of each variant among a character's own takes, by its slot's name; a deleted one is none."""
    looks = (each for each in found if each.slot.name.startswith(LOOK) and each.asset.deleted_at is None)
    return {each.slot.name: each for each in looks if each.take.selected_at}
