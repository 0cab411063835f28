"""`director film`: a new film, which films there are, and how one stands."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.money import told
from director_dagster.cli.commission import brief_options, commissioned
from director_dagster.cli.home import ask, film_key, json_option, put, say, table, workspace_option
from director_dagster.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

COUNTED = ("frame", "shot", "line")
FINAL = "final"
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
        table(("film", "title", "series", "made"), ((r["film"], r["title"], r["series"], r["made"]) for r in rows))


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
        {"film": film.slug, "title": film.title, "series": film.series, "made": f"{film.created_at:%Y-%m-%d %H:%M}"}
        for film in await films.listed(db, workspace_id)
    ]


async def _takes(db: "AsyncSession", workspace_id: UUID, workspace: str, slug: str) -> list[dict[str, Any]]:
    from director_dagster.catalog.queries import films, takes
    from director_dagster.studio.crew import stand_of

    film = await films.find(db, workspace, slug)
    if film is None:
        known: Sequence[Any] = await films.listed(db, workspace_id)
        there = ", ".join(each.slug for each in known) or "none yet"
        raise BadInput(f"no film {workspace}/{slug}; there are: {there}")
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
