"""The cut: which takes, in which order, with which sound, to the frame."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from director_dagster.story.shot import Breakdown, Channel, Line, Setting, Shot, Transition

FPS = Fraction(24)
# Long enough to be seen as a fade, short enough to cost no picture: three quarters of a second.
FADE_FRAMES = 18
TITLE, CREDITS = "title", "credits"


@dataclass(frozen=True, kw_only=True)
class Placement:
    """A line in its shot: when its speech begins and ends, in seconds of the shot."""

    line_id: str
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class TimedShot:
    """A shot at its true length: whole frames, and where each of its lines stands."""

    shot: Shot
    frames: int
    placements: tuple[Placement, ...]

    @property
    def duration_s(self) -> float:
        """Its length in seconds."""
        return float(self.frames / FPS)


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A picture in the cut: `name` is a shot's code, or ``title``, ``credits``; frames are of the film."""

    name: str
    first_frame: int
    frames: int
    begins: Transition
    setting: Setting | None
    scene: int


@dataclass(frozen=True, kw_only=True)
class Speech:
    """A line in the cut. Times are in seconds of the film; a subtitle stands for just as long as the speech.

    `letters_s`: when each letter of what is said begins, and when the last one ends; empty where its speaker does not
    tell.
    """

    line_id: str
    shot: str
    character: str
    text: str
    channel: Channel
    start_s: float
    end_s: float
    letters_s: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Bed:
    """A stretch of ambience: the sound of `setting` heard from start to end, in seconds of the film."""

    setting: Setting
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class Cut:
    """The whole film. The fade from black at its start and to black at its end are `fade_frames` long."""

    clips: tuple[Clip, ...]
    speeches: tuple[Speech, ...]
    beds: tuple[Bed, ...]
    frames: int
    fade_frames: int
    music_start_s: float
    music_end_s: float

    @property
    def duration_s(self) -> float:
        """Length of the film in seconds."""
        return float(self.frames / FPS)


def make_cut(
    breakdown: Breakdown, timed: Sequence[TimedShot], *, title_frames: int = 0, credits_frames: int = 0
) -> Cut:
    """The film's cut: title card, the timed shots in order, credits; a card of 0 frames is left out.

    The film is as long as its clips together. Shots begin as the page asks; the first after a title, and the credits
    after a faded out end, fade in. The first place is heard from the film's first frame, under the title; ambience
    crosses all cuts inside a place. Music enters when the first shot has been seen and ends with the film.
    """
    clips = _clips(breakdown, timed, title_frames, credits_frames)
    frames = sum(clip.frames for clip in clips)
    shots = [clip for clip in clips if clip.setting is not None]
    first_seen = shots[0].first_frame + shots[0].frames if len(shots) > 1 else 0
    return Cut(
        clips=clips,
        speeches=tuple(
            _speech(line, take, placement, clip.first_frame)
            for clip, take in zip(shots, timed, strict=True)
            for line, placement in _placed(take)
        ),
        beds=_beds(shots),
        frames=frames,
        fade_frames=min(FADE_FRAMES, frames // 4),
        music_start_s=float(first_seen / FPS),
        music_end_s=float(frames / FPS),
    )


def _clips(
    breakdown: Breakdown, timed: Sequence[TimedShot], title_frames: int, credits_frames: int
) -> tuple[Clip, ...]:
    clips: list[Clip] = []

    def add(name: str, frames: int, begins: Transition, shot: Shot | None) -> None:
        if frames:
            first = clips[-1].first_frame + clips[-1].frames if clips else 0
            setting, scene = (shot.setting, shot.scene) if shot else (None, 0)
            clips.append(Clip(name=name, first_frame=first, frames=frames, begins=begins, setting=setting, scene=scene))

    add(TITLE, title_frames, Transition.FADE_IN, None)
    for index, take in enumerate(timed):
        add(take.shot.code, take.frames, take.shot.begins if index else Transition.FADE_IN, take.shot)
    add(CREDITS, credits_frames, Transition.FADE_IN if breakdown.closing == "fade-out" else Transition.CUT, None)
    return tuple(clips)


def _placed(take: TimedShot) -> list[tuple[Line, Placement]]:
    lines = {line.id: line for line in take.shot.lines}
    return [(lines[placement.line_id], placement) for placement in take.placements]


def _speech(line: Line, take: TimedShot, placement: Placement, first_frame: int) -> Speech:
    begins_s = float(first_frame / FPS)
    return Speech(
        line_id=line.id,
        shot=take.shot.code,
        character=line.character,
        text=line.text,
        channel=line.channel,
        start_s=begins_s + placement.start_s,
        end_s=begins_s + placement.end_s,
    )


def _beds(shots: Sequence[Clip]) -> tuple[Bed, ...]:
    """Stretches of one place at one time; the first begins with the film."""
    beds: list[Bed] = []
    for clip in shots:
        if clip.setting is None:
            continue
        end_s = float((clip.first_frame + clip.frames) / FPS)
        if beds and beds[-1].setting == clip.setting:
            beds[-1] = replace(beds[-1], end_s=end_s)
        else:
            beds.append(Bed(setting=clip.setting, start_s=beds[-1].end_s if beds else 0.0, end_s=end_s))
    return tuple(beds)
