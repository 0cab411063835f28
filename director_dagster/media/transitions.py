"""Fades and dissolves: which frames of a clip they touch, and what those frames show."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise, repeat
from pathlib import Path

from director_dagster.media.conform import WHOLE, black, blend, pictures
from director_dagster.media.encode import Pixels
from director_dagster.story.shot import Transition


@dataclass(frozen=True, kw_only=True)
class ClipFile:
    """A clip of the cut: the first `frames` frames, at the film's rate, of the video at `path`, and how it begins.

    A file that is longer is cut there, of one that is shorter the last picture is held. A dissolve takes nothing off
    the film's length: over this clip's first frames the clip before it goes on, with what its file still has after
    its cut, and else with its last picture held. A fade-in rises from black, and the clip before it falls to black.
    """

    path: Path
    frames: int
    begins: Transition = Transition.CUT


@dataclass(frozen=True, kw_only=True)
class Edit:
    """A clip with what happens to it: over its first `rise` frames it comes up out of `below` (None: black), over its
    last `fall` frames it goes down to black; the two never overlap."""

    clip: ClipFile
    below: ClipFile | None
    rise: int
    fall: int


@dataclass(frozen=True, kw_only=True)
class Span:
    """Frames `first` up to `last` of a clip, whose packets are copied, or whose pictures are encoded anew."""

    first: int
    last: int
    copied: bool


def edits(clips: Sequence[ClipFile], *, fade_frames: int, dissolve_frames: int) -> list[Edit]:
    """What happens to each clip. The film itself rises from black and falls to black over `fade_frames`."""
    begins = [Transition.FADE_IN, *(clip.begins for clip in clips[1:]), Transition.FADE_IN]
    lengths = {Transition.CUT: 0, Transition.FADE_IN: fade_frames, Transition.DISSOLVE: dissolve_frames}
    made = []
    for before, clip, (this, following) in zip([None, *clips], clips, pairwise(begins), strict=False):
        fall = min(clip.frames, fade_frames) if following is Transition.FADE_IN else 0
        rise = min(clip.frames - fall, lengths[this])
        made.append(Edit(clip=clip, below=before if this is Transition.DISSOLVE else None, rise=rise, fall=fall))
    return made


def spans(edit: Edit, keyframes: Sequence[int], available: int) -> list[Span]:
    """Divide the clip at keyframes of its file, which has `available` frames, so that as much as can be is copied.

    Without keyframes nothing is. A copy begins at a keyframe; it may end anywhere, for no frame of ours refers to a
    later one.
    """
    frames = edit.clip.frames
    start = next((key for key in keyframes if key >= edit.rise), frames)
    end = frames - edit.fall
    if end < frames or available < frames:
        end = max((key for key in keyframes if key <= min(end, available - 1)), default=0)
    if start >= end:
        return [Span(first=0, last=frames, copied=False)]
    parts = [(0, start, False), (start, end, True), (end, frames, False)]
    return [Span(first=first, last=last, copied=copied) for first, last, copied in parts if first < last]


def shown(edit: Edit, span: Span, *, width_px: int, height_px: int) -> Iterator[Pixels]:
    """The pictures of `span`, with what happens to them, at the film's size."""
    own = pictures(edit.clip.path, first=span.first, width_px=width_px, height_px=height_px)
    dark = black(width_px, height_px)
    below: Iterator[Pixels] = repeat(dark)
    if edit.below and span.first < edit.rise:
        going_on = pictures(
            edit.below.path, first=edit.below.frames + span.first, width_px=width_px, height_px=height_px
        )
        below = chain(islice(going_on, edit.rise - span.first), below)
    for frame, picture, under in zip(range(span.first, span.last), own, below, strict=False):
        weight = _weight(edit, frame)
        yield picture if weight == WHOLE else blend(under, picture, weight)


def _weight(edit: Edit, frame: int) -> int:
    left = edit.clip.frames - 1 - frame
    if frame < edit.rise:
        return WHOLE * frame // edit.rise
    return WHOLE * left // edit.fall if left < edit.fall else WHOLE
