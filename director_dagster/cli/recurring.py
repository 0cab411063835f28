"""What `director character`, `director location` and `director prop` have in common: add, list and show."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import click

from director_dagster.cli.home import ask, json_option, put, say, table, with_studio, workspace_option
from director_dagster.cli.licence import rights_of, rights_options
from director_dagster.errors import BadInput

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncSession

    from director_dagster.catalog.queries.takes import Filled
    from director_dagster.catalog.tables import Asset, Character, CharacterKind

T = TypeVar("T")

LISTED = ("name", "looks", "films", "description")
TAKES = ("look", "take", "selected", "maker", "film", "asset")
DRAWN = "drawn"
"""What a look is called that a film has drawn of a location or a prop, and keeps to itself."""


def group(kind: "CharacterKind") -> click.Group:
    """The commands of one kind."""
    made = click.Group(kind, help=f"Add, list and show {kind}s, which every film of a workspace has in common.")
    for command in (_add(kind), _listed(kind), _show(kind)):
        made.add_command(command)
    return made


def _add(kind: "CharacterKind") -> click.Command:
    @click.command("add")
    @click.argument("name")
    @click.option("--look", "pictures", multiple=True, type=click.Path(path_type=Path), metavar="IMAGE")
    @click.option("--variant", metavar="NAME", help="Which look the picture is of, e.g. winter; else the usual one.")
    @click.option("--description", help="How it looks, in words, for looks that are made where the page says nothing.")
    @rights_options
    @workspace_option
    @json_option
    def add(
        name: str,
        pictures: tuple[Path, ...],
        variant: str | None,
        description: str | None,
        workspace: str,
        *,
        as_json: bool,
        **given: Any,  # noqa: ANN401 (click's)
    ) -> None:
        from director_dagster.studio.looks import Wanted, bring

        said = rights_of(given)
        wanted = Wanted(kind=kind, name=name.strip(), variant=variant)
        wanted.refuse_nonsense()
        workspace_id = workspace_id_of(workspace)
        brought = with_studio(
            lambda studio: bring(studio, workspace_id, wanted, pictures=pictures, description=description, said=said)
        )
        rows = [{"asset": asset.id, "name": asset.name, "new": new} for asset, new in brought.looks]
        if as_json:
            put([{"name": brought.character.name, "known": brought.known, "looks": rows}])
            return
        say(f"{brought.character.name} {'was known' if brought.known else 'is known from now on'}")
        for row in rows:
            say(f"{row['name']}: {'asset' if row['new'] else 'there already, asset'} {row['asset']}")

    add.help = (
        "Make NAME known in the workspace: pictures of your own become its look in every film.\n\n"
        "The last picture is the selected one; all are kept, and the same one again changes nothing. A look with a "
        '--variant is worn by films whose film.toml says so: [looks] NAME = "winter".'
    )
    return add


def _listed(kind: "CharacterKind") -> click.Command:
    @click.command("list", help=f"The {kind}s of a workspace.")
    @workspace_option
    @json_option
    def listed(workspace: str, *, as_json: bool) -> None:
        async def rows_of(db: "AsyncSession", workspace_id: UUID) -> list[dict[str, Any]]:
            from director_dagster.catalog.queries import characters

            found = await characters.listed(db, workspace_id, kind=kind)
            return [await _row(db, each) for each in found]

        rows = ask(rows_of, workspace=workspace)
        if as_json:
            put(rows)
        elif rows:
            table(LISTED, ([_cell(row[column]) for column in LISTED] for row in rows))
        else:
            say(f"{workspace} has no {kind}s yet: films make them, and so does `director {kind} add NAME`")

    return listed


def _show(kind: "CharacterKind") -> click.Command:
    @click.command("show", help=f"All looks of a {kind}, which is worn where nothing else is said, and who makes them.")
    @click.argument("name")
    @workspace_option
    @json_option
    def show(name: str, workspace: str, *, as_json: bool) -> None:
        async def found(db: "AsyncSession", workspace_id: UUID) -> tuple[dict[str, Any], Mapping[str, str]]:
            from director_dagster.catalog.queries import characters, films

            row = await characters.find(db, workspace_id=workspace_id, kind=kind, name=name)
            if row is None:
                raise BadInput(f"there is no {kind} {name!r}; `director {kind} list` names those there are")
            return {**await _row(db, row), "takes": await _takes(db, row)}, await films.crew(db, workspace_id)

        row, crew = ask(found, workspace=workspace)
        if as_json:
            put([row])
            return
        table(TAKES, ([_cell(each[column]) for column in TAKES] for each in row["takes"]))
        say("; ".join(part for part in (row["name"], row["description"], ", ".join(row["films"])) if part))
        _say_who_draws(row["takes"], crew)

    return show


def _say_who_draws(rows: Sequence[Mapping[str, Any]], crew: Mapping[str, str]) -> None:
    """Whether the workspace's pictures are drawn after what the user brought."""
    from director_dagster.cli.crew import opened
    from director_dagster.providers.contract import Medium
    from director_dagster.studio.crew import HOUSE, member
    from director_dagster.studio.looks import draws_after

    if all(row["maker"] for row in rows):
        return
    maker = crew.get(Medium.IMAGE, HOUSE)
    with opened() as providers:
        after = draws_after(member(providers, crew, Medium.IMAGE))
        others = [name for name in providers if draws_after(member(providers, {Medium.IMAGE: name}, Medium.IMAGE))]
    say(
        f"{maker} draws the workspace's frames after your pictures"
        if after
        else f"{maker}, who draws the workspace's frames, takes no pictures and draws from the page; "
        f"these take them: {', '.join(others)}"
    )


