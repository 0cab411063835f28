"""The catalog: all its tables, roles and journals.

Revision 0001, the first. It is never undone: there is nothing before it to go back to.
"""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Run the SQL beside this file, as it stands: without parameters, `:` and `%` mean nothing special."""
    sql = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
    op.get_bind().exec_driver_sql(sql, execution_options={"no_parameters": True})
