"""`director take`: the takes of a film's piece, side by side, and which of them is in the film."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.money import told
from director_dagster.cli.home import (
    film_key,
    json_option,
    put,
    refuse_existing,
    say,
    table,
    with_studio,
    workspace_option,
)
from director_dagster.errors import BadInput, storing
from director_dagster.settings import user

if TYPE_CHECKING:
    from director_dagster.catalog.queries.takes import Filled
    from director_dagster.catalog.tables import Asset
    from director_dagster.story.film import FilmKey
    from director_dagster.studio.reuse import Pinned
    from director_dagster.studio.studio import Studio

COLUMNS = ("take", "chosen", "stand", "provider", "model", "cost", "seconds", "seed", "made", "asset")


@click.group("take")
def command() -> None:
    """List, compare and choose takes. `director make --film FILM --takes shots:sh010=3` makes more of them.

    PIECE is a slot of the film as `director film show` lists them, like shot:sh010; its end alone will do where that is
    of one piece only.
    """


@command.command("list")
@click.argument("film")
@click.argument("piece")
@workspace_option
@json_option
def listed(film: str, piece: str, workspace: str, *, as_json: bool) -> None:
    """All takes of a piece, by number; nothing is ever overwritten."""
    _show(_takes(film_key(film, workspace), piece), as_json=as_json)


@command.command("select")
@click.argument("film")
@click.argument("piece")
@click.argument("number", type=click.IntRange(min=1))
@workspace_option
def select(film: str, piece: str, number: int, workspace: str) -> None:
    """Have take NUMBER of a piece in the film, whatever is made after it; the journal says who chose it and when.

    It stays until the page asks for something else, or a run makes that very piece by a crew of its own.
    """
    from director_dagster.studio import choice
    from director_dagster.studio.production import open_production

    key = film_key(film, workspace)

    async def selected(studio: "Studio") -> "tuple[Filled, bool]":
        production = await open_production(studio.catalog, key)
        taken = await choice.select(studio, production, piece, number, who=user())
        return taken, choice.is_of_another_page(await choice.takes_of(studio, production, taken.slot.name), taken)

    taken, old = with_studio(selected)
    say(f"{key}: take {number} of {taken.slot.name} is in the film: director make --film {key} cuts it anew")
    if old:
        say("it was made for other words than the newest take: while the page asks for those, it is made anew")


@command.command("pin")
@click.argument("film")
@click.argument("piece")
@click.argument("asset", type=click.UUID)
@workspace_option
def pin(film: str, piece: str, asset: UUID, workspace: str) -> None:
    """Have ASSET, whatever it was made for, in the place of PIECE: a shot's picture, a frame, a look, the music.

    The next making takes it there as it is, pays nothing for that piece, and notes what that saves; it stays until
    `director take unpin`. One of another kind is forked as a piece of that kind first.
    """
    from director_dagster.studio import reuse
    from director_dagster.studio.production import open_production

    key = film_key(film, workspace)

    async def pinned(studio: "Studio") -> "Pinned":
        return await reuse.pin(studio, await open_production(studio.catalog, key), asset, piece, who=user())

    done = with_studio(pinned)
    again = "" if done.new else " already"
    say(f"{key}: {done.asset.name} ({done.asset.id}) is pinned to {done.slot}{again}")
    say(f"`director make --film {key}` takes it there")


@command.command("unpin")
@click.argument("film")
@click.argument("piece")
@workspace_option
def unpin(film: str, piece: str, workspace: str) -> None:
    """Let PIECE be made again by whoever makes such pieces; what was pinned stays as a take."""
    from director_dagster.studio import reuse
    from director_dagster.studio.production import open_production

    key = film_key(film, workspace)

    async def unpinned(studio: "Studio") -> str:
        return await reuse.unpin(studio, await open_production(studio.catalog, key), piece)

    slot = with_studio(unpinned)
    say(f"{key}: nothing is pinned to {slot} any more")


@command.command("compare")
@click.argument("film")
@click.argument("piece")
@click.option(
    "--sheet", type=click.Path(path_type=Path, dir_okay=False), help="Where to put them side by side, a JPEG."
)
@workspace_option
@json_option
def compare(film: str, piece: str, sheet: Path | None, workspace: str, *, as_json: bool) -> None:
    """The takes of a piece in a table, and as one picture where --sheet says so."""
    key = film_key(film, workspace)
    if sheet is not None:
        refuse_existing(sheet)
    found = _takes(key, piece)
    if sheet is not None:
        picture = _sheet(found)
        if picture is None:
            raise BadInput(f"{key}: no take of {piece} can be seen")
        with storing(str(sheet)):
            sheet.write_bytes(picture)
        say(f"side by side: {sheet}")
    _show(found, as_json=as_json)


def _takes(key: "FilmKey", piece: str) -> "Sequence[Filled]":
    from director_dagster.studio import choice
    from director_dagster.studio.production import open_production

    async def asked(studio: "Studio") -> "Sequence[Filled]":
        return await choice.takes_of(studio, await open_production(studio.catalog, key), piece)

    return with_studio(asked)


def _sheet(found: "Sequence[Filled]") -> bytes | None:
    from director_dagster.studio.overview import side_by_side

    async def drawn(studio: "Studio") -> bytes | None:
        there = [each for each in found if each.asset.deleted_at is None]
        return await side_by_side(studio, [(f"take {each.take.number}", each.asset.thumbnail_url) for each in there])

    return with_studio(drawn)


def _show(found: "Sequence[Filled]", *, as_json: bool) -> None:
    from director_dagster.studio.crew import stand_of

    rows = [_row(each, stand_of(each.slot.kind, each.asset.provider)) for each in found]
    if as_json:
        put(rows)
    else:
        table(COLUMNS, ([row[column] for column in COLUMNS] for row in rows))


def _row(each: "Filled", stand: str | None) -> dict[str, Any]:
    asset, take = each.asset, each.take
    return {
        "piece": each.slot.name,
        "take": take.number,
        "chosen": f"by {take.selected_by}" if take.selected_by else "",
        "selected_at": take.selected_at,
        "stand": _fate(asset) or stand,
        "provider": asset.provider,
        "model": asset.model,
        "cost": told(asset.cost_microusd),
        "seconds": None if asset.duration_s is None else round(asset.duration_s, 2),
        "seed": asset.generation_metadata.get("seed"),
        "made": f"{asset.created_at:%Y-%m-%d %H:%M}",
        "asset": asset.id,
        "prompt": asset.prompt,
        "url": asset.url,
    }


def _fate(asset: "Asset") -> str | None:
    """Why a take cannot be chosen, if so."""
    if asset.purged_at is not None:
        return "purged"
    if asset.deleted_at is not None:
        return "in the trash"
    return "failed" if asset.url is None else "lost" if asset.lost_at else None
