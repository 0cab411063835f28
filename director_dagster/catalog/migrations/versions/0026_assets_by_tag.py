"""asset_tags: assets by tag, in order, so that a page of a tag is read as it stands, however rare the tag

Revision 0026, after 0025. Expand only: old code writes assets as ever, and triggers of Postgres keep the tags.
`director_tagged` stays for old code alone. 4 s for a million assets of three tags each.
"""

from alembic import op

revision = "0026"
down_revision = "0025"

HERE = "nullif(current_setting('director.workspace', true), '')::uuid"

# It names its asset by no foreign key: the triggers do what that would, and writers look up less.
TABLE = """
    CREATE TABLE asset_tags (
        workspace_id uuid NOT NULL,
        tag text NOT NULL,
        asset_id uuid NOT NULL,
        CONSTRAINT pk_asset_tags PRIMARY KEY (workspace_id, tag, asset_id)
    )
"""


def _tags_of(rows: str) -> str:
    """The beginning of each tag: an index takes no key beyond 2,700 bytes."""
    return f"""
        INSERT INTO asset_tags (workspace_id, tag, asset_id)
        SELECT DISTINCT workspace_id, left(tag, 500), id
        FROM {rows}, jsonb_array_elements_text(tags) AS tag WHERE tag IS NOT NULL
    """  # noqa: S608 (our own words)


# As whoever owns the table, for the restricted role only reads it.
AS_OWNER = "LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT"
TRIGGERS = (
    f"""
    CREATE FUNCTION director_tag() RETURNS trigger {AS_OWNER} AS $$
    BEGIN
        {_tags_of("changed")};
        RETURN NULL;
    END $$
    """,
    f"""
    CREATE FUNCTION director_untag() RETURNS trigger {AS_OWNER} AS $$
    BEGIN
        DELETE FROM asset_tags AS t USING changed, jsonb_array_elements_text(tags) AS gone
        WHERE t.workspace_id = changed.workspace_id AND t.tag = left(gone, 500) AND t.asset_id = changed.id;
        RETURN NULL;
    END $$
    """,  # noqa: S608 (our own words)
    # One row at a time, for an UPDATE that leaves the tags alone then costs nothing.
    f"""
    CREATE FUNCTION director_tag_otherwise() RETURNS trigger {AS_OWNER} AS $$
    BEGIN
        DELETE FROM asset_tags USING jsonb_array_elements_text(OLD.tags) AS gone
        WHERE workspace_id = OLD.workspace_id AND tag = left(gone, 500) AND asset_id = OLD.id;
        {_tags_of("(SELECT NEW.*) AS changed")};
        RETURN NULL;
    END $$
    """,  # noqa: S608 (our own words)
    """
    CREATE TRIGGER tagged AFTER INSERT ON assets REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION director_tag()
    """,
    """
    CREATE TRIGGER untagged AFTER DELETE ON assets REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION director_untag()
    """,
    """
    CREATE TRIGGER tagged_otherwise AFTER UPDATE ON assets
    FOR EACH ROW WHEN ((OLD.workspace_id, OLD.id, OLD.tags) IS DISTINCT FROM (NEW.workspace_id, NEW.id, NEW.tags))
    EXECUTE FUNCTION director_tag_otherwise()
    """,
)

# The restricted role may be for a server's administrator to make; see 0001.
GRANT = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'director_app') THEN
        GRANT SELECT ON asset_tags TO director_app;
    END IF;
END $$
"""


def upgrade() -> None:
    """Make the table and what keeps it right, guard it as all others are, and fill it."""
    for statement in (TABLE, *TRIGGERS, _tags_of("assets"), GRANT):
        op.execute(statement)
    op.execute("ALTER TABLE asset_tags ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own ON asset_tags USING (workspace_id = {HERE}) WITH CHECK (workspace_id = {HERE})")
