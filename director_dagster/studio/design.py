"""Design: a look for every character, location and prop, and a voice for whoever speaks."""

import logging
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from director_dagster.animatic.casting import NARRATOR, cast
from director_dagster.catalog.queries import characters, takes
from director_dagster.catalog.queries.characters import Newcomer
from director_dagster.catalog.tables import Asset, AssetKind
from director_dagster.catalog.tables import Character as Row
from director_dagster.providers.contract import Ask, Json, Medium
from director_dagster.story import prompt, wire
from director_dagster.story.cast import character_key
from director_dagster.story.film import FilmSettings
from director_dagster.story.shot import Character, Location, Look, Manner, Voice
from director_dagster.studio import looks
from director_dagster.studio.page import Page, read_page
from director_dagster.studio.piece import Given, Piece, Source
from director_dagster.studio.report import NOTICE, Report
from director_dagster.studio.speech import heard_lines, language_of
from director_dagster.studio.step import Step
from director_dagster.studio.voices import chosen

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Known:
    """Who or what of the page the workspace has a row of, and what a user brought as the look that the film wears."""

    row: Row
    given: Given | None


async def design(step: Step) -> Report:
    """Make sure that everyone and everything of the script has a look, and everyone who speaks a voice.

    What a user brought as a look, or another film of the workspace has settled for a character of the same name, is
    used as it is.
    """
    page = await read_page(step)
    _say_strange_looks(step, page)
    breakdown, film = page.breakdown, step.film
    people = [
        Newcomer(
            kind="character",
            name=who.name,
            film_id=film.film_id if who.generic else None,
            description=who.description,
        )
        for who in breakdown.characters
    ]
    said = _said(step, page)
    unseen = said.keys() - {who.name for who in breakdown.characters}
    voices = [Newcomer(kind="character", name=name) for name in said if name in unseen]
    places = [Newcomer(kind="location", name=place.name) for place in breakdown.locations]
    things = [Newcomer(kind="prop", name=prop) for prop in breakdown.props]
    known = iter(await _known(step, [*people, *voices, *places, *things]))
    cast_ = [(who, next(known)) for who in breakdown.characters]
    rows = {**{who.name: of.row for who, of in cast_}, **{each.name: next(known).row for each in voices}}
    pieces = [_character(step, page, who, of) for who, of in cast_]
    pieces += [_location(step, page, place, next(known)) for place in breakdown.locations]
    pieces += [_prop(step, page, prop, next(known)) for prop in breakdown.props]
    async with _settling(step, page, rows, said):
        pieces += await _voices(step, page, rows, said)
        return await step.make(pieces)


def slot_of(kind: str, name: str) -> str:
    """The film's slot for what recurs: ``look:mara``, ``location:shore``, ``prop:letter``, ``voice-en:mara``."""
    return f"{kind}:{character_key(name)}"


def voice_kind(settings: FilmSettings) -> str:
    """The first half of a voice's slot: a character has one voice a language."""
    return f"voice-{language_of(settings)}"


async def _known(step: Step, newcomers: Sequence[Newcomer]) -> Sequence[Known]:
    """Each as the workspace has it, in order."""
    async with step.studio.catalog.session() as db:
        rows = await characters.meet_all(db, step.film.workspace_id, newcomers)
        names = {row.id: each.name for row, each in zip(rows, newcomers, strict=True)}
        brought = await looks.brought(db, step.film, names)
    given = {
        row_id: Given(asset=filled.asset, blob=filled.blob, basis=filled.take.basis)
        for row_id, filled in brought.items()
    }
    return [Known(row=row, given=given.get(row.id)) for row in rows]


def _character(step: Step, page: Page, who: Character, known: Known) -> Piece:
    params = {"name": who.name, "look": wire.dump(who.look)}
    words = prompt.look_prompt(who, style=step.film.settings.style)
    piece = _image(step, page, "character", slot_of("look", who.name), f"{who.name}: look", words, params, known)
    return replace(piece, character_id=known.row.id)


def _location(step: Step, page: Page, location: Location, known: Known) -> Piece:
    params = {"setting": wire.dump(location.setting)}
    words = prompt.location_prompt(location, style=step.film.settings.style, known=known.row.description)
    return _image(step, page, "location", slot_of("location", location.name), location.name, words, params, known)


def _prop(step: Step, page: Page, prop: str, known: Known) -> Piece:
    words = prompt.prop_prompt(prop, style=step.film.settings.style, known=known.row.description)
    return _image(step, page, "prop", slot_of("prop", prop), prop, words, {"prop": prop}, known)


def _say_strange_looks(step: Step, page: Page) -> None:
    """Say which looks film.toml names of what is not on the page: a name may be misspelled, or cut for now."""
    breakdown = page.breakdown
    names = {
        *(who.name for who in breakdown.characters),
        *step.film.settings.characters,
        *(place.name for place in breakdown.locations),
        *breakdown.props,
    }
    there = {character_key(name) for name in names}
    for name in step.film.settings.looks:
        if character_key(name) not in there:
            log.warning("looks.%s: the screenplay has nobody and nothing of that name", name)


