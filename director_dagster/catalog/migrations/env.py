"""What Alembic runs to migrate: on the connection that `session.migrate` hands over, in its transaction."""

from alembic import context

from director_dagster.catalog.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # Dagster keeps its own `alembic_version` in the same database.
    version_table="catalog_revision",
)
with context.begin_transaction():
    context.run_migrations()
