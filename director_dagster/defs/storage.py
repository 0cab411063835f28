"""Dagster's storage in the studio's own Postgres, found as the studio finds it: `dagster.yaml` needs no environment."""

import time
from collections.abc import Mapping
from typing import Any, Self

import click
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import DagsterPostgresException

from director_dagster.catalog.session import revision
from director_dagster.errors import DatabaseUnavailable, DirectorError
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings, dagster_url

# As long as Dagster itself tries a call: a run that begins while Postgres restarts should not fail.
PATIENCE_S = 6
RETRY_S = 0.5


class StudioStorage(DagsterPostgresStorage):
    """dagster-postgres on the database that the settings name, else on the embedded server of this home."""

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> Self:  # noqa: ANN401, ARG003 (Dagster's)
        """The storage; starts nothing. Raises click.ClickException, which Dagster's commands print as one line."""
        try:
            url = database_url(Settings.from_env())
            _await(url)
            return cls(postgres_url=dagster_url(url), inst_data=inst_data)
        except (DirectorError, DagsterPostgresException) as exc:
            raise click.ClickException(str(exc)) from exc


def _await(url: str) -> None:
    """Return when Postgres answers; raises DatabaseUnavailable when it does not for `PATIENCE_S`."""
    until = time.monotonic() + PATIENCE_S
    while True:
        try:
            revision(url)
        except DatabaseUnavailable:
            if time.monotonic() > until:
                raise
            time.sleep(RETRY_S)
        else:
            return
