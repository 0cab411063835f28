"""What the simulated providers deliver: real media, made by the animatic, of what the words ask for."""

import re
import tempfile
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import av
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from director_dagster.animatic import ambience, artist, camera, composer, voice, writer
from director_dagster.errors import BadInput
from director_dagster.story import wire
from director_dagster.story.cut import FPS
from director_dagster.story.shot import Manner, Move, Setting, Size, TimeOfDay, Voice, Weather

ANOTHER_IDEA = "a lighthouse keeper finds a letter"
MP3_HZ, MP3_BPS = 44_100, 128_000
SOUND_HZ = 48_000
QUOTED = re.compile(r'"([^"]*)"')
Writer = Callable[[str, str], str]
"""Writes of an idea, in the language of a code."""

PIECES = (("shore", "sea", "lighthouse"), ("forest",), ("street",), ("room",), ("kitchen",), ())


def picture(words: str, width_px: int, height_px: int, job: str) -> bytes:
    """A place as PNG, which one the words decide; no two jobs deliver the same bytes."""
    drawn = Image.open(BytesIO(artist.draw_location(_setting(words), Size(width_px=width_px, height_px=height_px))))
    told, file = PngInfo(), BytesIO()
    told.add_text("job", job)
    drawn.convert("RGB").save(file, "PNG", pnginfo=told)
    return file.getvalue()


def clip(frame: bytes, seconds: int, job: str, *, aloud: str | None = None) -> bytes:
    """A shot filmed from `frame`, as MP4; of half its sides, so that it is quickly made. `aloud` are the words of one
    that is heard: what they quote is spoken in it. Raises BadInput for no picture."""
    with Image.open(BytesIO(frame)) as picture:
        size = Size(width_px=picture.width // 4 * 2, height_px=picture.height // 4 * 2)
    seed = _number(job) % 2**32
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.mp4"
        camera.shoot(frame, move=Move.DRIFT, frames=seconds * int(FPS), size=size, mouths=(), seed=seed, out=file)
        filmed = file.read_bytes()
    return filmed if aloud is None else _heard(filmed, _said(aloud, seconds))


def _said(words: str, seconds: int) -> bytes:
    """What the words quote, spoken, as WAV; else the sound of a place."""
    try:
        return speech(" ".join(QUOTED.findall(words)), 1.0)
    except BadInput:
        return sound(words, seconds)


def _heard(filmed: bytes, wav: bytes) -> bytes:
    """A silent clip with this sound, for no longer than the clip lasts."""
    file = BytesIO()
    with (
        av.open(BytesIO(filmed), "r") as picture,
        av.open(BytesIO(wav), "r") as said,
        av.open(file, "w", "mp4") as target,
    ):
        pictures, sounds = picture.streams.video[0], said.streams.audio[0]
        copied, encoder = target.add_stream_from_template(pictures), target.add_stream("aac", SOUND_HZ, layout="stereo")
        for packet in picture.demux(pictures):
            if packet.dts is not None:
                packet.stream = copied
                target.mux(packet)
        ends = float((pictures.duration or 0) * (pictures.time_base or 0))
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=SOUND_HZ)
        for frame in [*said.decode(sounds), None]:
            for piece in resampler.resample(frame):
                if (piece.time or 0.0) < ends:
                    target.mux(encoder.encode(piece))
        target.mux(encoder.encode(None))
    return file.getvalue()


def speech(text: str, speed: float) -> bytes:
    """The text, spoken, as WAV."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        voice.speak(text, Voice(language="en-GB", pitch=1.0, speed=speed), manner=Manner.PLAIN, out=file)
        return file.read_bytes()


def music(words: str, seconds: float) -> bytes:
    """Music in the mood of nothing in particular, of about `seconds`, as WAV."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "music.wav"
        composer.compose(seed=_number(words) % 2**32, genre=None, style=None, moods=(), seconds=seconds, out=file)
        return file.read_bytes()


def sound(words: str, seconds: float) -> bytes:
    """The sound of a place, which one the words decide, as WAV; it goes round without a seam."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sound.wav"
        ambience.bed(_setting(words), seconds=seconds, seed=_number(words) % 2**32, out=file)
        return file.read_bytes()


def mp3(wav: bytes) -> tuple[bytes, float]:
    """A sound as MP3 as it is streamed, without an index or tags, and how many seconds it lasts."""
    streamed, samples = BytesIO(), 0
    with (
        av.open(BytesIO(wav), "r") as source,
        av.open(streamed, "w", "mp3", options={"write_xing": "0", "id3v2_version": "0"}) as target,
    ):
        layout = "mono" if source.streams.audio[0].channels == 1 else "stereo"
        encoder = target.add_stream("libmp3lame", MP3_HZ, layout=layout, bit_rate=MP3_BPS)
        encoder.codec_context.format = "s16p"
        resampler = av.AudioResampler(format="s16p", layout=layout, rate=MP3_HZ)
        for frame in [*source.decode(audio=0), None]:
            for piece in resampler.resample(frame):
                samples += piece.samples
                target.mux(encoder.encode(piece))
        target.mux(encoder.encode(None))
    return streamed.getvalue(), samples / MP3_HZ


def screenplay(idea: str, language: str) -> str:
    """A screenplay in Fountain of what the idea tells; of one that tells of nobody, another story."""
    try:
        return writer.write_draft(idea, seed=wire.seed(idea), language=language, genre=None, style=None)
    except BadInput:
        return screenplay(ANOTHER_IDEA, "en")


def ramblings(idea: str, language: str) -> str:
    """What a writer writes who does not do as told: no scene."""
    return f"Title: Notes ({language})\n\nI have read all {len(idea.split())} words. One could film that in many ways."


def _setting(words: str) -> Setting:
    """A place that the words decide."""
    number = _number(words)
    return Setting(
        place=words[:40].upper(),
        interior=bool(number & 1),
        pieces=PIECES[number // 2 % len(PIECES)],
        time=list(TimeOfDay)[number // 16 % len(TimeOfDay)],
        weather=Weather.CLEAR,
    )


def _number(words: str) -> int:
    return int.from_bytes(sha256(words.encode()).digest()[:8], "big")
