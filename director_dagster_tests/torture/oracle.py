"""The oracle: what the provider has charged, held against what the ledger, the catalog and the vault say."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psycopg

from director_dagster_tests.torture.plan import PLENTY_MICROUSD, pieces_of
from director_dagster_tests.torture.server import Charge

GENERATIONS = """
SELECT id::text, request->>'prompt', state, settled_at IS NOT NULL, cost_microusd, reserved_microusd, film_id
FROM generations
"""
BUDGETS = """
SELECT film_id, limit_microusd, reserved_microusd, spent_microusd, overrun_microusd FROM budgets
WHERE film_id IS NOT NULL
"""
JOURNAL = """
SELECT g.film_id, sum(e.delta_microusd)::bigint FROM generation_events e JOIN generations g ON g.id = e.generation_id
GROUP BY g.film_id
"""
TAKES = """
SELECT f.slug, s.name FROM takes t JOIN slots s ON s.id = t.slot_id JOIN films f ON f.id = s.film_id
WHERE t.selected_at IS NOT NULL
"""
DIGESTS = "SELECT digest FROM assets WHERE digest IS NOT NULL"
LIMITS = "SELECT f.slug, b.limit_microusd FROM budgets b JOIN films f ON f.id = b.film_id"
CLOSED = {"failed", "refused", "output_expired"}


@dataclass(frozen=True, kw_only=True)
class Found:
    """What is wrong, each counted; all of it should be 0.

    Attributes:
        double_payments: Charges for what was charged before and had not ended badly.
        overshoot_microusd: What was charged beyond the films' budgets.
        unflagged: Words for which more was charged than their generations say, or may still have cost.
        misbooked: Words without any doubt for which something else was booked than was charged.
        unbalanced: Budgets that are not what their journal sums to.
        rows_without_bytes: Assets whose bytes are not in the vault, or are others.
        bytes_without_row: Blobs that no row knows.
        unfinished: Generations that stand neither at their end nor with a person.
        missing: Pieces that no film has, though nothing kept them from it.
    """

    double_payments: int
    overshoot_microusd: int
    unflagged: int
    misbooked: int
    unbalanced: int
    rows_without_bytes: int
    bytes_without_row: int
    unfinished: int
    missing: int

    @property
    def faults(self) -> dict[str, int]:
        """Those that are not 0."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, kw_only=True)
class Said:
    """A generation, as the ledger has it."""

    id: str
    words: str
    state: str
    settled: bool
    cost: int | None
    held: int
    film: Any


def charges_in(file: Path) -> list[Charge]:
    """All sales."""
    return [Charge(**json.loads(line)) for line in file.read_text().splitlines()] if file.exists() else []


def rows_without_bytes(database_url: str, vault: Path) -> int:
    """Assets whose bytes are not in the vault, or are others: never any, whatever happens at that very moment."""
    with psycopg.connect(database_url) as db:
        wanted = {digest for (digest,) in db.execute(DIGESTS)}
    return len(wanted - set(_blobs(vault)))


def judge(database_url: str, folder: Path, films: Sequence[str]) -> Found:
    """Hold everything against everything, once no worker is at work."""
    charges = charges_in(folder / "charges")
    with psycopg.connect(database_url) as db:
        said = [Said(**dict(zip(Said.__annotations__, row, strict=True))) for row in db.execute(GENERATIONS)]
        budgets = list(db.execute(BUDGETS))
        journal: dict[Any, int] = dict(db.execute(JOURNAL).fetchall())
        takes = {(slug, name) for slug, name in db.execute(TAKES)}
        known = {digest for (digest,) in db.execute("SELECT digest FROM blobs")}
        limits: dict[str, int] = dict(db.execute(LIMITS).fetchall())
    by_words: dict[str, list[Said]] = defaultdict(list)
    for each in said:
        by_words[each.words].append(each)
    charged: dict[str, list[int]] = defaultdict(list)
    for charge in charges:
        charged[charge.words].append(charge.microusd)
    return Found(
        double_payments=sum(_doubles(costs, by_words[words]) for words, costs in charged.items()),
        overshoot_microusd=_overshoot(charges, said, budgets),
        unflagged=sum(_unflagged(costs, by_words[words]) for words, costs in charged.items()),
        misbooked=sum(_misbooked(charged[words], of_words) for words, of_words in by_words.items()),
        unbalanced=sum(
            held + spent + overrun != journal.get(film, 0) or overrun > 0 for film, _, held, spent, overrun in budgets
        ),
        rows_without_bytes=rows_without_bytes(database_url, folder / "vault"),
        bytes_without_row=len(set(_blobs(folder / "vault")) - known),
        unfinished=sum(not each.settled and each.state != "unknown" for each in said),
        missing=_missing(films, takes, by_words, limits),
    )


def _doubles(costs: Sequence[int], of_words: Sequence[Said]) -> int:
    """What ended badly may be bought again; what did not is bought once."""
    ended_badly = sum(each.state in CLOSED for each in of_words)
    return max(0, len(costs) - ended_badly - 1)


def _unflagged(costs: Sequence[int], of_words: Sequence[Said]) -> bool:
    flagged = sum(each.held if each.state == "unknown" else (each.cost or 0) for each in of_words)
    return sum(costs) > flagged


def _misbooked(costs: Sequence[int], of_words: Sequence[Said]) -> bool:
    if any(each.state == "unknown" or not each.settled for each in of_words):
        return False
    return sum(costs) != sum(each.cost or 0 for each in of_words)


def _overshoot(charges: Sequence[Charge], said: Sequence[Said], budgets: Sequence[Any]) -> int:
    films = {each.id: each.film for each in said}
    spent: Counter[Any] = Counter()
    for charge in charges:
        if charge.ref in films:
            spent[films[charge.ref]] += charge.microusd
    return sum(max(0, spent[film] - limit) for film, limit, *_ in budgets)


def _missing(
    films: Sequence[str], takes: set[tuple[str, str]], by_words: dict[str, list[Said]], limits: dict[str, int]
) -> int:
    """Pieces of films with plenty that have no take, and of which no generation stands with a person or has failed."""
    return sum(
        (film, piece.words) not in takes
        and not any(each.state in CLOSED | {"unknown"} for each in by_words[piece.words])
        for film in films
        if limits[film] == PLENTY_MICROUSD
        for piece in pieces_of(film)
    )


def _blobs(vault: Path) -> list[str]:
    files = [file for file in (vault / "sha256").rglob("*") if file.is_file() and not file.name.startswith(".")]
    return [file.name for file in files if hashlib.sha256(file.read_bytes()).hexdigest() == file.name]
