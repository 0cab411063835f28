"""Prints: the files of a finished film, and the slots that they fill."""

from dataclasses import dataclass

from director_dagster.catalog.tables import AssetKind, AssetType
from director_dagster.studio import reel


@dataclass(frozen=True, kw_only=True)
class Print:
    """One file of the finished film, and the slot that it fills."""

    file: str
    slot: str
    type: AssetType
    kind: AssetKind
    media_type: str
    field: str
    name: str


PRINTS = (
    Print(file=reel.FILM, slot="film", type="video", kind="film", media_type="video/mp4", field="picture", name="film"),
    Print(
        file=reel.SRT,
        slot="subtitles:srt",
        type="text",
        kind="subtitle",
        media_type="application/x-subrip",
        field="subtitles",
        name="subtitles (SubRip)",
    ),
    Print(
        file=reel.VTT,
        slot="subtitles:vtt",
        type="text",
        kind="subtitle",
        media_type="text/vtt",
        field="subtitles",
        name="subtitles (WebVTT)",
    ),
    Print(
        file=reel.POSTER,
        slot="poster",
        type="image",
        kind="poster",
        media_type="image/jpeg",
        field="picture",
        name="poster",
    ),
    Print(
        file=reel.CONTACT_SHEET,
        slot="contact-sheet",
        type="image",
        kind="poster",
        media_type="image/png",
        field="picture",
        name="contact sheet",
    ),
)
