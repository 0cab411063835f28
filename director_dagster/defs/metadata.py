"""The metadata of a materialization: every key is spelled here and nowhere else."""

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

import dagster as dg

from director_dagster.story.film import FilmKey
from director_dagster.studio.kinds import kinds_of
from director_dagster.studio.progress import News
from director_dagster.studio.prospect import expected
from director_dagster.studio.report import MICROUSD, Made, Outcome, Report

ROWS_SHOWN = 200
ESTIMATED = (Outcome.KEPT, Outcome.REUSED, Outcome.GENERATED)

Metadata = Mapping[str, dg.MetadataValue]


@dataclass(frozen=True, kw_only=True)
class Link:
    """A Dagster asset's page for one film."""

    asset: str
    partition: str

    @property
    def markdown(self) -> str:
        """The link, from the UI's root; where the library shows the UI below a path, it leads on to there."""
        return f"[{self.asset}](/assets/{self.asset}?{urlencode({'view': 'partitions', 'partition': self.partition})})"


def of(
    report: Report, *, picture: bytes | None = None, links: Sequence[Link] = (), library: str | None = None
) -> Metadata:
    """A step's report as Dagster shows it; an amount that is not known reads ``unknown``.

    `picture` is a JPEG of the pieces; `links` lead to what they were made from, `library` to the pieces themselves.
    """
    # A run's page shows the first lines alone: the way to the pieces is among them.
    way = {} if library is None else {"director/library": dg.MetadataValue.url(library)}
    shown = {
        **way,
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
    if picture is not None:
        data = base64.b64encode(picture).decode("ascii")
        shown["director/picture"] = dg.MetadataValue.md(f"![{report.step}](data:image/jpeg;base64,{data})")
    if links:
        shown["director/made_from"] = dg.MetadataValue.md(" · ".join(link.markdown for link in links))
    return shown


def in_library(url: str, film: FilmKey, node: str) -> str:
    """The library's page of what a Dagster asset has for a film."""
    asked = {"workspace": film.workspace, "film": film.film, "kind": kinds_of(node)}
    return f"{url}/library?{urlencode(asked, doseq=True)}"


def of_news(news: News) -> Metadata:
    """What has become of a step's pieces since the last such event, while it works."""
    paid = [piece.paid_microusd for piece in news.pieces]
    known = [amount for amount in paid if amount is not None]
    return {
        "director/done": dg.MetadataValue.int(news.done),
        "director/pieces": dg.MetadataValue.int(news.total),
        "director/cost_usd": _amount(Decimal(sum(known)) / MICROUSD if len(known) == len(paid) else None),
        "director/table": _table(news.pieces),
    }


def of_estimate(reports: Sequence[Report]) -> Metadata:
    """What a film's steps would do, a row for each step and maker, and what that would cost together: at the least,
    and at most."""
    rows = [
        dg.TableRecord(
            {
                "step": row.step,
                "maker": row.maker,
                **dict(zip(map(str, ESTIMATED), (row.kept, row.reused, row.made), strict=True)),
                "low_usd": _text(row.low_microusd),
                "cost_usd": _text(row.high_microusd),
            }
        )
        for row in expected(reports)[:-1]
    ]
    return {
        "director/low_usd": _amount(_sum([report.low_usd for report in reports])),
        "director/cost_usd": _amount(_sum([report.cost_usd for report in reports])),
        **{
            f"director/{outcome}": dg.MetadataValue.int(sum(report.count(outcome) for report in reports))
            for outcome in ESTIMATED
        },
        "director/steps": dg.MetadataValue.table(records=rows),
        "director/bought": _table([made for report in reports for made in report.pieces if made.paid_microusd != 0]),
    }


def _sum(amounts: Sequence[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal()) if len(known) == len(amounts) else None


def _text(microusd: int | None) -> str:
    return "unknown" if microusd is None else f"{Decimal(microusd) / MICROUSD:.6f}"


def _amount(dollars: Decimal | None) -> dg.MetadataValue:
    return dg.MetadataValue.text("unknown") if dollars is None else dg.MetadataValue.float(float(dollars))


def _names(names: list[str | None]) -> str:
    return ", ".join(sorted({name for name in names if name})) or "none"


def _table(pieces: Sequence[Made]) -> dg.MetadataValue:
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
    return dg.TableRecord(
        {
            "slot": piece.slot,
            "outcome": piece.outcome.value,
            "cost_usd": _text(piece.paid_microusd),
            "provider": piece.provider or "",
            "model": piece.model or "",
            "asset": str(piece.asset_id or ""),
            "digest": (piece.digest or "")[:12],
            "reason": piece.reason,
        }
    )
