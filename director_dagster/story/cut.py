"""The cut: which takes, in which order, with which sound, to the frame."""

from dataclasses import dataclass
from fractions import Fraction

from director_dagster.story.shot import Channel, Setting, Transition

FPS = Fraction(24)


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
    """A line in the cut. Times are in seconds of the film; a subtitle stands for just as long as the speech."""

    line_id: str
    shot: str
    character: str
    text: str
    channel: Channel
    start_s: float
    end_s: float


@dataclass(frozen=True, kw_only=True)
class Bed:
    """A stretch of ambience: the bed of `place` heard from start to end, in seconds of the film."""

    place: str
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
