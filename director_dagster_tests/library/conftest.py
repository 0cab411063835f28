"""What the tests of the library share: one in this process, with assets in its catalog and their bytes in its vault."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image

from director_dagster.catalog.asset_saver import save_generation_as_asset
from director_dagster.catalog.queries import blobs, films, members
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset, Role, Workspace
from director_dagster.library.access import Door
from director_dagster.library.app import create_app
from director_dagster.library.renditions import Renditions
from director_dagster.library.rooms import Library
from director_dagster.studio.studio import open_studio

HERE = "http://127.0.0.1:3001"
OUTSIDE = "https://studio.example"
DAGSTER = "http://127.0.0.1:3000"


@dataclass(frozen=True, kw_only=True)
class Shelf:
    """A library and what it works on."""

    library: Library
    workspace: Workspace

    @property
    def catalog(self) -> Catalog:
        return self.library.catalog

    def reader(self, **headers: str) -> httpx.AsyncClient:
        """A browser at the library; with no headers, of the person at this machine."""
        [origin] = self.library.door.origins
        transport = httpx.ASGITransport(create_app(self.library), raise_app_exceptions=True)
        return httpx.AsyncClient(transport=transport, base_url=origin, headers=headers)

    async def asset(self, name: str = "a shot", *, data: bytes | None = None, **values: Any) -> Asset:
        """A generated piece for $0.25 whose bytes are in the vault: its name, but for what `values` say."""
        workspace = values.pop("workspace", self.workspace)
        more = {column: values.pop(column) for column in ("favorite", "lost_at", "deleted_at") if column in values}
        given = {
            "type": "video",
            "kind": "shot",
            "generation_cost": 0.25,
            "provider": "kling",
            "model": "v3",
            "prompt": "",
            **values,
        }
        url = await self.filed(name.encode() if data is None else data, given.pop("extension", "mp4"))
        async with self.catalog.session() as db:
            asset = await save_generation_as_asset(
                db=db, workspace_id=workspace.id, name=name, url=given.pop("url", url), **given
            )
            for column, value in more.items():
                setattr(asset, column, value)
        return asset

    async def filed(self, data: bytes, extension: str) -> str:
        """The url of bytes that are in the vault."""
        blob = await self.library.vault.put(data, extension)
        types = {"mp4": "video/mp4", "png": "image/png", "wav": "audio/wav"}
        async with self.catalog.session() as db:
            await blobs.record(
                db,
                digest=hashlib.sha256(data).hexdigest(),
                size_bytes=len(data),
                media_type=types.get(extension, "application/octet-stream"),
                extension=extension,
            )
        return blob.url

    async def token(self, name: str = "Mara", role: Role = "viewer", *, workspace: Workspace | None = None) -> str:
        """The token of a new member."""
        async with self.catalog.session() as db:
            to = (workspace or self.workspace).id
            return (await members.add(db, workspace_id=to, name=name, role=role, added_by="a test"))[1]


@pytest.fixture
async def shelf(tmp_path: Path, catalog: Catalog) -> AsyncIterator[Shelf]:
    """A library on loopback, of whoever is at this machine."""
    async for each in _shelf(tmp_path, catalog, Door(origins=frozenset({HERE}), owner="sam")):
        yield each


@pytest.fixture
async def outside(tmp_path: Path, catalog: Catalog) -> AsyncIterator[Shelf]:
    """A library that the world can reach: everybody signs in."""
    async for each in _shelf(tmp_path, catalog, Door(origins=frozenset({OUTSIDE}), owner=None)):
        yield each


async def _shelf(folder: Path, catalog: Catalog, door: Door) -> AsyncIterator[Shelf]:
    url = catalog.engine.url.render_as_string(hide_password=False)
    studio = replace(open_studio(database_url=url, home=folder), catalog=catalog)
    library = Library(
        catalog=catalog,
        vault=studio.vault,
        studio=studio,
        renditions=Renditions(folder / "renditions", studio.workers),
        door=door,
        dagster=DAGSTER,
    )
    async with catalog.session() as db:
        workspace = await films.workspace(db, "home")
    try:
        yield Shelf(library=library, workspace=workspace)
    finally:
        await library.working.stop()
        await studio.aclose()


def picture(colour: str = "#804020") -> bytes:
    """A small PNG."""
    data = BytesIO()
    Image.new("RGB", (64, 36), colour).save(data, "PNG")
    return data.getvalue()
