"""Of `director assets`: add files of one's own."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from director_dagster.catalog.tables import AssetKind
from director_dagster.cli.home import json_option, put, say, with_studio, workspace_option
from director_dagster.cli.licence import rights_of, rights_options
from director_dagster.cli.recurring import workspace_id_of
from director_dagster.errors import BadInput, one_line

if TYPE_CHECKING:
    from director_dagster.studio.add import Added
    from director_dagster.studio.studio import Studio


@click.command("add")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option("--name", help="What it is called, of one file; else as the file is.")
@click.option("--kind", type=click.Choice(get_args(AssetKind)), help="What it is in a film.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given more than once.")
@click.option(
    "--source", type=click.Choice(("upload", "import")), default="upload", show_default=True,
    help="Whether it is your own, or comes from another program.",
)  # fmt: skip
@rights_options
@workspace_option
@json_option
def add(files: tuple[Path, ...], workspace: str, *, as_json: bool, **given: Any) -> None:  # noqa: ANN401 (click's)
    """Make files assets, and all files of a folder: PNG, JPEG, WebP, MP4, WAV, MP3, .fountain, .txt, .srt, .vtt.

    Each is read to its end first, and is an asset once, however often it is added. Exit code 2 when one is refused; the
    others are kept.
    """
    from director_dagster.studio.add import Wish, add

    wish = Wish(
        source=given["source"],
        name=given["name"],
        kind=given["kind"],
        tags=given["tags"],
        rights=rights_of(given),
    )
    wish.refuse_nonsense()
    mine = workspace_id_of(workspace)

    async def added(studio: "Studio") -> list["Added"]:
        found = []
        alone = len(files) == 1 and not files[0].is_dir()
        async for each in add(studio, mine, files, wish):
            _tell(each, as_json=as_json, alone=alone)
            found.append(each)
        return found

    found = with_studio(added)
    refused = [each for each in found if each.refused]
    if not found:
        raise BadInput(f"{', '.join(map(str, files))}: there is no file in it; hidden ones are passed over")
    if refused and len(found) == 1:
        raise BadInput(f"{refused[0].file}: {refused[0].refused}")
    if refused:
        kept = "the others are kept" if len(refused) < len(found) else "nothing is kept"
        raise BadInput(f"{len(refused)} of {len(found)} files are refused, the first is {refused[0].file}; {kept}")


def _tell(each: "Added", *, as_json: bool, alone: bool) -> None:
    """What became of a file; why one that was named `alone` is refused is the error's line."""
    if as_json:
        asset = None if each.asset is None else each.asset.id
        put([{"file": one_line(str(each.file)), "asset": asset, "new": each.new, "refused": each.refused or None}])
    elif each.asset is not None:
        what = "asset" if each.new else "its bytes are back, asset" if each.back else "there already, asset"
        say(one_line(f"{each.file}: {what} {each.asset.id}"))
    elif not alone:
        say(one_line(f"{each.file}: refused: {each.refused}"))
