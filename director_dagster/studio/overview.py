"""Overview: what a step's pieces look like, in one small picture."""

from collections.abc import Sequence

from director_dagster.errors import Damaged
from director_dagster.media import thumbnail
from director_dagster.studio.report import Made, Report
from director_dagster.studio.studio import Studio

SHOWN = 12


async def overview(studio: Studio, report: Report) -> bytes | None:
    """A JPEG of some twelve pieces, evenly chosen, each over its code; None when none of them can be seen."""
    return await side_by_side(studio, [(each.slot.rpartition(":")[2], each.thumbnail_url) for each in _chosen(report)])


async def side_by_side(studio: Studio, thumbnails: Sequence[tuple[str, str | None]]) -> bytes | None:
    """A JPEG of thumbnails, each over its label; None when none of them can be seen."""
    pictures = [(label, await _seen(studio, url)) for label, url in thumbnails]
    frames = [(label, data) for label, data in pictures if data is not None]
    return await studio.workers.run(thumbnail.overview, frames) if frames else None


def _chosen(report: Report) -> list[Made]:
    seen = [piece for piece in report.pieces if piece.thumbnail_url is not None]
    return [seen[number * len(seen) // SHOWN] for number in range(SHOWN)] if len(seen) > SHOWN else seen


async def _seen(studio: Studio, url: str | None) -> bytes | None:
    """The thumbnail; a lost one is left out, for the checks to find."""
    try:
        return None if url is None else await studio.vault.read(url)
    except Damaged:
        return None
