"""Of `director assets`: fork, delete, restore, trash, used, hold and purge."""

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.money import told
from director_dagster.cli.home import (
    ask,
    assets_argument,
    json_option,
    put,
    say,
    table,
    with_studio,
    workspace_option,
)
from director_dagster.cli.recurring import workspace_id_of
from director_dagster.errors import BadInput, Failed, Refused

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.queries.uses import Use
    from director_dagster.catalog.tables import Asset, Blob
    from director_dagster.studio.studio import Studio
    from director_dagster.studio.trash import Changed, Purged

LISTED = ("asset", "kind", "name", "deleted", "bytes", "cost_usd", "reason")
DOOMED = ("asset", "kind", "name", "bytes", "cost_usd", "deleted")
USED = ("by", "where", "place", "id")
MB = 1_000_000


def reason_option(text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """--reason, which the audit log keeps."""
    return click.option("--reason", default="", metavar="TEXT", help=text)


@click.command("delete")
@assets_argument
@reason_option("Why; it stands in the trash and in the audit log.")
@click.option("--derivatives", is_flag=True, help="And all that was made from them, if none of it is in use.")
@workspace_option
@json_option
def delete(assets: tuple[UUID, ...], reason: str, workspace: str, *, derivatives: bool, as_json: bool) -> None:
    """Put assets into the trash, all of them or none. Nothing is lost by it: restore has them back as they were.

    What is in use is refused, and what is held. What was made from another one can be deleted with it in one call.
    """
    from director_dagster.studio import trash

    mine = workspace_id_of(workspace)
    changed = with_studio(lambda studio: trash.delete(studio, mine, assets, reason=reason, derivatives=derivatives))
    _tell(changed, "is in the trash", "was there already", as_json=as_json)


@click.command("fork")
@assets_argument
@click.option("--name", default="", help="What they are called; else as what they are forked from.")
@workspace_option
@json_option
def fork(assets: tuple[UUID, ...], name: str, workspace: str, *, as_json: bool) -> None:
    """Make a new asset of each, of the same bytes and for nothing: something of its own, that says where it is from."""
    from director_dagster.studio import reuse

    mine = workspace_id_of(workspace)
    made = with_studio(lambda studio: reuse.fork(studio, mine, assets, name=name))
    if as_json:
        put([{"id": each.id, "forked_from": each.source_asset_id, "name": each.name} for each in made])
    else:
        for each in made:
            say(f"{each.id} {each.name}: forked from {each.source_asset_id}")


@click.command("restore")
@assets_argument
@workspace_option
@json_option
def restore(assets: tuple[UUID, ...], workspace: str, *, as_json: bool) -> None:
    """Have assets back from the trash, all of them or none. A take of a film is there again, and not chosen by it."""
    from director_dagster.studio import trash

    mine = workspace_id_of(workspace)
    changed = with_studio(lambda studio: trash.restore(studio, mine, assets))
    _tell(changed, "is back", "was not in the trash", as_json=as_json)
    lost = [asset for asset in changed.now if asset.lost_at is not None]
    if lost and not as_json:
        say(f"{len(lost)} of them had lost their bytes before: `director recover` brings back what can be had")


@click.command("hold")
@assets_argument
@reason_option("Why: a case, a contract. The newest one stands, the audit log keeps all.")
@click.option("--release", is_flag=True, help="Let go of them again.")
@workspace_option
@json_option
def hold(assets: tuple[UUID, ...], reason: str, workspace: str, *, release: bool, as_json: bool) -> None:
    """Hold assets by law: until they are released nobody deletes or purges them, by whatever command."""
    from director_dagster.studio import trash

    mine, verb = workspace_id_of(workspace), trash.release if release else trash.hold
    changed = with_studio(lambda studio: verb(studio, mine, assets, reason=reason))
    now, before = ("is released", "was not held") if release else ("is held", "was held already, for that reason")
    _tell(changed, now, before, as_json=as_json)


@click.command("trash")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", type=click.UUID, help="Go on after this asset, the last of the page before.")
@workspace_option
@json_option
def trash_(limit: int, after: UUID | None, workspace: str, *, as_json: bool) -> None:
    """What lies in the trash, the longest there first: since when, how large, what it had cost, why."""

    async def page(db: "AsyncSession", workspace_id: UUID) -> tuple[list[dict[str, Any]], tuple[int, int]]:
        from director_dagster.catalog.queries import assets, trash

        last = None if after is None else await assets.get(db, workspace_id, after)
        if last is not None and last.deleted_at is None:
            raise BadInput(f"asset {after} is not in the trash: nothing comes after it there")
        start = None if last is None or last.deleted_at is None else (last.deleted_at, last.id)
        found = await trash.listed(db, workspace_id, after=start, limit=limit)
        return [_row(asset, blob) for asset, blob in found], await trash.size(db, workspace_id)

    rows, (count, size) = ask(page, workspace=workspace)
    if as_json:
        put(rows)
    elif not count:
        say("the trash is empty")
    else:
        table(LISTED, ([row[column] for column in LISTED] for row in rows))
        say(f"{count} in the trash, {size / MB:.1f} MB; `director assets purge ASSET --reason TEXT` is for good")


@click.command("used")
@click.argument("asset", type=click.UUID)
@workspace_option
@json_option
def used(asset: UUID, workspace: str, *, as_json: bool) -> None:
    """Where an asset is used: films and their slots, what was made from it, looks, voices, purchases under way."""

    async def uses_of(db: "AsyncSession", workspace_id: UUID) -> "Sequence[Use]":
        from director_dagster.catalog.queries import assets, uses

        await assets.get(db, workspace_id, asset)
        return await uses.of(db, workspace_id, [asset])

    rows = [
        {"by": use.by.value, "where": use.where, "place": use.place, "id": use.id}
        for use in ask(uses_of, workspace=workspace)
    ]
    if as_json:
        put(rows)
    elif rows:
        table(USED, ([row[column] for column in USED] for row in rows))
    else:
        say(f"asset {asset} is used nowhere")


@click.command("purge")
@assets_argument
@reason_option("Why; it stands on the tombstone for ever.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@workspace_option
@json_option
def purge(assets: tuple[UUID, ...], reason: str, workspace: str, *, yes: bool, as_json: bool) -> None:
    """Take away for good the bytes of assets that lie in the trash, from the vault and from every store of copies.

    The row stays: its digest, prompt, cost and attempts, and the reason. Bytes that another asset needs stay with that.
    What was exported before is not here to be purged.
    """
    from director_dagster.studio import trash

    async def asked(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        from director_dagster.catalog.queries import blobs

        found = await trash.doomed(db, workspace_id, assets, reason)
        return [_row(asset, await blobs.known(db, asset.digest or "")) for asset in found]

    rows, mine = ask(asked, workspace=workspace), workspace_id_of(workspace)
    if rows and not yes:
        _confirm(rows)

    async def purged(studio: "Studio") -> "Purged":
        return await trash.purge(studio, mine, assets, reason=reason)

    done = with_studio(purged)
    _tell(done, "is purged", "was purged already", as_json=as_json)
    if done.faults:
        raise Failed(f"{done.faults[0]}; what it still has goes with the next purge or scrub")


def _confirm(rows: Sequence[dict[str, Any]]) -> None:
    """Show what would be gone, and ask. Raises Refused for a no, BadInput when there is nobody to ask."""
    table(DOOMED, ([row[column] for column in DOOMED] for row in rows), talk=True)
    what = "its bytes are" if len(rows) == 1 else f"the bytes of these {len(rows)} are"
    if not sys.stdin.isatty():
        raise BadInput(f"{what} to be gone for good, and there is nobody to ask: say --yes. Nothing was purged")
    if not click.confirm(f"{what} gone for good then; what it cost is not given back. Purge?", err=True):
        raise Refused("nothing was purged, as you say")


def _tell(changed: "Changed", now: str, before: str, *, as_json: bool) -> None:
    rows = [(asset, True) for asset in changed.now] + [(asset, False) for asset in changed.before]
    if as_json:
        put({"asset": asset.id, "name": asset.name, "changed": new} for asset, new in rows)
        return
    for asset, new in rows:
        say(f"{asset.name} ({asset.id}) {now if new else before}")


def _row(asset: "Asset", blob: "Blob | None") -> dict[str, Any]:
    return {
        "asset": asset.id,
        "kind": asset.kind,
        "name": asset.name,
        "deleted": f"{asset.deleted_at:%Y-%m-%d %H:%M}",
        "bytes": None if blob is None else blob.size_bytes,
        "cost_usd": told(asset.cost_microusd),
        "reason": asset.delete_reason,
        "url": asset.url,
    }
