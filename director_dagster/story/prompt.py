"""What is wanted, in words, for models that read: one paragraph each, the same for the same story."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from director_dagster.story.looks import colour_name
from director_dagster.story.shot import (
    Angle,
    Channel,
    Character,
    Figure,
    Framing,
    Line,
    Location,
    Look,
    Manner,
    Move,
    Pose,
    Setting,
    Shot,
    TimeOfDay,
    Weather,
)
from director_dagster.story.words import a, plain

_FRAMINGS: Mapping[Framing, str] = MappingProxyType(
    {
        Framing.WIDE: "A wide establishing shot",
        Framing.MEDIUM: "A medium shot, from the waist up",
        Framing.CLOSE_UP: "A close-up",
        Framing.OVER_SHOULDER: "An over-the-shoulder shot",
        Framing.INSERT: "A very close insert",
    }
)
_ANGLES: Mapping[Angle, str] = MappingProxyType(
    {
        Angle.EYE: "at eye level",
        Angle.LOW: "from a low angle, looking up",
        Angle.HIGH: "from a high angle, looking down",
    }
)
_MOVES: Mapping[Move, str] = MappingProxyType(
    {
        Move.HOLD: "The camera holds still; only breath, light and weather move",
        Move.PUSH: "The camera pushes in slowly",
        Move.PULL: "The camera pulls back slowly",
        Move.PAN_LEFT: "The camera pans slowly to the left",
        Move.PAN_RIGHT: "The camera pans slowly to the right",
        Move.TILT_UP: "The camera tilts slowly upwards",
        Move.TILT_DOWN: "The camera tilts slowly downwards",
        Move.DRIFT: "The camera drifts sideways, barely noticeable",
    }
)
_POSES: Mapping[Pose, str] = MappingProxyType(
    {
        Pose.STAND: "stands",
        Pose.WALK: "walks",
        Pose.SIT: "sits",
        Pose.TURN_AWAY: "has turned away",
        Pose.REACH: "reaches out",
        Pose.LOOK_UP: "looks up",
        Pose.TALK: "speaks",
    }
)
_TIMES: Mapping[TimeOfDay, str] = MappingProxyType(
    {
        TimeOfDay.DAWN: "at dawn, cold blue light turning to peach",
        TimeOfDay.DAY: "by day, in soft even light",
        TimeOfDay.DUSK: "at dusk, amber light turning to violet",
        TimeOfDay.NIGHT: "at night, deep blue with one warm source of light",
    }
)
_WEATHERS: Mapping[Weather, str] = MappingProxyType(
    {
        Weather.CLEAR: "",
        Weather.RAIN: "in the rain",
        Weather.SNOW: "in falling snow",
        Weather.FOG: "in fog",
        Weather.STORM: "in a storm",
        Weather.WIND: "in strong wind",
    }
)
_HATS: Mapping[str, str] = MappingProxyType(
    {"cap": "a cap", "brim": "a brimmed hat", "hood": "a hood", "scarf": "a headscarf"}
)
_HAIRS: Mapping[str, str] = MappingProxyType(
    {
        "short": "short {colour} hair",
        "long": "long {colour} hair",
        "bun": "{colour} hair in a bun",
        "braid": "{colour} hair in a braid",
        "curly": "curly {colour} hair",
        "bald": "a bald head",
    }
)
_ACCESSORIES: Mapping[str, str] = MappingProxyType(
    {"scarf": "a scarf", "glasses": "glasses", "lantern": "a lantern", "bag": "a bag", "cane": "a walking cane"}
)
_MANNERS: Mapping[Manner, str] = MappingProxyType(
    {
        Manner.PLAIN: "says",
        Manner.WHISPER: "whispers",
        Manner.SHOUT: "shouts",
        Manner.SLOW: "says slowly",
        Manner.FAST: "says quickly",
    }
)
_AGES: Mapping[str, str] = MappingProxyType(
    {"child": "a child", "young": "a young adult", "adult": "an adult in middle age", "old": "an old person"}
)
_SEXES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "female": {"child": "a girl", "young": "a young woman", "adult": "a woman", "old": "an old woman"},
        "male": {"child": "a boy", "young": "a young man", "adult": "a man", "old": "an old man"},
    }
)
_STAGE_DIRECTION = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")


def frame_prompt(shot: Shot, characters: Sequence[Character] = (), style: str | None = None) -> str:
    """The shot's first frame in words: framing, place, who is there and how they look, what happens, style."""
    sentences = [
        _view(shot),
        *(_person(figure, characters) for figure in shot.figures),
        f"A {shot.prop} is held in the picture" if shot.prop and shot.framing is not Framing.INSERT else "",
        f"What happens: {shot.action}" if shot.action else "",
        _styled(style),
    ]
    return _paragraph(sentences)


def shot_prompt(
    shot: Shot, characters: Sequence[Character] = (), style: str | None = None, *, aloud: bool = False
) -> str:
    """The shot's motion in words, for a model that is given its first frame: what moves, who speaks, the camera.

    `aloud`: the model speaks as well, and reads what is said.
    """
    said = [line for line in shot.lines if line.channel is Channel.ON]
    speaking = dict.fromkeys(line.character for line in said if _seen(line.character, shot))
    moving = [f"{_name(name)} speaks, lips moving naturally" for name in speaking]
    if shot.lines and not said and shot.figures:
        moving = ["Nobody speaks in the picture, all lips are closed"]
    spoken = [_quoted(line, shot) for line in said] if aloud else []
    acting = [
        f"{_name(figure.character)} {_POSES[figure.pose]}"
        for figure in shot.figures
        if figure.character not in speaking and not figure.foreground
    ]
    sentences = [
        _view(shot),
        f"What happens: {shot.action}" if shot.action else "",
        *(_described(character) for character in characters if _seen(character.name, shot)),
        *moving,
        *spoken,
        *acting,
        f"{_MOVES[shot.move]}, easing in and out",
        _styled(style),
    ]
    return _paragraph(sentences)


