"""What tests of sensors stand on: Dagster's instance beside a studio's home and database."""

from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest

from director_dagster.settings import Env


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of a studio's home; there is nothing in it."""
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def instance(home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    """An instance of Dagster's own, where the environment names the home and a database of the catalog."""
    monkeypatch.setenv(Env.HOME, str(home))
    monkeypatch.setenv(Env.DATABASE_URL, database_url)
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened
