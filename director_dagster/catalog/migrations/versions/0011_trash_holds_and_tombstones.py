"""assets, blobs: why an asset was deleted, what is held by law, and what is left of one whose bytes are gone for good

Revision 0011, after 0010. Expand only: old code deletes nothing, and finds nothing purged.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = """
ALTER TABLE assets
    ADD COLUMN delete_reason text,
    ADD COLUMN held_at timestamptz,
    ADD COLUMN hold_reason text,
    ADD COLUMN purged_at timestamptz,
    ADD COLUMN purge_reason text,
    ADD CONSTRAINT ck_assets_deleted CHECK (deleted_at IS NOT NULL OR delete_reason IS NULL),
    ADD CONSTRAINT ck_assets_held
        CHECK (num_nulls(held_at, hold_reason) IN (0, 2) AND (held_at IS NULL OR deleted_at IS NULL)),
    ADD CONSTRAINT ck_assets_purged
        CHECK (num_nulls(purged_at, purge_reason) IN (0, 2)
            AND (purged_at IS NULL OR deleted_at IS NOT NULL AND lost_at IS NULL))
"""
BLOBS = """
ALTER TABLE blobs
    ADD COLUMN purged_at timestamptz,
    ADD CONSTRAINT ck_blobs_purged CHECK (purged_at IS NULL OR lost_at IS NULL)
"""
COPIES = """
ALTER TABLE blob_copies
    DROP CONSTRAINT ck_blob_copies_state,
    ADD CONSTRAINT ck_blob_copies_state CHECK (state IN ('ok', 'missing', 'corrupt', 'quarantined', 'purged'))
"""
TRASH = """
CREATE INDEX ix_assets_trash ON assets (workspace_id, deleted_at) WHERE deleted_at IS NOT NULL AND purged_at IS NULL
"""
INDEXES = (
    "CREATE INDEX ix_assets_thumbnail_digest ON assets (thumbnail_digest)",
    "CREATE INDEX ix_blobs_purged ON blobs (digest) WHERE purged_at IS NOT NULL",
)


def upgrade() -> None:
    """Add the columns with what holds them to each other, and the indexes by which trash and tombstones are found."""
    for statement in (COLUMNS, BLOBS, COPIES, TRASH, *INDEXES):
        op.execute(statement)
