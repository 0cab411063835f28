"""Keeping: which takes of a film's pieces stay as they are, and which asset is settled for one by somebody else."""

from dataclasses import dataclass
from uuid import UUID

from director_dagster.catalog.queries import takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset
from director_dagster.errors import BlobMissing
from director_dagster.studio.filing import BASIS_VERSION, Basis
from director_dagster.studio.piece import Piece
from director_dagster.studio.preserve import restore
from director_dagster.studio.production import Production
from director_dagster.studio.studio import Studio


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """What one film keeps."""

    studio: Studio
    film: Production

    async def keeps(self, there: Filled, basis: Basis) -> bool:
        """Whether a take is current and its bytes are in the vault with their size, or can be had from a copy."""
        blob = there.blob
        if blob is None or not there.keeps(basis, BASIS_VERSION):
            return False
        there_too = await self.studio.vault.has(blob.digest, blob.size_bytes)
        return there_too or await restore(self.studio, blob.digest)

    async def stays(self, piece: Piece, there: Filled) -> bool:
        """Whether a take of the piece, by whomever, is current and has its bytes."""
        return await self.keeps(there, piece.by(there.asset.provider).basis)

    def is_current(self, piece: Piece, there: Filled) -> bool:
        """Whether a take, with or without its bytes, is what the film asks, and who made it is here."""
        asset, take = there.asset, there.take
        current = take.basis == dict(piece.by(asset.provider).basis) and take.basis_version == BASIS_VERSION
        known = asset.provider in self.studio.providers and asset.model is not None
        return current and known and asset.deleted_at is None

    async def current(self, piece: Piece) -> set[UUID | None]:
        """The assets of those takes of the piece that are current and have their bytes."""
        async with self.studio.catalog.session() as db:
            found = await takes.all_of(
                db, workspace_id=self.film.workspace_id, film_id=self.film.film_id, slot=piece.slot
            )
        return {each.asset.id for each in found if await self.stays(piece, each)}

    async def settled(self, piece: Piece) -> Asset | None:
        """What a user brought for the character, location or prop that the piece is of, or another film has settled.

        Raises BlobMissing when the bytes of what was brought are gone: nobody else can make them.
        """
        if piece.brought is not None:
            if await self.keeps(piece.brought, piece.brought.take.basis):
                return piece.brought.asset
            raise BlobMissing(f"{piece.name}: the user's own picture is lost; the same file, added again, is it")
        if piece.character_id is None:
            return None
        async with self.studio.catalog.session() as db:
            own = await takes.selected_of_character(
                db, workspace_id=self.film.workspace_id, character_id=piece.character_id
            )
        filled = own.get(piece.own_slot)
        if filled is None or filled.asset.film_id == self.film.film_id:
            return None
        return filled.asset if await self.keeps(filled, filled.take.basis) else None
