"""What is found of a film's rights: which of all that it was made from forbids what the film is for."""

from collections.abc import Iterator, Mapping

from director_dagster.catalog.queries import rights
from director_dagster.catalog.queries.rights import Bound
from director_dagster.catalog.queries.takes import Filled
from director_dagster.studio.findings import Finding, Offender, Severity
from director_dagster.studio.step import Step

CHECK = "rights"
UNKNOWN = "it is not known whether it allows"
COMMERCIAL, DERIVATIVES = "commercial use", "derivatives"


async def allowed(step: Step, pieces: Mapping[str, Filled]) -> Finding:
    """Whether nothing that the pieces were made from, however far upstream, forbids a film like this one.

    A film whose film.toml says what it is for is held to it: what forbids that is false, and what leaves it open a
    warning. Of a film that does not say, what forbids anything is a warning, and what is not known is only counted. A
    consent that has ended is always a warning: what was said under it stays.
    """
    async with step.studio.catalog.session() as db:
        found = await rights.upstream(db, step.film.workspace_id, [filled.asset.id for filled in pieces.values()])
    commercial = step.film.settings.commercial
    offenders = [offender for bound in found for offender in _offenders(bound, commercial=commercial)]
    # What forbids comes before a consent that has ended, and that before what nobody knows.
    offenders.sort(key=lambda each: (each.severity is not Severity.ERROR, each.found.startswith(UNKNOWN)))
    return Finding(
        check=CHECK,
        examined=len(pieces),
        offenders=tuple(offenders),
        facts={"unknown": sum(not bound.known for bound in found)},
    )


def _offenders(bound: Bound, *, commercial: bool | None) -> Iterator[Offender]:
    asset, grave = bound.asset, Severity.WARN if commercial is None else Severity.ERROR
    licence = f" ({asset.licence})" if asset.licence else ""
    for what, said in _needed(bound, commercial=commercial).items():
        if said is False:
            yield Offender(
                slot=asset.name,
                asset_id=asset.id,
                expected=f"what allows {what}",
                found=f"it forbids {what}{licence}",
                severity=grave,
            )
        elif said is None and commercial is not None:
            yield Offender(
                slot=asset.name,
                asset_id=asset.id,
                expected=f"what allows {what}; `director assets rights {asset.id} --licence …` says so",
                found=f"{UNKNOWN} {what}{licence}",
                severity=Severity.WARN,
            )
    if bound.ended:
        yield Offender(
            slot=asset.name,
            asset_id=asset.id,
            expected="a consent that goes on",
            found=f"its consent ended on {asset.consent_until}: {asset.consent_scope}",
            severity=Severity.WARN,
        )


def _needed(bound: Bound, *, commercial: bool | None) -> Mapping[str, bool | None]:
    """What such a film needs, and whether the asset allows it; of one that says that nothing is earned with it, that
    is not asked."""
    said = {COMMERCIAL: bound.asset.commercial, DERIVATIVES: bound.asset.derivatives}
    return {what: word for what, word in said.items() if what != COMMERCIAL or commercial is not False}
