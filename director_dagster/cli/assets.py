"""`director assets`: find assets, look at one, open its bytes; what is added and deleted is in modules of its own."""

import asyncio
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID

import click

from director_dagster.catalog.money import told
from director_dagster.catalog.tables import AssetKind, AssetType
from director_dagster.cli import trash
from director_dagster.cli.add import add
from director_dagster.cli.home import ask, json_option, open_home, put, say, table, with_studio, workspace_option
from director_dagster.cli.licence import rights_of, rights_options, told_word
from director_dagster.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.queries.rights import Bound
    from director_dagster.catalog.tables import Asset, Generation

LISTED = ("id", "kind", "name", "cost_usd", "provider", "created_at")


@click.group("assets")
def command() -> None:
    """Add, list, show, open, fork, delete, restore, hold and purge assets."""


for _one_more in (add, trash.fork, trash.used, trash.delete, trash.restore, trash.trash_, trash.hold, trash.purge):
    command.add_command(_one_more)


@command.command("list")
@click.option("--type", "type_", type=click.Choice(get_args(AssetType)), help="What it is.")
@click.option("--kind", type=click.Choice(get_args(AssetKind)), help="What it is in a film.")
@click.option("--tag", "tags", multiple=True, help="A tag it must have; may be given more than once.")
@click.option("--text", help="Words in its name or prompt.")
@click.option("--failed", is_flag=True, help="Failed generations too.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--before", type=click.UUID, help="Go on after this id, the last of the page before.")
@workspace_option
@json_option
def listed(workspace: str, limit: int, before: UUID | None, *, as_json: bool, **want: Any) -> None:  # noqa: ANN401 (click's)
    """Assets, the newest first."""

    async def page(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        from director_dagster.catalog.queries import assets

        found = await assets.listed(
            db,
            workspace_id,
            want=assets.Filter(
                type=want["type_"], kind=want["kind"], tags=want["tags"], text=want["text"], failed=want["failed"]
            ),
            before=before,
            limit=limit,
        )
        return [_row(asset) for asset in found]

    rows = ask(page, workspace=workspace)
    if as_json:
        put(rows)
    else:
        table(LISTED, ([row[column] for column in LISTED] for row in rows))


@command.command("show")
@click.argument("asset", type=click.UUID)
@workspace_option
@json_option
def show(asset: UUID, workspace: str, *, as_json: bool) -> None:
    """All that the catalog knows of one asset."""
    row = ask(_one(asset), workspace=workspace)
    if as_json:
        put([row])
    else:
        table(("field", "value"), ((name, told_word(name, value)) for name, value in row.items()))


@command.command("rights")
@click.argument("asset", type=click.UUID)
@rights_options
@workspace_option
@json_option
def rights(asset: UUID, workspace: str, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 (click's)
    """Say what may be done with an asset; it replaces what was known, and the audit log says who said so.

    It counts for all that is made from it. A film.toml may say what a film is for (commercial = true): its check then
    names what forbids that.
    """
    from director_dagster.cli.recurring import workspace_id_of
    from director_dagster.studio.rights import note

    said, workspace_id = rights_of(given), workspace_id_of(workspace)
    row = _rights_row(with_studio(lambda studio: note(studio, workspace_id, asset, said)))
    if as_json:
        put([{"id": asset, **row}])
    else:
        table(("field", "value"), ((name, told_word(name, value)) for name, value in row.items()))


@command.command("open")
@click.argument("asset", type=click.UUID)
@click.option("--to", type=click.Path(path_type=Path), help="Write it there instead of opening it.")
@workspace_option
@json_option
def open_(asset: UUID, to: Path | None, workspace: str, *, as_json: bool) -> None:
    """Open an asset's bytes with the system's own program, or write them to a file. They are proved on the way."""
    row = ask(_one(asset), workspace=workspace)
    if row["url"] is None:
        raise BadInput(f"asset {asset} is a failed generation: it has no bytes")
    if row["purged_at"]:
        raise BadInput(f"asset {asset} was purged ({row['purge_reason']}): its bytes are gone for good")
    name = f"{asset}{Path(row['url']).suffix}"
    target = (to / name if to.is_dir() else to) if to else Path(tempfile.mkdtemp(prefix="director-")) / name
    _copy_out(row["url"], target)
    if as_json:
        put([{"asset": asset, "file": str(target)}])
    else:
        click.echo(target)
    if to is None:
        _launch(target)


def _copy_out(url: str, target: Path) -> None:
    from director_dagster.vault.store import Vault

    settings, _ = open_home()
    data = asyncio.run(Vault(settings.vault).read(url))
    try:
        target.write_bytes(data)
    except OSError as exc:
        raise BadInput(f"{target} cannot be written: {exc.strerror}") from exc


def _launch(file: Path) -> None:
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    if shutil.which(opener) is None:
        say(f"there is no {opener} here to open it with")
    else:
        subprocess.Popen([opener, str(file)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _one(asset_id: UUID) -> Any:  # noqa: ANN401 (a question, as `ask` takes it)
    async def question(db: "AsyncSession", workspace_id: UUID) -> dict[str, Any]:
        from director_dagster.catalog.queries import assets
        from director_dagster.catalog.queries.generations import attempts_of
        from director_dagster.catalog.queries.rights import upstream

        asset = await assets.get(db, workspace_id, asset_id)
        more = {"prompt": asset.prompt, "tags": asset.tags, "metadata": asset.generation_metadata}
        attempts = {"attempts": [_attempt(each) for each in await attempts_of(db, asset)]}
        bound = await upstream(db, workspace_id, [asset_id])
        binds = {"bound_by": [line for each in bound for line in _binds(each)]}
        return {
            **_row(asset),
            "digest": asset.digest,
            **_fate(asset),
            **_rights_row(asset),
            **binds,
            **attempts,
            **more,
        }

    return question


def _fate(asset: "Asset") -> dict[str, Any]:
    """Since when it lies in the trash, is held, purged or lost, and why."""
    moments = {name: getattr(asset, name) for name in ("deleted_at", "held_at", "purged_at", "lost_at")}
    reasons = {name: getattr(asset, name) for name in ("delete_reason", "hold_reason", "purge_reason")}
    return {name: when and f"{when:%Y-%m-%d %H:%M:%S}" for name, when in moments.items()} | reasons


def _attempt(generation: "Generation") -> str:
    """One try at buying the very same."""
    why = f": {generation.reason}" if generation.reason else ""
    return f"{generation.created_at:%Y-%m-%d %H:%M} {generation.state}, {told(generation.cost_microusd)}{why}"


def _binds(bound: "Bound") -> "Iterator[str]":
    """What an asset, this one or one that it was made from, does not allow."""
    licence = f" ({bound.asset.licence})" if bound.asset.licence else ""
    for what in bound.forbids:
        yield f"{bound.asset.id} {bound.asset.name} forbids {what}{licence}"
    if bound.ended:
        yield f"{bound.asset.id} {bound.asset.name}: the consent ended on {bound.asset.consent_until}"


def _rights_row(asset: "Asset") -> dict[str, Any]:
    until = f"{asset.consent_scope}, until {asset.consent_until}" if asset.consent_until else None
    return {
        "licence": asset.licence,
        "commercial": asset.commercial,
        "derivatives": asset.derivatives,
        "consent": until,
    }


def _row(asset: "Asset") -> dict[str, Any]:
    return {
        "id": asset.id,
        "type": asset.type,
        "kind": asset.kind,
        "name": asset.name,
        "url": asset.url,
        "source": asset.source,
        "cost_usd": told(asset.cost_microusd),
        "provider": asset.provider,
        "model": asset.model,
        "duration_s": asset.duration_s,
        "created_at": f"{asset.created_at:%Y-%m-%d %H:%M:%S}",
    }
