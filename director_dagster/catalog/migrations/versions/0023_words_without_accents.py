"""assets.search: a word is found with and without its accents

Revision 0023, after 0022. Letters are taken apart from the marks above and below them (NFKD), and the marks left out:
``Café`` stands there as "cafe". So are the vowel signs of Hebrew and Arabic. The column is written anew, and meanwhile
the table waits. Old code does not take its questions apart, and finds such words without their accents only.
"""

from alembic import op

revision = "0023"
down_revision = "0022"

WORDS = (
    "to_tsvector('simple'::regconfig, regexp_replace(translate(normalize("
    "left(name, 1000) || ' ' || left(coalesce(prompt, ''), 20000), NFKD), '<>/.@-+&_=?#~', repeat(' ', 13)), "
    r"'[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670]+', '', 'g'))"
)


def upgrade() -> None:
    """Reckon it anew."""
    op.execute("ALTER TABLE assets DROP COLUMN search")
    op.execute(f"ALTER TABLE assets ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS ({WORDS}) STORED")
    op.execute("CREATE INDEX ix_assets_search ON assets USING gin (search)")
