"""What the simulated providers deliver: real media, made by the animatic, of what the words ask for."""

import tempfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from director_dagster.animatic import artist, camera, voice, writer
from director_dagster.errors import BadInput
from director_dagster.story import wire
from director_dagster.story.cut import FPS
from director_dagster.story.shot import Manner, Move, Setting, Size, TimeOfDay, Voice, Weather

ANOTHER_IDEA = "a lighthouse keeper finds a letter"
PIECES = (("shore", "sea", "lighthouse"), ("forest",), ("street",), ("room",), ("kitchen",), ())


def picture(words: str, width_px: int, height_px: int, job: str) -> bytes:
    """A place as PNG, which one the words decide; no two jobs deliver the same bytes."""
    number = _number(words)
    setting = Setting(
        place=words[:40].upper(),
        interior=bool(number & 1),
        pieces=PIECES[number // 2 % len(PIECES)],
        time=list(TimeOfDay)[number // 16 % len(TimeOfDay)],
        weather=Weather.CLEAR,
    )
    drawn = Image.open(BytesIO(artist.draw_location(setting, Size(width_px=width_px, height_px=height_px))))
    told, file = PngInfo(), BytesIO()
    told.add_text("job", job)
    drawn.convert("RGB").save(file, "PNG", pnginfo=told)
    return file.getvalue()


def clip(frame: bytes, seconds: int, job: str) -> bytes:
    """A shot filmed from `frame`, as MP4; of half its sides, so that it is quickly made. Raises BadInput for no
    picture."""
    with Image.open(BytesIO(frame)) as picture:
        size = Size(width_px=picture.width // 4 * 2, height_px=picture.height // 4 * 2)
    seed = _number(job) % 2**32
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.mp4"
        camera.shoot(frame, move=Move.DRIFT, frames=seconds * int(FPS), size=size, mouths=(), seed=seed, out=file)
        return file.read_bytes()


def speech(text: str, speed: float) -> bytes:
    """The text, spoken, as WAV."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "speech.wav"
        voice.speak(text, Voice(language="en-GB", pitch=1.0, speed=speed), manner=Manner.PLAIN, out=file)
        return file.read_bytes()


def screenplay(idea: str, language: str) -> str:
    """A screenplay in Fountain of what the idea tells; of one that tells of nobody, another story."""
    try:
        return writer.write_draft(idea, seed=wire.seed(idea), language=language, genre=None, style=None)
    except BadInput:
        return screenplay(ANOTHER_IDEA, "en")


def _number(words: str) -> int:
    return int.from_bytes(sha256(words.encode()).digest()[:8], "big")
