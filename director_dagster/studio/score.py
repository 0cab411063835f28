"""Score: the film's music, and a bed of ambience for every place."""

import math

from director_dagster.errors import BadInput
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story import prompt, wire
from director_dagster.story.shot import Breakdown, Setting, TimeOfDay, Weather
from director_dagster.studio.crew import member
from director_dagster.studio.page import Page, read_page
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.report import Report
from director_dagster.studio.step import Step

MUSIC_SLOT = "music"
BED_S = 24.0
CARDS_S = 10.0
MUSIC_STEP_S = 15.0
_MOOD_OF_TIME = {
    TimeOfDay.DAWN: "hopeful",
    TimeOfDay.DAY: "calm",
    TimeOfDay.DUSK: "melancholy",
    TimeOfDay.NIGHT: "mysterious",
}
_MOOD_OF_WEATHER = {Weather.STORM: "tense", Weather.RAIN: "sad", Weather.FOG: "mysterious", Weather.SNOW: "calm"}


async def score(step: Step) -> Report:
    """Make sure that the film has its music, about as long as the page plans it, and every place its sound."""
    page = await read_page(step)
    settings = dict.fromkeys(shot.setting for shot in page.breakdown.shots)
    return await step.make([_music(step, page), *(_bed(step, page, setting) for setting in settings)])


def bed_slot(setting: Setting) -> str:
    """The film's slot for the sound of a place at its time and in its weather."""
    return f"ambience:{wire.digest(wire.dump(setting))[:12]}"


def _music(step: Step, page: Page) -> Piece:
    settings, breakdown = step.film.settings, page.breakdown
    moods = list(settings.moods or _moods(breakdown))
    planned = sum(shot.planned_s for shot in breakdown.shots) + CARDS_S
    # The edit fits music to the film by whole phrases, so a line that is said longer needs no new music.
    seconds = math.ceil(planned / MUSIC_STEP_S) * MUSIC_STEP_S
    params = {"genre": settings.genre, "style": settings.style, "moods": moods, "seconds": seconds}
    title = settings.title or breakdown.title
    return Piece(
        slot=MUSIC_SLOT,
        type="audio",
        kind="music",
        name=f"{title}: music",
        field="sound",
        ask=Ask(
            medium=Medium.MUSIC,
            operation="score",
            prompt=prompt.music_prompt(title, genre=settings.genre, moods=moods, duration_s=seconds),
            params=params,
            seed=wire.seed(title),
        ),
        sources=[Source(role="script", asset=page.script)],
    )


def _bed(step: Step, page: Page, setting: Setting) -> Piece:
    params = {"setting": wire.dump(setting), "seconds": BED_S}
    words = (
        f"The sound of {setting.place.lower()} at {setting.time}, {setting.weather}: ambience without voices or music."
    )
    ask = Ask(medium=Medium.MUSIC, operation="ambience", prompt=words, params=params, seed=wire.seed(setting.place))
    return Piece(
        slot=bed_slot(setting),
        type="audio",
        kind="other",
        name=f"{setting.place}: ambience",
        field="sound",
        ask=ask,
        sources=[Source(role="script", asset=page.script)],
        house=not _sounds(step, ask),
    )


def _sounds(step: Step, ask: Ask) -> bool:
    """Whether who makes the film's music, or is to make it in this run, makes the sound of places too; else the house
    does."""
    who = member(step.studio.providers, step.settings_of(None).crew, ask.medium)
    try:
        who.provider.plan(ask, who.model)
    except BadInput:
        return False
    return True


def _moods(breakdown: Breakdown) -> tuple[str, ...]:
    """What the film's times and weathers sound like, the most frequent first; at most three."""
    found = [_MOOD_OF_TIME[shot.setting.time] for shot in breakdown.shots]
    found += [
        _MOOD_OF_WEATHER[shot.setting.weather] for shot in breakdown.shots if shot.setting.weather in _MOOD_OF_WEATHER
    ]
    return tuple(sorted(set(found), key=lambda mood: (-found.count(mood), mood))[:3])
