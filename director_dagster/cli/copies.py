"""`director copies`: the further stores of what the vault holds, named by DIRECTOR_COPIES."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from director_dagster.cli.home import json_option, put, say, table, with_studio
from director_dagster.errors import BadInput, Failed
from director_dagster.settings import Env

if TYPE_CHECKING:
    from director_dagster.studio.preserve import Tally
    from director_dagster.studio.studio import Studio

STANDING = ("store", "good", "good_bytes", "missing", "damaged", "read_since")
DONE = ("store", "looked_at", "read_bytes", "copied", "missing", "damaged", "restored", "lost")


@click.group("copies")
def command() -> None:
    """Keep what the vault holds in further stores, and show how the copies stand."""


@command.command("show")
@json_option
def show(*, as_json: bool) -> None:
    """How the copies in every store stood when they were last looked at (`director scrub`): good, missing, damaged, and
    since when all of the good ones were read."""
    from director_dagster.catalog.queries import copies

    async def stands(studio: "Studio") -> tuple[Sequence[copies.Standing], int, set[str]]:
        named = {copies.VAULT, *(store.name for store in studio.replicas)}
        async with studio.catalog.session() as db:
            return await copies.standing(db), await copies.short(db, studio.min_copies), named

    standing, short, named = with_studio(stands)
    if as_json:
        put(asdict(each) for each in standing)
    else:
        table(STANDING, ([getattr(each, column) for column in STANDING] for each in standing))
        for each in standing:
            if each.store not in named:
                say(f"{each.store} is not among {Env.COPIES} now: it stands there as it was when it was")
        if short:
            say(f"blobs with fewer copies than are wanted: {short}. `director copies make` makes them")


@command.command("make")
@json_option
def make(*, as_json: bool) -> None:
    """Copy to each store what it lacks. Exit code 1 when something is lost, or a store cannot be used."""
    from director_dagster.studio.preserve import replicate

    async def copied(studio: "Studio") -> "Sequence[Tally]":
        if not studio.replicas:
            raise BadInput(f"no store of copies is named: set {Env.COPIES} to folders or s3://bucket/prefix")
        return await replicate(studio)

    tell(with_studio(copied), as_json=as_json)


def tell(tallies: "Sequence[Tally]", *, as_json: bool) -> None:
    """What was done in each store. Raises Failed when something is lost, or a store cannot be used."""
    if as_json:
        put({**asdict(each), "lost": each.lost} for each in tallies)
    else:
        table(DONE, ([getattr(each, column) for column in DONE] for each in tallies))
    for each in tallies:
        if each.strange:
            say(f"{each.store}: {len(each.strange)} blobs that no row knows, e.g. {each.strange[0]}")
    faults = [each.fault for each in tallies if each.fault]
    lost = sum(each.lost for each in tallies if not each.fault)
    if faults:
        raise Failed(faults[0])
    if lost:
        what = "1 blob is" if lost == 1 else f"{lost} blobs are"
        raise Failed(f"{what} lost, and no store of copies has them: `director recover` tells what brings them back")
