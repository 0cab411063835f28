"""Prospect: what making a film would cost, told before anything is sent, and what was agreed to."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from math import ceil

from director_dagster.catalog import budgets, ledger
from director_dagster.catalog.money import most, told
from director_dagster.catalog.queries import events, takes
from director_dagster.catalog.queries.takes import Filled
from director_dagster.catalog.tables import Budget, Generation
from director_dagster.errors import BudgetExceeded
from director_dagster.providers.contract import Medium
from director_dagster.story.film import FilmKey
from director_dagster.story.wishes import NOTHING_SAID, Wishes
from director_dagster.studio.crew import HOUSE, member, provider_of
from director_dagster.studio.estimate import estimate
from director_dagster.studio.finals import crewed
from director_dagster.studio.order import slots_of
from director_dagster.studio.production import Production
from director_dagster.studio.report import MICROUSD, Made, Outcome, Report
from director_dagster.studio.sending import unknown
from director_dagster.studio.studio import Studio
from director_dagster.studio.whatif import becomes_draft, told_falling

AGREED = "estimate agreed"
"""What the journal says of an estimate that somebody has let be spent."""

BY_THE_STUDIO = "the studio"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What one maker would do in one step, or in all of them.

    Attributes:
        step: The Dagster asset, ``total`` for all.
        maker: Provider and model, e.g. ``openai:gpt-image-2``.
        kept, reused, made: How many pieces.
        low_microusd: What they cost at the least; None when that is not known.
        high_microusd: What they cost at most; None when that is not known.
    """

    step: str
    maker: str
    kept: int
    reused: int
    made: int
    low_microusd: int | None
    high_microusd: int | None


def expected(reports: Sequence[Report]) -> list[Expected]:
    """A row for each step and who makes its pieces, then their sum."""
    rows = []
    for report in reports:
        by_maker: defaultdict[str, list[Made]] = defaultdict(list)
        for piece in report.pieces:
            by_maker[f"{piece.provider}:{piece.model}" if piece.provider else BY_THE_STUDIO].append(piece)
        rows += [_expected(report.step, maker, pieces) for maker, pieces in sorted(by_maker.items())]
    return [*rows, _expected("total", "", [piece for report in reports for piece in report.pieces])]


def _expected(step: str, maker: str, pieces: Sequence[Made]) -> Expected:
    def count(outcome: Outcome) -> int:
        return sum(piece.outcome is outcome for piece in pieces)

    return Expected(
        step=step,
        maker=maker,
        kept=count(Outcome.KEPT),
        reused=count(Outcome.REUSED),
        made=count(Outcome.GENERATED),
        low_microusd=_sum([piece.low_microusd for piece in pieces]),
        high_microusd=_sum([piece.paid_microusd for piece in pieces]),
    )


def span(low_microusd: int, high_microusd: int) -> str:
    """From the least to the most, as people read it: ``$0.30 to $0.90``, or one amount where they are the same."""
    low, high = told(low_microusd), most(high_microusd)
    return high if low == high else f"{low} to {high}"


def _sum(amounts: Sequence[int | None]) -> int | None:
    return None if None in amounts else sum(filter(None, amounts))


@dataclass(frozen=True, kw_only=True)
class Prospect:
    """What making a film would do and cost now.

    Attributes:
        film: Which one, with the crew that would make it.
        rows: By step and maker, then their sum.
        complete: Whether all wished steps are in it; else the script is yet to be written, and only that is.
        low_microusd: What it costs at the least.
        high_microusd: What it costs at most.
        left_microusd: What the budgets leave for it.
        under_way: How many purchases for it are under way.
        held_microusd: What is held for those, and not in the rows.
        unknown: What is to be told of purchases that may have been paid already, by the slots that they were for, where
            the film would ask for the same again: nothing is sent for those until a person has found out.
        bought: The pieces that would be made.
        falling: The slots of finals that would become drafts, where the crew is another than the one that made them.
    """

    film: Production
    rows: Sequence[Expected]
    complete: bool
    low_microusd: int
    high_microusd: int
    left_microusd: int
    under_way: int = 0
    held_microusd: int = 0
    unknown: Mapping[str, str] = field(default_factory=dict)
    bought: Sequence[Made] = ()
    falling: Sequence[str] = ()

    @property
    def falls(self) -> str:
        """What is said of finals that would become drafts; empty where none would."""
        return told_falling(self.falling)

    @property
    def cost(self) -> str:
        """From the least to the most, as people read it: ``$0.30 to $0.90``."""
        between = span(self.low_microusd, self.high_microusd)
        return between if self.complete else f"{between} for its script, and then what that asks for"

    @property
    def collects(self) -> str:
        """What is said of that which is under way; empty when nothing is."""
        return told_held(self.under_way, self.held_microusd)

    @property
    def by_step(self) -> Mapping[str, Mapping[str, int]]:
        """The least and the most of each step in which something is bought, in micro-dollars."""
        steps = defaultdict[str, Counter[str]](Counter)
        for row in self.rows[:-1]:
            if row.high_microusd:
                steps[row.step].update(low_microusd=row.low_microusd or 0, high_microusd=row.high_microusd)
        return steps


def told_held(count: int, microusd: int) -> str:
    """What is said of so many purchases under way, for which so much is held; empty for none."""
    if not count:
        return ""
    what = "1 purchase is" if count == 1 else f"{count} purchases are"
    return f"{what} under way, and {told(microusd)} held: what comes of that is collected, and not paid again"


