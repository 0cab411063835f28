"""What a file is that nobody has declared: told by its first bytes, then proved by reading it to its end."""

from pathlib import Path

from director_dagster.errors import MediaDamaged
from director_dagster.media import playable
from director_dagster.media.inspect import IMAGES, inspect
from director_dagster.media.probe import decode_check, probe

START_BYTES = 16
TEXTS = {
    ".fountain": "text/vnd.fountain",
    ".txt": "text/plain",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}
"""By how a file's name ends: a text has no first bytes of its own."""

KEPT = "PNG, JPEG, WebP, MP4, WAV, MP3, and texts that end in .fountain, .txt, .srt or .vtt"
# Those of films; QuickTime's, and those of pictures (HEIF, AVIF), are in the same box and are none.
MP4_BRANDS = (b"iso", b"mp41", b"mp42", b"avc1", b"M4V", b"MSNV", b"dash")
CONTAINERS = {"video/mp4": "mov,mp4,m4a,3gp,3g2,mj2", "audio/wav": "wav", "audio/mpeg": "mp3"}
MARKS = {"text/vtt": (0, "WEBVTT"), "application/x-subrip": (None, "-->")}
"""What a text of that type begins with, or has somewhere in it."""

ALL_FRAMES_S = 600.0
"""Of longer videos the keyframes are decoded, and all packets read: all frames of a long film take many minutes."""


def media_type_of(start: bytes, suffix: str) -> str | None:
    """The media type of a file that begins with `start` and whose name ends in `suffix`; None for what is not kept."""
    if start[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if start[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    if start[:4] == b"RIFF":
        return {b"WEBP": "image/webp", b"WAVE": "audio/wav"}.get(start[8:12])
    if start[4:8] == b"ftyp":
        return "video/mp4" if start[8:12].startswith(MP4_BRANDS) else None
    if start[:3] == b"ID3" or (start[:1] == b"\xff" and start[1:2] >= b"\xe0"):
        return "audio/mpeg"
    return TEXTS.get(suffix.lower())


def prove(path: Path, media_type: str) -> None:
    """Read a file to its end as what it is said to be. Raises MediaDamaged or BadInput for what is not, or is larger
    than anything that is kept."""
    found = inspect(path, media_type)
    if media_type in CONTAINERS and probe(path).container != CONTAINERS[media_type]:
        raise MediaDamaged(f"{path.name}: it begins as {media_type}, and is {probe(path).container}")
    if media_type == "video/mp4" and (found.duration_s or 0) <= ALL_FRAMES_S:
        decode_check(path)
    else:
        playable.play(path, media_type)
    if media_type not in IMAGES and media_type not in CONTAINERS:
        _prove_text(path, media_type)


def _prove_text(path: Path, media_type: str) -> None:
    text = path.read_text(encoding="utf-8-sig")
    at, mark = MARKS.get(media_type, (None, ""))
    if mark not in text or (at == 0 and not text.startswith(mark)):
        raise MediaDamaged(f"{path.name}: it ends as {media_type} does, and has no {mark}")
