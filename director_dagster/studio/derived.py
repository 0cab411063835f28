"""Derived: what is made of an asset's bytes and row is made anew from them for nothing: its thumbnail, its sidecar."""

from director_dagster.catalog import sidecar
from director_dagster.catalog.queries import assets, blobs, losses
from director_dagster.catalog.tables import Asset
from director_dagster.errors import Damaged
from director_dagster.studio.studio import Studio


async def renew(studio: Studio, asset: Asset) -> None:
    """Make an asset's thumbnail and sidecar anew. Raises Damaged where its bytes are gone or cannot be read."""
    path = await studio.vault.path(asset.url or "")
    async with studio.catalog.session() as db:
        blob = await blobs.get(db, asset.digest or "")
    async with studio.filing():
        filed = await studio.file(path, blob.media_type if blob else "")
        async with studio.catalog.session() as db:
            row = await assets.get(db, asset.workspace_id, asset.id)
            row.thumbnail_url = filed.thumbnail_url
            await db.flush()
            await studio.vault.put_sidecar(str(row.workspace_id), str(row.id), await sidecar.of(db, row))


async def renew_lost(studio: Studio) -> int:
    """Make the lost thumbnails of assets that are there anew; how many those are. A second call finds none."""
    async with studio.catalog.session() as db:
        found = await losses.thumbnails(db)
    renewed = 0
    for asset in found:
        try:
            await renew(studio, asset)
        except Damaged:
            continue  # its own bytes are gone since the last look: they have to come back first
        renewed += 1
    return renewed
