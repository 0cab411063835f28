"""Keeping: which takes of a film's pieces stay as they are, and which asset is settled for one by somebody else."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from director_dagster.catalog.queries import film_uses, lineage, losses, takes
from director_dagster.catalog.queries.film_uses import Taken
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Asset, Blob
from director_dagster.errors import BlobMissing
from director_dagster.story import wire
from director_dagster.studio.filing import BASIS_VERSION, Basis
from director_dagster.studio.piece import Given, Piece
from director_dagster.studio.preserve import restore
from director_dagster.studio.production import Production
from director_dagster.studio.regain import is_brought, is_retained, regain_all
from director_dagster.studio.studio import Studio


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """What one film keeps.

    Attributes:
        studio: With what.
        film: Of which film.
        seen: Digests of blobs that were just seen in the vault, many at once.
        on_paper: Whether nothing is brought back, and only told what could be.
    """

    studio: Studio
    film: Production
    seen: Collection[str] = ()
    on_paper: bool = False

    async def with_pins(self, pieces: Sequence[Piece]) -> Sequence[Piece]:
        """The pieces, each with what somebody has pinned to its place in the film."""
        async with self.studio.catalog.session() as db:
            pins = await film_uses.pinned(db, self.film.workspace_id, self.film.film_id)
        return [_pinned(piece, pins[piece.slot]) if piece.slot in pins else piece for piece in pieces]

    async def keeps(self, there: Filled, basis: Basis) -> bool:
        """Whether a take is current and its bytes are in the vault with their size, or can be had from a copy."""
        return there.keeps(basis, BASIS_VERSION) and await self.has_bytes(there)

    async def has_bytes(self, there: Filled) -> bool:
        """Whether a take, current or not, has its bytes, or they can be had from a copy."""
        return await self._is_there(there.asset, there.blob)

    async def _is_there(self, asset: Asset, blob: Blob | None) -> bool:
        if blob is None or asset.deleted_at or asset.lost_at or blob.lost_at:
            return False
        if blob.digest in self.seen:
            return True
        there = await self.studio.vault.has(blob.digest, blob.size_bytes)
        return there or await restore(self.studio, blob.digest)

    async def stays(self, piece: Piece, there: Filled, *, stale: bool = False) -> bool:
        """Whether a take of the piece, by whomever, is current, or may be `stale`, and has its bytes; in a run that
        repairs, one that may be stale also where it has them back for nothing."""
        if stale:
            return await self.has_bytes(there) or (self.studio.repair_only and await self._comes_back(there.asset))
        return await self.keeps(there, piece.by(there.asset.provider).basis)

    def is_current(self, piece: Piece, there: Filled) -> bool:
        """Whether a take, with or without its bytes, is what the film asks, and who made it is here."""
        asset, take = there.asset, there.take
        current = take.basis == dict(piece.by(asset.provider).basis) and take.basis_version == BASIS_VERSION
        known = asset.provider in self.studio.providers and asset.model is not None
        return current and known and asset.deleted_at is None

    async def takes(self, piece: Piece, *, stale: bool = False) -> set[UUID | None]:
        """The assets of those takes of the piece that are current, or may be `stale`, and have their bytes."""
        async with self.studio.catalog.session() as db:
            found = await takes.all_of(
                db, workspace_id=self.film.workspace_id, film_id=self.film.film_id, slot=piece.slot
            )
        return {each.asset.id for each in found if await self.stays(piece, each, stale=stale)}

    async def settled(self, piece: Piece) -> Asset | None:
        """What a person has given for the piece, or another film has settled for whom it is of.

        Raises BlobMissing when the bytes of what was given are gone, and nobody gives them back for nothing.
        """
        if piece.given is not None:
            given = piece.given.asset
            if await self._is_there(given, piece.given.blob) or await self._comes_back(given):
                return given
            raise BlobMissing(_lost(piece, piece.given))
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

    async def regain(self) -> None:
        """Have back what the film has lost and comes back for nothing, whatever becomes of what it is made of."""
        async with self.studio.catalog.session() as db:
            lost = await losses.of_films(db, films=[str(self.film.key)])
        await regain_all(self.studio, [each.asset for film in lost for each in film.pieces])

    async def _comes_back(self, asset: Asset) -> bool:
        """Whether an asset that is lost, of this film or another one, is had again for nothing, with what it was made
        from where that is lost too."""
        if asset.deleted_at is not None:
            return False
        if self.on_paper:
            return await is_retained(self.studio, asset)
        async with self.studio.catalog.session() as db:
            whence = (await lineage.ancestors(db, asset.workspace_id, asset.id)).nodes
        lost = [node.asset for node in whence if node.depth == 0 or node.asset.lost_at is not None]
        return asset.id not in {each.id for each in await regain_all(self.studio, lost)}


def _pinned(piece: Piece, pin: Taken) -> Piece:
    basis = {piece.field: wire.digest(["pinned", pin.asset.digest])}
    return replace(piece, given=Given(asset=pin.asset, blob=pin.blob, basis=basis, pinned=True))


def _lost(piece: Piece, given: Given) -> str:
    if given.pinned:
        remedy = "add the same file again" if is_brought(given.asset) else "recover it"
        what = f"{given.asset.name} ({given.asset.id}), which is pinned there"
        return f"{piece.name}: {what}, has lost its bytes: {remedy}, or unpin it"
    return f"{piece.name}: the user's own picture is lost; the same file, added again, is it"