async def _row(db: "AsyncSession", character: "Character") -> dict[str, Any]:
    from director_dagster.catalog.queries import characters, takes
    from director_dagster.studio.looks import selected_variants

    own = await takes.all_of_character(db, workspace_id=character.workspace_id, character_id=character.id)
    return {
        "name": character.name,
        "description": character.description,
        "looks": list(selected_variants(own)),
        "films": await characters.films_of(db, character),
    }


async def _takes(db: "AsyncSession", character: "Character") -> list[dict[str, Any]]:
    """Every take of each look, and what films have drawn for themselves."""
    from director_dagster.catalog.queries import assets, films, takes

    workspace_id = character.workspace_id
    own = await takes.all_of_character(db, workspace_id=workspace_id, character_id=character.id)
    slugs = {film.id: film.slug for film in await films.listed(db, workspace_id)}
    looks = [each for each in own if each.slot.name.startswith("look") and each.asset.deleted_at is None]
    want = assets.Filter(kind=character.kind, character_id=character.id)  # type: ignore[arg-type]  # a CHECK says so
    drawn = await assets.listed(db, workspace_id, want=want)
    in_slots = {each.asset.id for each in looks}
    return [
        *(_take(each, slugs) for each in looks),
        *(_drawn(asset, slugs) for asset in reversed(drawn) if asset.id not in in_slots),
    ]


def _take(filled: "Filled", slugs: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        **_drawn(filled.asset, slugs),
        "look": filled.slot.name,
        "take": filled.take.number,
        "selected": filled.take.selected_at is not None,
    }


def _drawn(asset: "Asset", slugs: Mapping[UUID, str]) -> dict[str, Any]:
    return {
        "look": DRAWN,
        "take": None,
        "selected": False,
        "maker": f"{asset.provider}:{asset.model}" if asset.provider else None,
        "film": None if asset.film_id is None else slugs.get(asset.film_id),
        "asset": asset.id,
        "url": asset.url,
        "lost": asset.lost_at is not None,
    }


def _cell(value: object) -> object:
    """A value as people read it."""
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, bool):
        return "yes" if value else ""
    return value


def workspace_id_of(workspace: str) -> UUID:
    """The workspace of that name. Raises BadInput when there is none."""

    async def known(db: "AsyncSession", workspace_id: UUID) -> UUID:  # noqa: ARG001 (a question, as `ask` takes it)
        return workspace_id

    return ask(known, workspace=workspace)
