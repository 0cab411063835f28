"""What every page stands on: the open catalog, the vault, and who is asking."""

from dataclasses import dataclass, field, replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from director_dagster.catalog.queries import assets
from director_dagster.catalog.session import Catalog
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BadInput, Unseen
from director_dagster.library.access import Door, Reader
from director_dagster.library.dagster import PREFIX, is_guarded
from director_dagster.library.renditions import Renditions
from director_dagster.library.working import Working
from director_dagster.studio.studio import Studio
from director_dagster.vault.store import Vault


@dataclass(frozen=True, kw_only=True)
class Library:
    """What the library works on.

    Attributes:
        catalog: Of all workspaces; only who signs in is looked up in it, and where an asset is.
        vault: The bytes.
        studio: What verbs are done with, of all workspaces; a reader's own is `studio_of`.
        renditions: Small previews of them.
        door: Who comes in.
        dagster: Where Dagster's page is, as ``http://127.0.0.1:3000``; None where nobody said. One at `PREFIX` is shown
            by the library itself, and need not be known to anybody else.
        working: On which batches this process works.
    """

    catalog: Catalog
    vault: Vault
    studio: Studio
    renditions: Renditions
    door: Door
    dagster: str | None = None
    working: Working = field(default_factory=Working)

    def studio_of(self, reader: Reader) -> Studio:
        """The studio for who asks: what is done with it is done by them, in their workspace and no other."""
        return replace(self.studio, catalog=reader.catalog)

    def keeper_for(self, reader: Reader) -> Studio:
        """A studio that acts for who asks and sees all workspaces: only it can tell whether bytes, which workspaces
        share, are still needed by anybody. Whoever uses it names the workspace in all that it asks."""
        return replace(self.studio, catalog=replace(self.studio.catalog, actor=reader.catalog.actor))

    def dagster_for(self, reader: Reader) -> str | None:
        """By which address who asks finds Dagster's page; None where there is none for them."""
        if self.dagster is None or not is_guarded(self.dagster):
            return self.dagster
        return PREFIX if reader.may("operator") else None


def library_of(request: Request) -> Library:
    """The library that serves this request."""
    library: Library = request.app.state.library
    return library


async def reader_of(request: Request) -> Reader:
    """Whose request it is. Raises as `Door.reader`."""
    library = library_of(request)
    return await library.door.reader(request, library.catalog)


async def reader_of_asset(request: Request, asset_id: UUID) -> Reader:
    """Whose request it is, at the asset. Raises as `Door.reader`."""
    library = library_of(request)
    return await library.door.reader(request, library.catalog, asset=asset_id)


async def seen(reader: Reader, asset_id: UUID) -> Asset:
    """The asset, if who asks may see it. Raises Unseen, which says nothing of whether others may."""
    async with reader.catalog.session() as db:
        try:
            return await assets.get(db, reader.workspace.id, asset_id)
        except BadInput as exc:
            raise unseen(reader, asset_id) from exc


def unseen(reader: Reader, asset_id: UUID) -> Unseen:
    """What is told of an asset that who asks may not see, be there one or not."""
    return Unseen(f"there is no asset {asset_id} in the workspace {reader.workspace.slug}")


Open = Annotated[Library, Depends(library_of)]
Asking = Annotated[Reader, Depends(reader_of)]
AskingOfAsset = Annotated[Reader, Depends(reader_of_asset)]
