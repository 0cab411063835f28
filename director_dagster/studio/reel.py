"""The reel: a film put together from files, as a child process does it for `edit`."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from director_dagster.media import assemble, captions, mix, sound, thumbnail
from director_dagster.media.loudness import measure
from director_dagster.media.probe import probe
from director_dagster.media.score import Score
from director_dagster.media.sound import Samples
from director_dagster.media.transitions import ClipFile
from director_dagster.story.cut import FPS, Bed, Clip, Cut, Speech
from director_dagster.story.shot import Channel, Setting, Size

VOICE_LUFS, SILENT_LUFS = -20.0, -50.0
"""How loud a voice of the house is, alone; and what is no voice at all."""
EASE_S = 0.02

FILM, SRT, VTT, POSTER, CONTACT_SHEET = "film.mp4", "film.srt", "film.vtt", "poster.jpg", "contact-sheet.png"


@dataclass(frozen=True, kw_only=True)
class Reel:
    """All that a film is put together from.

    Attributes:
        cut: Which pieces, when.
        size: Of the picture.
        title: In the file's metadata.
        language: Of what is said.
        clips: The file of each clip of the cut, by its name.
        lines: The file of each line that was recorded, by its id.
        talking: Clips that speak for themselves, by name: what they say is heard instead of the recordings.
        beds: The file of each setting's ambience.
        music: Its file.
        score: How the music is built; None where its maker does not say.
    """

    cut: Cut
    size: Size
    title: str
    language: str
    clips: Mapping[str, Path]
    lines: Mapping[str, Path]
    talking: Collection[str]
    beds: Mapping[Setting, Path]
    music: Path
    score: Score | None


def put_together(reel: Reel, folder: Path) -> None:
    """Write the film, its subtitles, poster and contact sheet into `folder`; the same reel writes the same bytes."""
    sound_file = folder / "mix.wav"
    mixed(reel).write(sound_file)
    film = assemble.Film(
        width_px=reel.size.width_px,
        height_px=reel.size.height_px,
        fade_frames=reel.cut.fade_frames,
        title=reel.title,
        language=reel.language,
    )
    clips = [ClipFile(path=reel.clips[clip.name], frames=clip.frames, begins=clip.begins) for clip in reel.cut.clips]
    assemble.assemble(film, clips, sound=sound_file, speeches=reel.cut.speeches, out=folder / FILM)
    (folder / SRT).write_text(captions.srt(reel.cut.speeches), encoding="utf-8")
    (folder / VTT).write_text(captions.vtt(reel.cut.speeches), encoding="utf-8")
    _pictures(reel, folder)


def mixed(reel: Reel) -> mix.Mix:
    """The film's sound, with its stems."""
    cut = reel.cut
    rooms = {clip.name: clip.setting for clip in cut.clips}
    music = mix.Music(
        samples=sound.read(reel.music), score=reel.score, start_s=cut.music_start_s, end_s=cut.music_end_s
    )
    own = dict(_own(reel))
    recorded = [each for each in cut.speeches if each.line_id in reel.lines]
    laid = [each for each in recorded if each.shot not in own or each.channel is not Channel.ON]
    return mix.mix(
        seconds=cut.duration_s,
        lines=[*(_line(reel, speech, rooms) for speech in laid), *own.values()],
        beds=[_bed(reel, bed) for bed in cut.beds],
        music=music,
    )


def _line(reel: Reel, speech: Speech, rooms: Mapping[str, Setting | None]) -> mix.Line:
    return mix.Line(
        samples=sound.read(reel.lines[speech.line_id]),
        start_s=speech.start_s,
        channel=speech.channel,
        room=rooms[speech.shot],
    )


def _own(reel: Reel) -> Iterator[tuple[str, mix.Line]]:
    """What the talking clips say themselves, by the clip's name, as loud as recorded voices are. A clip that was to
    speak and came without any sound is not among them."""
    for clip in reel.cut.clips:
        if clip.name in reel.talking and probe(reel.clips[clip.name]).audio is not None:
            heard = sound.read(reel.clips[clip.name])[: sound.frames(clip.frames / float(FPS))]
            level_lufs = measure(heard).integrated_lufs
            if level_lufs > SILENT_LUFS:
                heard = sound.stereo(heard) * sound.gain(VOICE_LUFS - level_lufs)
                yield clip.name, mix.Line(samples=_eased(heard), start_s=clip.first_frame / float(FPS), dry=True)


def _eased(samples: Samples) -> Samples:
    """Without a click where it begins and ends."""
    ease = np.minimum(np.arange(len(samples)) / sound.frames(EASE_S), 1.0).astype(np.float32)[:, None]
    return samples * ease * ease[::-1]


def _bed(reel: Reel, bed: Bed) -> mix.Bed:
    return mix.Bed(samples=sound.read(reel.beds[bed.setting]), start_s=bed.start_s, end_s=bed.end_s)


def _pictures(reel: Reel, folder: Path) -> None:
    """The poster is the first shot's middle; the contact sheet shows the middle of every shot over its code."""
    shots = [clip for clip in reel.cut.clips if clip.setting is not None]
    (folder / POSTER).write_bytes(thumbnail.poster(reel.clips[shots[0].name], _middle_s(shots[0])))
    stills = [(clip.name, thumbnail.poster(reel.clips[clip.name], _middle_s(clip))) for clip in shots]
    (folder / CONTACT_SHEET).write_bytes(thumbnail.contact_sheet(stills))


def _middle_s(clip: Clip) -> float:
    return clip.frames / 48
