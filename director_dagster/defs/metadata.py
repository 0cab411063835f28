"""The metadata of a materialization: every key is spelled here and nowhere else."""

from collections.abc import Mapping
from decimal import Decimal

import dagster as dg

from director_dagster.studio.report import MICROUSD, Made, Outcome, Report

ROWS_SHOWN = 200

Metadata = Mapping[str, dg.MetadataValue]


def of(report: Report) -> Metadata:
    """A step's report as Dagster shows it; an amount that is not known reads ``unknown``."""
    return {
        "director/cost_usd": _amount(report.cost_usd),
        "director/cost_total_usd": _amount(report.cost_total_usd),
        "director/saved_usd": _amount(report.saved_usd),
        "director/provider": dg.MetadataValue.text(_names([piece.provider for piece in report.pieces])),
        "director/model": dg.MetadataValue.text(_names([piece.model for piece in report.pieces])),
        "director/pieces": dg.MetadataValue.int(len(report.pieces)),
        **{f"director/{outcome}": dg.MetadataValue.int(report.count(outcome)) for outcome in Outcome},
        "director/seconds": dg.MetadataValue.float(round(report.seconds, 3)),
        "director/table": _table(report.pieces),
    }


def _amount(dollars: Decimal | None) -> dg.MetadataValue:
    return dg.MetadataValue.text("unknown") if dollars is None else dg.MetadataValue.float(float(dollars))


def _names(names: list[str | None]) -> str:
    return ", ".join(sorted({name for name in names if name})) or "none"


def _table(pieces: tuple[Made, ...]) -> dg.MetadataValue:
    columns = [
        dg.TableColumn("slot", "string"),
        dg.TableColumn("outcome", "string"),
        dg.TableColumn("cost_usd", "string"),
        dg.TableColumn("provider", "string"),
        dg.TableColumn("model", "string"),
        dg.TableColumn("asset", "string"),
        dg.TableColumn("digest", "string"),
        dg.TableColumn("reason", "string"),
    ]
    rows = [_row(piece) for piece in pieces[:ROWS_SHOWN]]
    return dg.MetadataValue.table(records=rows, schema=dg.TableSchema(columns=columns))


def _row(piece: Made) -> dg.TableRecord:
    paid = "unknown" if piece.paid_microusd is None else f"{Decimal(piece.paid_microusd) / MICROUSD:.6f}"
    return dg.TableRecord(
        {
            "slot": piece.slot,
            "outcome": piece.outcome.value,
            "cost_usd": paid,
            "provider": piece.provider or "",
            "model": piece.model or "",
            "asset": str(piece.asset_id or ""),
            "digest": (piece.digest or "")[:12],
            "reason": piece.reason,
        }
    )
