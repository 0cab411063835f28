"""Examine: whether what a film has is as it should be: its bytes, its rows, and the film itself."""

import logging
from collections.abc import Collection, Mapping, Sequence

from director_dagster.catalog.queries.takes import Filled
from director_dagster.errors import DirectorError
from director_dagster.story.words import apart
from director_dagster.studio import examine_bytes, examine_film, examine_rights, examine_rows
from director_dagster.studio.findings import Finding, Offender, Severity
from director_dagster.studio.kinds import FILM, SCRIPT
from director_dagster.studio.nodes import SCRIPT_SLOTS, Slots, slots
from director_dagster.studio.page import SCRIPT_SLOT, read_page
from director_dagster.studio.staleness import Standing, State, look
from director_dagster.studio.step import Step, require

log = logging.getLogger(__name__)

OF_BYTES_ALONE = ("decodes", "loudness")
WORDS_CHARS = 120

Pieces = Mapping[str, Filled]


async def examine(step: Step, node: str, upstream: Collection[str]) -> tuple[Finding, ...]:
    """What is found of the pieces that the Dagster asset `node` has for a film, whose graph has `upstream` before it.

    What is found lost or damaged is marked so, and the next making makes it again; what can be derived without loss (a
    thumbnail, a sidecar) is made again at once. Raises BadInput when the film has no script yet, and Damaged when its
    script cannot be read.
    """
    require(await step.takes(), SCRIPT_SLOT, made_by=SCRIPT)
    wanted = await _wanted(step, node)
    pieces = {slot: filled for slot, filled in (await step.takes()).items() if slot in wanted}
    intact = await examine_bytes.intact(step, pieces)
    whole = _without(pieces, intact)
    before = await examine_bytes.known(step, whole)
    findings = [
        intact,
        await examine_bytes.decodes(step, whole, before),
        examine_rows.complete(step, node, pieces, wanted),
        await examine_rows.priced(step, node, pieces),
        await examine_rows.lineage(step, node, pieces, upstream),
        await _current(step, node),
    ]
    if node == FILM:
        findings += await examine_film.examine_film(step, whole, before)
        findings.append(await examine_rights.allowed(step, pieces))
    sound = _without(whole, *(each for each in findings if each.check in OF_BYTES_ALONE))
    await examine_bytes.remember(step, {slot: sound[slot] for slot in sound if sound[slot].asset.digest not in before})
    _tell(node, findings)
    return tuple(findings)


async def _current(step: Step, node: str) -> Finding:
    """Which of the pieces are not what the film asks for today, and why; nothing is wrong with them."""
    try:
        told = await look(step.studio, step.film.key, until=node)
    except DirectorError as exc:
        unknown = Offender(slot=node, asset_id=None, expected="to be known", found=str(exc), severity=Severity.WARN)
        return Finding(check="current", examined=0, offenders=(unknown,))
    found = [each for each in told if each.change.step == node]
    behind = tuple(_behind(each) for each in found if each.state is not State.CURRENT)
    return Finding(check="current", examined=len(found), offenders=behind)


def _behind(standing: Standing) -> Offender:
    old, new = apart(standing.change.old, standing.change.new, chars=WORDS_CHARS)
    return Offender(
        slot=standing.change.slot,
        asset_id=None,
        # Plain text: Dagster writes no enumerations of ours down.
        expected=new or State.CURRENT.value,
        found=f"{standing.state}: {old or standing.change.why}",
        severity=Severity.WARN,
    )


def _tell(node: str, findings: Sequence[Finding]) -> None:
    """Say what is to be known and stops nobody; whoever asked is given what is grave."""
    for finding in findings:
        if not finding.passed and finding.severity is Severity.WARN:
            log.warning("%s: %s: %s", node, finding.check, finding.summary)


async def _wanted(step: Step, node: str) -> Slots:
    # The script's own check is there to say that it cannot be read, so it must not read it to find its slot.
    return SCRIPT_SLOTS if node == SCRIPT else slots(await read_page(step), step.film.settings)[node]


def _without(pieces: Pieces, *findings: Finding) -> Pieces:
    """The pieces of which nothing grave was found."""
    grave = {each.slot for found in findings for each in found.offenders if each.severity is Severity.ERROR}
    return {slot: filled for slot, filled in pieces.items() if slot not in grave}
