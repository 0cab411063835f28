"""Overview: what a step's pieces look like, in one small picture."""

from director_dagster.errors import Damaged
from director_dagster.media import thumbnail
from director_dagster.studio.report import Made, Report
from director_dagster.studio.studio import Studio

SHOWN = 12


async def overview(studio: Studio, report: Report) -> bytes | None:
    """A JPEG of some twelve pieces, evenly chosen, each over its code; None when none of them can be seen."""
    pictures = [(piece.slot, await _seen(studio, piece)) for piece in _chosen(report)]
    frames = [(slot.rpartition(":")[2], data) for slot, data in pictures if data is not None]
    return await studio.workers.run(thumbnail.overview, frames) if frames else None


def _chosen(report: Report) -> list[Made]:
    seen = [piece for piece in report.pieces if piece.thumbnail_url is not None]
    return [seen[number * len(seen) // SHOWN] for number in range(SHOWN)] if len(seen) > SHOWN else seen


async def _seen(studio: Studio, piece: Made) -> bytes | None:
    """The piece's thumbnail; a lost one is left out, for the checks to find."""
    try:
        return await studio.vault.read(piece.thumbnail_url or "")
    except Damaged:
        return None
