"""Upload: a file that a user brings, looked at before anything is filed of it."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from director_dagster.errors import BadInput, MediaDamaged
from director_dagster.studio.filing import Filed
from director_dagster.studio.studio import Studio


async def file_all(
    studio: Studio, files: Sequence[Path], *, what: str, type_of: Callable[[Path], str], limit_bytes: int
) -> list[Filed]:
    """File them, in order, once all of them are seen to be of a kind that is kept; the same bytes are one blob.

    Raises BadInput for a file that is not there, too large, or no `what`; then none is filed.
    """
    kinds = [await _kind_of(studio, file, what, type_of, limit_bytes) for file in files]
    return [await _file(studio, file, kind) for file, kind in zip(files, kinds, strict=True)]


async def _kind_of(studio: Studio, file: Path, what: str, type_of: Callable[[Path], str], limit_bytes: int) -> str:
    try:
        size = await asyncio.to_thread(lambda: file.stat().st_size if file.is_file() else None)
    except (OSError, ValueError) as exc:
        raise BadInput(f"{file}: cannot be read: {exc}") from exc
    if size is None:
        raise BadInput(f"{file}: there is no such file")
    if size > limit_bytes:
        raise BadInput(f"{file}: {size:,} bytes; a {what} of up to {limit_bytes:,} is taken")
    try:
        return await studio.workers.run(type_of, file)
    except MediaDamaged as exc:
        raise BadInput(str(exc)) from exc


async def _file(studio: Studio, file: Path, media_type: str) -> Filed:
    try:
        return await studio.file(file, media_type)
    except MediaDamaged as exc:
        raise BadInput(f"{file}: it cannot be read to its end: {exc}") from exc
