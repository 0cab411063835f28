"""The simulator, for each module of tests that speaks to it."""

from collections.abc import Iterator

import pytest

from director_dagster_tests.simulated import Simulated, simulated


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulated]:
    """Every provider's side, on loopback."""
    with simulated(tmp_path_factory.mktemp("simulator")) as running:
        yield running
