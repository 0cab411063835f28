"""Pictures as they are sent to providers: what kind they are, by their first bytes, since blobs have no endings."""

from collections.abc import Mapping

PNG = "image/png"
SIGNATURES: Mapping[bytes, str] = {b"\x89PNG": PNG, b"\xff\xd8\xff": "image/jpeg", b"RIFF": "image/webp"}


def media_type(picture: bytes) -> str:
    """The media type of a picture's bytes: PNG, JPEG or WebP."""
    return next((kind for start, kind in SIGNATURES.items() if picture.startswith(start)), PNG)
