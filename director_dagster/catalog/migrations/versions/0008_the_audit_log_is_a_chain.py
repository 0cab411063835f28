"""events: each is bound to the one before it; assets: what may be done with them

Revision 0008, after 0007. What the journal held until now becomes the beginning of each workspace's chain, in the order
in which it was written. What was bought, selected and consented to before is in the ledger, the takes and the voices,
and is not told anew: nobody wrote down then who did it. What the house has made is known to be free of others' claims;
of all other assets nothing is known until somebody says it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

START, BATCH = "0" * 64, 1000

OPEN = (
    """
    ALTER TABLE events
        ADD COLUMN seq bigint, ADD COLUMN run_id text, ADD COLUMN reason text NOT NULL DEFAULT '',
        ADD COLUMN microusd bigint, ADD COLUMN film_id uuid, ADD COLUMN asset_id uuid,
        ADD COLUMN generation_id uuid, ADD COLUMN slot_id uuid, ADD COLUMN previous text, ADD COLUMN hash text
    """,
    """
    CREATE TABLE event_heads (
        workspace_id uuid NOT NULL,
        seq bigint NOT NULL,
        hash text NOT NULL,
        CONSTRAINT pk_event_heads PRIMARY KEY (workspace_id),
        CONSTRAINT fk_event_heads_workspace_id FOREIGN KEY (workspace_id) REFERENCES workspaces (id),
        CONSTRAINT ck_event_heads_seq CHECK (seq >= 0),
        CONSTRAINT ck_event_heads_hash CHECK (hash ~ '^[0-9a-f]{64}$')
    )
    """,
    "ALTER TABLE events DISABLE TRIGGER append_only",
)
CLOSE = (
    "ALTER TABLE events ENABLE TRIGGER append_only",
    # Pages are turned by the event's number from now on.
    "DROP INDEX ix_events_workspace_id_id",
    """
    ALTER TABLE events
        ALTER COLUMN seq SET NOT NULL, ALTER COLUMN previous SET NOT NULL, ALTER COLUMN hash SET NOT NULL,
        ADD CONSTRAINT uq_events_workspace_id_seq UNIQUE (workspace_id, seq),
        ADD CONSTRAINT ck_events_seq CHECK (seq > 0),
        ADD CONSTRAINT ck_events_previous CHECK (previous ~ '^[0-9a-f]{64}$'),
        ADD CONSTRAINT ck_events_hash CHECK (hash ~ '^[0-9a-f]{64}$')
    """,
    """
    CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON event_heads
        FOR EACH STATEMENT EXECUTE FUNCTION director_append_only()
    """,
    """
    CREATE TRIGGER only_onwards BEFORE UPDATE ON event_heads
        FOR EACH ROW WHEN (NEW.seq <= OLD.seq) EXECUTE FUNCTION director_append_only()
    """,
    """
    ALTER TABLE assets
        ADD COLUMN licence text, ADD COLUMN commercial boolean, ADD COLUMN derivatives boolean,
        ADD COLUMN consent_id uuid, ADD COLUMN consent_scope text, ADD COLUMN consent_until date,
        ADD CONSTRAINT ck_assets_consent CHECK (num_nulls(consent_id, consent_scope, consent_until) IN (0, 3))
    """,
    """
    UPDATE assets SET licence = 'LicenseRef-own-work', commercial = true, derivatives = true
    WHERE provider = 'animatic' AND source = 'generation' AND url IS NOT NULL
    """,
    # The restricted role may be for a server's administrator to make; see 0001.
    """
    DO $$
    BEGIN
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
            GRANT SELECT, INSERT, UPDATE ON event_heads TO director_app;
        END IF;
    END $$
    """,
)
OLD = sa.text("""
    SELECT id, at, who, what, subject, details FROM events
    WHERE workspace_id = :workspace AND id > :after ORDER BY id LIMIT :batch
""")
BIND = sa.text("UPDATE events SET seq = :seq, previous = :previous, hash = :hash WHERE id = :id")
HEAD = sa.text("INSERT INTO event_heads (workspace_id, seq, hash) VALUES (:workspace, :seq, :hash)")


def upgrade() -> None:
    """Add the columns, bind what there is, and let nothing be unbound any more."""
    for statement in OPEN:
        op.execute(statement)
    bind = op.get_bind()
    for workspace in bind.scalars(sa.text("SELECT id FROM workspaces ORDER BY id")).all():
        _chain(bind, workspace)
    for statement in CLOSE:
        op.execute(statement)


def _chain(bind: sa.Connection, workspace: UUID) -> None:
    """Bind a workspace's events, a batch at a time, however many there are."""
    seq, end, after = 0, START, 0
    while rows := bind.execute(OLD, {"workspace": workspace, "after": after, "batch": BATCH}).mappings().all():
        bound = []
        for row in rows:
            seq += 1
            bound.append({"id": row["id"], "seq": seq, "previous": end, "hash": _hash(workspace, seq, end, row)})
            end, after = bound[-1]["hash"], row["id"]
        bind.execute(BIND, bound)
    if seq:
        bind.execute(HEAD, {"workspace": workspace, "seq": seq, "hash": end})


def _hash(workspace: UUID, seq: int, previous: str, row: Mapping[str, Any] | sa.RowMapping) -> str:
    """As `catalog/chain.py` had it when this was written; here once more, so that it stays as it was."""
    absent: Sequence[str] = ("asset", "film", "generation", "microusd", "run", "slot")
    body = {
        **dict.fromkeys(absent),
        "at": row["at"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "details": row["details"],
        "previous": previous,
        "reason": "",
        "seq": seq,
        "subject": row["subject"],
        "what": row["what"],
        "who": row["who"],
        "workspace": str(workspace),
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