def _image(
    step: Step, page: Page, kind: AssetKind, slot: str, name: str, words: str, params: Json, known: Known
) -> Piece:
    sized = {**params, "size": wire.dump(step.film.settings.format.size)}
    return Piece(
        slot=slot,
        type="image",
        kind=kind,
        name=name,
        field="picture",
        ask=Ask(medium=Medium.IMAGE, operation=kind, prompt=words, params=sized, seed=wire.seed(sized)),
        sources=[Source(role="script", asset=page.script)],
        character_ids=[known.row.id],
        given=known.given,
    )


def _said(step: Step, page: Page) -> Mapping[str, str]:
    """Everyone who is heard, and the first that they say."""
    said: dict[str, str] = {}
    for line in heard_lines(page.shots(step)):
        said.setdefault(line.character, line.text)
    return said


@asynccontextmanager
async def _settling(step: Step, page: Page, rows: Mapping[str, Row], said: Collection[str]) -> AsyncIterator[None]:
    """A block in which no other film settles the look or the voice of those whom the workspace has none of yet: two
    films that invent the same character at once would each have one of its own, and one of them stale."""
    shared = {name: row.id for name, row in rows.items() if row.film_id is None}
    async with step.studio.catalog.session() as db:
        own = await takes.selected_of_characters(
            db, workspace_id=step.film.workspace_id, character_ids=list(shared.values())
        )
    looks_of = {who.name: {"look"} for who in page.breakdown.characters}
    voices_of = {name: {voice_kind(step.film.settings)} for name in said}
    wanted = {name: looks_of.get(name, set()) | voices_of.get(name, set()) for name in shared}
    new = [row for name, row in shared.items() if wanted[name] - own[row].keys()]
    if step.on_paper or not new:
        yield
        return
    waiting = partial(log.info, "%s waits for a film that brings in the same people", step.film.key, extra=NOTICE)
    async with step.studio.catalog.lock(*(f"{row}:settling" for row in new), waiting=waiting):
        yield


async def _voices(step: Step, page: Page, rows: Mapping[str, Row], said: Mapping[str, str]) -> list[Piece]:
    """A voice, and a line said in it, for everyone who is heard; known characters keep theirs."""
    if not said:
        return []
    ids = {name: row.id for name, row in rows.items()}
    async with step.studio.catalog.session() as db:
        taken = await _known_voices(step, db, ids)
        by_row = await chosen(db, step.film.workspace_id, ids.values())
    seen = [(who.name, who.look) for who in page.breakdown.characters if who.name in said]
    voices = cast(seen, language_of(step.film.settings), taken)
    said = {name: _sampled(step, page, name) or text for name, text in said.items()}
    pieces = [_voice(step, page, name, voices.get(name, voices[NARRATOR]), said[name], ids[name]) for name in said]
    return [replace(piece, voices=by_row.get(ids[name], {})) for name, piece in zip(said, pieces, strict=True)]


def _sampled(step: Step, page: Page, name: str) -> str | None:
    """What the voice says in the sample that there is: a line that is worded anew is no reason for another."""
    there = page.there.get(slot_of(voice_kind(step.film.settings), name))
    return None if there is None else there.asset.prompt


async def _known_voices(step: Step, db: AsyncSession, rows: Mapping[str, UUID]) -> dict[str, Voice]:
    own = await takes.selected_of_characters(db, workspace_id=step.film.workspace_id, character_ids=rows.values())
    settled = {name: own[row].get(voice_kind(step.film.settings)) for name, row in rows.items()}
    return {
        name: voice_of(each.asset)
        for name, each in settled.items()
        if each is not None and each.asset.film_id != step.film.film_id
    }


def _voice(step: Step, page: Page, name: str, voice: Voice, text: str, row: UUID) -> Piece:
    params = {"text": text, "voice": wire.dump(voice), "manner": Manner.PLAIN.value}
    return Piece(
        slot=slot_of(voice_kind(step.film.settings), name),
        type="audio",
        kind="voice",
        name=f"{name}: voice",
        field="sound",
        ask=Ask(medium=Medium.SPEECH, operation="voice", prompt=text, params=params, seed=wire.seed(params)),
        sources=[Source(role="script", asset=page.script)],
        character_ids=[row],
        character_id=row,
        more={"voice": wire.dump(voice)},
    )


def voice_of(asset: Asset) -> Voice:
    """The voice that a voice's asset stands for."""
    return wire.load(Voice, asset.generation_metadata["voice"])


def look_of(asset: Asset, planned: Look) -> Look:
    """The look that a look's asset shows, as far as its maker can tell; else as the page has it."""
    shown = asset.generation_metadata.get("look")
    return planned if shown is None else wire.load(Look, shown)
