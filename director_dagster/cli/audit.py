"""`director audit`: the log of what was done, by whom; proved, listed, written out."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from director_dagster.catalog.money import told
from director_dagster.cli.home import ask, json_option, open_home, put, refuse_existing, say, table, workspace_option
from director_dagster.errors import BadInput, LogBroken, storing
from director_dagster.settings import user

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.chain import Head
    from director_dagster.catalog.tables import Event

EXPORTED = "exported"
MICROUSD = "_microusd"
LISTED = ("seq", "at", "who", "what", "about", "spent", "reason", "details")
PROVED = ("workspace", "events", "head")


@click.group("audit")
def command() -> None:
    """The log of what was spent, chosen, allowed and written out: who did it, in which run, and why.

    Nothing in it can be changed or taken out unseen: each event is bound to the one before it.
    """


@command.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--before", type=click.IntRange(min=1), help="Go on before this number, the last of the page before.")
@workspace_option
@json_option
def listed(limit: int, before: int | None, workspace: str, *, as_json: bool) -> None:
    """Events, the newest first."""

    async def rows_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
        from director_dagster.catalog.queries import events

        return [_row(event) for event in await events.listed(db, workspace_id, before=before, limit=limit)]

    rows = ask(rows_of, workspace=workspace)
    if as_json:
        put(rows)
    else:
        table(LISTED, ([*(row[column] for column in LISTED[:-1]), _details(row["details"])] for row in rows))


@command.command("verify")
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--workspace", help="Of this one alone; else of all.")
@click.option("--head", metavar="NUMBER:HASH", help="An end that the log had once, as an export tells it.")
@json_option
def verify(file: Path | None, workspace: str | None, head: str | None, *, as_json: bool) -> None:
    """Prove that no event was changed, taken out, put in or moved since it was written; or name the first that was.

    FILE is what `director audit export` has written: it is proved without the studio's database. Whoever rules the
    database could write the whole log anew; an end that was noted elsewhere, told by --head, shows that too.
    """
    from director_dagster.studio.audit import parse_head

    if head is not None and (file is None) == (workspace is None):
        raise click.UsageError("--head is of one log: name it by --workspace, or by FILE")
    known = None if head is None else parse_head(head)
    rows, broken = _of_catalog(workspace, known) if file is None else ([_of_file(file, known)], [])
    if as_json:
        put(rows)
    else:
        table(PROVED, ([row[column] for column in PROVED] for row in rows))
    if broken:
        raise LogBroken("; ".join(broken))


@command.command("export")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@workspace_option
def export(file: Path, workspace: str) -> None:
    """Write the log into FILE, one JSON object a line, with the hashes by which anybody can prove it."""
    refuse_existing(file)
    _, url = open_home()
    head = asyncio.run(_export(url, workspace, file))
    say(f"{file}: {head.seq} events of {workspace}; the last is {head}")


def _of_file(file: Path, known: "Head | None") -> dict[str, Any]:
    from director_dagster.studio.audit import verify_lines

    try:
        with file.open(encoding="utf-8", newline="\n") as lines:
            heading = verify_lines(lines, name=str(file), known=known)
    except UnicodeDecodeError as exc:
        raise LogBroken(f"{file} is no UTF-8 text: it is no export, or was changed") from exc
    except OSError as exc:
        raise BadInput(f"{file} cannot be read: {exc.strerror}") from exc
    return _proved(heading.name, heading.head)


def _of_catalog(workspace: str | None, known: "Head | None") -> tuple[list[dict[str, Any]], Sequence[str]]:
    _, url = open_home()
    return asyncio.run(_verify(url, workspace, known))


async def _verify(url: str, workspace: str | None, known: "Head | None") -> tuple[list[dict[str, Any]], list[str]]:
    """What is proved of each workspace, and what is broken."""
    from director_dagster.catalog.queries import events
    from director_dagster.catalog.session import open_catalog
    from director_dagster.studio import audit

    rows, broken = [], []
    async with open_catalog(url) as catalog, catalog.snapshot() as db:
        wanted = [found for found, _ in await events.heads(db)]
        if workspace is not None and workspace not in {each.slug for each in wanted}:
            raise BadInput(f"there is no workspace {workspace!r}")
        for each in wanted:
            if workspace in {None, each.slug}:
                try:
                    rows.append(_proved(each.slug, await audit.verify(db, each.id, known=known)))
                except LogBroken as exc:
                    broken.append(f"{each.slug}: {exc}")
    return rows, broken


async def _export(url: str, workspace: str, file: Path) -> "Head":
    """Write the file whole or not at all; that it was written is an event, the next one."""
    from director_dagster.catalog import chain
    from director_dagster.catalog.chain import Actor
    from director_dagster.catalog.queries import events, films
    from director_dagster.catalog.session import open_catalog
    from director_dagster.studio import audit

    part = file.with_name(f".{file.name}.part")
    async with open_catalog(url, actor=Actor(who=user())) as catalog:
        async with catalog.snapshot() as db:
            found = await films.find_workspace(db, workspace)
            if found is None:
                raise BadInput(f"there is no workspace {workspace!r}")
            head = await chain.head(db, found.id)
            with storing(str(file)):
                try:
                    with part.open("w", encoding="utf-8", newline="\n") as lines:
                        async for line in audit.export(db, found):
                            lines.write(f"{line}\n")
                    part.replace(file)
                finally:
                    part.unlink(missing_ok=True)
        async with catalog.session() as db:
            details = {"file": file.name, "head": str(head)}
            await events.note(
                db, workspace_id=found.id, what=EXPORTED, subject=workspace, reason="the audit log", details=details
            )
    return head


def _proved(workspace: str, head: "Head") -> dict[str, Any]:
    return {"workspace": workspace, "events": head.seq, "head": str(head)}


def _row(event: "Event") -> dict[str, Any]:
    from director_dagster.catalog import chain
    from director_dagster.catalog.generation_rows import SPENDING

    spends = event.microusd is not None or event.what in SPENDING
    body = chain.body_of({column.key: getattr(event, column.key) for column in chain.COLUMNS})
    about = event.details.get("piece") or event.details.get("model") or event.subject
    return {**body, "about": about, "spent": told(event.microusd) if spends else None, "hash": event.hash}


def _details(details: Mapping[str, Any]) -> str:
    """The plain ones of an event's details, as people read them."""
    plain = {name: each for name, each in details.items() if each is not None and not isinstance(each, dict | list)}
    return ", ".join(
        f"{name.removesuffix(MICROUSD)} {told(each) if name.endswith(MICROUSD) and isinstance(each, int) else each}"
        for name, each in plain.items()
    )
