"""A shot as a value: what the camera sees, who is there, what is said; and how a character looks and sounds."""

from dataclasses import dataclass
from enum import StrEnum


class TimeOfDay(StrEnum):
    """When a scene plays."""

    DAWN = "dawn"
    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"


class Weather(StrEnum):
    """What falls or blows."""

    CLEAR = "clear"
    RAIN = "rain"
    SNOW = "snow"
    FOG = "fog"
    STORM = "storm"
    WIND = "wind"


class Framing(StrEnum):
    """How near the camera stands."""

    WIDE = "wide"
    MEDIUM = "medium"
    CLOSE_UP = "close-up"
    OVER_SHOULDER = "over-shoulder"
    INSERT = "insert"


class Angle(StrEnum):
    """How high the camera stands: LOW looks up (threat), HIGH looks down (smallness)."""

    EYE = "eye"
    LOW = "low"
    HIGH = "high"


class Move(StrEnum):
    """What the camera does during the shot."""

    HOLD = "hold"
    PUSH = "push"
    PULL = "pull"
    PAN_LEFT = "pan-left"
    PAN_RIGHT = "pan-right"
    TILT_UP = "tilt-up"
    TILT_DOWN = "tilt-down"
    DRIFT = "drift"


class Pose(StrEnum):
    """What a figure does."""

    STAND = "stand"
    WALK = "walk"
    SIT = "sit"
    TURN_AWAY = "turn-away"
    REACH = "reach"
    LOOK_UP = "look-up"
    TALK = "talk"


class Channel(StrEnum):
    """Where a voice comes from: the picture, outside of it (O.S.), or over it (V.O., the narrator)."""

    ON = "on"
    OFF_SCREEN = "off-screen"
    VOICE_OVER = "voice-over"


class Manner(StrEnum):
    """How a line is said, from its parenthetical."""

    PLAIN = "plain"
    WHISPER = "whisper"
    SHOUT = "shout"
    SLOW = "slow"
    FAST = "fast"


class Transition(StrEnum):
    """How a shot begins."""

    CUT = "cut"
    DISSOLVE = "dissolve"
    FADE_IN = "fade-in"


@dataclass(frozen=True, kw_only=True)
class Size:
    """A picture's width and height in pixels."""

    width_px: int
    height_px: int


@dataclass(frozen=True, kw_only=True)
class Setting:
    """A place at a time: what all shots of a set-up share.

    Attributes:
        place: The location as the heading names it, upper case, without INT./EXT. and time: its identity.
        interior: INT. (or INT./EXT.).
        pieces: Set pieces known from the words, e.g. ``("shore", "sea", "lighthouse")``; empty: a plain stage.
        time: Time of day.
        weather: Weather.
    """

    place: str
    interior: bool
    pieces: tuple[str, ...]
    time: TimeOfDay
    weather: Weather


@dataclass(frozen=True, kw_only=True)
class Figure:
    """A character in the picture.

    Attributes:
        character: The character's name as the cue writes it, e.g. ``"MARA"``.
        pose: What it does.
        x: Place across the picture, 0 left … 1 right, before the camera moves.
        faces: -1 looks left, +1 looks right, 0 looks at us.
        foreground: Seen from behind at the picture's edge (the shoulder of an over-shoulder).
    """

    character: str
    pose: Pose
    x: float
    faces: int
    foreground: bool = False


