"""What commands stand on: the home folder, its database, and Dagster's folder in it."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

import director_dagster
from director_dagster.catalog.money import to_microusd
from director_dagster.errors import BadInput, NotInstalled, storing
from director_dagster.postgres import server as postgres
from director_dagster.settings import Env, Settings, export, user
from director_dagster.story.film import FilmKey, parse_film_key

if TYPE_CHECKING:
    from rich.console import Console
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.session import Catalog
    from director_dagster.studio.studio import Studio

T = TypeVar("T")

WORKSPACE = "home"
WIDE = 400
LEAST_USD = Decimal("0.000001")

workspace_option = click.option("--workspace", default=WORKSPACE, show_default=True, help="Whose it is.")
json_option = click.option("--json", "as_json", is_flag=True, help="JSON, one object a line, instead of a table.")
assets_argument = click.argument("assets", nargs=-1, required=True, type=click.UUID, metavar="ASSET...")


def open_home() -> tuple[Settings, str]:
    """The settings and the URL of a running, migrated database; the embedded server is started when none is named.

    The environment is set for Dagster, and its folder holds this version's `dagster.yaml`. Safe to call in several
    processes at once.
    """
    from director_dagster.catalog.session import migrate

    settings = Settings.from_env()
    url = settings.database_url or postgres.ensure(settings.postgres)
    migrate(url)
    furnish(settings.dagster_home)
    export(settings.variables())
    return settings, url


def furnish(folder: Path) -> None:
    """Put `dagster.yaml` into Dagster's folder, whole at every moment: others may be reading it.

    Nothing is written where it lies there already: who only looks needs no room on the disk.
    """
    ours, theirs = project_file("dagster.yaml").read_bytes(), folder / "dagster.yaml"
    with storing(f"{folder} (name another by {Env.HOME})"):
        if theirs.is_file() and theirs.read_bytes() == ours:
            return
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".dagster.yaml.", delete=False) as part:
            part.write(ours)
        Path(part.name).replace(theirs)


def project_file(name: str) -> Path:
    """A file of the project's top level, which an installed package carries inside. Raises NotInstalled."""
    package = Path(director_dagster.__file__).parent
    for folder in (package, package.parent):
        if (folder / name).is_file():
            return folder / name
    raise NotInstalled(f"{name} is missing from this installation; install director-dagster anew")


def say(text: str) -> None:
    """Talk: goes to stderr, so that stdout holds data alone."""
    click.echo(text, err=True)


def table(columns: Iterable[str], rows: Iterable[Iterable[object]], *, talk: bool = False) -> None:
    """Data for people: a plain table on stdout; as `talk`, on stderr."""
    from rich.table import Table

    drawn = Table(box=None, pad_edge=False)
    for column in columns:
        drawn.add_column(column, overflow="fold")
    for row in rows:
        drawn.add_row(*("" if value is None else str(value) for value in row))
    console(talk=talk).print(drawn)


def console(*, talk: bool = False) -> "Console":
    """Where data for people are drawn; into a pipe a row is a line, whatever its width."""
    from rich.console import Console

    width = None if (sys.stderr if talk else sys.stdout).isatty() else WIDE
    return Console(width=width, stderr=talk, markup=False, highlight=False)


def microusd(amount: str) -> int:
    """An amount in dollars as a user writes it (``20``, ``2.50``, ``$0.35``) in micro-dollars. Raises BadInput."""
    try:
        dollars = Decimal(amount.removeprefix("$"))
    except InvalidOperation as exc:
        raise BadInput(f"{amount!r} is no amount: write dollars, like 20 or 2.50") from exc
    if dollars.is_finite() and 0 < abs(dollars) < LEAST_USD:
        raise BadInput(f"{amount!r} is less than a millionth of a dollar, and nothing costs that little")
    return to_microusd(dollars) or 0


def refuse_existing(file: Path) -> None:
    """Raise BadInput for a file that is there: it may be the only one of its kind."""
    if file.exists() or file.is_symlink():
        raise BadInput(f"{file} is there already, and is not written over: name another, or remove it")


def put(rows: Iterable[Mapping[str, Any]]) -> None:
    """Data for machines: one JSON object a line, on stdout."""
    for row in rows:
        click.echo(json.dumps(row, ensure_ascii=False, default=str))


def film_key(film: str, workspace: str) -> FilmKey:
    """The key of a film that a user names: by its short name, or as workspace/name. Raises BadInput."""
    return parse_film_key(film if "/" in film else f"{workspace}/{film}")


def ask(question: Callable[["AsyncSession", UUID], Awaitable[T]], *, workspace: str, changes: bool = False) -> T:
    """The answer of `question` to the catalog of this home, asked in one transaction for a workspace, in which whoever
    runs the command acts.

    With `changes` the workspace and its films are kept in the vault afterwards, as they are then.
    """
    from director_dagster.catalog.chain import Actor
    from director_dagster.catalog.queries import films
    from director_dagster.catalog.session import open_catalog

    async def asked(url: str, vault: Path) -> T:
        async with open_catalog(url, actor=Actor(who=user())) as catalog:
            async with catalog.session() as db:
                found = await films.find_workspace(db, workspace)
                if found is None and workspace != WORKSPACE:
                    raise BadInput(f"there is no workspace {workspace!r}; `director make --workspace …` begins one")
                workspace_id = (found or await films.workspace(db, WORKSPACE)).id
                answer = await question(db, workspace_id)
            if changes:
                await _keep(catalog, vault, workspace_id)
            return answer

    settings, url = open_home()
    return asyncio.run(asked(url, settings.vault))


async def _keep(catalog: "Catalog", vault: Path, workspace_id: UUID) -> None:
    from director_dagster.studio.records import note_all
    from director_dagster.vault.store import Vault

    await note_all(catalog, Vault(vault), workspace_id)


def with_studio(work: "Callable[[Studio], Awaitable[T]]") -> T:
    """What `work` returns, done with a studio on this home by whoever runs the command."""
    from director_dagster.catalog.chain import Actor
    from director_dagster.studio.studio import open_studio

    settings, url = open_home()

    async def done() -> T:
        studio = open_studio(
            database_url=url,
            home=settings.home,
            accounts=settings.accounts,
            replicas=settings.copies,
            min_copies=settings.min_copies,
            actor=Actor(who=user()),
        )
        try:
            return await work(studio)
        finally:
            await studio.aclose()

    return asyncio.run(done())
