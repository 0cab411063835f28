"""`director make`: a screenplay or an idea becomes a film, by the same job that Dagster's UI and sensors launch."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from director_dagster.catalog.money import most, to_microusd, told
from director_dagster.cli.commission import brief_options, meant
from director_dagster.cli.consent import Agreed, Consent, agree, consent_of, consent_options
from director_dagster.cli.home import json_option, put, say, table
from director_dagster.cli.progress import Bars
from director_dagster.cli.wishes import wish_options, wishes_of
from director_dagster.errors import Failed
from director_dagster.settings import Settings, user
from director_dagster.story.wishes import STEP_OF, Wishes

if TYPE_CHECKING:
    from director_dagster.definitions import FinishedRun
    from director_dagster.studio.production import Production

MICROUSD = 1_000_000
OUTCOMES = ("generated", "kept", "reused", "failed")


class RunFailed(Failed):
    """The run of the job failed; what it made until then is kept."""


@dataclass(frozen=True, kw_only=True)
class Making:
    """What came of it: the run, what was agreed to before it, and what its steps tell."""

    run: "FinishedRun"
    agreed: Agreed
    steps: Mapping[str, Mapping[str, Any]]


@click.command("make")
@brief_options
@wish_options
@consent_options
@json_option
def command(*, as_json: bool, **given: Any) -> None:  # noqa: ANN401 (click's)
    """Make a film of SCRIPT, a screenplay in Fountain, or of an idea; with neither, of the example that comes with it.

    What exists and still fits is kept, so that a second call makes only what is missing. With --film alone it is about
    that film as it stands. What would spend shows its estimate and asks.

    Another crew makes what is missing; with --shots or --scenes it makes theirs anew, and the drafts stay as takes.
    With --until it stops after that step: --until storyboard shows the frames before any shot is paid for. With
    --keep-stale what is no longer what the page asks for is left: nothing but what you name is made anew.
    """
    started = time.monotonic()
    consent, wishes = consent_of(given), wishes_of(given)
    settings, film = meant(**given, crew=wishes.crew, example=True)
    making = _make(settings, film, wishes, consent)
    report = _report(settings, film, making, time.monotonic() - started)
    if as_json:
        put([report])
    else:
        _show(report)
        _hint(report, wishes)
    if making.run.failure is not None:
        raise RunFailed(making.run.failure)


def _make(settings: Settings, film: "Production", wishes: Wishes, consent: Consent) -> Making:
    """Run the job, as far as is agreed to. Of a film that is yet to be written the script comes first: only then can
    anybody say what the rest costs, and it is asked again."""
    written: Mapping[str, Mapping[str, Any]] = {}
    agreed = agree(settings, film, wishes, consent, spent_microusd=0)
    if not agreed.complete:
        first = _run(film, wishes, agreed, only=["script"])
        written = _plain(first)
        if first.failure is not None:
            return Making(run=first, agreed=agreed, steps=written)
        agreed = agree(settings, film, wishes, consent, spent_microusd=_spent(written, agreed))
    run = _run(film, wishes, agreed, only=wishes.only)
    return Making(run=run, agreed=agreed, steps={**_plain(run), **written})


def _run(film: "Production", wishes: Wishes, agreed: Agreed, *, only: Sequence[str] = ()) -> "FinishedRun":
    """Run the job in this process; its progress is drawn on stderr."""
    from director_dagster.definitions import make_now

    with Bars():
        return make_now(film.key, wishes=wishes, max_usd=agreed.max_microusd / MICROUSD, only=only, who=user())


def _plain(run: "FinishedRun") -> Mapping[str, Mapping[str, Any]]:
    return {name: {k.removeprefix("director/"): v for k, v in figures.items()} for name, figures in run.steps.items()}


def _spent(steps: Mapping[str, Mapping[str, Any]], agreed: Agreed) -> int:
    """What the steps have cost, in micro-dollars; when that is not known, all that they might."""
    costs = [figures["cost_usd"] for figures in steps.values()]
    unknown = any(isinstance(cost, str) for cost in costs)
    return agreed.max_microusd if unknown else sum(to_microusd(cost) or 0 for cost in costs)


def _report(settings: Settings, film: "Production", making: Making, seconds: float) -> dict[str, Any]:
    key, shown = film.key, making.agreed.prospect
    return {
        "film": str(key),
        "path": str(settings.home / "films" / key.workspace / key.film / "film.mp4"),
        "run_id": making.run.run_id,
        "failure": making.run.failure,
        "seconds": round(seconds, 1),
        "estimate": None if shown is None else shown.by_step,
        "steps": making.steps,
    }


def _show(report: Mapping[str, Any]) -> None:
    """The table of what was done, the film's path, and what to type next."""
    estimate = report["estimate"]
    columns = ("step", *OUTCOMES, *(("estimated",) if estimate else ()), "cost", "saved", "seconds")
    table(columns, [_row(name, figures, estimate) for name, figures in report["steps"].items()])
    if report["failure"] is None:
        click.echo(f"\n{report['path']}\n" if "film" in report["steps"] else "")
        say(f"{report['film']}: {report['seconds']} s. Next: director film show {report['film']} · director up")


def _row(step: str, figures: Mapping[str, Any], estimate: Mapping[str, Any] | None) -> list[object]:
    money = (_usd(figures["cost_usd"]), _usd(figures["saved_usd"]))
    between = [_between(estimate.get(step))] if estimate else []
    return [step, *(figures[outcome] for outcome in OUTCOMES), *between, *money, f"{figures['seconds']:.1f}"]


def _between(amounts: Mapping[str, int] | None) -> str:
    if amounts is None:
        return ""
    low, high = told(amounts["low_microusd"]), most(amounts["high_microusd"])
    return high if low == high else f"{low} to {high}"


def _hint(report: Mapping[str, Any], wishes: Wishes) -> None:
    """Say what the crew has left as it was, when that are drafts and nobody was told to make them anew."""
    kept = [
        row["slot"]
        for medium, step in STEP_OF.items()
        if medium in wishes.crew and not wishes.finals
        for row in report["steps"].get(step, {}).get("table", ())
        if row["outcome"] == "kept" and row["provider"] != wishes.crew[medium].partition(":")[0]
    ]
    if kept:
        more = f" and {len(kept) - 1} more" if len(kept) > 1 else ""
        say(f"{kept[0]}{more} stayed as they were: --shots sh010,sh020 or --shots all makes them anew by this crew")


def _usd(amount: float | str) -> str:
    return amount if isinstance(amount, str) else told(to_microusd(amount))
