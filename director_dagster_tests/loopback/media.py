"""What the loopback provider delivers: real media, small, quickly made, and no two deliveries the same bytes."""

import io
import struct
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from director_dagster.media import sound
from director_dagster.media.encode import VideoWriter

LINE_S = 1.0
SCORE = {"bpm": 120.0, "key": "D", "mode": "dorian", "bar_s": 2.0, "phrase_s": 8.0, "body_s": 8.0}


def deliver(request: Mapping[str, Any], job: str) -> tuple[str, bytes, dict[str, Any]]:
    """The media type, the bytes and what is said of them for a request; `job` stands somewhere in the bytes."""
    operation, params = request["operation"], request["params"]
    if operation in {"text", "draft"}:
        return "text/plain", f"{request['prompt']}\n{job}\n".encode(), {}
    if operation in {"voice", "line"}:
        return "audio/wav", _marked_wav(_tone(LINE_S), job), {"duration_s": LINE_S}
    if operation == "score":
        return "audio/wav", _marked_wav(_tone(24.0), job), {"score": {**SCORE, "ending_start_s": 16.0}}
    if operation == "ambience":
        return "audio/wav", _marked_wav(_tone(24.0), job), {}
    size = params["size"]["width_px"], params["size"]["height_px"]
    if operation == "shot":
        return "video/mp4", _clip(*size, params["frames"]) + _box(b"free", job.encode()), {"frames": params["frames"]}
    return "image/png", _picture(*size, job), {}


def _box(kind: bytes, data: bytes) -> bytes:
    """A box of an MP4 that players pass over."""
    return struct.pack(">I", 8 + len(data)) + kind + data


@cache
def _clip(width_px: int, height_px: int, frames: int) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clip.mp4"
        picture = np.full((height_px, width_px, 3), 90, np.uint8)
        with VideoWriter(file, width_px=width_px, height_px=height_px) as writer:
            for number in range(frames):
                picture[: height_px // 8, : width_px * number // frames] = 200
                writer.write(picture)
        return file.read_bytes()


def _picture(width_px: int, height_px: int, job: str) -> bytes:
    told = PngInfo()
    told.add_text("job", job)
    file = io.BytesIO()
    Image.new("RGB", (width_px, height_px), (120, 130, 140)).save(file, "PNG", pnginfo=told, compress_level=1)
    return file.getvalue()


@cache
def _tone(seconds: float) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tone.wav"
        time = np.arange(sound.frames(seconds), dtype=np.float32) / sound.RATE_HZ
        sound.write(file, (0.1 * np.sin(2 * np.pi * 220 * time))[:, None].astype(np.float32))
        return file.read_bytes()


def _marked_wav(data: bytes, job: str) -> bytes:
    """The sound with one more RIFF chunk, which players pass over."""
    mark = job.encode().ljust(36)[:36]
    riff = data + b"note" + struct.pack("<I", len(mark)) + mark
    return riff[:4] + struct.pack("<I", len(riff) - 8) + riff[8:]
