"""Which database it is: the named one, else the embedded one that runs; nothing is started to find out."""

from pathlib import Path

import pytest

from director_dagster.errors import DatabaseUnavailable
from director_dagster.postgres import server
from director_dagster.postgres.database import database_url
from director_dagster.settings import Settings


def test_a_named_database_is_taken_as_it_is(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://u:p@127.0.0.1:1/none")

    assert database_url(settings) == "postgresql://u:p@127.0.0.1:1/none"


def test_an_embedded_one_that_does_not_run_is_not_started_and_the_line_says_how(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")

    with pytest.raises(DatabaseUnavailable, match="start it with `director db start`"):
        database_url(settings)

    assert not settings.home.exists()


def test_an_embedded_one_that_runs_is_found(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    url = server.ensure(settings.postgres, durable=False)

    found = database_url(settings)

    assert found == url
    assert not server.is_used(settings.postgres)
    server.stop(settings.postgres)
