"""`director make`: a screenplay or an idea becomes a film, by the same job that Dagster's UI and sensors launch."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from director_dagster.cli.commission import brief_options, commissioned
from director_dagster.cli.home import json_option, put, say, table
from director_dagster.cli.progress import Bars
from director_dagster.errors import Failed
from director_dagster.settings import Settings
from director_dagster.story.film import FilmKey

if TYPE_CHECKING:
    from director_dagster.definitions import FinishedRun

OUTCOMES = ("generated", "kept", "reused", "failed")


class RunFailed(Failed):
    """The run of the job failed; what it made until then is kept."""


@click.command("make")
@brief_options
@json_option
def command(*, as_json: bool, **brief: Any) -> None:  # noqa: ANN401 (click's)
    """Make a film of SCRIPT, a screenplay in Fountain, or of an idea; with neither, of the example that comes with it.

    What exists and still fits is kept, so that a second call makes only what is missing.
    """
    started = time.monotonic()
    settings, key = commissioned(**brief)
    run = _run(key)
    report = _report(settings, key, run, time.monotonic() - started)
    if as_json:
        put([report])
    else:
        _show(report)
    if run.failure is not None:
        raise RunFailed(run.failure)


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
