"""All tables of the catalog, as typed models."""

from director_dagster.catalog.tables.assets import (
    Asset,
    AssetCharacter,
    AssetEdge,
    AssetKind,
    AssetSource,
    AssetType,
)
from director_dagster.catalog.tables.base import Base, Json
from director_dagster.catalog.tables.batches import Batch, BatchAsset, BatchState, Outcome, Verb
from director_dagster.catalog.tables.blobs import Blob, BlobCopy, CopyState
from director_dagster.catalog.tables.events import Event, EventHead
from director_dagster.catalog.tables.films import Character, CharacterKind, Film, Shot, Workspace
from director_dagster.catalog.tables.ledger import (
    Budget,
    Generation,
    GenerationEvent,
    GenerationState,
    Receipt,
)
from director_dagster.catalog.tables.members import Member, Role
from director_dagster.catalog.tables.requests import FilmRequest, RequestState
from director_dagster.catalog.tables.spending import spending_deltas, spending_sums
from director_dagster.catalog.tables.standings import SlotStanding, Standing
from director_dagster.catalog.tables.tags import asset_tags
from director_dagster.catalog.tables.takes import Slot, Take
from director_dagster.catalog.tables.uses import FilmUse
from director_dagster.catalog.tables.voices import Voice

__all__ = [
    "Asset",
    "AssetCharacter",
    "AssetEdge",
    "AssetKind",
    "AssetSource",
    "AssetType",
    "Base",
    "Batch",
    "BatchAsset",
    "BatchState",
    "Blob",
    "BlobCopy",
    "Budget",
    "Character",
    "CharacterKind",
    "CopyState",
    "Event",
    "EventHead",
    "Film",
    "FilmRequest",
    "FilmUse",
    "Generation",
    "GenerationEvent",
    "GenerationState",
    "Json",
    "Member",
    "Outcome",
    "Receipt",
    "RequestState",
    "Role",
    "Shot",
    "Slot",
    "SlotStanding",
    "Standing",
    "Take",
    "Verb",
    "Voice",
    "Workspace",
    "asset_tags",
    "spending_deltas",
    "spending_sums",
]