def look_prompt(character: Character, style: str | None = None) -> str:
    """A character's reference picture in words: the whole figure on plain ground."""
    return _paragraph(
        [
            f"Character reference of {_name(character.name)}, {_appearance(character.look)}",
            f"The screenplay says: {character.description}" if character.description else "",
            "Full figure, standing, front view, neutral expression, plain light background, even light",
            _styled(style),
        ]
    )


def location_prompt(location: Location, style: str | None = None, *, known: str = "") -> str:
    """A location's reference picture in words: the empty place, and what is known of it besides."""
    pieces = ", ".join(location.setting.pieces)
    return _paragraph(
        [
            f"Location reference: {_where(location.setting)}",
            f"To be seen: {pieces}" if pieces else "",
            known,
            "Wide view, nobody in it",
            _styled(style),
        ]
    )


def prop_prompt(prop: str, style: str | None = None, *, known: str = "") -> str:
    """A prop's reference picture in words, with what is known of it besides."""
    return _paragraph([f"Prop reference: a single {prop}, whole, on plain ground, even light", known, _styled(style)])


def music_prompt(title: str, *, genre: str | None, moods: Sequence[str], duration_s: float) -> str:
    """The film's music in words."""
    mood = ", ".join(moods) or "quiet, with room for speech"
    kind = f" for {a(genre)} film" if genre else " for a short film"
    return _paragraph(
        [
            f"Instrumental score{kind} called {title}, {duration_s:.0f} seconds long",
            f"Mood: {mood}",
            "One motif that returns changed; no vocals; it begins softly and resolves at the end",
        ]
    )


def speech(text: str) -> str:
    """`text` as a voice should say it: without emphasis, stage directions in brackets and doubled signs."""
    bare = _STAGE_DIRECTION.sub(" ", plain(text))
    bare = bare.replace("…", "...").replace("—", " - ").replace("–", " - ")
    bare = re.sub(r"([!?])[!?]+", r"\1", bare)
    return " ".join(bare.split())


def _quoted(line: Line, shot: Shot) -> str:
    unseen = "" if _seen(line.character, shot) else ", outside the picture,"
    words = speech(line.text).replace('"', "'")
    return f'{_name(line.character)}{unseen} {_MANNERS[line.manner]}: "{words}"'


def _paragraph(sentences: Sequence[str]) -> str:
    ended = (text if text.rstrip("\"'”»)").endswith((".", "!", "?", "…")) else f"{text}." for text in sentences if text)
    return " ".join(ended)


def _view(shot: Shot) -> str:
    subject = f" of {a(shot.prop)}" if shot.framing is Framing.INSERT and shot.prop else ""
    return f"{_FRAMINGS[shot.framing]}{subject}, {_ANGLES[shot.angle]}: {_where(shot.setting)}"


def _where(setting: Setting) -> str:
    side = "inside" if setting.interior else "outside"
    weather = _WEATHERS[setting.weather]
    outdoors = f", {weather}" if weather and not setting.interior else f", {weather} outside" if weather else ""
    return f"{side}, {_name(setting.place)}, {_TIMES[setting.time]}{outdoors}"


def _person(figure: Figure, characters: Sequence[Character]) -> str:
    if figure.foreground:
        return f"In the foreground, from behind and out of focus, the shoulder of {_name(figure.character)}"
    side = "on the left" if figure.x < 0.45 else "on the right" if figure.x > 0.55 else "in the middle"
    faces = {-1: "looking left", 1: "looking right"}.get(figure.faces, "facing us")
    look = next((_appearance(c.look) for c in characters if c.name == figure.character), "")
    who = f"{_name(figure.character)}, {look}," if look else _name(figure.character)
    return f"{who} {_POSES[figure.pose]} {side}, {faces}"


def _described(character: Character) -> str:
    return f"{_name(character.name)} is {_appearance(character.look)}"


@lru_cache(maxsize=256)
def _appearance(look: Look) -> str:
    person = _SEXES.get(look.presents, _AGES)[look.age]
    build = "" if look.build == "medium" else f" of {look.build} build"
    hair = _HAIRS[look.hair].format(colour=colour_name(look.hair_colour))
    beard = " and a beard" if look.beard else ""
    coat = a(f"{colour_name(look.coat_colour)} {look.coat}")
    wears = _listed([coat, _HATS.get(look.hat, ""), _ACCESSORIES.get(look.accessory, "")])
    return (
        f"{person}{build} with {hair}{beard}, wearing {wears}, with {colour_name(look.accent)} as the one strong colour"
    )


def _listed(things: Sequence[str]) -> str:
    named = [thing for thing in things if thing]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _seen(name: str, shot: Shot) -> bool:
    return any(figure.character == name and not figure.foreground for figure in shot.figures)


def _name(name: str) -> str:
    """A name of the page, in capitals there, as prose writes it."""
    return " ".join(word.capitalize() for word in name.split())


def _styled(style: str | None) -> str:
    return f"Style: {style}" if style else "Style: ink and wash storyboard, few shapes, strong light"
