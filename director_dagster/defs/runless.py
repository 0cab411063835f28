"""What sensors tell of films by checks: evaluations that are of no run."""

from collections.abc import Sequence
from typing import Any

import dagster as dg
from sqlalchemy import bindparam, text

TOLD_BEFORE = text(
    "DELETE FROM asset_check_executions WHERE run_id = '' AND check_name = :check AND partition IN :films"
).bindparams(bindparam("films", expanding=True))


def forget(instance: dg.DagsterInstance, check: str, films: Sequence[str]) -> None:
    """Take away what earlier ticks have told of these films by this check: it stays in the event log.

    Dagster 1.13.27 files each evaluation that is of no run under the run "", and of an asset, a check and a partition
    its index takes one of a run: a second one would fail this tick and all that follow.
    """
    storage: Any = instance.event_log_storage  # of which every kind that Dagster brings is in SQL
    if films:
        with storage.index_connection() as connection:
            connection.execute(TOLD_BEFORE, {"check": check, "films": films})
