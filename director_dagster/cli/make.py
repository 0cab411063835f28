"""`director make`: a screenplay or an idea becomes a film, by the same job that Dagster's UI and sensors launch."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from director_dagster.cli.brief import read_brief, read_settings
from director_dagster.cli.home import json_option, open_home, put, say, table, workspace_option
from director_dagster.cli.progress import Bars
from director_dagster.errors import Failed
from director_dagster.settings import Settings
from director_dagster.story.brief import Brief
from director_dagster.story.film import FilmKey, FilmSettings, parse_film_key, slug

if TYPE_CHECKING:
    from director_dagster.definitions import FinishedRun

OUTCOMES = ("generated", "kept", "reused", "failed")


class RunFailed(Failed):
    """The run of the job failed; what it made until then is kept."""


@click.command("make")
@click.argument("script", required=False, type=click.Path(path_type=Path))
@click.option("--idea", help="What the film is about, in a sentence, instead of a screenplay.")
@click.option("--film", "name", help="The film's short name; else the file's name, else the idea.")
@click.option("--replace", is_flag=True, help="Make the film of that name anew from this; all that was made stays.")
@workspace_option
@click.option("--settings", "toml", type=click.Path(path_type=Path), help="A film.toml; else the one beside SCRIPT.")
@json_option
def command(
    *,
    script: Path | None,
    idea: str | None,
    name: str | None,
    replace: bool,
    workspace: str,
    toml: Path | None,
    as_json: bool,
) -> None:
    """Make a film of SCRIPT, a screenplay in Fountain, or of an idea; with neither, of the example that comes with it.

    What exists and still fits is kept, so that a second call makes only what is missing.
    """
    started = time.monotonic()
    brief, wanted = read_brief(script, idea), read_settings(toml, script, idea)
    key = parse_film_key(f"{workspace}/{slug(name or brief.name)}")
    settings, url = open_home()
    asyncio.run(_commission(settings, url, key, brief, wanted, replace=replace))
    run = _run(key)
    report = _report(settings, key, run, time.monotonic() - started)
    if as_json:
        put([report])
    else:
        _show(report)
    if run.failure is not None:
        raise RunFailed(run.failure)


async def _commission(
    settings: Settings, url: str, key: FilmKey, brief: Brief, wanted: FilmSettings, *, replace: bool
) -> None:
    from director_dagster.studio.commission import commission
    from director_dagster.studio.studio import open_studio

    studio = open_studio(database_url=url, home=settings.home)
    try:
        await commission(studio, key, brief, wanted, replace=replace)
    finally:
        await studio.aclose()


def _run(key: FilmKey) -> "FinishedRun":
    """Run the job in this process; its progress is drawn on stderr."""
    from director_dagster.definitions import make_now

    with Bars():
        return make_now(key)


def _report(settings: Settings, key: FilmKey, run: "FinishedRun", seconds: float) -> dict[str, Any]:
    return {
        "film": str(key),
        "path": str(settings.home / "films" / key.workspace / key.film / "film.mp4"),
        "run_id": run.run_id,
        "failure": run.failure,
        "seconds": round(seconds, 1),
        "steps": {
            name: {k.removeprefix("director/"): v for k, v in figures.items()} for name, figures in run.steps.items()
        },
    }


def _show(report: Mapping[str, Any]) -> None:
    """The table of what was done, the film's path, and what to type next."""
    table(("step", *OUTCOMES, "cost", "saved", "seconds"), [_row(*step) for step in report["steps"].items()])
    if report["failure"] is None:
        click.echo(f"\n{report['path']}\n")
        say(f"{report['film']}: {report['seconds']} s. Next: director film show {report['film']} · director up")


def _row(step: str, figures: Mapping[str, Any]) -> list[object]:
    money = (_usd(figures["cost_usd"]), _usd(figures["saved_usd"]))
    return [step, *(figures[outcome] for outcome in OUTCOMES), *money, f"{figures['seconds']:.1f}"]


def _usd(amount: float | str) -> str:
    return amount if isinstance(amount, str) else f"${amount:.2f}"
