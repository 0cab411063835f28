"""Cards: the film's title, and the credits of whoever and whatever made what is seen and heard in it."""

from director_dagster.providers.contract import Ask, Json, Medium
from director_dagster.story import wire
from director_dagster.story.cut import CREDITS, TITLE
from director_dagster.story.shot import Channel
from director_dagster.studio.page import Page
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.shoot import shot_slot, talks
from director_dagster.studio.speech import line_slot
from director_dagster.studio.step import Step

TITLE_FRAMES = 84
CREDITS_FRAMES = 144


def cards_of(step: Step, page: Page) -> list[Piece]:
    """The film's title and its credits, as pieces of the house."""
    title = step.film.settings.title or page.breakdown.title
    opening = {"title": title, "author": page.breakdown.author, "frames": TITLE_FRAMES}
    closing = {"lines": _credits(page), "frames": CREDITS_FRAMES}
    return [_card(step, page, TITLE, opening), _card(step, page, CREDITS, closing)]


def _card(step: Step, page: Page, name: str, params: Json) -> Piece:
    sized = {**params, "size": wire.dump(step.film.settings.format.size)}
    return Piece(
        slot=shot_slot(name),
        type="video",
        kind="other",
        name=f"{name} card",
        field="picture",
        ask=Ask(medium=Medium.VIDEO, operation=name, prompt="", params=sized, seed=wire.seed(sized)),
        sources=[Source(role="script", asset=page.script)],
        house=True,
    )


def _credits(page: Page) -> list[list[str]]:
    """Who wrote it, who is in it, and what made its pictures, voices and music."""
    written = [["Written by", page.breakdown.author]] if page.breakdown.author else []
    people = [["With", who.billed] for who in page.breakdown.characters if who.speaks]
    roles = (("Pictures", "frame"), ("Camera", "shot"), ("Voices", "dialogue"), ("Music", "music"))
    makers = [[role, named] for role, kind in roles if (named := _maker(page, kind))]
    return [*written, *people, *makers]


def _maker(page: Page, kind: str) -> str:
    """What made those pieces of a kind that are seen or heard; what a clip says itself, its own model has said."""
    heard: dict[str, str] = {}
    for shot in page.breakdown.shots:
        clip = page.there.get(shot_slot(shot.code))
        if clip is not None and talks(clip.asset):
            heard |= {line_slot(line.id): clip.slot.name for line in shot.lines if line.channel is Channel.ON}
    made = {
        page.there[heard.get(name, name)].asset.generation_metadata["model_name"]
        for name, filled in page.there.items()
        if filled.slot.kind == kind
    }
    return ", ".join(sorted(filter(None, made)))
