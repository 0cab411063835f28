"""Estimate: what making a film would keep, use, make and cost, told by going through its steps on paper."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from time import monotonic

from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import BadInput
from director_dagster.story.film import FilmKey
from director_dagster.story.wishes import STEPS
from director_dagster.studio.board import board
from director_dagster.studio.design import design
from director_dagster.studio.edit import edit
from director_dagster.studio.finals import crewed, finals_of
from director_dagster.studio.rehearsal import Rehearsal, ScriptUnwritten, sheet_of
from director_dagster.studio.report import Report
from director_dagster.studio.score import score
from director_dagster.studio.shoot import shoot
from director_dagster.studio.step import Verb, refuse_nonsense
from director_dagster.studio.studio import Studio
from director_dagster.studio.voice import voice
from director_dagster.studio.write import write

VERBS: Mapping[str, Verb] = {
    "script": write,
    "characters": design,
    "storyboard": board,
    "dialogue": voice,
    "shots": shoot,
    "music": score,
    "film": edit,
}
"""What each step does; in the order of `STEPS` each finds what it needs."""

NEEDS: Mapping[str, Collection[str]] = {
    "script": (),
    "characters": ("script",),
    "dialogue": ("script", "characters"),
    "music": ("script",),
    "storyboard": ("script", "characters"),
    "shots": ("script", "characters", "dialogue", "storyboard"),
    "film": [name for name in STEPS if name != "film"],
}
"""All that comes before a step, as in Dagster's graph."""


async def estimate(
    studio: Studio,
    key: FilmKey,
    *,
    wanted: Mapping[str, Mapping[str, int]] | None = None,
    only: Collection[str] = STEPS,
) -> Sequence[Report]:
    """What each of these steps of the film would do now; ``generated`` is what it would buy, at the price held.

    Nothing is sent, filed or written: it all happens in a transaction that is rolled back. `wanted` are the takes that
    each step would be told. A film whose script is yet to be written ends with that step: the rest is known when it is.
    Raises BadInput when there is no such film, and for what no run can be told.
    """
    strange = sorted(set(wanted or {}) - set(STEPS))
    if strange:
        raise BadInput(f"takes: there is no step {strange[0]!r}; there are {', '.join(STEPS)}")
    async with studio.working(), studio.catalog.rehearsal() as catalog:
        paper = replace(studio, catalog=catalog)
        return await rehearse(paper, key, wanted=wanted or {}, only=only, past_losses=studio.repair_only)


async def rehearse(
    studio: Studio,
    key: FilmKey,
    *,
    wanted: Mapping[str, Mapping[str, int]] | None = None,
    only: Collection[str] = STEPS,
    there: Mapping[str, Filled] | None = None,
    past_losses: bool = False,
) -> Sequence[Report]:
    """As `estimate`, with a studio whose catalog is a rehearsal already; with `there` for a film whose selected takes
    were read in the rehearsal. `past_losses`: what a person has given, and is lost, fails alone."""
    reports: list[Report] = []
    film = await crewed(studio, key)
    sheet = await sheet_of(studio, film, there)
    for name in (each for each in STEPS if each in only):
        told = dict((wanted or {}).get(name, {}))
        refuse_nonsense(studio, told)
        finals = await finals_of(studio, film, name)
        step = Rehearsal(
            studio=studio,
            film=film,
            name=name,
            started=monotonic(),
            wanted=told,
            finals=finals,
            sheet=sheet,
            past_losses=past_losses,
        )
        try:
            reports.append(await VERBS[name](step))
        except ScriptUnwritten as exc:
            return [*reports, exc.report]
    return reports