@dataclass(frozen=True, kw_only=True)
class Line:
    """A line of dialogue in a shot.

    Attributes:
        id: Stable: at first its page element's, with ``.n`` for the parts that it is spoken in; it outlives new words.
        character: Who speaks; ``"NARRATOR"`` for the narrator.
        text: The words said, without emphasis marks.
        manner: How.
        channel: From where.
        pause_s: Silence before it, in seconds, from beats on the page.
    """

    id: str
    character: str
    text: str
    manner: Manner = Manner.PLAIN
    channel: Channel = Channel.ON
    pause_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Shot:
    """One continuous picture, as planned from the page.

    Attributes:
        code: ``sh010``, `sh020` …; survives shots inserted before it.
        scene: The scene's number in the film, from 1.
        scene_id: The scene heading element's id.
        element_ids: The elements of the page it covers, in order.
        setting: Where and when.
        framing: How near.
        angle: How high.
        move: What the camera does.
        figures: Who is seen, back to front. In a dialogue shot the speaker is among them.
        lines: What is heard, in order.
        prop: The thing an insert shows (``"letter"``), or that is in hand; None without.
        action: What happens, in the page's own words.
        caption: Words on the screen (``SUPER:``), or None.
        planned_s: Length planned from the page, in seconds, > 0; measured speech replaces it.
        begins: How it begins.
    """

    code: str
    scene: int
    scene_id: str
    element_ids: tuple[str, ...]
    setting: Setting
    framing: Framing
    angle: Angle
    move: Move
    figures: tuple[Figure, ...]
    lines: tuple[Line, ...]
    prop: str | None
    action: str
    caption: str | None
    planned_s: float
    begins: Transition


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a character always looks like.

    Attributes:
        age: ``child``, ``young``, ``adult`` or ``old``.
        build: ``slim``, ``medium`` or ``heavy``.
        height: Against an adult of 1.0; 0.6 … 1.1.
        presents: ``female``, ``male`` or ``neutral``: the cut of clothes, and which voices fit.
        hair: ``short``, ``long``, ``bun``, ``braid``, ``curly`` or ``bald``.
        hair_colour: ``#rrggbb``.
        skin: ``#rrggbb``.
        hat: ``none``, ``cap``, ``brim``, ``hood`` or ``scarf``.
        beard: Whether there is one.
        coat: ``coat``, ``jacket``, ``dress``, ``sweater`` or ``robe``.
        coat_colour: ``#rrggbb``.
        accent: ``#rrggbb``; the one colour that is this character's alone (the red scarf).
        accessory: ``none``, ``scarf``, ``glasses``, ``lantern``, ``bag`` or ``cane``.
        seed: For what the page leaves open: the face.
    """

    age: str
    build: str
    height: float
    presents: str
    hair: str
    hair_colour: str
    skin: str
    hat: str
    beard: bool
    coat: str
    coat_colour: str
    accent: str
    accessory: str
    seed: int


@dataclass(frozen=True, kw_only=True)
class Character:
    """Someone of the screenplay.

    Attributes:
        name: As the cues write it, e.g. ``"MARA"``, or whom the cue stands for; compared NFKC-casefolded.
        billed: As the credits name them: as the page does.
        generic: A nameless one (GUARD, MAN #1), who stays in this film.
        description: What the page says about them, in its own words; may be empty.
        look: From the description, and else from a seed.
        speaks: Whether they have any line.
    """

    name: str
    billed: str
    generic: bool
    description: str
    look: Look
    speaks: bool


@dataclass(frozen=True, kw_only=True)
class Location:
    """A place of the screenplay: a setting as it is first seen."""

    name: str
    setting: Setting


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """A screenplay broken down: what the studio works from.

    Attributes:
        title: The film's title.
        author: Who wrote it, or None.
        shots: In the film's order.
        characters: In order of appearance; the narrator is not among them.
        locations: In order of appearance.
        props: Things that an insert shows, in order of appearance.
        ignored: What the page asks for and this film leaves out, each a line for the reader.
        closing: How the last shot ends: ``"fade-out"`` or ``"cut"``.
    """

    title: str
    author: str | None
    shots: tuple[Shot, ...]
    characters: tuple[Character, ...]
    locations: tuple[Location, ...]
    props: tuple[str, ...]
    ignored: tuple[str, ...]
    closing: str


@dataclass(frozen=True, kw_only=True)
class Stage:
    """All that the artist needs to draw one frame, and nothing that it does not show.

    `looks` holds the look of each figure by its name.
    """

    setting: Setting
    framing: Framing
    angle: Angle
    figures: tuple[Figure, ...]
    looks: dict[str, Look]
    prop: str | None
    caption: str | None


@dataclass(frozen=True, kw_only=True)
class Voice:
    """How a character always sounds.

    Attributes:
        language: The engine's voice, e.g. ``"en-GB"``.
        pitch: Factor on the engine voice's pitch, 0.4 … 2.5; its resonances follow, less far.
        speed: Factor on its pace, 0.2 … 5.
    """

    language: str
    pitch: float
    speed: float


@dataclass(frozen=True, kw_only=True)
class Mouth:
    """When a figure's mouth moves: its loudness, sampled once a frame.

    Attributes:
        character: Whose.
        first_frame: The frame of the shot at which `levels` begins.
        levels: Loudness a frame, 0 … 1.
    """

    character: str
    first_frame: int
    levels: tuple[float, ...]
