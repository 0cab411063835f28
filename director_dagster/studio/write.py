"""Write: the film's script from its brief, and its list of shots."""

import logging
from collections.abc import Sequence

from director_dagster.catalog.queries import assets, films, shots
from director_dagster.catalog.queries.shots import Planned
from director_dagster.catalog.queries.takes import Place
from director_dagster.catalog.tables import Asset
from director_dagster.catalog.tables import Shot as Row
from director_dagster.errors import BadInput
from director_dagster.providers.contract import Ask, Medium
from director_dagster.story import wire
from director_dagster.story.shot import Breakdown
from director_dagster.studio import filing
from director_dagster.studio.page import SCRIPT_SLOT, break_draft, break_page, words_of
from director_dagster.studio.piece import Piece, Source
from director_dagster.studio.report import NOTICE, Made, Outcome, Report, made_of
from director_dagster.studio.step import Step, require

AGAIN = "You wrote a screenplay of this before, and it could not be filmed: {fault}. Write all of it anew."

log = logging.getLogger(__name__)


async def write(step: Step) -> Report:
    """Make sure that the film has a script that can be filmed, its shots their rows, and the film its title.

    A screenplay is taken as it is; an idea is given to the crew's writer, and once more with what is wrong with it when
    what was written cannot be filmed; a further take of it is written when one is wanted. Raises BadInput when the
    script has no scene, or words that no font of ours can set on a card; what was written is kept.

    A run that repairs has first had back what comes back for nothing: that need not wait for a script that does not.
    """
    if step.studio.repair_only and not step.on_paper:
        await step.keeping.regain()
    async with step.studio.catalog.session() as db:
        brief = await assets.get(db, step.film.workspace_id, step.film.brief_id)
    report = step.report([await _take_over(step, brief)]) if brief.type == "script" else await _draft(step, brief)
    try:
        await _plan(step, entitled=brief.type != "script" and step.film.settings.title is None)
    except BadInput as exc:
        if brief.type == "script":
            raise
        raise BadInput(f"{exc}. {await _way_out(step, brief)}") from exc
    return report


async def _take_over(step: Step, brief: Asset) -> Made:
    """The screenplay that was handed in is the script; a run that leaves what is stale leaves the one before it."""
    there = (await step.takes()).get(SCRIPT_SLOT)
    if there is not None and step.studio.keep_stale and await step.keeping.has_bytes(there):
        # Clips and voices are left: a plan of another page would cut and subtitle what they do not show and say.
        return made_of(SCRIPT_SLOT, there.asset, Outcome.KEPT)
    basis = {"picture": brief.digest or ""}
    if there is None or there.asset.id != brief.id:
        place = Place(name=SCRIPT_SLOT, kind="script", film_id=step.film.film_id)
        async with step.studio.catalog.session() as db:
            await filing.take(db, places=[place], asset=brief, basis=basis)
    return made_of(SCRIPT_SLOT, brief, Outcome.KEPT)


async def _draft(step: Step, brief: Asset) -> Report:
    """A script written from an idea."""
    piece = await _piece(step, brief)
    report = await step.make([piece])
    fault = None if step.on_paper else await _fault(step)
    if fault is None:
        return report
    log.info("the script cannot be filmed, and is written once more: %s", fault, extra=NOTICE)
    mended = await step.mend(piece, AGAIN.format(fault=fault))
    return report if mended is None else step.report([*report.pieces, mended])


async def _piece(step: Step, brief: Asset) -> Piece:
    settings = step.film.settings
    idea = await words_of(step.studio, brief)
    params = {"idea": idea, "language": settings.language, "genre": settings.genre, "style": settings.style}
    return Piece(
        slot=SCRIPT_SLOT,
        type="script",
        kind="script",
        name=brief.name,
        field="picture",
        ask=Ask(medium=Medium.SCRIPT, operation="draft", prompt=idea, params=params, seed=wire.seed(params)),
        sources=[Source(role="brief", asset=brief)],
    )


async def _way_out(step: Step, brief: Asset) -> str:
    """What to do about a film whose written script cannot be filmed."""
    written = await step.keeping.takes(await _piece(step, brief))
    more = f"--takes {step.name}:{SCRIPT_SLOT}={len(written) + 1}"
    return (
        f"What was written is kept. `director make --film {step.film.key} {more}` has it written once more; "
        f"`director make PAGE.fountain --film {step.film.key} --replace` makes it from a page of your own"
    )


async def _fault(step: Step) -> BadInput | None:
    """Why the script cannot be filmed, or None."""
    try:
        await _breakdown(step, planned=[])
    except BadInput as exc:
        return exc
    return None


async def _breakdown(step: Step, planned: Sequence[Row]) -> Breakdown:
    """The script broken down, for a film whose shots have these rows until now. Raises BadInput."""
    script = require(await step.takes(), SCRIPT_SLOT, made_by="script")
    text = await words_of(step.studio, script)
    break_down = break_draft if script.source == "generation" else break_page
    return break_down(text, step.film.key, step.film.settings, planned=planned)


async def _plan(step: Step, *, entitled: bool) -> None:
    """Break the script down and write its shots to the catalog; a shot that stays keeps its code. With `entitled` the
    film is called as its script is: until that was written it was called by its idea."""
    film = step.film
    async with step.studio.catalog.session() as db:
        rows = await shots.ever(db, film.workspace_id, film.film_id)
        breakdown = await _breakdown(step, rows)
        for left_out in breakdown.ignored:
            log.info("not in the film: %s", left_out, extra=NOTICE)
        plan = [Planned(code=shot.code, scene=shot.scene, plan=wire.dump(shot)) for shot in breakdown.shots]
        await shots.sync(db, workspace_id=film.workspace_id, film_id=film.film_id, plan=plan)
        if entitled:
            await films.entitle(db, film.film_id, breakdown.title)
