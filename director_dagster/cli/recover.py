"""`director recover`: what is lost comes back, the cheapest way; what costs is told and asked."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import click

from director_dagster.catalog.money import most
from director_dagster.cli.consent import Consent, consent_of, consent_options
from director_dagster.cli.home import film_key, json_option, put, say, table, with_studio, workspace_option
from director_dagster.cli.progress import Bars
from director_dagster.errors import BadInput, Failed, Refused
from director_dagster.settings import user
from director_dagster.story.film import parse_film_key
from director_dagster.story.wishes import Wishes

if TYPE_CHECKING:
    from director_dagster.catalog.queries.losses import FilmLosses
    from director_dagster.story.film import FilmKey
    from director_dagster.studio.recover import Way
    from director_dagster.studio.studio import Studio

COLUMNS = ("film", "piece", "lost", "comes back from", "at most", "")
MICROUSD = 1_000_000


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was lost: how many assets, how many of them are back by now, which steps of which films have used them, and
    how each piece that is not back can come back."""

    lost: int
    back: int
    steps: "Mapping[FilmKey, Sequence[str]]"
    ways: "Sequence[Way]"


@click.command("recover")
@click.argument("films", nargs=-1, metavar="[FILM]...")
@workspace_option
@consent_options
@json_option
def command(*, films: Sequence[str], workspace: str, as_json: bool, **given: Any) -> None:  # noqa: ANN401 (click's)
    """Bring back what is lost, of some films or of all: from copies, from providers that keep it still, by making it
    again; last by buying it again, once you have said so.

    It looks first whether everything is there. Exit code 1 when something stays lost.
    """
    consent = consent_of(given)
    keys = [film_key(film, workspace) for film in films]
    found = _look(keys)
    _show(found, as_json=as_json)
    failures = [failure for failure in _bring_back(found, _agreed(found.ways, consent)) if failure]
    left = _left(keys)
    if left:
        raise Failed(f"{_counted(left)} still lost{_why(found.ways, failures)}")
    if failures:
        raise Failed(failures[0])
    if found.lost and not as_json:
        whose = ", ".join(map(str, keys)) if keys else "films"
        say(f"everything that {whose} {'uses' if len(keys) == 1 else 'use'} is there again")


def _counted(pieces: int) -> str:
    return "1 piece of films is" if pieces == 1 else f"{pieces} pieces of films are"


def _why(ways: "Sequence[Way]", failures: Sequence[str]) -> str:
    """What is the matter with the first of them."""
    reasons = [*(f"{way.slot}: {way.reason}" for way in ways if way.whence == "its user"), *failures]
    return f": {reasons[0]}" if reasons else ""


def _look(keys: "Sequence[FilmKey]") -> Found:
    """Look at the vault, bring back at once what is free, and tell of the rest."""
    from director_dagster.catalog.queries import losses
    from director_dagster.studio.preserve import look
    from director_dagster.studio.production import open_production
    from director_dagster.studio.recover import needed, ways
    from director_dagster.studio.regain import regain_all

    async def looked(studio: "Studio") -> Found:
        for key in keys:
            await open_production(studio.catalog, key)
        for store in await look(studio):
            if store.fault:
                say(store.fault)
        async with studio.catalog.session() as db:
            lost = await losses.all_lost(db)
        before = await _of_films(studio, keys)
        left = await regain_all(studio, lost)
        return Found(
            lost=len(lost),
            back=len(lost) - len(left),
            steps={parse_film_key(film.film): needed(film) for film in before},
            ways=[way for film in await _of_films(studio, keys) for way in await ways(studio, film)],
        )

    return with_studio(looked)


def _left(keys: "Sequence[FilmKey]") -> int:
    from director_dagster.studio.derived import renew_lost

    async def counted(studio: "Studio") -> int:
        await renew_lost(studio)  # of what was itself lost until now
        return sum(len(film.pieces) for film in await _of_films(studio, keys))

    return with_studio(counted)


async def _of_films(studio: "Studio", keys: "Sequence[FilmKey]") -> "Sequence[FilmLosses]":
    from director_dagster.catalog.queries import losses

    async with studio.catalog.session() as db:
        return await losses.of_films(db, films=[str(key) for key in keys] or None, limit=sys.maxsize)


def _show(found: Found, *, as_json: bool) -> None:
    if as_json:
        put(asdict(way) for way in found.ways)
    elif not found.lost:
        say("nothing is lost")
    else:
        say(f"lost in all films: {found.lost}; back for nothing by now: {found.back}")
        rows = [
            (way.film, way.slot, f"{way.lost_at:%Y-%m-%d}", way.whence, most(way.high_microusd), way.reason)
            for way in found.ways
        ]
        if rows:
            table(COLUMNS, rows)


def _agreed(ways: "Sequence[Way]", consent: Consent) -> int:
    """What may be spent in all. Raises Refused for a no, BadInput when there is nobody to ask."""
    from director_dagster.studio.recover import cost

    _, high = cost(ways)
    if not high:
        return 0
    if consent.max_microusd is not None:
        return consent.max_microusd
    if not consent.yes and not sys.stdin.isatty():
        raise BadInput(
            f"buying again what is lost costs up to {most(high)}, and there is nobody to ask: say --yes, or --max-usd "
            "AMOUNT. What costs nothing is back"
        )
    if not consent.yes and not click.confirm(f"spend up to {most(high)}?", err=True):
        raise Refused("nothing more was bought, as you say; what costs nothing is back")
    return high


def _bring_back(found: Found, left_microusd: int) -> list[str | None]:
    """Run the job for each film, what it needs alone, so that its checks see it too; why each failed, None for none."""
    from director_dagster.definitions import make_now
    from director_dagster.studio.recover import cost

    failures = []
    for key, steps in found.steps.items():
        _, costs = cost([way for way in found.ways if way.film == str(key)])
        allowed = min(left_microusd, costs)
        left_microusd -= allowed
        with Bars():
            run = make_now(key, wishes=Wishes(recover=True), max_usd=allowed / MICROUSD, only=steps, who=user())
            failures.append(run.failure)
    return failures
