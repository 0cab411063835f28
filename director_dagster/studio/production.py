"""A film in production: its row, read once, as the verbs need it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from uuid import UUID

from director_dagster.catalog.queries import films
from director_dagster.catalog.session import Catalog
from director_dagster.errors import BadInput
from director_dagster.story.film import FilmKey, FilmSettings


@dataclass(frozen=True, kw_only=True)
class Production:
    """One film.

    Attributes:
        key: Its workspace and slug.
        workspace_id: Of its workspace.
        film_id: Of its row.
        brief_id: The asset that its brief is filed as.
        origin: Where the brief came from, e.g. ``idea: a fox finds a key``; tells two films of one name apart.
        title: What it is called.
        settings: How it is to be made; its crew is the film's own and, where that says nothing, its workspace's.
        replaced: What the film of that name was made from before, oldest first: ``origin`` and ``brief``, an asset.
    """

    key: FilmKey
    workspace_id: UUID
    film_id: UUID
    brief_id: UUID
    origin: str
    title: str
    settings: FilmSettings
    replaced: tuple[Mapping[str, str], ...] = ()

    def crewed(self, crew: Mapping[str, str]) -> Self:
        """The same film made by another crew, as far as `crew` names one; its row stays as it is."""
        return replace(self, settings=self.settings.model_copy(update={"crew": {**self.settings.crew, **crew}}))


async def find_production(catalog: Catalog, key: FilmKey) -> Production | None:
    """The film of that key, or None when there is no row of it (or only a deleted one's).

    Raises BadInput when its row says what no film.toml may say.
    """
    async with catalog.session() as db:
        row = await films.find(db, key.workspace, key.film)
        if row is None or row.brief_asset_id is None:
            return None
        crew = await films.crew(db, row.workspace_id)
    settings = FilmSettings.of(row.settings["film"], name=f"{key}, its row's settings")
    return Production(
        key=key,
        workspace_id=row.workspace_id,
        film_id=row.id,
        brief_id=row.brief_asset_id,
        origin=row.settings["origin"],
        title=row.title,
        settings=settings.model_copy(update={"crew": {**crew, **settings.crew}}),
        replaced=tuple(row.settings.get("replaced", ())),
    )


async def open_production(catalog: Catalog, key: FilmKey) -> Production:
    """The film of that key. Raises BadInput, saying how to make its row, when there is none."""
    production = await find_production(catalog, key)
    if production is None:
        raise BadInput(
            f"there is no film {key} yet: give the step `script` an idea or a screenplay in the launchpad, or call "
            f"`director film add SCREENPLAY --workspace {key.workspace} --film {key.film}` (or --idea instead)"
        )
    return production


def row_settings(origin: str, settings: FilmSettings, before: Production | None = None) -> dict[str, Any]:
    """What the row's `settings` hold; `find_production` reads it back. `before` is the film that it was until now."""
    replaced = [] if before is None else list(before.replaced)
    if before is not None and before.origin != origin:
        replaced.append({"origin": before.origin, "brief": str(before.brief_id)})
    told = {"origin": origin, "film": settings.model_dump(mode="json", exclude_defaults=True)}
    return {**told, "replaced": replaced} if replaced else told
