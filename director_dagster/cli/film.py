"""`director film`: a new film, which films there are, and how one stands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.money import told
from director_dagster.cli.commission import brief_options, commissioned
from director_dagster.cli.home import (
    ask,
    assets_argument,
    film_key,
    json_option,
    put,
    say,
    table,
    with_studio,
    workspace_option,
)
from director_dagster.errors import BadInput
from director_dagster.settings import user

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.tables import Asset, Film
    from director_dagster.story.film import FilmKey
    from director_dagster.studio.studio import Studio

COUNTED = ("frame", "shot", "line")
FINAL = "final"
TAKEN = ("place", "asset", "kind", "name", "cost_usd", "by", "since")
SHOWN = ("slot", "name", "stand", "talk", "provider", "model", "cost_usd", "duration_s", "asset")


@click.group("film")
def command() -> None:
    """Add, list and show films."""


@command.command("add")
@brief_options
@json_option
def add(*, as_json: bool, **brief: Any) -> None:  # noqa: ANN401 (click's)
    """Give a film its row and its partition in Dagster, and make nothing yet. It takes what `director make` takes."""
    from director_dagster.definitions import add_film

    key = commissioned(**brief)[1].key
    add_film(key)
    if as_json:
        put([{"film": str(key)}])
    else:
        say(f"{key} can be materialized: in `director up`, or by calling `director make` with the same words")


@command.command("list")
@workspace_option
@json_option
def listed(workspace: str, *, as_json: bool) -> None:
    """The films of a workspace."""
    rows = ask(_films, workspace=workspace)
    if as_json:
        put(rows)
    else:
        table(("film", "title", "series", "begun"), ((r["film"], r["title"], r["series"], r["begun"]) for r in rows))


@command.command("show")
@click.argument("film")
@workspace_option
@json_option
def show(film: str, workspace: str, *, as_json: bool) -> None:
    """A film's slots, each with the take that is selected. FILM is its short name, or workspace/name.

    A piece stands as a draft, which the house made for nothing, or as a final, by a provider that one chose. A shot in
    which somebody is heard talks by its own sound, by a voice over the picture, or from off the picture.
    """
    key = film_key(film, workspace)

    async def takes_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        return await _takes(db, workspace_id, key.workspace, key.film)

    rows = ask(takes_of, workspace=key.workspace)
    if as_json:
        put(rows)
    else:
        table(SHOWN, ([row[column] for column in SHOWN] for row in rows))
        say(_stands(rows))


@command.command("use")
@click.argument("film")
@assets_argument
@workspace_option
def use(film: str, assets: tuple[UUID, ...], workspace: str) -> None:
    """Take assets into FILM's bin: they lie ready there. `director take pin` gives one a place."""
    from director_dagster.studio import reuse
    from director_dagster.studio.production import open_production

    key = film_key(film, workspace)

    async def used(studio: "Studio") -> "Sequence[Asset]":
        return await reuse.use(studio, await open_production(studio.catalog, key), assets, who=user())

    new = with_studio(used)
    say(f"{key}: {len(new)} taken into its bin; {len(set(assets)) - len(new)} lay there already")


@command.command("leave")
@click.argument("film")
@assets_argument
@workspace_option
def leave(film: str, assets: tuple[UUID, ...], workspace: str) -> None:
    """Take assets out of FILM's bin again; they stay where they are otherwise used."""
    from director_dagster.studio import reuse
    from director_dagster.studio.production import open_production

    key = film_key(film, workspace)

    async def left(studio: "Studio") -> Sequence[UUID]:
        return await reuse.leave(studio, await open_production(studio.catalog, key), assets)

    say(f"{key}: {len(with_studio(left))} taken out of its bin")


@command.command("bin")
@click.argument("film")
@workspace_option
@json_option
def bin_(film: str, workspace: str, *, as_json: bool) -> None:
    """What people have taken into FILM: what is pinned to which place, and what lies in its bin."""
    key = film_key(film, workspace)
    rows = ask(lambda db, workspace_id: _taken(db, workspace_id, key), workspace=key.workspace)
    if as_json:
        put(rows)
    else:
        table(TAKEN, ([row[column] for column in TAKEN] for row in rows))


def _stands(rows: Sequence[dict[str, Any]]) -> str:
    """How many of the film's pieces are final, in a line."""
    counts = []
    for what in COUNTED:
        stands = [row["stand"] for row in rows if row["slot"].startswith(f"{what}:") and row["stand"]]
        counts.append(f"{stands.count(FINAL)} of {len(stands)} {what}s")
    return f"final: {', '.join(counts)}"


async def _films(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
    from director_dagster.catalog.queries import films

    return [
        {"film": film.slug, "title": film.title, "series": film.series, "begun": f"{film.created_at:%Y-%m-%d %H:%M}"}
        for film in await films.listed(db, workspace_id)
    ]


async def _taken(db: "AsyncSession", workspace_id: UUID, key: "FilmKey") -> list[dict[str, Any]]:
    from director_dagster.catalog.queries import film_uses

    film = await _film(db, workspace_id, key.workspace, key.film)
    return [
        {
            "place": each.use.slot or "bin",
            "asset": each.asset.id,
            "kind": each.asset.kind,
            "name": each.asset.name,
            "cost_usd": told(each.asset.cost_microusd),
            "by": each.use.used_by,
            "since": f"{each.use.used_at:%Y-%m-%d %H:%M}",
        }
        for each in await film_uses.of_film(db, workspace_id, film.id)
    ]


async def _film(db: "AsyncSession", workspace_id: UUID, workspace: str, slug: str) -> "Film":
    """Raises BadInput, naming those there are, when there is no such film."""
    from director_dagster.catalog.queries import films

    film = await films.find(db, workspace, slug)
    if film is None:
        known: Sequence[Any] = await films.listed(db, workspace_id)
        there = ", ".join(each.slug for each in known) or "none yet"
        raise BadInput(f"no film {workspace}/{slug}; there are: {there}")
    return film


async def _takes(db: "AsyncSession", workspace_id: UUID, workspace: str, slug: str) -> list[dict[str, Any]]:
    from director_dagster.catalog.queries import takes
    from director_dagster.studio.crew import stand_of

    film = await _film(db, workspace_id, workspace, slug)
    filled = await takes.selected(db, workspace_id=workspace_id, film_id=film.id)
    return [
        {
            "slot": name,
            "name": each.asset.name,
            "stand": stand_of(each.slot.kind, each.asset.provider),
            "talk": each.asset.generation_metadata.get("talk"),
            "provider": each.asset.provider,
            "model": each.asset.model,
            "cost_usd": told(each.asset.cost_microusd),
            "duration_s": None if each.asset.duration_s is None else round(each.asset.duration_s, 2),
            "asset": each.asset.id,
            "url": each.asset.url,
            "take": each.take.number,
            "reused": each.take.reused,
        }
        for name, each in filled.items()
    ]
