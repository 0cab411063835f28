"""A film's page: its script as it is now, broken down, and the rows of who and what is in it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from uuid import UUID

from director_dagster.catalog.queries import characters, shots
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.catalog.tables import Shot as Row
from director_dagster.errors import BadInput, BlobMissing
from director_dagster.media import fonts
from director_dagster.story import fountain, wire
from director_dagster.story.alias import known_by
from director_dagster.story.breakdown import coded, uncoded
from director_dagster.story.cast import described
from director_dagster.story.film import FilmKey, FilmSettings
from director_dagster.story.screenplay import OPENING
from director_dagster.story.shot import Breakdown, Character, Shot
from director_dagster.story.talk import staged
from director_dagster.studio.regain import is_brought
from director_dagster.studio.step import Step, require
from director_dagster.studio.studio import Studio

SCRIPT_SLOT = "script"
NO_SCENE = "there is no scene in the screenplay; a scene begins with a heading like INT. KITCHEN - DAY"
NAME_CHARS = 300
PAGES = 4
"""So many broken-down pages are remembered."""


@dataclass(frozen=True, kw_only=True)
class Page:
    """The script and what it comes to.

    Attributes:
        script: The asset that the film is made from.
        breakdown: Its shots, characters, locations and props, with the codes that the film's shots have.
        shot_ids: The row of each shot, by code.
        there: The film's selected takes by slot, as they were when the page was read.
    """

    script: Asset
    breakdown: Breakdown
    shot_ids: Mapping[str, UUID]
    there: Mapping[str, Filled]

    def shots(self, step: Step) -> list[tuple[Shot, FilmSettings]]:
        """The shots, each with how its pieces are to be made in this run."""
        return [(shot, step.settings_of(self.shot_ids[shot.code])) for shot in self.breakdown.shots]


async def read_page(step: Step) -> Page:
    """The film's page as `write` has left it. Raises BadInput when there is none yet."""
    there = await step.takes()
    script = require(there, SCRIPT_SLOT, made_by="script")
    breakdown, shot_ids = await step.once(f"page of {script.id}", partial(_read, step, script))
    return Page(script=script, breakdown=breakdown, shot_ids=shot_ids, there=there)


async def words_of(studio: Studio, script: Asset) -> str:
    """What a page, or an idea, says. Raises BlobMissing, which tells how it comes back, and BlobDamaged."""
    try:
        return (await studio.vault.read(script.url or "")).decode("utf-8")
    except BlobMissing as exc:
        remedy = (
            "the same file, added again, brings them back, and `director make PAGE.fountain --replace` gives the film "
            "another page"
            if is_brought(script)
            else "`director recover` tells how they come back"
        )
        raise BlobMissing(f"the film's page, {script.name} ({script.id}), has lost its bytes: {remedy}") from exc


async def _read(step: Step, script: Asset) -> tuple[Breakdown, Mapping[str, UUID]]:
    """What the script comes to, and the row of each shot, by code."""
    text = await words_of(step.studio, script)
    async with step.studio.catalog.session() as db:
        rows = await shots.ever(db, step.film.workspace_id, step.film.film_id)
        people = await characters.listed(db, step.film.workspace_id, kind="character")
    breakdown = break_page(text, step.film.key, step.film.settings, planned=rows)
    known = {each.key: each.description for each in people}
    everyone = tuple(_recalled(who, known) for who in breakdown.characters)
    return replace(breakdown, characters=everyone), {row.code: row.id for row in rows}


def _recalled(who: Character, known: Mapping[str, str]) -> Character:
    """Someone of the page as the workspace knows them, where the page itself does not say how they look."""
    description = "" if who.description or who.generic else known.get(characters.key_of(who.name), "")
    return described(who, description) if description else who


def break_page(text: str, key: FilmKey, settings: FilmSettings, *, planned: Sequence[Row] = ()) -> Breakdown:
    """The breakdown of a screenplay for a film, whose shots have these rows until now.

    Raises BadInput when nothing in it can be filmed, or when words are to be drawn that no font of ours can set.
    """
    plans = tuple((wire.canonical(row.plan), row.removed_at is None) for row in planned)
    breakdown = _broken_down(text, wire.canonical(wire.dump(settings)), plans)
    if not breakdown.shots:
        raise BadInput(f"{key}: {NO_SCENE}")
    refuse_undrawable(_drawn(breakdown, settings.title))
    return breakdown


def break_draft(text: str, key: FilmKey, settings: FilmSettings, *, planned: Sequence[Row] = ()) -> Breakdown:
    """The breakdown of what a crew's writer wrote; as `break_page`, but words without a scene's heading are refused.

    A user's page without one is told aloud as it stands; a writer's is an apology, or notes, and not to be paid for.
    """
    breakdown = break_page(text, key, settings, planned=planned)
    if all(shot.scene_id == OPENING for shot in breakdown.shots):
        raise BadInput(f"{key}: {NO_SCENE}")
    return breakdown


@lru_cache(maxsize=PAGES)
def _broken_down(text: str, settings: bytes, planned: Sequence[tuple[bytes, bool]]) -> Breakdown:
    """The page as a film of these settings has it, given the plan of each shot that it ever had, and whether it still
    has that shot. Each step of a film asks the same, and the codes of a long film's shots take a moment."""
    said = wire.load(FilmSettings, json.loads(settings))
    shots_ = [(wire.load(Shot, json.loads(plan)), there) for plan, there in planned]
    outline = known_by(_uncoded(text, said.language, narration=said.narration), said.characters)
    previous, retired = ([shot for shot, there in shots_ if there is wanted] for wanted in (True, False))
    return staged(coded(outline, previous, retired), said.talk)


@lru_cache(maxsize=PAGES)
def _uncoded(text: str, language: str, *, narration: bool) -> Breakdown:
    # Of a page that changes in its shots' codes alone: reading a long one takes a second.
    return uncoded(fountain.parse(text), language=language, narration=narration)


def refuse_undrawable(drawn: Mapping[str, str]) -> None:
    """Raise BadInput naming the first words, by what they are, that are too long to be set or have letters that no
    font of ours has."""
    for what, words in drawn.items():
        if len(words) > NAME_CHARS:
            raise BadInput(f"{what} has {len(words):,} letters; up to {NAME_CHARS} can be set: {words[:40]}…")
        unset = fonts.missing(words)
        if unset:
            raise BadInput(
                f"{what} has letters that the film's fonts lack: {' '.join(unset[:10])}; write it in Latin, Greek or "
                "Cyrillic (a title also in film.toml)"
            )


def _drawn(breakdown: Breakdown, title: str | None) -> dict[str, str]:
    """The words of a film that stand in its picture, by what they are."""
    return {
        "the title": title or breakdown.title,
        "the author's name": breakdown.author or "",
        **{f"the character {who.billed[:40]}": who.billed for who in breakdown.characters},
        **{f"the caption of {shot.code}": shot.caption or "" for shot in breakdown.shots},
    }
