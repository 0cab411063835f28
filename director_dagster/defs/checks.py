"""The checks of every Dagster asset, as Dagster shows them: each asset's are one step, partitioned by film."""

import warnings
from collections.abc import Iterator, Sequence

import dagster as dg

from director_dagster.defs.failures import failure
from director_dagster.defs.interrupts import interruptible
from director_dagster.defs.partitions import FILMS
from director_dagster.errors import DirectorError
from director_dagster.story.film import parse_film_key
from director_dagster.studio.examine import examine
from director_dagster.studio.findings import Fact, Finding, Severity
from director_dagster.studio.step import begin
from director_dagster.studio.studio import Studio

OFFENDERS_SHOWN = 20

INTACT, CURRENT = "intact", "current"
DESCRIPTIONS = {
    INTACT: "The bytes of every piece are there, of their size and of their digest; what is lost is marked.",
    "decodes": "Every piece is of the type, size and length that its row says, and can be played.",
    "complete": "Every slot is filled, and every row has its metadata, its tags and its url.",
    "priced": "The cost of everything that was generated is known, and is what the ledger says.",
    "lineage": "Every edge between rows runs along an edge of this graph.",
    CURRENT: "Every piece is what the film asks for today: nothing that it is made from has changed since.",
}
OF_FILM = {
    "length": "The film has the frames of its cut and lasts as long, its sound within a frame of that.",
    "loudness": "The film is heard at -16 LUFS, give or take 1, and peaks at -1 dBTP at most.",
    "rights": "Nothing that it was made from forbids commercial use, where it is for that, or derivatives.",
    "subtitles": "Every cue is inside the film, in order, under no other, and says what the cut does.",
}
BLOCKING = {INTACT, "decodes"}
"""Nothing is made from a piece that is damaged or cannot be played."""

SEVERITIES = {Severity.ERROR: dg.AssetCheckSeverity.ERROR, Severity.WARN: dg.AssetCheckSeverity.WARN}


def checks_of(assets: Sequence[dg.AssetsDefinition]) -> list[dg.AssetChecksDefinition]:
    """The checks of these assets; what each may be made from is read from its own `deps`."""
    return [_checks(spec) for asset in assets for spec in asset.specs]


def failed(evaluations: Sequence[dg.AssetCheckEvaluation]) -> str | None:
    """What these evaluations say is lost or false, in one line for whoever made the film; None when nothing is."""
    grave = [each for each in evaluations if not each.passed and each.severity is dg.AssetCheckSeverity.ERROR]
    if not grave:
        return None
    first = grave[0]
    more = "" if len(grave) == 1 else f" ({len(grave) - 1} more failed: {', '.join(map(_named, grave[1:]))})"
    return f"{_named(first)}: {first.description}{more}"


def _named(evaluation: dg.AssetCheckEvaluation) -> str:
    return f"check {evaluation.check_name} of {evaluation.asset_key.to_user_string()}"


def _checks(asset: dg.AssetSpec) -> dg.AssetChecksDefinition:
    name = asset.key.to_user_string()
    upstream = sorted(dep.asset_key.to_user_string() for dep in asset.deps)

    # Dagster takes what an asynchronous generator is annotated to yield for one output, and refuses several.
    @dg.multi_asset_check(name=f"check_{name}", specs=_specs(asset), can_subset=True)
    async def check(context: dg.AssetCheckExecutionContext, studio: dg.ResourceParam[Studio]):  # type: ignore[no-untyped-def]  # noqa: ANN202
        try:
            film = parse_film_key(context.partition_key)
            async with interruptible(context), begin(studio, film, f"check {name}", makes=False) as step:
                found = await examine(step, name, upstream)
        except DirectorError as exc:
            raise failure(exc) from exc
        wanted = {key.name for key in context.selected_asset_check_keys}
        for finding in found:
            if finding.check in wanted:
                yield _result(asset.key, finding)

    return check


def _specs(asset: dg.AssetSpec) -> list[dg.AssetCheckSpec]:
    described = DESCRIPTIONS | (OF_FILM if asset.key.to_user_string() == "film" else {})
    with warnings.catch_warnings():
        # Without a partition an evaluation is of no film. Dagster 1.13 has it in preview, and warns once a check.
        warnings.filterwarnings("ignore", message="Specifying a partitions_def on an AssetCheckSpec")
        return [
            dg.AssetCheckSpec(
                check, asset=asset.key, description=description, blocking=check in BLOCKING, partitions_def=FILMS
            )
            for check, description in described.items()
        ]


def _result(asset: dg.AssetKey, finding: Finding) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        passed=finding.passed,
        asset_key=asset,
        check_name=finding.check,
        severity=SEVERITIES[finding.severity],
        description=finding.summary,
        metadata=dict(_metadata(finding)),
    )


def _metadata(finding: Finding) -> Iterator[tuple[str, dg.MetadataValue]]:
    yield "director/examined", dg.MetadataValue.int(finding.examined)
    yield "director/offenders", dg.MetadataValue.int(len(finding.offenders))
    for name, fact in finding.facts.items():
        yield f"director/{name}", _value(fact)
    if finding.offenders:
        yield "director/table", _table(finding)


def _value(fact: Fact) -> dg.MetadataValue:
    if isinstance(fact, str):
        return dg.MetadataValue.text(fact)
    return dg.MetadataValue.int(fact) if isinstance(fact, int) else dg.MetadataValue.float(fact)


def _table(finding: Finding) -> dg.MetadataValue:
    columns = [dg.TableColumn(name, "string") for name in ("slot", "asset", "expected", "found", "severity")]
    rows = [
        dg.TableRecord(
            {
                "slot": each.slot,
                "asset": str(each.asset_id or ""),
                "expected": each.expected,
                "found": each.found,
                "severity": each.severity.value,
            }
        )
        for each in finding.offenders[:OFFENDERS_SHOWN]
    ]
    return dg.MetadataValue.table(records=rows, schema=dg.TableSchema(columns=columns))
