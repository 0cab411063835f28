"""The studio: a catalog, a vault and providers, opened together and closed together."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from director_dagster.catalog.session import Catalog, open_catalog
from director_dagster.media.workers import Workers
from director_dagster.providers.contract import Provider
from director_dagster.providers.registry import Tools, open_providers
from director_dagster.vault.store import Vault


@dataclass(frozen=True, kw_only=True)
class Studio:
    """What every verb works with.

    Attributes:
        catalog: The rows.
        vault: The bytes.
        workers: Child processes for CPU work; as many pieces are made at once as it has.
        providers: By name.
        home: The folder that holds the vault; finished films are laid out beside it.
        making: Fingerprints of what this process makes right now.
    """

    catalog: Catalog
    vault: Vault
    workers: Workers
    providers: Mapping[str, Provider]
    home: Path
    making: set[str] = field(default_factory=set)

    async def aclose(self) -> None:
        """Stop what still works and let go of everything; a second call does nothing."""
        for provider in self.providers.values():
            await provider.aclose()
        self.workers.close()
        await self.catalog.aclose()


def open_studio(*, database_url: str, home: Path) -> Studio:
    """A studio on a migrated database and the vault under `home`; nothing is connected or started yet."""
    workers = Workers()
    return Studio(
        catalog=open_catalog(database_url),
        vault=Vault(home / "vault"),
        workers=workers,
        providers=open_providers(Tools(runner=workers)),
        home=home,
    )
