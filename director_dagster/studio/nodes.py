"""Which slots of a film each Dagster asset fills."""

from collections.abc import Mapping
from dataclasses import dataclass

from director_dagster.story.cut import CREDITS, TITLE
from director_dagster.story.film import FilmSettings
from director_dagster.studio.board import frame_slot
from director_dagster.studio.design import slot_of, voice_kind
from director_dagster.studio.kinds import FILM, SCRIPT
from director_dagster.studio.page import SCRIPT_SLOT, Page
from director_dagster.studio.prints import PRINTS
from director_dagster.studio.score import MUSIC_SLOT, bed_slot
from director_dagster.studio.shoot import shot_slot
from director_dagster.studio.speech import line_slot


@dataclass(frozen=True, kw_only=True)
class Slots:
    """The slots that a Dagster asset fills for a film as its page is now.

    Attributes:
        needed: Without these the film is not whole.
        spoken: Of what is said; empty where no voice can say it, and then it is only subtitled.
    """

    needed: frozenset[str]
    spoken: frozenset[str] = frozenset()

    def __contains__(self, slot: str) -> bool:
        return slot in self.needed or slot in self.spoken


SCRIPT_SLOTS = Slots(needed=frozenset({SCRIPT_SLOT}))


def slots(page: Page, settings: FilmSettings) -> Mapping[str, Slots]:
    """For each Dagster asset the slots that it fills; takes of what the page has dropped stay, and are in none."""
    breakdown = page.breakdown
    lines = [line for shot in breakdown.shots for line in shot.lines]
    speakers = {*(line.character for line in lines), *(who.name for who in breakdown.characters)}
    looks = [slot_of("look", who.name) for who in breakdown.characters]
    places = [slot_of("location", place.name) for place in breakdown.locations]
    props = [slot_of("prop", prop) for prop in breakdown.props]
    cards = [shot_slot(TITLE), shot_slot(CREDITS)]
    return {
        SCRIPT: SCRIPT_SLOTS,
        "characters": Slots(
            needed=frozenset([*looks, *places, *props]),
            spoken=frozenset(slot_of(voice_kind(settings), name) for name in speakers),
        ),
        "dialogue": Slots(needed=frozenset(), spoken=frozenset(line_slot(line.id) for line in lines)),
        "music": Slots(needed=frozenset([MUSIC_SLOT, *(bed_slot(shot.setting) for shot in breakdown.shots)])),
        "storyboard": Slots(needed=frozenset(frame_slot(shot.code) for shot in breakdown.shots)),
        "shots": Slots(needed=frozenset(shot_slot(shot.code) for shot in breakdown.shots)),
        FILM: Slots(needed=frozenset([*cards, *(each.slot for each in PRINTS)])),
    }
