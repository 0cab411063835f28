"""assets.search: a word is found with and without its accents

Revision 0023, after 0022. Letters are taken apart from the marks above and below them (NFKD), and the marks left out:
``Café`` stands there as "cafe". The column is written anew, and meanwhile the table waits. Old code does not take
its questions apart, and finds such words without their accents only.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

WORDS = (
    "to_tsvector('simple'::regconfig, regexp_replace(translate(normalize("
    "left(name, 1000) || ' ' || left(coalesce(prompt, ''), 20000), NFKD), '<>/.@-+&_=?#~', repeat(' ', 13)), "
    r"'[\u0300-\u036f]+', '', 'g'))"
)


def upgrade() -> None:
    """Reckon it anew."""
    op.execute("ALTER TABLE assets DROP COLUMN search")
    op.execute(f"ALTER TABLE assets ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS ({WORDS}) STORED")
    op.execute("CREATE INDEX ix_assets_search ON assets USING gin (search)")
