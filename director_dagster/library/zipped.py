"""Assets as a ZIP that is written while it is sent: their originals, a table of all of them, and what is left out.

Nothing is compressed: pictures, sound and video are so already. No name in it leads out of the folder that it is
unpacked in, whatever an asset is called.
"""

import csv
import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, cast
from uuid import UUID
from zipfile import ZipFile, ZipInfo

from director_dagster.library import shown

CHUNK_BYTES = 1 << 20
NAME_BYTES = 160
"""Of an asset's name in a file's: with its id and its ending that stays within the 255 that systems take."""

FIRST_MOMENT, LAST_MOMENT = (1980, 1, 1, 0, 0, 0), (2107, 12, 31, 23, 59, 58)
"""Of what ZIP can tell."""

TABLE, LEFT_OUT = "assets.csv", "left-out.csv"
FILE_MODE = 0o644 << 16
JOINED = "._-"


@dataclass(frozen=True, kw_only=True)
class Piece:
    """An asset to be put in: its row for the table, and where its bytes are; None, with the reason, where there are
    none."""

    id: UUID
    name: str
    extension: str
    made_at: datetime
    row: Mapping[str, object]
    path: Path | None
    why: str = ""

    @property
    def file(self) -> str:
        """How it is called in the ZIP: its name as far as all systems take it, and its id, so that no two are alike."""
        return f"{safe(self.name)}_{self.id}.{self.extension}"


def safe(name: str) -> str:
    """`name` as part of a file's name on any system: letters, digits, and single signs between them."""
    text = unicodedata.normalize("NFC", name)
    kept = "".join(char if char.isalnum() or char in JOINED else " " for char in text)
    short = "-".join(kept.split()).encode()[:NAME_BYTES].decode(errors="ignore")
    return short.strip(JOINED) or "asset"


def stream(folder: str, pieces: Sequence[Piece]) -> Iterator[bytes]:
    """The bytes of the ZIP; all lies in `folder`. What has gone from the vault meanwhile is left out, and said."""
    sink = _Sink()
    left = [piece for piece in pieces if piece.path is None]
    with ZipFile(cast("IO[bytes]", sink), "w") as archive:
        for piece in pieces:
            if piece.path is None:
                continue
            try:
                file = piece.path.open("rb")
            except OSError:
                left.append(piece)
                continue
            with file, archive.open(_entry(f"{folder}/{piece.file}", piece.made_at), "w", force_zip64=True) as entry:
                while chunk := file.read(CHUNK_BYTES):
                    entry.write(chunk)
                    yield sink.taken()
        now = datetime.now(UTC)
        archive.writestr(_entry(f"{folder}/{TABLE}", now), table([piece.row for piece in pieces]))
        if left:
            told = [
                {"id": piece.id, "name": shown.cell(piece.name), "why": piece.why or "its bytes are lost"}
                for piece in left
            ]
            archive.writestr(_entry(f"{folder}/{LEFT_OUT}", now), table(told))
    yield sink.taken()


def table(rows: Sequence[Mapping[str, object]]) -> str:
    """Rows as CSV, under the names of the first one's columns."""
    text = io.StringIO()
    lines = csv.writer(text)
    lines.writerows([rows[0].keys(), *(row.values() for row in rows)] if rows else [])
    return text.getvalue()


def _entry(name: str, at: datetime) -> ZipInfo:
    entry = ZipInfo(name, min(max(at.timetuple()[:6], FIRST_MOMENT), LAST_MOMENT))
    entry.external_attr = FILE_MODE
    return entry


class _Sink:
    """Where the archive is written to: it cannot go back, and what was written is taken away at once."""

    def __init__(self) -> None:
        self._written = bytearray()

    def write(self, data: bytes) -> int:
        self._written += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits here."""

    def taken(self) -> bytes:
        data = bytes(self._written)
        self._written.clear()
        return data