def is_free(studio: Studio, film: Production) -> bool:
    """Whether the film's crew, and the run's, is the house alone: then nothing is bought, and nobody need be asked."""
    makers = {**film.settings.crew, **studio.crew}.values()
    return all(provider_of(maker) == HOUSE for maker in makers)


async def prospect(studio: Studio, key: FilmKey, wishes: Wishes = NOTHING_SAID) -> Prospect:
    """What making the film would cost, as far as is wished, if it can be paid at all; nothing is sent or written.

    Raises BadInput when there is no such film or a provider lacks its key, and BudgetExceeded when a price is unknown
    or the film's budget or its workspace's has surely no room; the line says what it would cost and what to do.
    """
    reports = await estimate(studio, key, wanted=wishes.takes, only=wishes.steps)
    film, rows = await crewed(studio, key), expected(reports)
    complete = len(reports) == len(wishes.steps)
    for name in _asked(studio, film, reports, complete=complete):
        studio.providers[name].ready()
    unpriced = next((row for row in rows if row.high_microusd is None), None)
    if unpriced is not None:
        raise BudgetExceeded(
            f"{key} is not made: what {unpriced.maker} charges is not known; prices.toml in the studio's home can say "
            "it. Nothing was sent"
        )
    async with studio.catalog.session() as db:
        own = await budgets.get(db, workspace_id=film.workspace_id, film_id=film.film_id)
        above = await budgets.get(db, workspace_id=film.workspace_id, film_id=None)
        under_way, held = await ledger.held(db, film.workspace_id, film.film_id)
        doubtful = await ledger.unresolved(db, film.workspace_id, film.film_id)
        there = await takes.selected(db, workspace_id=film.workspace_id, film_id=film.film_id)
    pieces = [piece for report in reports for piece in report.pieces]
    bought = [piece for piece in pieces if piece.outcome is Outcome.GENERATED]
    found = Prospect(
        film=film,
        rows=rows,
        complete=complete,
        low_microusd=rows[-1].low_microusd or 0,
        high_microusd=rows[-1].high_microusd or 0,
        left_microusd=min(_left(own), _left(above)),
        under_way=under_way,
        held_microusd=held,
        unknown=_unknown(bought, doubtful),
        bought=bought,
        falling=_falling(pieces, there),
    )
    if found.high_microusd or not (complete or is_free(studio, film)):
        _refuse_without_room(found, own, above)
    return found


def _unknown(bought: Sequence[Made], doubtful: Sequence[Generation]) -> Mapping[str, str]:
    # What is begun costs nothing more; what the house makes never did.
    begun = {piece.slot for piece in bought if piece.paid_microusd == 0 and piece.provider != HOUSE}
    return {slot: unknown(row) for row in doubtful for slot in slots_of(row) if slot in begun}


def _falling(pieces: Sequence[Made], there: Mapping[str, Filled]) -> Sequence[str]:
    theirs = [(piece, there[piece.slot].asset) for piece in pieces if piece.slot in there and not piece.given]
    return [piece.slot for piece, was in theirs if becomes_draft(piece, was)]


def _asked(studio: Studio, film: Production, reports: Sequence[Report], *, complete: bool) -> list[str]:
    """The providers that would be sent something; of a film that is yet to be written its whole crew."""
    if not complete:
        crew = {**film.settings.crew, **studio.crew}
        return list(dict.fromkeys(member(studio.providers, crew, medium).provider.name for medium in Medium))
    bought = [made.provider for report in reports for made in report.pieces if made.outcome is Outcome.GENERATED]
    return [name for name in dict.fromkeys(bought) if name is not None and name in studio.providers]


def _refuse_without_room(found: Prospect, own: Budget | None, above: Budget | None) -> None:
    """Raise BudgetExceeded when nobody has set what may be spent, or not even the least fits into what is left."""
    key = found.film.key
    poor = {
        f"director budget set {_enough(budget, found)} {whose}": budget
        for budget, whose in ((above, f"--workspace {key.workspace}"), (own, f"--film {key}"))
        if budget is None or budgets.left_microusd(budget) < found.low_microusd
    }
    if poor:
        unset = None in poor.values()
        left = "no budget is set for it" if unset else f"{told(found.left_microusd)} is left of its budget"
        raise BudgetExceeded(
            f"{key} would cost {found.cost}, and {left}: `{' && '.join(poor)}` lets it be spent. Nothing was sent"
        )


def _left(budget: Budget | None) -> int:
    return 0 if budget is None else budgets.left_microusd(budget)


def _enough(budget: Budget | None, found: Prospect) -> object:
    """The limit, in whole dollars, with which there is surely room; of a film that is yet to be written who knows."""
    if not found.complete:
        return "AMOUNT"
    taken = 0 if budget is None else budget.limit_microusd - budgets.left_microusd(budget)
    return ceil((taken + found.high_microusd) / MICROUSD)


async def agree(studio: Studio, found: Prospect, *, max_microusd: int) -> None:
    """Write into the journal what was shown, and that so much may be spent: to be held against what it then costs."""
    bought = [asdict(row) for row in found.rows[:-1] if row.high_microusd]
    details = {
        "low_microusd": found.low_microusd,
        "high_microusd": found.high_microusd,
        "max_microusd": max_microusd,
        "complete": found.complete,
        "bought": bought,
    }
    async with studio.catalog.session() as db:
        await events.note(
            db,
            workspace_id=found.film.workspace_id,
            what=AGREED,
            subject=str(found.film.key),
            film_id=found.film.film_id,
            details=details,
        )
