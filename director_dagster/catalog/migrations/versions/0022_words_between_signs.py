"""assets.search: a word is found wherever signs part it from others

Revision 0022, after 0021. Postgres takes ``rooftop-night.png`` for one word, a file's name, and ``<wide>`` for none, a
tag. The signs by which it knows such things become spaces; all else it parts by itself. The column is written anew,
and meanwhile the table waits. Old code asks the same column in the same way.
"""

from alembic import op

revision = "0022"
down_revision = "0021"

WORDS = (
    "to_tsvector('simple'::regconfig, translate("
    "left(name, 1000) || ' ' || left(coalesce(prompt, ''), 20000), '<>/.@-+&_=?#~', repeat(' ', 13)))"
)


def upgrade() -> None:
    """Reckon it anew."""
    op.execute("ALTER TABLE assets DROP COLUMN search")
    op.execute(f"ALTER TABLE assets ADD COLUMN search tsvector NOT NULL GENERATED ALWAYS AS ({WORDS}) STORED")
    op.execute("CREATE INDEX ix_assets_search ON assets USING gin (search)")
